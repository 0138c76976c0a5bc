"""What an invitation says where nobody has written one: by kind of activity, in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.timezone import localtime

LANGUAGES = ("en", "zh-hans", "zh-hant")

SEEDS: Mapping[str, tuple[str, str, str]] = {
    "experience_day": (
        "we would like you to try what is new before anybody else does. Take your time; whoever made it is "
        "there to answer.",
        "我们为您准备了新品体验日，欢迎您抢先试用、慢慢挑选；产品同事会在现场为您解答。",
        "我們為您準備了新品體驗日，歡迎您搶先試用、慢慢挑選；產品同仁會在現場為您解答。",
    ),
    "lecture": (
        "we invite you to a lecture. Afterwards there is time for your questions, and for each other.",
        "诚邀您参加我们的讲座，讲座之后留有提问和交流的时间。",
        "誠摯邀請您參加我們的講座，講座之後保留提問與交流的時間。",
    ),
    "travel": (
        "we are going on a journey, and would like you to come along. Everything is arranged; you only bring "
        "yourself.",
        "我们组织了一次出行，想邀您同行。行程已全部安排妥当，您只管轻松出发。",
        "我們安排了一趟旅行，想邀您同行。行程都已安排妥當，您只需輕鬆出發。",
    ),
    "self_drive": (
        "we invite you to a tour by car: good roads, good company, and a table at the end of it.",
        "诚邀您参加自驾游：好路、好景、好同伴，沿途食宿已为您安排。",
        "誠摯邀請您參加自駕遊：好路、好景、好夥伴，沿途食宿已為您安排。",
    ),
    "launch": (
        "something new is about to be shown, and a seat is kept for you among the first who see it.",
        "新品即将发布，我们为您预留了席位，请您第一时间到场见证。",
        "新品即將發表，我們為您預留了席位，請您第一時間到場見證。",
    ),
    "thank_you_party": (
        "you have been with us for a long time. We would like to say thank you in person.",
        "感谢您长久以来的信任与支持，我们想当面向您道一声谢，诚邀您参加答谢会。",
        "感謝您長久以來的信任與支持，我們想當面向您說聲謝謝，誠摯邀請您參加感恩餐會。",
    ),
    "theme_party": (
        "we are having a party and would be glad to see you there.",
        "我们准备了一场主题派对，期待您的到来。",
        "我們準備了一場主題派對，期待您的蒞臨。",
    ),
    "workshop": (
        "come and do it with your own hands: a small group, everything provided, and somebody who shows how.",
        "诚邀您参加手作工坊：小班进行，材料齐备，有老师手把手指导。",
        "誠摯邀請您參加手作工作坊：小班進行，材料齊備，有老師從旁指導。",
    ),
    "symposium": (
        "we would like to hear from you directly. Our management and the people who develop our products sit "
        "at the table; tell us beforehand what you want to ask.",
        "我们想当面听听您的意见。管理层与产品研发人员将出席座谈会，您可以提前告诉我们想问的问题。",
        "我們想當面聽聽您的意見。管理階層與產品研發人員將出席座談會，您可以事先告訴我們想提的問題。",
    ),
    "seminar": (
        "we invite you to a seminar with those who develop our products: what they work on, what they "
        "learned from customers, and what you would do differently.",
        "诚邀您参加研讨会，与产品研发人员面对面：他们在做什么、从客户身上学到什么，以及您的建议。",
        "誠摯邀請您參加研討會，與產品研發人員面對面：他們在做什麼、從客戶身上學到什麼，以及您的建議。",
    ),
    "private_meeting": (
        "once a quarter we meet a few of our most important customers in private, to speak about what stands "
        "in your way and what we do about it.",
        "我们每季度与少数最重要的客户私下会面，专门讨论您业务上的困扰，以及我们的解决办法。",
        "我們每季與少數最重要的客戶私下會面，專門討論您業務上的困擾，以及我們的解決方案。",
    ),
}


def when(at: datetime, zone: ZoneInfo) -> str:
    """Day and time in the active language where the activity is; for who is elsewhere, how far from UTC."""
    local = localtime(at, zone)
    offset = f"{local:%z}"
    return f"{date_format(local, 'DATETIME_FORMAT')} (UTC{offset[:3]}:{offset[3:]})"


def text(kind: str, texts: Mapping[str, str], otherwise: str, language: str) -> str:
    """What the invitation says in a language: the one written in it, else for all, else the ready-made one.

    >>> text("lecture", {"en": ""}, "", "zh-hans")[:4]
    '诚邀您参'
    """
    written = texts.get(language, "").strip() or otherwise.strip()
    if written:
        return written
    seed = dict(zip(LANGUAGES, SEEDS[kind], strict=True))
    return seed.get(language, seed["en"])

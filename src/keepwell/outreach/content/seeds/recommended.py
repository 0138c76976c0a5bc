"""Holidays and member day with a product that suits the very reader, for the best customers."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.content.contracts import ContentType, Kind
from keepwell.outreach.content.seeds.greetings import EN, HANS, HANT
from keepwell.outreach.content.seeds.shape import Seed, button, email, heading, said, text

# The first product with its price; who has none is told of the shop instead.
SUITS = (
    "{% if recommended.name %}we thought of {{ recommended.name }} for you"
    "{% if recommended.price %} ({{ recommended.price }}){% endif %}{% else %}we would be glad to see you{% endif %}",
    "{% if recommended.name %}我们为您挑选了{{ recommended.name }}"
    "{% if recommended.price %}（{{ recommended.price }}）{% endif %}{% else %}期待与您相见{% endif %}",
    "{% if recommended.name %}我們為您挑選了{{ recommended.name }}"
    "{% if recommended.price %}（{{ recommended.price }}）{% endif %}{% else %}期待與您相見{% endif %}",
)


def _block(title: str, instead: str) -> dict[str, str]:
    return {"type": "recommendations", "heading": title, "instead": instead}


def _sms(name: str | Promise, en: str, hans: str, hant: str) -> Seed:
    texts = said(
        f"{EN}, {en} {SUITS[0]}. {{{{ company.name }}}}. Reply STOP to end",
        f"【{{{{ company.name }}}}】{HANS}，{hans}{SUITS[1]}。拒收请回复R",
        f"【{{{{ company.name }}}}】{HANT}，{hant}{SUITS[2]}。退訂請回覆T",
    )
    return Seed(name, Kind.SMS, "marketing", ContentType.PRODUCT_NEWS, texts)


def _email(name: str | Promise, subjects: tuple[str, str, str], words: tuple[str, str, str]) -> Seed:
    """A heading, what is said of the day, the products, and the way to the shop."""
    texts = {
        "en": email(
            subjects[0],
            heading(EN + ", chosen for you"),
            text(words[0]),
            _block("This could suit you", "Come and see what is new; we are glad to help you choose."),
            button("Have a look"),
        ),
        "zh-hans": email(
            subjects[1],
            heading(HANS + "，为您挑选"),
            text(words[1]),
            _block("也许适合您", "欢迎来看看新品，我们乐意帮您挑选。"),
            button("去看看"),
        ),
        "zh-hant": email(
            subjects[2],
            heading(HANT + "，為您挑選"),
            text(words[2]),
            _block("也許適合您", "歡迎來看看新品，我們樂意幫您挑選。"),
            button("去看看"),
        ),
    }
    return Seed(name, Kind.EMAIL, "marketing", ContentType.PRODUCT_NEWS, texts)


RECOMMENDED: dict[str, Seed] = {
    "vip_holiday_email": _email(
        _("Holiday e-mail with recommendations"),
        ("For the holiday, chosen for you", "佳节将至，为您挑选", "佳節將至，為您挑選"),
        (
            "The holiday is near. Thank you for being with us; we have looked through what you like and chosen "
            "a few things for these days.",
            "佳节将至，感谢您一直以来的信任。我们按您的喜好，为这个节日挑选了几样。",
            "佳節將至，感謝您一直以來的信任。我們依您的喜好，為這個節日挑選了幾樣。",
        ),
    ),
    "vip_holiday_sms": _sms(
        _("Holiday text message with a recommendation"),
        "the holiday is near:",
        "佳节将至，",
        "佳節將至，",
    ),
    "vip_member_day_email": _email(
        _("Member day e-mail with recommendations"),
        ("Member day, chosen for you", "会员日将至，为您挑选", "會員日將至，為您挑選"),
        (
            "Member day is near. Thank you for being one of us; we have looked through what you like and "
            "chosen a few things for you.",
            "会员日将至，感谢您一直是我们的会员。我们按您的喜好，为您挑选了几样。",
            "會員日將至，感謝您一直是我們的會員。我們依您的喜好，為您挑選了幾樣。",
        ),
    ),
    "vip_member_day_sms": _sms(
        _("Member day text message with a recommendation"),
        "member day is near:",
        "会员日将至，",
        "會員日將至，",
    ),
}

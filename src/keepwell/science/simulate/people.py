"""Names, places and contact points of invented people, in three scripts.

Mail addresses use reserved example domains; telephone numbers use blocks that no network hands out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Region:
    """Where customers live and what follows from it."""

    country: str
    share: float
    language: str
    script: str  # "hans", "hant" or "latin"
    calendar: str
    mail: str
    phone: str  # the digits after it are drawn
    digits: int
    cities: tuple[tuple[str, str, str], ...]  # region, city, time zone


REGIONS: tuple[Region, ...] = (
    Region("CN", 0.64, "zh-hans", "hans", "chinese", "cn.example.com", "+86 100", 8, (
        ("北京", "北京", "Asia/Shanghai"), ("上海", "上海", "Asia/Shanghai"),
        ("广东", "广州", "Asia/Shanghai"),
        ("广东", "深圳", "Asia/Shanghai"), ("浙江", "杭州", "Asia/Shanghai"),
        ("四川", "成都", "Asia/Shanghai"),
        ("江苏", "南京", "Asia/Shanghai"), ("湖北", "武汉", "Asia/Shanghai"),
        ("陕西", "西安", "Asia/Shanghai"),
        ("重庆", "重庆", "Asia/Shanghai"), ("山东", "青岛", "Asia/Shanghai"),
        ("福建", "厦门", "Asia/Shanghai"),
        ("湖南", "长沙", "Asia/Shanghai"), ("辽宁", "大连", "Asia/Shanghai"),
    )),
    Region("HK", 0.09, "zh-hant", "hant", "chinese", "hk.example.com", "+852 0", 7, (
        ("香港島", "香港", "Asia/Hong_Kong"), ("九龍", "香港", "Asia/Hong_Kong"),
        ("新界", "香港", "Asia/Hong_Kong"),
    )),
    Region("TW", 0.12, "zh-hant", "hant", "chinese", "tw.example.com", "+886 00", 7, (
        ("臺北市", "臺北", "Asia/Taipei"), ("新北市", "板橋", "Asia/Taipei"),
        ("臺中市", "臺中", "Asia/Taipei"),
        ("高雄市", "高雄", "Asia/Taipei"), ("臺南市", "臺南", "Asia/Taipei"),
    )),
    Region("SG", 0.04, "en", "latin", "chinese", "example.com", "+65 0", 7, (
        ("Singapore", "Singapore", "Asia/Singapore"),
    )),
    Region("US", 0.06, "en", "latin", "western", "example.com", "+1 555 01", 5, (
        ("California", "San Francisco", "America/Los_Angeles"), ("New York", "New York", "America/New_York"),
        ("Washington", "Seattle", "America/Los_Angeles"),
    )),
    Region("GB", 0.03, "en", "latin", "western", "example.net", "+44 7700 900", 3, (
        ("England", "London", "Europe/London"), ("England", "Manchester", "Europe/London"),
    )),
    Region("AU", 0.02, "en", "latin", "western", "example.net", "+61 491 570", 3, (
        ("New South Wales", "Sydney", "Australia/Sydney"), ("Victoria", "Melbourne", "Australia/Melbourne"),
    )),
)  # fmt: skip

SURNAMES = {
    "hans": (
        "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    ),
    "hant": (
        "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴周徐蘇葉莊呂江何蕭羅高潘簡朱鍾游彭詹胡施沈余盧梁趙顏柯翁魏孫戴"
    ),
}
GIVEN = {
    "hans": (
        "子涵", "欣怡", "梓轩", "雨桐", "浩然", "诗涵", "宇轩", "佳怡", "俊杰", "思远", "晓明", "丽娟",
        "建国", "秀英",
        "志强", "海燕", "文博", "雪梅", "嘉豪", "静", "磊", "洋", "敏", "婷婷", "晨曦", "若兰", "明哲", "慧",
        "鹏飞", "梦琪",
        "一诺", "沐阳", "书瑶", "国栋", "春燕", "立新", "安琪", "天宇", "紫萱", "东升",
    ),
    "hant": (
        "家豪", "雅婷", "怡君", "志明", "淑芬", "俊傑", "詠琪", "嘉欣", "子軒", "佩珊", "承翰", "宜蓁",
        "冠廷", "郁婷", "建宏",
        "美玲", "偉倫", "曉彤", "詩涵", "柏翰", "心怡", "國強", "麗華", "浩然", "穎", "慧敏", "梓晴", "景行",
        "靜宜", "樂兒",
        "宗翰", "品妤", "婉婷", "維倫", "彥廷", "筱雯", "凱琳", "文傑", "欣妤", "啟文",
    ),
    "latin": (
        "Emma", "Liam", "Olivia", "Noah", "Ava", "Ethan", "Sophia", "Lucas", "Mia", "Mason", "Grace", "Henry",
        "Chloe",
        "Jack", "Lily", "Daniel", "Hannah", "Samuel", "Zoe", "Oscar", "Ruby", "Leo", "Alice", "Max", "Clara",
        "Felix",
        "Priya", "Arjun", "Mei", "Wei", "Jun", "Kavya", "Nora", "Hugo", "Iris", "Owen", "Elena", "Theo",
        "Amelia", "Ravi",
    ),
}  # fmt: skip
LATIN_SURNAMES = (
    "Walker", "Bennett", "Carter", "Hughes", "Foster", "Murphy", "Turner", "Collins", "Parker", "Reid", "Tan",
    "Lim",
    "Lee", "Wong", "Nguyen", "Patel", "Kaur", "Garcia", "Brooks", "Price", "Watson", "Hayes", "Stone",
    "Marsh", "Novak",
    "Fischer", "Rossi", "Dubois", "O'Connor", "Van der Berg", "Sharma", "Goh", "Chua", "Morris", "Ward",
    "Bell",
)  # fmt: skip
LONG_NAME = "María de los Ángeles Fernández-Villaverde y Álvarez de Rueda"
OCCUPATIONS = (
    "engineer", "teacher", "designer", "nurse", "student", "accountant", "sales", "civil servant",
    "self-employed",
    "driver", "researcher", "retired", "homemaker", "manager",
)  # fmt: skip


def draw_regions(rng: np.random.Generator, count: int) -> Ints:
    """Index into `REGIONS` of each customer, (count,)."""
    shares = np.array([region.share for region in REGIONS])
    return rng.choice(len(REGIONS), size=count, p=shares / shares.sum())


def draw_names(rng: np.random.Generator, region: Ints) -> list[str | None]:
    """A name in the script of the region; a few abroad write Chinese, a few have none."""
    scripts = np.array([("hans", "hant", "latin").index(place.script) for place in REGIONS])[region]
    draw = rng.random(region.size)
    # Some of those abroad come from the mainland or from Taiwan.
    scripts = np.where((scripts == 2) & (draw < 0.2), np.where(draw < 0.12, 0, 1), scripts)
    scripts = np.where((scripts == 0) & (draw < 0.03), 2, scripts)
    first, second = rng.random(region.size), rng.random(region.size)
    names: list[str | None] = []
    for script, one, two in zip(scripts.tolist(), first.tolist(), second.tolist(), strict=True):
        key = ("hans", "hant", "latin")[script]
        given = GIVEN[key][int(two * len(GIVEN[key]))]
        if key == "latin":
            # Skewed towards the front, as surnames are.
            names.append(f"{given} {LATIN_SURNAMES[int(one**1.5 * len(LATIN_SURNAMES))]}")
        else:
            names.append(SURNAMES[key][int(one**1.8 * len(SURNAMES[key]))] + given)
    for index in np.flatnonzero(rng.random(region.size) < 0.006).tolist():
        names[index] = None
    if names:
        names[int(rng.integers(len(names)))] = LONG_NAME
    return names


def draw_contact_points(
    rng: np.random.Generator, region: Ints, first_number: int
) -> tuple[list[str | None], list[str | None]]:
    """Mail addresses and telephone numbers, each missing for some."""
    without_mail, without_phone = rng.random(region.size) < 0.08, rng.random(region.size) < 0.12
    tail = rng.integers(0, 10**8, region.size)
    mails: list[str | None] = []
    phones: list[str | None] = []
    for index, place in enumerate(region.tolist()):
        where = REGIONS[place]
        mails.append(None if without_mail[index] else f"user{first_number + index:06d}@{where.mail}")
        digits = f"{int(tail[index]) % 10**where.digits:0{where.digits}d}"
        phones.append(None if without_phone[index] else where.phone + digits)
    return mails, phones

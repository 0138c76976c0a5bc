"""How names are spelt for searching: normal form, words, pinyin. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f〇々]+")
# Characters that read otherwise as a surname; two characters are a compound surname.
SURNAMES = {
    "单": "shan", "單": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "区": "ou", "區": "ou", "查": "zha",
    "盖": "ge", "蓋": "ge", "朴": "piao", "任": "ren", "乐": "yue", "樂": "yue", "翟": "zhai", "员": "yun",
    "員": "yun", "覃": "qin", "华": "hua", "華": "hua", "宁": "ning", "缪": "miao", "繆": "miao", "繁": "po",
    "黑": "he", "秘": "bi", "冼": "xian", "种": "chong", "召": "shao", "郗": "xi", "隗": "wei", "折": "she",
    "教": "jiao", "那": "na", "能": "nai", "车": "che", "車": "che", "叶": "ye", "葉": "ye", "重": "chong",
    "尹": "yin", "贾": "jia", "賈": "jia", "柏": "bai", "訾": "zi", "洗": "xian", "谌": "chen", "諶": "chen",
    "尉迟": "yu chi", "尉遲": "yu chi", "万俟": "mo qi", "萬俟": "mo qi", "长孙": "zhang sun",
    "長孫": "zhang sun", "单于": "chan yu", "單于": "chan yu", "令狐": "ling hu", "澹台": "tan tai",
    "欧阳": "ou yang", "歐陽": "ou yang", "司马": "si ma", "司馬": "si ma", "上官": "shang guan",
    "诸葛": "zhu ge", "諸葛": "zhu ge", "东方": "dong fang", "東方": "dong fang", "皇甫": "huang fu",
    "慕容": "mu rong", "司徒": "si tu", "夏侯": "xia hou", "公孙": "gong sun", "公孫": "gong sun",
    "宇文": "yu wen", "轩辕": "xuan yuan", "軒轅": "xuan yuan", "呼延": "hu yan", "端木": "duan mu",
}  # fmt: skip


def normal(text: str) -> str:
    """The form in which texts are compared: NFKC, lower case, no accents, one space between words."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(c for c in unicodedata.normalize("NFD", folded) if unicodedata.category(c) != "Mn")
    composed = unicodedata.normalize("NFC", plain)
    return " ".join("".join(c if c.isalnum() else " " for c in composed).split())


def compact(text: str) -> str:
    """The normal form without spaces: how a whole name is compared."""
    return normal(text).replace(" ", "")


def words(text: str) -> list[str]:
    """The words of a text that are not Chinese characters, in their normal form."""
    return HAN.sub(" ", normal(text)).split()


def han_runs(text: str) -> list[str]:
    """The runs of Chinese characters in a text; spaces between characters do not part them."""
    return HAN.findall(compact(text))


@lru_cache(maxsize=65_536)
def syllables(name: str) -> tuple[str, ...]:
    """The syllables of a Chinese name as the dictionary reads them."""
    from pypinyin import lazy_pinyin  # a large dictionary: most processes meet no Chinese name

    return tuple(lazy_pinyin(name))


@lru_cache(maxsize=65_536)
def readings(name: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """How a Chinese name is read: (surname, syllables of the given name) for each possible reading.

    The reading as a surname comes first, the dictionary's after it where it differs; ü is both v and u.
    """
    usual = syllables(name)
    split = 2 if len(name) > 2 and name[:2] in SURNAMES else 1
    found = [(usual[:split], usual[split:])]
    if name[:split] in SURNAMES:
        found.insert(0, (tuple(SURNAMES[name[:split]].split()), usual[split:]))
    spelt = []
    for surname, given in found:
        spelt.append(("".join(surname), given, surname))
        if any("v" in syllable for syllable in (*surname, *given)):
            surname, given = (tuple(s.replace("v", "u") for s in part) for part in (surname, given))
            spelt.append(("".join(surname), given, surname))
    return tuple(dict.fromkeys((surname, given) for surname, given, _parts in spelt))


def initials(name: str) -> tuple[str, ...]:
    """First letters of the syllables of a Chinese name, one answer for each reading."""
    usual = [syllable[:1] for syllable in syllables(name)]
    found = ["".join(usual)]
    for size in (2, 1):
        if name[:size] in SURNAMES and len(name) >= size:
            letters = "".join(syllable[0] for syllable in SURNAMES[name[:size]].split())
            found.append(letters + "".join(usual[size:]))
            break
    return tuple(dict.fromkeys(found))

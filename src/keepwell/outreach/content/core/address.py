"""Whose language, and how one addresses somebody in it."""

from __future__ import annotations

from collections.abc import Collection

LAST_RESORT = "en"
HAN_FIRST, HAN_LAST = "一", "鿿"
COMPOUND_SURNAMES = frozenset(
    {
        "欧阳", "歐陽", "司马", "司馬", "诸葛", "諸葛", "上官", "司徒", "夏侯", "皇甫", "尉迟", "尉遲",
        "公孙", "公孫", "慕容", "令狐", "东方", "東方", "独孤", "獨孤", "南宫", "南宮", "长孙",
        "長孫", "宇文",
    }
)  # fmt: skip
# What is said to a woman and to a man: before the name, or (where it begins with "-") after it.
TITLES: dict[str, tuple[str, str]] = {
    "zh-hans": ("-女士", "-先生"),
    "zh-hant": ("-女士", "-先生"),
    "ja": ("-様", "-様"),
    "ko": ("- 님", "- 님"),
    "en": ("Ms", "Mr"),
    "de": ("Frau", "Herr"),
    "fr": ("Madame", "Monsieur"),
    "es": ("Sra.", "Sr."),
    "it": ("Signora", "Signor"),
    "pt": ("Sra.", "Sr."),
}
# Where the family name alone, with a title, is right; elsewhere it is the first name.
FORMAL_PLACES = frozenset({"western_europe", "middle_east", "south_asia"})
FIRST_NAME_PLACES = frozenset({"nordic"})


def spoken(language: str, country: str, known: Collection[str]) -> str:
    """The customer's language as one of `known`, by what is said of it or by the country; else as it is said.

    Nothing said and a country of no Chinese: English.

    >>> spoken("zh-TW", "", ("en", "zh-hans", "zh-hant")), spoken("", "CN", ("en", "zh-hans", "zh-hant"))
    ('zh-hant', 'zh-hans')
    """
    code = language.lower().replace("_", "-")
    if code in known:
        return code
    if code.startswith("zh"):
        return "zh-hant" if any(part in code for part in ("tw", "hk", "mo", "hant")) else "zh-hans"
    if not code and country in ("CN", "TW", "HK", "MO"):
        return "zh-hans" if country == "CN" else "zh-hant"
    return code or LAST_RESORT


def fallbacks(language: str) -> tuple[str, ...]:
    """The languages to try, in order: the customer's, its base, the other Chinese, English.

    >>> fallbacks("zh-hant"), fallbacks("pt-br")
    (('zh-hant', 'zh-hans', 'en'), ('pt-br', 'pt', 'en'))
    """
    tried = [language]
    if "-" in language and not language.startswith("zh"):
        tried.append(language.partition("-")[0])
    if language.startswith("zh"):
        tried += ["zh-hant" if language == "zh-hans" else "zh-hans"]
    return tuple(dict.fromkeys([*tried, LAST_RESORT]))


def salutation(name: str, *, gender: str, language: str, places: Collection[str]) -> str:
    """How to address somebody: family name and title, or first name, by script, language and culture.

    A Chinese name without a known gender stays whole; a name that nobody knows stays empty.

    >>> salutation("王美", gender="female", language="zh-hans", places=())
    '王女士'
    >>> salutation("Anna Berg", gender="female", language="en", places={"nordic"})
    'Anna'
    >>> salutation("Hans Weber", gender="male", language="de", places={"western_europe"})
    'Herr Weber'
    """
    name = " ".join(name.split())
    if not name:
        return ""
    titles = TITLES.get(language) or TITLES.get(language.partition("-")[0])
    title = titles[gender == "male"] if titles and gender in ("female", "male") else ""
    if titles and titles[0] == titles[1]:  # said to everybody
        title = titles[0]
    if HAN_FIRST <= name[0] <= HAN_LAST:
        family = name[:2] if name[:2] in COMPOUND_SURNAMES and len(name) > 2 else name[:1]
        return _titled(family, title) if title else name
    parts = name.split(" ")
    if "east_asia" in places:  # in Latin letters nobody can tell which part is the family name
        return _titled(name, title) if title else name
    if not set(places) & FORMAL_PLACES or set(places) & FIRST_NAME_PLACES:
        return parts[0]
    return _titled(parts[-1], title) if title and len(parts) > 1 else name


def _titled(family: str, title: str) -> str:
    return f"{family}{title[1:]}" if title.startswith("-") else f"{title} {family}"

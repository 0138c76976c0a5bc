"""Pure rules for the values of a customer's profile; None where a value cannot be right."""

# ruff: noqa: E501 - lines of tables are not broken

from __future__ import annotations

import re
import unicodedata
from datetime import date

EMAIL = re.compile(
    r"[^@\s,;:<>\"()\[\]\\]+@[^@\s,;:<>\"()\[\]\\]+\.[^@\s.,;:<>\"()\[\]\\\d][^@\s.,;:<>\"()\[\]\\]+"
)
CALLING_CODES = {
    "CN": "86", "TW": "886", "HK": "852", "MO": "853", "SG": "65", "MY": "60", "JP": "81", "KR": "82", "US": "1",
    "CA": "1", "GB": "44", "DE": "49", "FR": "33", "ES": "34", "IT": "39", "NL": "31", "BR": "55", "AU": "61",
    "NZ": "64", "IN": "91", "TH": "66", "VN": "84", "PH": "63", "ID": "62", "AT": "43", "CH": "41", "BE": "32",
    "SE": "46", "NO": "47", "DK": "45", "FI": "358", "PL": "48", "PT": "351", "IE": "353", "MX": "52",
}  # fmt: skip
KEEPS_ZERO = {"IT"}
GENDERS = {
    "female": "female", "f": "female", "woman": "female", "女": "female", "女性": "female", "女士": "female", "小姐": "female",
    "male": "male", "m": "male", "man": "male", "男": "male", "男性": "male", "先生": "male",
    "other": "other", "x": "other", "其他": "other", "unknown": "", "未知": "", "保密": "", "u": "", "n/a": "",
}  # fmt: skip
COUNTRIES = {
    "china": "CN", "中国": "CN", "中國": "CN", "中国大陆": "CN", "中國大陸": "CN", "mainland china": "CN", "prc": "CN",
    "taiwan": "TW", "台湾": "TW", "台灣": "TW", "臺灣": "TW", "中国台湾": "TW", "hong kong": "HK", "香港": "HK", "中国香港": "HK",
    "macau": "MO", "macao": "MO", "澳门": "MO", "澳門": "MO", "singapore": "SG", "新加坡": "SG", "malaysia": "MY", "马来西亚": "MY",
    "馬來西亞": "MY", "japan": "JP", "日本": "JP", "south korea": "KR", "korea": "KR", "韩国": "KR", "韓國": "KR",
    "united states": "US", "usa": "US", "united states of america": "US", "美国": "US", "美國": "US", "canada": "CA", "加拿大": "CA",
    "united kingdom": "GB", "uk": "GB", "great britain": "GB", "england": "GB", "英国": "GB", "英國": "GB", "germany": "DE",
    "deutschland": "DE", "德国": "DE", "德國": "DE", "france": "FR", "法国": "FR", "法國": "FR", "spain": "ES", "italy": "IT",
    "netherlands": "NL", "brazil": "BR", "brasil": "BR", "australia": "AU", "澳大利亚": "AU", "澳洲": "AU", "new zealand": "NZ",
    "india": "IN", "thailand": "TH", "vietnam": "VN", "philippines": "PH", "indonesia": "ID", "austria": "AT",
    "switzerland": "CH", "belgium": "BE", "sweden": "SE", "norway": "NO", "denmark": "DK", "finland": "FI", "poland": "PL",
    "portugal": "PT", "ireland": "IE", "eire": "IE", "mexico": "MX", "greece": "GR", "cyprus": "CY", "iceland": "IS",
    "israel": "IL", "lithuania": "LT", "malta": "MT", "bahrain": "BH", "lebanon": "LB", "saudi arabia": "SA",
    "united arab emirates": "AE", "czech republic": "CZ", "rsa": "ZA", "south africa": "ZA", "channel islands": "JE",
}  # fmt: skip


def email(value: str) -> str | None:
    """An address in lower case and half width, or None."""
    text = unicodedata.normalize("NFKC", value).strip().casefold()
    return text if len(text) <= 254 and ".." not in text and EMAIL.fullmatch(text) else None


def phone(value: str, country: str | None = None) -> str | None:
    """E.164 where the number names its country or `country` (ISO 3166 alpha-2) is known, else its digits.

    None for anything without 6 to 15 digits.
    """
    text = unicodedata.normalize("NFKC", value).strip()
    text = re.split(r"(?i)\s*(?:ext|x|分机|分機|转|轉)\.?\s*\d+$", text)[0]
    if re.search(r"[^\d+()\s./-]", text):
        return None
    digits = re.sub(r"\D", "", text)
    international = text.startswith("+") or digits.startswith("00")
    digits = digits[2:] if digits.startswith("00") else digits
    if not 6 <= len(digits) <= 15:
        return None
    if international:
        return "+" + digits
    if re.fullmatch(r"1[3-9]\d{9}", digits) and country in (None, "CN"):
        return "+86" + digits
    if re.fullmatch(r"861[3-9]\d{9}", digits) and country in (None, "CN"):
        return "+" + digits
    code = CALLING_CODES.get(country or "")
    if code is None:
        return digits
    if code == "1" and len(digits) == 11 and digits.startswith("1"):
        return "+" + digits
    national = digits if country in KEEPS_ZERO else digits.lstrip("0")
    full = code + national
    return "+" + full if 8 <= len(full) <= 15 else None


def gender(value: str) -> str | None:
    """female, male, other, or None for anything else."""
    return GENDERS.get(value.strip().casefold()) or None


def country(value: str) -> str | None:
    """ISO 3166 alpha-2, or None."""
    text = unicodedata.normalize("NFKC", value).strip()
    if re.fullmatch(r"[A-Za-z]{2}", text) and text.upper() != "UK":
        return text.upper()
    return COUNTRIES.get(text.casefold())


def birth_on(value: date, today: date) -> date | None:
    """`value` if somebody alive can have been born then."""
    return value if date(1900, 1, 1) <= value <= today and value.year > today.year - 120 else None


def read_date(value: str, order: str = "YMD") -> date | None:
    """A calendar date: 1990-03-04, 19900304, 1990年3月4日, or 04/03/1990 in the given order; else None."""
    text = unicodedata.normalize("NFKC", value).strip()
    text = re.sub(r"[年月]", "-", text).replace("日", "")
    text = re.split(r"[ T]", text)[0]
    found = re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", text) or re.fullmatch(
        r"(\d{4})(\d\d)(\d\d)", text
    )
    if found:
        year, month, day = (int(part) for part in found.groups())
    else:
        found = re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", text)
        if not found or order not in ("DMY", "MDY"):
            return None
        first, second, year = (int(part) for part in found.groups())
        day, month = (first, second) if order == "DMY" else (second, first)
    try:
        return date(year, month, day)
    except ValueError:
        return None

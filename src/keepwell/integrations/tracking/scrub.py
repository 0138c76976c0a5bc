"""Nothing personal goes into history: what names or reaches a person is taken out of properties."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

REMOVED = "[removed]"
DEPTH_MAX = 8


def words(text: str) -> frozenset[str]:
    """The words of a list in prose."""
    return frozenset(text.split())


PERSONAL = words(
    """
    email mail emailaddress phone phonenumber mobile mobilenumber telephone tel fax name firstname lastname
    fullname username nickname givenname familyname middlename surname address street streetaddress address1
    address2 postalcode zip zipcode birthday birthdate birthon dateofbirth dob ip ipaddress useragent password
    passwd secret token accesstoken authorization creditcard cardnumber cvv iban ssn passport nationalid
    idcard wechat wechatid openid unionid qq weixin whatsapp line lineid telegram avatar photo latitude
    longitude lat lng lon recipient contactname contactphone contactemail shippingaddress billingaddress
    姓名 名字 电话 電話 手机 手機 手机号 手機號碼 邮箱 郵箱 电子邮件 電子郵件 地址 生日 身份证 身分證
    """
)
# Numbers of things may look like telephone numbers.
IDENTIFIERS = words(
    """
    orderid productid sku variant cartid checkoutid paymentid listid promotionid couponid creative groupid
    barcode gtin ean upc isbn id position quantity sessionid
    """
)
ADDRESSES = words("url path referrer referer href link src location imageurl")
_PERSON_NAMES_ALLOWED_IN = ("product", "page", "screen", "category", "brand", "event")

EMAIL = re.compile(
    r"[^\s@<>\"'(),;:/?&=]+(?:@|%40)[^\s@<>\"'(),;:/?&=]+\.[^\s@<>\"'(),;:/?&=]+", re.IGNORECASE
)
PHONE = re.compile(
    r"(?<![\w.])(?:\+\d[\d ().-]{6,}\d|(?:\+?86[ -]?)?1[3-9]\d{9}|(?:\+?86[ -]?)?1[3-9]\d[ -]\d{4}[ -]\d{4}"
    r"|\(?\d{2,4}\)?[ .-]\d{3,4}[ .-]\d{3,4})(?![\w.])"
)


@lru_cache(maxsize=4096)
def _normal(key: str) -> str:
    return re.sub(r"[\s_\-.$]", "", key).casefold()


def text(value: str, *, phones: bool = True) -> str:
    """`value` without e-mail addresses and, unless told otherwise, telephone numbers."""
    if "\x00" in value:
        value = value.replace("\x00", "")
    if "@" in value or "%40" in value:
        value = EMAIL.sub(REMOVED, value)
    return PHONE.sub(REMOVED, value) if phones and len(value) > 6 else value


def address(value: str) -> str:
    """A web address or path without query and fragment, which often carry names and tokens."""
    return text(value.split("?", 1)[0].split("#", 1)[0])


def properties(said: dict[str, Any], *, names: bool = False, depth: int = 0) -> dict[str, Any]:
    """`said` without personal data and empty values.

    `names`: a key `name` is that of a thing (a product, a page) and stays. Deeper than `DEPTH_MAX` levels
    is left out.
    """
    kept: dict[str, Any] = {}
    for key, value in said.items():
        normal = _normal(key)
        if value is None or (normal in PERSONAL and not (names and normal == "name")):
            continue
        clean = _value(value, normal, names, depth)
        if clean is not None:
            kept[text(key)] = clean
    return kept


def _value(value: Any, key: str, names: bool, depth: int) -> Any:
    if isinstance(value, str):
        if key in ADDRESSES or value.startswith(("http://", "https://")):
            return address(value)
        return text(value, phones=key not in IDENTIFIERS)
    if isinstance(value, dict):
        inside = names or key.startswith(_PERSON_NAMES_ALLOWED_IN)
        return properties(value, names=inside, depth=depth + 1) if depth < DEPTH_MAX else None
    if isinstance(value, list):
        if depth >= DEPTH_MAX:
            return None
        inside = names or key.startswith(_PERSON_NAMES_ALLOWED_IN)
        return [_value(one, key, inside, depth + 1) for one in value if one is not None]
    # A number of eleven digits under a name of one's own choice is more likely to call than to count.
    if isinstance(value, int) and not isinstance(value, bool) and key not in IDENTIFIERS:
        return REMOVED if PHONE.fullmatch(str(value)) else value
    return value

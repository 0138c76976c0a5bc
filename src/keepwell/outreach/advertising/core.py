"""How each platform wants people to be named: pure, no store.

Sources, in the platforms' own documents: Google Ads help 7476159 and Data Manager API, "Format user data"
(lower case, no blanks, dots before gmail.com and googlemail.com removed, E.164 with plus, SHA-256 in hex);
Meta, "How to format a customer list" (lower case; digits with country code, no plus, no leading zeros);
TikTok Ads help, "List of supported IDs and formats for a customer file" (August 2025: what follows a plus in
an e-mail address removed; digits with country code, no plus); Tencent Ads, `custom_audience_files/add`
(`SHA256_MOBILE_PHONE`, eleven digits, one in a line) and Ocean Engine, `data_type` 14 (the same).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keepwell.outreach.advertising.contracts import Platform

DOTLESS = frozenset({"gmail.com", "googlemail.com"})
MAINLAND = re.compile(r"\+861[3-9]\d{9}")


@dataclass(frozen=True)
class Form:
    """The file of a platform: its columns in order by kind of address; no header where it wants none."""

    columns: Mapping[str, str]
    has_header: bool = True
    suffix: str = "csv"


FORMS: Mapping[Platform, Form] = {
    Platform.GOOGLE: Form({"email": "Email", "phone": "Phone"}),
    Platform.META: Form({"email": "email", "phone": "phone"}),
    Platform.TIKTOK: Form({"email": "Email_SHA256", "phone": "Phone_SHA256"}),
    Platform.TENCENT: Form({"phone": ""}, has_header=False, suffix="txt"),
    Platform.OCEANENGINE: Form({"phone": ""}, has_header=False, suffix="txt"),
}


def email_form(platform: Platform, address: str) -> str:
    """An e-mail address as the platform compares it; "" where it is none.

    >>> email_form(Platform.GOOGLE, " Mei.Wang@Gmail.com "), email_form(Platform.META, "Mei.Wang@Gmail.com")
    ('meiwang@gmail.com', 'mei.wang@gmail.com')
    >>> email_form(Platform.TIKTOK, "mei+tea@shop.example")
    'mei@shop.example'
    """
    said = "".join(address.split()).lower()
    name, at, domain = said.rpartition("@")
    if not at or not name or not domain:
        return ""
    if platform is Platform.GOOGLE and domain in DOTLESS:
        name = name.replace(".", "")
    if platform is Platform.TIKTOK:
        name = name.partition("+")[0]
    return f"{name}@{domain}" if name else ""


def phone_form(platform: Platform, e164: str) -> str:
    """A telephone number as the platform compares it, from E.164; "" where it cannot be one there.

    >>> phone_form(Platform.GOOGLE, "+8613800138000"), phone_form(Platform.META, "+8613800138000")
    ('+8613800138000', '8613800138000')
    >>> phone_form(Platform.TENCENT, "+8613800138000"), phone_form(Platform.TENCENT, "+4520123456")
    ('13800138000', '')
    """
    if not re.fullmatch(r"\+[1-9]\d{6,14}", e164):
        return ""
    if platform in (Platform.TENCENT, Platform.OCEANENGINE):
        return e164[3:] if MAINLAND.fullmatch(e164) else ""
    return e164 if platform is Platform.GOOGLE else e164[1:]


def digests(platform: Platform, *, email: str, phone: str) -> dict[str, str]:
    """SHA-256 in lower-case hex of each address that the platform takes, by kind; {} without any.

    `phone` is E.164.
    """
    kinds = FORMS[platform].columns
    forms = {"email": email_form(platform, email), "phone": phone_form(platform, phone)}
    return {kind: hashlib.sha256(forms[kind].encode()).hexdigest() for kind in kinds if forms[kind]}


def lines(platform: Platform, people: Sequence[Mapping[str, str]]) -> list[tuple[str, ...]]:
    """The lines of a file, its header first where it has one; in the order of the digests."""
    form = FORMS[platform]
    rows = sorted({tuple(one.get(kind, "") for kind in form.columns) for one in people})
    return [*([tuple(form.columns.values())] if form.has_header else []), *rows]

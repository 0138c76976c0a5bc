"""Who a message is about, and what it says of the person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from keepwell.customers.contracts import CustomerRow
from keepwell.customers.identity import queries as identity
from keepwell.foundation.home import Home
from keepwell.intake import contactdata, pseudonyms
from keepwell.integrations.contracts import MessageError
from keepwell.integrations.tracking import scrub
from keepwell.integrations.tracking.messages import Message, parse_instant

CUSTOMER_ID_LENGTH_MAX = 64
# trait -> field of a customer record, longest value
TEXTS = {
    "occupation": ("occupation", 120), "title": ("occupation", 120), "industry": ("industry", 120),
    "timezone": ("time_zone", 40), "language": ("language", 16), "locale": ("language", 16),
}  # fmt: skip
TAKEN = scrub.words(
    """
    email phone name firstname lastname first_name last_name gender birthday address company createdat
    created_at avatar id username description website
    """
) | frozenset(TEXTS)
EXTRA_MAX = 40


@dataclass(frozen=True, slots=True)
class Who:
    """The customer number of a message's person, and the contact value that it stands for, if any."""

    customer_id: str
    contact: tuple[str, str] | None = None


def anonymous(anonymous_id: str) -> str:
    """The customer number of a visitor who is not known yet: keyed, so it says nothing."""
    return _anonymous(anonymous_id, Home.current().keys_path)


@lru_cache(maxsize=65_536)
def _anonymous(anonymous_id: str, _keys: Path) -> str:
    return identity.anonymous_number(anonymous_id)


def known(user_id: str) -> Who:
    """The customer of a user id; an address or telephone number becomes a pseudonym, as on import.

    Raises MessageError for one that is too long.
    """
    kind = pseudonyms.kind_of(user_id)
    if kind is not None:
        number, kind, value = pseudonyms.stand_in(user_id)
        return Who(number, (kind, value))
    if len(user_id) > CUSTOMER_ID_LENGTH_MAX:
        raise MessageError("userId", f"userId must have at most {CUSTOMER_ID_LENGTH_MAX} characters")
    return Who(user_id)


def of(message: Message) -> Who:
    """The person of a message: the known one where there is a user id, else the visitor."""
    return known(message.user_id) if message.user_id else Who(anonymous(message.anonymous_id))


def record(message: Message, who: Who) -> CustomerRow | None:
    """What identify or group says of the person; None where it says nothing."""
    said: dict[str, Any] = {}
    if who.contact:
        said[who.contact[0]] = who.contact[1]
    if message.type == "identify":
        _identify(message, said)
    elif message.type == "group":
        for trait, name, longest in (("name", "company", 200), ("industry", "industry", 120)):
            if value := _text(message.traits, trait, longest):
                said[name] = value
    said = {name: value for name, value in said.items() if value not in (None, "", {})}
    return CustomerRow(customer_id=who.customer_id, **said) if said else None


def _identify(message: Message, said: dict[str, Any]) -> None:
    traits = {str(key).casefold(): value for key, value in message.traits.items()}
    country = None
    address = traits.get("address")
    if isinstance(address, Mapping):
        country = contactdata.country(_text(address, "country", 60) or "")
        said.update(country=country, region=_text(address, "state", 80), city=_text(address, "city", 80))
    parts = (
        _text(traits, "firstname", 100) or _text(traits, "first_name", 100),
        _text(traits, "lastname", 100) or _text(traits, "last_name", 100),
    )
    said["name"] = _text(traits, "name", 200) or " ".join(part for part in parts if part)
    if email := _text(traits, "email", 254):
        said["email"] = contactdata.email(email)
    if phone := _text(traits, "phone", 40):
        said["phone"] = contactdata.phone(phone, country)
    said["gender"] = contactdata.gender(_text(traits, "gender", 20) or "")
    if born := _text(traits, "birthday", 40):
        day = contactdata.read_date(born)
        said["birth_on"] = contactdata.birth_on(day, message.at.date()) if day else None
    company = traits.get("company")
    where, key = (company, "name") if isinstance(company, Mapping) else (traits, "company")
    said["company"] = _text(where, key, 200)
    for trait, (name, longest) in TEXTS.items():
        if value := _text(traits, trait, longest):
            said[name] = value
    said.setdefault("language", _text(message.context, "locale", 16))
    said.setdefault("time_zone", _text(message.context, "timezone", 40))
    said["acquired_at"] = _acquired_at(traits.get("createdat") or traits.get("created_at"))
    said["extra"] = _extra(message.traits)


def _acquired_at(value: Any) -> datetime | None:
    """An ISO instant, or seconds since 1970, as old libraries send."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 4_102_444_800:
        return datetime.fromtimestamp(value, UTC)
    return parse_instant(value)


def _extra(traits: Mapping[str, Any]) -> dict[str, Any]:
    """Traits without a field of their own, if they are plain and say nothing personal."""
    own = {
        key: value
        for key, value in traits.items()
        if isinstance(value, str | int | float | bool) and key.casefold() not in TAKEN
    }
    clean = scrub.properties(own)
    short = {k: v for k, v in clean.items() if len(k) <= 80 and len(str(v)) <= 400}
    return dict(sorted(short.items())[:EXTRA_MAX])


def _text(said: Mapping[str, Any], name: str, longest: int) -> str | None:
    value = said.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    return value.replace("\x00", "").strip()[:longest] or None

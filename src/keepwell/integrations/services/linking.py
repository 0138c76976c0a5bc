"""Visitors who turn out to be somebody."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from keepwell.customers import queries as customers
from keepwell.customers import services as people_services
from keepwell.customers.identity import queries as identity
from keepwell.customers.identity import services as identities
from keepwell.integrations.contracts import MessageError
from keepwell.integrations.tracking import people


def ensure(customer_ids: Collection[str], *, source: str, at: datetime) -> None:
    """Make bare records for numbers that have none; a merged number needs none."""
    unknown = set(customer_ids) - customers.existing(sorted(customer_ids))
    if unknown:
        unknown -= identity.canonical_ids(sorted(unknown)).keys()
    if unknown:
        people_services.ensure(customer_ids=sorted(unknown), source=source, at=at)


def link(pair: tuple[str, str], *, at: datetime, actor: str) -> None:
    """Say that a visitor is the customer."""
    anonymous_id, customer_id = pair
    identities.link_anonymous(anonymous_id=anonymous_id, customer_id=customer_id, actor=actor, now=at)


def customer_of(raw: Mapping[str, Any]) -> str:
    """The customer number that a refused message names, where it names one."""
    user_id, anonymous_id = raw.get("userId"), raw.get("anonymousId")
    try:
        if isinstance(user_id, str) and user_id:
            return people.known(user_id).customer_id
    except MessageError:
        return ""
    return people.anonymous(anonymous_id) if isinstance(anonymous_id, str) and anonymous_id else ""

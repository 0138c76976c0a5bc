"""The parts of the customer page that change on their own: each knows its template and what it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.access import may_access, may_assign
from keepwell.customers.contracts import FIELDS, CustomerView, Origin, PortraitView
from keepwell.foundation import clock
from keepwell.insight.contracts import ScoreView
from keepwell.web import mail
from keepwell.web.portrait import words

# Which fields of one value stand in which part, in this order.
BASIC = (
    "name",
    "gender",
    "birth_on",
    "country",
    "region",
    "city",
    "language",
    "preferred_channel",
    "culture",
    "time_zone",
)
SOCIAL = ("personal_stage", "occupation", "income", "company", "industry")
SERVICE = ("service_type", "sensitivity", "vip_state")
PREFERENCES = ("product_preference", "service_preference", "contact_preference", "interest", "habit", "fit")
SOCIAL_TRAITS = ("family", "social")


@dataclass(frozen=True)
class FieldRow:
    """A field as the page shows it; `shown` is "" where nothing is known."""

    name: str
    label: Any
    value: str
    shown: str
    origin: Origin | None
    is_derived: bool = False


@dataclass(frozen=True)
class Subject:
    """A customer as the sections read them."""

    customer_id: str
    record: CustomerView
    portrait: PortraitView
    score: ScoreView | None
    may_change: bool
    may_see_sensitive: bool
    may_assign: bool
    may_hand_over: bool
    user_id: int


def subject(request: HttpRequest, record: CustomerView, score: ScoreView | None) -> Subject:
    """Read what several sections need, once."""
    customer_id, user = record.customer_id, request.user
    gives = may_access(user, Permission.CHANGE_OWNERS, customer_id)
    return Subject(
        customer_id=customer_id,
        record=record,
        portrait=customers.portrait(customer_id),
        score=score,
        may_change=may_access(user, Permission.CHANGE_CUSTOMERS, customer_id),
        may_see_sensitive=may_access(user, Permission.VIEW_SENSITIVE_NOTES, customer_id),
        may_assign=gives and may_assign(user),
        may_hand_over=gives,
        user_id=user.pk or 0,
    )


def field_row(name: str, record: CustomerView, portrait: PortraitView, score: ScoreView | None) -> FieldRow:
    """One field with its value in words and where it came from."""
    spec = FIELDS[name]
    if spec.place == "portrait":
        value, origin = portrait.values.get(name, ""), portrait.provenance.get(name)
    else:
        stored = getattr(record, name)
        value = stored.isoformat() if spec.kind == "date" and stored else str(stored or "")
        origin = record.provenance.get(name)
    labels = words.CHOICES.get(name, {})
    shown = str(labels.get(value, value))
    if name == "vip_state" and not value and (state := vip_state(score)):
        return FieldRow(name, words.FIELD[name], "", str(words.VIP_STATE[state]), None, is_derived=True)
    return FieldRow(name, words.FIELD[name], value, shown, origin)


def vip_state(score: ScoreView | None) -> str:
    """New, active or dormant for a customer of high value, "" for others: from the score."""
    if score is None or score.tier != "high":
        return ""
    return {"new": "new", "active": "active"}.get(score.status, "dormant")


def _rows(one: Subject, names: tuple[str, ...]) -> list[FieldRow]:
    return [field_row(name, one.record, one.portrait, one.score) for name in names]


def _groups(one: Subject, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    """Traits by kind, each with its words."""
    return [
        {
            "kind": kind,
            "label": words.TRAIT_KIND[kind],
            "rows": [
                {"one": trait, "label": words.TRAIT[kind].get(trait.code, trait.code)}
                for trait in one.portrait.of_kind(kind)
            ],
        }
        for kind in kinds
    ]


def _needs(one: Subject) -> dict[str, Any]:
    return {"group": _groups(one, ("special_need",))[0]}


def _basic(one: Subject) -> dict[str, Any]:
    return {"fields": _rows(one, BASIC), "points": one.record.contact_points}


def _social(one: Subject) -> dict[str, Any]:
    return {"fields": _rows(one, SOCIAL), "groups": _groups(one, SOCIAL_TRAITS)}


def _preferences(one: Subject) -> dict[str, Any]:
    return {"groups": _groups(one, PREFERENCES), "fields": _rows(one, SERVICE)}


def _dates(one: Subject) -> dict[str, Any]:
    return {"dates": one.portrait.dates, "birthday": field_row("birth_on", one.record, one.portrait, None)}


def _people(one: Subject) -> dict[str, Any]:
    return {"people": one.portrait.people}


def _tags(one: Subject) -> dict[str, Any]:
    """The shop's own tags, those of the source file, and those that the machine gives."""
    own = {tag.name for tag in one.portrait.tags}
    return {
        "tags": one.portrait.tags,
        "file_tags": [tag for tag in one.record.tags if tag not in own],
        "known_tags": [tag for tag in customers.tags(only_active=True) if tag.name not in own]
        if one.may_change
        else [],
    }


def _notes(one: Subject) -> dict[str, Any]:
    return {"notes": customers.notes(one.customer_id, sensitive=one.may_see_sensitive)}


def _attachments(one: Subject) -> dict[str, Any]:
    rows = mail.rows(one.customer_id, sensitive=one.may_see_sensitive)
    return {"attachments": rows, "has_more_mails": sum(row.mail is not None for row in rows) >= mail.LISTED}


def _promises(one: Subject) -> dict[str, Any]:
    found = customers.promises(one.customer_id, limit=50)
    return {
        "open_promises": [promise for promise in found if promise.status == "open"],
        "ended_promises": [promise for promise in found if promise.status != "open"],
    }


def _owner(one: Subject) -> dict[str, Any]:
    history = customers.ownership_history(one.customer_id)
    return {
        "owner": history[0] if history and history[0].ended_at is None else None,
        "earlier_owners": [period for period in history if period.ended_at is not None],
        "handover": customers.handover_of(one.customer_id),
        "wants_owner": one.score is not None and one.score.tier == "high",
    }


SECTIONS: Mapping[str, Callable[[Subject], dict[str, Any]]] = {
    "needs": _needs,
    "basic": _basic,
    "social": _social,
    "preferences": _preferences,
    "dates": _dates,
    "people": _people,
    "tags": _tags,
    "notes": _notes,
    "attachments": _attachments,
    "promises": _promises,
    "owner": _owner,
}


def template(name: str) -> str:
    """The template of a section."""
    return f"keepwell/portrait/{name}.html"


def context(name: str, one: Subject) -> dict[str, Any]:
    """What a section's template reads."""
    return {
        "section": name,
        "customer_id": one.customer_id,
        "may_edit": one.may_change,
        "may_assign": one.may_assign,
        "may_hand_over": one.may_hand_over,
        "now": clock.now(),
        **SECTIONS[name](one),
    }


def all_sections(one: Subject) -> dict[str, dict[str, Any]]:
    """Every section, ready to be drawn, by name."""
    return {name: {"template": template(name), "context": context(name, one)} for name in SECTIONS}

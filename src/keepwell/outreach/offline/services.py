"""What is done with offline channels: kept, scanned, a visitor noted. Costs and visits are facts."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from keepwell.customers import queries as customers
from keepwell.foundation.audit import services as audit
from keepwell.history import services as history
from keepwell.insight import queries as insight
from keepwell.outreach.offline.contracts import KINDS, NoSpotError, OfflineError
from keepwell.outreach.offline.models import Scan, Spot

SOURCE = "keepwell"
NAME_MAX, TARGET_MAX = 120, 500
CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
CODE_MAX = 40
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # what cannot be misread
COST_MAX = Decimal(10) ** 9


def save(*, values: Mapping[str, Any], actor: str, now: datetime, spot_id: int | None = None) -> int:
    """Keep an offline channel; its number. Its code stays as it is: it has been printed.

    `values`: code ("" = one is made), kind, name, place, store, target, starts_on, ends_on, cost, active.
    The cost is a fact (kind acquisition). Raises OfflineError, NoSpotError.
    """
    _check(values)
    with transaction.atomic():
        if spot_id is None:
            code = _code(str(values["code"]), str(values["kind"]))
            row = Spot.objects.create(
                **{**values, "code": code}, currency=_currency(), made_at=now, made_by=actor
            )
            before = Decimal(0)
        else:
            row = _locked(spot_id)
            before = row.cost
            for name, value in values.items():
                if name != "code":
                    setattr(row, name, value)
            row.currency = row.currency or _currency()
            row.save()
        if row.currency and (row.cost or before):
            _tell_cost(row)
        audit.log(
            actor=actor,
            action="offline.save",
            object_type="offline_spot",
            object_id=str(row.pk),
            details={"code": row.code, "kind": row.kind, "active": row.active},
            at=now,
        )
    return int(row.pk)


def _check(values: Mapping[str, Any]) -> None:
    name = str(values["name"]).strip()
    if not name or len(name) > NAME_MAX:
        raise OfflineError("name")
    if values["kind"] not in KINDS:
        raise OfflineError("kind")
    parts = urlsplit(str(values["target"]))
    if parts.scheme != "https" or not parts.hostname or len(str(values["target"])) > TARGET_MAX:
        raise OfflineError("target")
    if values["ends_on"] is not None and values["ends_on"] < values["starts_on"]:
        raise OfflineError("ends_on")
    cost = values["cost"]
    if not cost.is_finite() or not 0 <= cost < COST_MAX:
        raise OfflineError("cost")


def _code(wanted: str, kind: str) -> str:
    if not wanted:
        return f"{kind}-{''.join(secrets.choice(ALPHABET) for _place in range(6))}"
    if not CODE.fullmatch(wanted) or len(wanted) > CODE_MAX or Spot.objects.filter(code=wanted).exists():
        raise OfflineError("code")
    return wanted


def _locked(spot_id: int) -> Spot:
    row = Spot.objects.select_for_update().filter(pk=spot_id).first()
    if row is None:
        raise NoSpotError(spot_id)
    return row


def _currency() -> str:
    """The shop's; "" before its first cycle."""
    cycle = insight.current_cycle()
    return cycle.currency if cycle else ""


def _tell_cost(row: Spot) -> None:
    """What it cost, as a fact of its first day; said again when it changes, to nothing too."""
    at = timezone.make_aware(datetime.combine(row.starts_on, datetime.min.time()))
    fact = {
        "cost_id": f"offline-{row.pk}",
        "customer_id": None,
        "at": at,
        "kind": "acquisition",
        "amount": row.cost,
        "currency": row.currency,
    }
    history.record(table="costs", fact=fact, source=SOURCE)


def scan(*, code: str, now: datetime, counts: bool = True) -> str | None:
    """Where the code leads, marked so that what follows on the website is known to come from it.

    `counts`: a person opened it, as far as one can tell. A channel that is over still leads on, for printed
    things stay about; None where there never was one.
    """
    row = Spot.objects.filter(code=code).first()
    if row is None:
        return None
    if counts and row.active:
        day, _made = Scan.objects.get_or_create(spot=row, on=timezone.localdate(now))
        Scan.objects.filter(pk=day.pk).update(count=F("count") + 1)
    return marked(row.target, kind=row.kind, code=row.code)


def marked(target: str, *, kind: str, code: str) -> str:
    """An address with the marks by which trackers know where a visit comes from.

    >>> marked("https://tea.example/new?a=1#top", kind="poster", code="p1")
    'https://tea.example/new?a=1&utm_source=poster&utm_medium=offline&utm_campaign=p1#top'
    """
    parts = urlsplit(target)
    ours = {"utm_source": kind, "utm_medium": "offline", "utm_campaign": code}
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in ours]
    return urlunsplit(parts._replace(query=urlencode([*kept, *ours.items()])))


def note_visit(*, spot_id: int, customer_id: str, actor: str, now: datetime) -> None:
    """Keep that a customer was there, once a day, as a fact with where it was.

    Raises NoSpotError, and OfflineError for a customer whom nobody knows.
    """
    with transaction.atomic():
        row = _locked(spot_id)
        if not customers.existing([customer_id]):
            raise OfflineError("customer")
        on = timezone.localdate(now)
        properties = {"campaign": {"name": row.code, "source": row.kind, "medium": "offline"}}
        fact = {
            "interaction_id": f"offline-{row.pk}-{on:%Y%m%d}-{customer_id}",
            "customer_id": customer_id,
            "at": timezone.make_aware(datetime.combine(on, datetime.min.time())),
            "channel": "store",
            "type": "visit",
            "subject": row.code,
            "properties": orjson.dumps(properties, option=orjson.OPT_SORT_KEYS).decode(),
        }
        history.record(table="interactions", fact=fact, source=SOURCE)
        audit.log(
            actor=actor,
            action="offline.visit",
            object_type="customer",
            object_id=customer_id,
            details={"code": row.code},
            at=now,
        )

"""What can be asked about consent, holds and requests."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from keepwell.customers.core import mask
from keepwell.customers.identity import queries as identity
from keepwell.customers.models import ContactPoint, Customer
from keepwell.customers.privacy.contracts import (
    SILENCES_ALL,
    Channel,
    ConsentChange,
    ConsentView,
    HoldKind,
    HoldView,
    MaskedPoint,
    Purpose,
    Reason,
    RequestView,
    Right,
    Verdict,
    WordingView,
)
from keepwell.customers.privacy.defaults import UNMASK_LIMIT_PER_DAY, WORDINGS
from keepwell.customers.privacy.models import (
    Consent,
    ConsentEvent,
    Hold,
    Request,
    Settings,
    Unmasking,
    Wording,
)
from keepwell.foundation import clock
from keepwell.foundation.rows import among

CHUNK = 2_000


def may_contact(customer_id: str, channel: str, purpose: str, *, now: datetime | None = None) -> Verdict:
    """Whether a customer may be contacted by `channel` for `purpose` at `now`, and why.

    A stop or a hold goes before any consent. Raises ValueError for an unknown channel or purpose.
    """
    return may_contact_many([customer_id], channel, purpose, now=now)[customer_id]


def may_contact_many(
    customer_ids: Iterable[str], channel: str, purpose: str, *, now: datetime | None = None
) -> dict[str, Verdict]:
    """`may_contact` for many at once: a fixed number of queries per 2,000."""
    _known(channel, purpose)
    at = now or clock.now()
    found: dict[str, Verdict] = {}
    iterator = iter(customer_ids)
    while asked := list(islice(iterator, CHUNK)):
        numbers, present, holds = _held(asked, purpose, at)
        said = Consent.objects.filter(among("customer", present), channel=channel, purpose=purpose)
        given = said.values_list("customer_id", "given", "at", "wording")
        consents = {one: _Said(yes, since, wording) for one, yes, since, wording in given}
        for customer_id, number in numbers.items():
            found[customer_id] = _verdict(number in present, holds.get(number), consents.get(number))
    return found


def silenced_many(
    customer_ids: Iterable[str], purpose: str, *, now: datetime | None = None
) -> dict[str, Verdict]:
    """Those of `customer_ids` who are to be left alone whatever the channel, or are unknown, and why.

    For ways that consent is not asked for, such as a visit. Raises ValueError for an unknown purpose.
    """
    wanted = Purpose(purpose)
    at = now or clock.now()
    found: dict[str, Verdict] = {}
    iterator = iter(customer_ids)
    while asked := list(islice(iterator, CHUNK)):
        numbers, present, holds = _held(asked, wanted, at)
        for customer_id, number in numbers.items():
            if number not in present or number in holds:
                found[customer_id] = _verdict(number in present, holds.get(number), None)
    return found


def _held(asked: list[str], purpose: str, at: datetime) -> tuple[dict[str, str], set[str], dict[str, Hold]]:
    """The surviving number of each, those that have a record, and who of them is to be left alone."""
    canonical = identity.canonical_ids(asked)
    numbers = {customer_id: canonical.get(customer_id, customer_id) for customer_id in asked}
    found = Customer.objects.filter(among("pk", numbers.values())).order_by()
    present = set(found.values_list("pk", flat=True))
    holds: dict[str, Hold] = {}
    for hold in active_holds(at).filter(among("customer", present), kind__in=_silencing(purpose)):
        holds.setdefault(hold.customer_id, hold)
    return numbers, present, holds


def allowed(channel: str, purpose: str, *, now: datetime | None = None) -> QuerySet[Consent, str]:
    """Numbers of all customers who may be contacted, as a query: for `customer_id__in=` or its own SQL."""
    _known(channel, purpose)
    at = now or clock.now()
    held = active_holds(at).filter(kind__in=_silencing(purpose), customer=OuterRef("customer"))
    given = Consent.objects.filter(channel=channel, purpose=purpose, given=True).exclude(Exists(held))
    return given.order_by().values_list("customer_id", flat=True)


def active_holds(now: datetime) -> QuerySet[Hold]:
    """Holds that count at `now`."""
    present = Hold.objects.filter(lifted_at=None, placed_at__lte=now)
    return present.filter(Q(until=None) | Q(until__gt=now)).order_by("placed_at", "pk")


def consents(customer_id: str) -> list[ConsentView]:
    """What a customer says now, by channel and purpose; what was never asked is left out."""
    rows = Consent.objects.filter(customer=customer_id).order_by("channel", "purpose")
    return [ConsentView(r.channel, r.purpose, r.given, r.at, r.source, r.wording) for r in rows]


def consent_history(customer_id: str, *, limit: int = 200) -> list[ConsentChange]:
    """Every change of a customer's consents, newest first, also of records merged into this one."""
    rows = ConsentEvent.objects.filter(customer_id__in=identity.fact_ids(customer_id))[:limit]
    return [ConsentChange(r.channel, r.purpose, r.action, r.at, r.source, r.wording, r.actor) for r in rows]


def holds(customer_id: str, *, now: datetime | None = None) -> list[HoldView]:
    """Every hold of a customer, newest first."""
    at = now or clock.now()
    return [_hold(row, at) for row in Hold.objects.filter(customer=customer_id)]


def is_stopped(customer_id: str, *, now: datetime | None = None) -> bool:
    """Whether the customer asked not to be contacted at all."""
    at = now or clock.now()
    number = identity.canonical_id(customer_id)
    return active_holds(at).filter(customer=number, kind=HoldKind.STOP).exists()


def wordings() -> list[WordingView]:
    """The newest version of every wording, by code."""
    newest: dict[str, WordingView] = {}
    for view in all_wordings():
        if view.code not in newest or newest[view.code].version < view.version:
            newest[view.code] = view
    return sorted(newest.values(), key=lambda view: view.code)


def all_wordings() -> list[WordingView]:
    """Every version of every wording, those that Keepwell brings first."""
    stored = [
        WordingView(w.code, w.version, w.purpose, w.texts, w.created_at, w.created_by)
        for w in Wording.objects.order_by("code", "version")
    ]
    return [*WORDINGS, *stored]


def wording(name: str) -> WordingView | None:
    """The wording called `code/version`."""
    return next((view for view in all_wordings() if view.name == name), None)


def contact_points(customer_id: str) -> list[MaskedPoint]:
    """The ways to reach a customer, masked, each with the number by which it can be asked for."""
    rows = ContactPoint.objects.filter(customer=customer_id).order_by("kind", "pk")
    return [MaskedPoint(p.pk, p.kind, mask(p.kind, p.value), p.source, p.updated_at) for p in rows]


def addresses_changed(customer_ids: Collection[str], kind: str, *, since: datetime) -> frozenset[str]:
    """Those of the customers some contact value of whom was added, changed or taken away after `since`."""
    canonical = identity.canonical_ids(customer_ids)
    numbers = {number: canonical.get(number, number) for number in customer_ids}
    later = Q(updated_at__gt=since) | Q(removed_at__gt=since)
    points = ContactPoint.every.filter(later, customer__in=set(numbers.values()), kind=kind)
    moved = set(points.values_list("customer_id", flat=True))
    return frozenset(number for number, present in numbers.items() if present in moved)


def addresses_changed_at(customer_ids: Collection[str], kind: str) -> dict[str, datetime]:
    """When some contact value of each was added, changed or taken away last; who had none is left out."""
    canonical = identity.canonical_ids(customer_ids)
    numbers = {number: canonical.get(number, number) for number in customer_ids}
    points = ContactPoint.every.filter(among("customer_id", numbers.values()), kind=kind)
    newest: dict[str, datetime] = {}
    for number, *moments in points.values_list("customer_id", "updated_at", "removed_at"):
        newest[number] = max(at for at in (*moments, newest.get(number)) if at is not None)
    return {number: newest[present] for number, present in numbers.items() if present in newest}


def settings() -> dict[str, Any]:
    """The settings of privacy: `unmask_limit_per_day`, and `retention`: days by kind."""
    row = Settings.objects.filter(pk=1).first()
    return {"unmask_limit_per_day": UNMASK_LIMIT_PER_DAY, "retention": {}, **(row.values if row else {})}


def unmasked_today(user_id: int, *, now: datetime) -> int:
    """How many contact values a user has seen in the 24 hours before `now`."""
    return Unmasking.objects.filter(user=user_id, at__gt=now - timedelta(days=1)).count()


def request(request_id: int) -> RequestView | None:
    """One request to erase or anonymise."""
    row = Request.objects.filter(pk=request_id).first()
    return request_view(row) if row else None


def requests(*, limit: int = 100) -> list[RequestView]:
    """Requests to erase or anonymise, newest first."""
    return [request_view(row) for row in Request.objects.all()[:limit]]


def request_view(row: Request) -> RequestView:
    """The contract of a row."""
    return RequestView(
        request_id=row.pk,
        right=Right(row.right),
        customer_id=row.customer_id,
        status=row.status,
        steps=tuple(row.steps),
        requested_at=row.requested_at,
        requested_by=row.requested_by,
        finished_at=row.finished_at,
        error=row.error,
        certificate=row.certificate,
    )


def _known(channel: str, purpose: str) -> None:
    Channel(channel)
    Purpose(purpose)


def _silencing(purpose: str) -> list[str]:
    """The kinds of hold that silence `purpose`."""
    return [kind for kind in HoldKind if kind in SILENCES_ALL or purpose != Purpose.SERVICE]


class _Said(NamedTuple):
    """What is read of a consent: no object of the row, of which hundreds are made at once."""

    given: bool
    at: datetime
    wording: str


def _verdict(exists: bool, hold: Hold | None, consent: _Said | None) -> Verdict:
    if not exists:
        return Verdict(False, Reason.UNKNOWN_CUSTOMER)
    if hold is not None:
        stopped = hold.kind == HoldKind.STOP
        reason = Reason.STOPPED if stopped else Reason.ON_HOLD
        return Verdict(False, reason, hold.placed_at, HoldKind(hold.kind))
    if consent is None:
        return Verdict(False, Reason.NOT_ASKED)
    reason = Reason.GIVEN if consent.given else Reason.WITHDRAWN
    return Verdict(consent.given, reason, consent.at, wording=consent.wording)


def _hold(row: Hold, now: datetime) -> HoldView:
    active = row.lifted_at is None and row.placed_at <= now and (row.until is None or row.until > now)
    return HoldView(
        row.pk, HoldKind(row.kind), row.reason, row.placed_at, row.placed_by, row.until, row.lifted_at, active
    )

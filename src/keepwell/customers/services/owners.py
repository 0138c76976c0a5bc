"""Who looks after a customer: given, taken, handed over."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from keepwell.customers.contracts import HandoverStatus
from keepwell.customers.models import Customer, Handover, HandoverCustomer, Ownership, Promise
from keepwell.customers.services.checks import text_of
from keepwell.customers.staff import require_active
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit

CHUNK = 1_000
LONGEST = timedelta(days=366)

OwnerChange = Callable[[Collection[str], int | None, int | None, datetime], None]
_listeners: list[OwnerChange] = []


def on_owner_change(listener: OwnerChange) -> None:
    """Call `listener(customer_ids, old_owner_id, new_owner_id, at)` inside each change's transaction.

    For rooms above that carry open work over; register in AppConfig.ready.
    """
    if listener not in _listeners:
        _listeners.append(listener)


def assign_owner(
    *,
    customer_ids: Collection[str],
    owner_id: int | None,
    actor: str,
    reason: str = "",
    at: datetime | None = None,
) -> int:
    """Let a user look after these customers from now on (None: nobody); how many changed.

    Open promises of the old owner go to the new one. Raises ValidationError for a user who cannot sign in
    or a customer that does not exist.
    """
    at = at or clock.now()
    reason = text_of("reason", reason, most=200)
    if owner_id is not None:
        require_active(owner_id, "owner")
    changed = 0
    with transaction.atomic():
        for chunk in _chunks(customer_ids):
            if Customer.objects.filter(pk__in=chunk).count() != len(chunk):
                raise ValidationError(_("There is no customer with this number."))
            changed += _move(chunk, owner_id, actor, reason, at)
        if changed:
            audit.log(
                actor=actor,
                action="customer.assign_owner",
                object_type="customer",
                object_id=next(iter(customer_ids)) if len(customer_ids) == 1 else "",
                details={"owner": owner_id, "customers": changed},
                at=at,
            )
    return changed


def _chunks(customer_ids: Collection[str]) -> Iterator[list[str]]:
    listed = sorted(set(customer_ids))
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]


def _move(chunk: list[str], owner_id: int | None, actor: str, reason: str, at: datetime) -> int:
    """Give these customers a new owner; how many had another one."""
    present = Ownership.objects.select_for_update().filter(customer__in=chunk, ended_at=None).order_by("pk")
    owners = dict(present.values_list("customer_id", "owner_id"))
    moving = [one for one in chunk if owners.get(one) != owner_id]
    Ownership.objects.filter(customer__in=moving, ended_at=None).update(ended_at=at)
    if owner_id is not None:
        Ownership.objects.bulk_create(
            Ownership(customer_id=one, owner_id=owner_id, started_at=at, reason=reason, assigned_by=actor)
            for one in moving
        )
    by_owner: dict[int | None, list[str]] = {}
    for one in moving:
        by_owner.setdefault(owners.get(one), []).append(one)
    for old, ids in by_owner.items():
        if old is not None and owner_id is not None:
            mine = Promise.objects.filter(customer__in=ids, owner=old, status="open")
            mine.update(owner=owner_id)
        for listener in _listeners:
            listener(ids, old, owner_id, at)
    return len(moving)


def propose_handover(
    *,
    customer_ids: Collection[str],
    from_owner_id: int,
    to_owner_id: int,
    due_on: date,
    actor: str,
    reason: str = "",
    open_matters: str = "",
    preferences: str = "",
    at: datetime | None = None,
) -> int:
    """Ask a user to take over customers by a day; its id. Until they confirm, nothing changes.

    Raises ValidationError where a customer is not the giver's, waits in another handover, the receiver is
    the giver or cannot sign in, or the day has passed.
    """
    at = at or clock.now()
    ids = sorted(set(customer_ids))
    if not ids:
        raise ValidationError({"customers": [_("Please choose at least one customer.")]})
    if from_owner_id == to_owner_id:
        raise ValidationError({"to_owner": [_("Please choose somebody else.")]})
    require_active(to_owner_id, "to_owner")
    if not at.date() <= due_on <= at.date() + LONGEST:
        raise ValidationError({"due_on": [_("Please choose a day from today within a year.")]})
    texts = {
        name: text_of(name, value)
        for name, value in (
            ("reason", reason),
            ("open_matters", open_matters),
            ("preferences", preferences),
        )
    }
    try:
        with transaction.atomic():
            _require_owned(ids, from_owner_id)
            handover = Handover.objects.create(
                from_owner_id=from_owner_id,
                to_owner_id=to_owner_id,
                due_on=due_on,
                proposed_by=actor,
                proposed_at=at,
                **texts,
            )
            rows = [HandoverCustomer(handover=handover, customer_id=one) for one in ids]
            HandoverCustomer.objects.bulk_create(rows, batch_size=CHUNK)
            _log("propose", handover, actor, at, {"customers": len(ids), "to": to_owner_id})
    except IntegrityError:
        message = _("At least one of these customers waits in another handover already.")
        raise ValidationError({"customers": [message]}) from None
    return int(handover.pk)


def _require_owned(ids: list[str], owner_id: int) -> None:
    found = 0
    for chunk in _chunks(ids):
        found += Ownership.objects.filter(customer__in=chunk, owner=owner_id, ended_at=None).count()
    if found != len(ids):
        message = _("At least one of these customers is not looked after by the giver.")
        raise ValidationError({"customers": [message]})


def confirm_handover(
    *, handover_id: int, user_id: int, actor: str, at: datetime | None = None
) -> tuple[str, ...]:
    """The receiver takes over: the numbers of the customers that changed hands.

    Those that somebody else looks after by now stay where they are. Raises ValidationError where the user
    is not the receiver or the handover waits no more.
    """
    at = at or clock.now()
    with transaction.atomic():
        handover = _waiting(handover_id, user_id)
        ids = list(handover.customers.values_list("customer_id", flat=True))
        moved: list[str] = []
        for chunk in _chunks(ids):
            mine = Ownership.objects.filter(customer__in=chunk, owner=handover.from_owner_id, ended_at=None)
            still = sorted(mine.order_by().values_list("customer_id", flat=True))
            _move(still, int(handover.to_owner_id), actor, _("Handover"), at)
            handover.customers.filter(customer__in=still).update(is_moved=True)
            moved += still
        _end(handover, HandoverStatus.CONFIRMED, actor, at)
        _log("confirm", handover, actor, at, {"customers": len(moved)})
    return tuple(moved)


def decline_handover(
    *, handover_id: int, user_id: int, reason: str, actor: str, at: datetime | None = None
) -> None:
    """The receiver does not take over and says why; raises ValidationError as `confirm_handover` does."""
    at = at or clock.now()
    reason = text_of("reason", reason, required=True)
    with transaction.atomic():
        handover = _waiting(handover_id, user_id)
        _end(handover, HandoverStatus.DECLINED, actor, at, reason)
        _log("decline", handover, actor, at, {})


def withdraw_handover(*, handover_id: int, actor: str, at: datetime | None = None) -> None:
    """Take a handover back before it is decided; raises ValidationError where it waits no more."""
    at = at or clock.now()
    with transaction.atomic():
        handover = _waiting(handover_id, None)
        _end(handover, HandoverStatus.WITHDRAWN, actor, at)
        _log("withdraw", handover, actor, at, {})


def _waiting(handover_id: int, user_id: int | None) -> Handover:
    handover = Handover.objects.select_for_update().filter(pk=handover_id).first()
    if handover is None or handover.status != HandoverStatus.WAITING:
        raise ValidationError(_("This handover waits no more. Please look again."))
    if user_id is not None and handover.to_owner_id != user_id:
        raise ValidationError(_("Only the receiver can confirm or decline a handover."))
    return handover


def _end(handover: Handover, status: HandoverStatus, actor: str, at: datetime, reason: str = "") -> None:
    handover.status = status.value
    handover.decided_at = at
    handover.decided_by = actor
    handover.decision_reason = reason
    handover.save()
    handover.customers.update(is_waiting=False)


def _log(verb: str, handover: Handover, actor: str, at: datetime, details: dict[str, object]) -> None:
    audit.log(
        actor=actor,
        action=f"handover.{verb}",
        object_type="handover",
        object_id=str(handover.pk),
        details=details,
        at=at,
    )

"""Requests to erase or anonymise: made by somebody who may, done by the worker, step by step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from keepwell.accounts.access import Account
from keepwell.accounts.contracts import Permission
from keepwell.customers.access import access_customer
from keepwell.customers.models import Customer
from keepwell.customers.privacy import queries
from keepwell.customers.privacy.contracts import PrivacyError, RequestView, Right, Subject
from keepwell.customers.privacy.core import matcher, normal_text
from keepwell.customers.privacy.models import Request
from keepwell.customers.privacy.services import database, ledger, proof, records, subjects, sweeping
from keepwell.customers.privacy.services.erasers import erasers
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.history import services as history

REPLAY = "ledger"  # the reason of what is erased again
Step = Callable[[Subject], Mapping[str, int]]
TOUCHED = (
    "customers.Customer",
    "customers.ContactPoint",
    "history.OutboxFact",
    "audit.AuditEntry",
    "privacy.Request",
)


def request_right(
    *,
    user: Account,
    customer_id: str,
    right: str,
    confirmation: str,
    reason: str = "",
    now: datetime | None = None,
) -> RequestView:
    """Ask for a person to be erased or anonymised; the worker does it, beginning within seconds.

    `confirmation` is the customer number typed by hand. Raises PermissionDenied where the user may not,
    PrivacyError for another confirmation, an unknown customer, or one whose request waits already.
    """
    access_customer(user, Permission.ERASE_CUSTOMERS, customer_id)
    wanted = Right(right)
    if confirmation.strip() != customer_id:
        raise PrivacyError(_("The number typed is not this customer's. Nothing was changed."))
    return _make(customer_id, wanted, user.get_username(), reason, now or clock.now())


def run_requests(*, limit: int = 20) -> int:
    """Do what waits or was interrupted, outside of transactions; how many requests were finished."""
    done = 0
    for key in list(_open().order_by("pk").values_list("pk", flat=True)[:limit]):
        _run(Request.objects.get(pk=key))
        done += 1
    return done


def replay_ledger(*, actor: str = "keepwell") -> int:
    """Erase again who was erased before and has come back by a restore or an import; how many."""
    numbers = ledger.returned()
    asked = {row.customer_id for row in _open()}
    for number in numbers:
        if number not in asked:
            _make(number, Right.ERASE, actor, REPLAY, clock.now())
    run_requests(limit=_open().count())
    return len(numbers)


def _open() -> QuerySet[Request]:
    return Request.objects.filter(status__in=("waiting", "running"))


def _make(customer_id: str, right: Right, actor: str, reason: str, now: datetime) -> RequestView:
    with transaction.atomic():
        there = Customer.objects.select_for_update().filter(pk=customer_id).exists()
        if not there and reason != REPLAY:
            raise PrivacyError(_("There is no customer %(number)s.") % {"number": customer_id})
        if any(row.customer_id == customer_id for row in _open()):
            raise PrivacyError(_("This is being done already."))
        row = Request.objects.create(
            right=right.value,
            customer_id=customer_id,
            requested_at=now,
            requested_by=actor,
            reason=reason[:40],
            steps=[{"name": name, "status": "waiting", "counts": {}} for name, _run in _steps()],
        )
        audit.log(
            actor=actor,
            action=f"customer.{right.value}.request",
            object_type="customer",
            object_id=customer_id,
            details={"request": row.pk},
            at=now,
        )
    return queries.request_view(row)


def _steps() -> list[tuple[str, Step]]:
    return [
        ("ledger", _enter),
        *((f"room: {eraser.name}", eraser.forget) for eraser in erasers()),
        ("state", records.forget),
        ("history", _history),
        ("files", sweeping.sweep),
        ("audit log", _redact),
        ("free space", _free_space),
        ("proof", proof.search),
    ]


def _run(row: Request) -> None:
    """Each step is kept as soon as it is done, so that a crash goes on where it was; all may run again."""
    right = Right(row.right)
    if not row.subject:
        row.subject = subjects.dump(subjects.gather(row.customer_id, right))
    row.status, row.error = "running", ""
    functions = dict(_steps())
    row.steps = [
        next(
            (step for step in row.steps if step["name"] == name),
            {"name": name, "status": "waiting", "counts": {}},
        )
        for name in functions
    ]
    row.save(update_fields=["subject", "status", "error", "steps"])
    subject = subjects.load(row.subject, right)
    for step in row.steps:
        if step["status"] == "done" and step["name"] not in ("free space", "proof"):
            continue
        try:
            counts = functions[step["name"]](subject)
        except Exception as error:
            step["status"], row.error = "failed", type(error).__name__
            row.save(update_fields=["steps", "error"])
            raise
        step.update(status="done", counts=dict(counts))
        row.save(update_fields=["steps"])
    _finish(row, subject)


def _finish(row: Request, subject: Subject) -> None:
    """Forget whom the request was about, and write down what was done: the certificate."""
    now = clock.now()
    left = next(step["counts"] for step in row.steps if step["name"] == "proof")
    certificate: dict[str, Any] = {
        "request": row.pk,
        "right": row.right,
        "requested_at": row.requested_at.isoformat(),
        "requested_by": row.requested_by,
        "finished_at": now.isoformat(),
        "steps": [{"name": step["name"], "counts": step["counts"]} for step in row.steps],
        "still_found": {name: count for name, count in left.items() if name.startswith("still in")},
    }
    body = json.dumps(certificate, sort_keys=True, ensure_ascii=False).encode()
    certificate["sha256"] = hashlib.sha256(body).hexdigest()
    with transaction.atomic():
        row.customer_id = row.subject = ""
        row.status, row.finished_at, row.certificate = "done", now, certificate
        row.save()
        audit.log(
            actor=row.requested_by,
            action=f"customer.{row.right}.done",
            object_type="request",
            object_id=str(row.pk),
            details={"certificate": certificate["sha256"]},
            at=now,
        )
    # The sealed subject was in the row until now.
    database.clear_free_space(["privacy.Request"])


def _enter(subject: Subject) -> Mapping[str, int]:
    return {"fingerprints": ledger.enter(subject, request_id=None, now=clock.now())}


def _history(subject: Subject) -> Mapping[str, int]:
    numbers = dict.fromkeys(subject.customer_ids, subject.pseudonym)
    results = history.rewrite_person(numbers=numbers, mentions=_names_contact(subject))
    counts = {result.table: result.rows for result in results}
    removed = sum(result.files + result.files_removed for result in results)
    return {**counts, "old files removed": removed}


def _names_contact(subject: Subject) -> Callable[[str], bool]:
    """Whether a text of a fact names the person; a short number alone may be anything."""
    said = {kind: subject.identifiers.get(kind, ()) for kind in ("name", "email", "phone")}
    said["number"] = tuple(number for number in subject.customer_ids if len(number) >= 4)
    pattern = matcher(said)
    return lambda text: bool(pattern.search(normal_text(text)))


def _redact(subject: Subject) -> Mapping[str, int]:
    return {
        "entries": audit.redact(
            object_type="customer",
            object_ids=subject.customer_ids,
            # Not the pseudonym: the time of the request must not lead to the facts.
            replacement="erased",
            mentions=subject.mentions,
            actor="keepwell",
        )
    }


def _free_space(_subject: Subject) -> Mapping[str, int]:
    labels = [model._meta.label for model, _condition in records.about(("",))]
    return database.clear_free_space([*TOUCHED, *labels])

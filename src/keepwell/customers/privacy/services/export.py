"""Everything about one person, for that person: a ZIP of JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from keepwell.accounts.access import Account
from keepwell.accounts.contracts import Permission
from keepwell.customers.access import access_customer
from keepwell.customers.files import read_sealed
from keepwell.customers.identity import queries as identity
from keepwell.customers.models import Attachment, Customer
from keepwell.customers.privacy.models import ConsentEvent
from keepwell.customers.privacy.services import records
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.foundation.spreadsheet import safe_cell
from keepwell.history import queries as history
from keepwell.history.schemas import FACT_TABLES

FACTS_MAX = 1_000_000
NEEDED = (Permission.EXPORT_CUSTOMERS, Permission.UNMASK_CONTACTS)


def export_person(*, user: Account, customer_id: str, now: datetime | None = None) -> bytes:
    """A ZIP with everything in state and facts about a person, contact values in plain.

    `state.json` has every row by table, `facts.json` and `facts/<table>.csv` every fact, `files/` what is
    kept as a file, e-mails too. Written to memory only. Raises PermissionDenied where the user may not export
    customers or not see contact values in plain.
    """
    for needed in NEEDED:
        access_customer(user, needed, customer_id)
    at = now or clock.now()
    numbers = identity.fact_ids(customer_id)
    state = _state(numbers)
    facts = _facts(numbers)
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("state.json", _json({"customer_id": customer_id, "exported_at": at, "state": state}))
        archive.writestr("facts.json", _json(facts))
        for table, rows in facts.items():
            archive.writestr(f"facts/{table}.csv", _csv(rows))
        for label, rows in state.items():
            archive.writestr(f"state/{label}.csv", _csv(rows))
        for name, content in _files(numbers):
            archive.writestr(f"files/{name}", content)
    audit.log(
        actor=user.get_username(),
        action="customer.export_person",
        object_type="customer",
        object_id=customer_id,
        details={"rows": sum(map(len, state.values())), "facts": sum(map(len, facts.values()))},
        at=at,
    )
    return sink.getvalue()


def _state(numbers: tuple[str, ...]) -> dict[str, list[dict[str, Any]]]:
    """Every row that is about the person, by model; what is sealed comes in plain."""
    found = {Customer._meta.label: _rows(Customer._base_manager.filter(pk__in=numbers))}
    for model, condition in records.about(numbers, all_models=True):
        rows = _rows(model._base_manager.filter(condition))
        if rows:
            found[model._meta.label] = rows
    events = _rows(ConsentEvent.objects.filter(customer_id__in=numbers))
    return {**found, **({ConsentEvent._meta.label: events} if events else {})}


def _files(numbers: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file of the person, one at a time; one that is gone from disk is left out."""
    for row in Attachment.objects.filter(customer__in=numbers).order_by("pk"):
        with suppress(FileNotFoundError):
            yield f"{row.pk}-{row.name}", read_sealed(row.stored_name, row.file_key)


def _rows(rows: Any) -> list[dict[str, Any]]:
    names = [f.attname for f in rows.model._meta.concrete_fields if not f.name.endswith("_index")]
    return [{name: getattr(row, name) for name in names} for row in rows]


def _facts(numbers: tuple[str, ...]) -> dict[str, list[dict[str, Any]]]:
    tables = [table.name for table in FACT_TABLES.values() if table.has_customer]
    found: dict[str, list[dict[str, Any]]] = {}
    for name in tables:
        facts = history.timeline(numbers, limit=FACTS_MAX, tables=[name])
        if facts:
            found[name] = [fact.data for fact in facts]
    return found


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str).encode()


def _csv(rows: list[dict[str, Any]]) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    sink = io.StringIO()
    writer = csv.DictWriter(sink, names)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: safe_cell(_cell(value)) for name, value in row.items()})
    return ("\ufeff" + sink.getvalue()).encode()


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else value

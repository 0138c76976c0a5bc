"""New keys: everything sealed is sealed again, blind indexes are made again, old keys are forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson
from django.apps import apps
from django.db import connection, models, transaction

from keepwell.customers.core import normal_contact
from keepwell.customers.models import CompanyContact, ContactPoint, Customer, PersonalDate
from keepwell.customers.privacy.models import Settings
from keepwell.customers.privacy.services import settings
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.foundation.crypto import blind_index, ring
from keepwell.foundation.home import Home
from keepwell.foundation.keys import KeyMissingError, add_seal_key, remove_seal_keys, renew_index_key

BATCH = 500
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Rotation:
    """What a rotation did: the new key, values sealed again, indexes made again, keys forgotten.

    `unreadable` counts, by table and column, what no key of the ring opens; the keys that it names stay.
    """

    newest: str
    values: int
    indexes: int
    removed: tuple[str, ...]
    unreadable: dict[str, int] = field(default_factory=dict)


def rotate_keys(
    *, actor: str, index: bool = False, progress: Progress = lambda _what, _rows: None
) -> Rotation:
    """Seal everything under a new key and forget the old ones; with `index` renew the blind indexes, too.

    In batches of 500, each a transaction, beside the running program. A rotation that was interrupted is
    carried on. While indexes are made again a search for a contact value may miss records.
    """
    path = Home.current().keys_path
    state = _state()
    if "newest" not in state:
        ring()  # makes one where there is none
        state = _keep({"newest": add_seal_key(path), "index": index, "done": {}, "is_renewed": False})
        audit.log(actor=actor, action="keys.rotate.start", object_type="keys", object_id=state["newest"])
    newest = str(state["newest"])
    values, unreadable = _seal_again(newest, progress)
    indexes = _index_again(state, progress) if state["index"] else 0
    old = {key for key in ring().seal_keys if key != newest}
    removed = tuple(sorted(old - _in_use(old)))
    if removed:
        remove_seal_keys(path, removed)
    _keep({})
    audit.log(
        actor=actor,
        action="keys.rotate.done",
        object_type="keys",
        object_id=newest,
        details={"values": values, "indexes": indexes, "removed": list(removed), "unreadable": unreadable},
        at=clock.now(),
    )
    return Rotation(newest, values, indexes, removed, unreadable)


def _state() -> dict[str, Any]:
    row = Settings.objects.filter(pk=1).first()
    state: dict[str, Any] = row.values.get("rotation", {}) if row else {}
    return state


def _keep(state: dict[str, Any]) -> dict[str, Any]:
    settings.keep("rotation", state)
    return state


def _columns() -> Iterator[tuple[str, str, str, bool]]:
    """Table, key column, column and whether it is JSON, of every column that may hold sealed text."""
    for model in apps.get_models():
        key = model._meta.pk
        if not model._meta.managed or model._meta.proxy or isinstance(key, models.CompositePrimaryKey):
            continue
        for column in model._meta.local_concrete_fields:
            is_json = isinstance(column, models.JSONField)
            if is_json or isinstance(column, models.CharField | models.TextField):
                yield model._meta.db_table, str(key.column), str(column.column), is_json


def _seal_again(newest: str, progress: Progress) -> tuple[int, dict[str, int]]:
    old = sorted(key for key in ring().seal_keys if key != newest)
    unreadable: Counter[str] = Counter()
    total = 0
    for table, key, column, is_json in _columns() if old else ():
        after: Any = None
        while rows := _sealed(table, key, column, is_json, old, after):
            after = rows[-1][0]
            with transaction.atomic(), connection.cursor() as cursor:
                for pk, text in rows:
                    new, failed = _again(text, is_json, old)
                    unreadable[f"{table}.{column}"] += failed
                    if new != text:
                        # Only where nobody wrote another value in between, who sealed it under the new key.
                        cursor.execute(_update(table, key, column, is_json), [new, pk, text])
                        total += max(cursor.rowcount, 0)
            progress(f"{table}.{column}", total)
    return total, {name: count for name, count in unreadable.items() if count}


def _sealed(
    table: str, key: str, column: str, is_json: bool, old: list[str], after: Any
) -> list[tuple[Any, str]]:
    """The next rows whose text begins with (in JSON: holds) the name of an old key."""
    quote = connection.ops.quote_name
    text = f"CAST({quote(column)} AS text)"
    patterns = [f'%"{name}:%' if is_json else f"{name}:%" for name in old]
    tests = " OR ".join([f"{text} LIKE %s"] * len(patterns))
    further = f" AND {quote(key)} > %s" if after is not None else ""
    sql = (
        f"SELECT {quote(key)}, {text} AS sealed_text FROM {quote(table)} "  # noqa: S608 - names of our own models
        f"WHERE ({tests}){further} ORDER BY {quote(table)}.{quote(key)} LIMIT {BATCH}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*patterns, *([after] if after is not None else [])])
        return list(cursor.fetchall())


def _update(table: str, key: str, column: str, is_json: bool) -> str:
    quote = connection.ops.quote_name
    value = "CAST(%s AS jsonb)" if is_json and connection.vendor == "postgresql" else "%s"
    return (
        f"UPDATE {quote(table)} SET {quote(column)} = {value} "  # noqa: S608 - names of our own models
        f"WHERE {quote(key)} = %s AND CAST({quote(column)} AS text) = %s"
    )


def _again(text: str, is_json: bool, old: list[str]) -> tuple[str, int]:
    """`text` sealed under the newest key, and how many values in it no key opens."""
    if not is_json:
        return _value_again(text, old)
    failed = 0

    def walk(value: Any) -> Any:
        nonlocal failed
        if isinstance(value, str):
            new, problems = _value_again(value, old)
            failed += problems
            return new
        if isinstance(value, list):
            return [walk(one) for one in value]
        return {name: walk(one) for name, one in value.items()} if isinstance(value, dict) else value

    before = orjson.loads(text)
    after = walk(before)
    return (text if after == before else orjson.dumps(after).decode()), failed


def _value_again(text: str, old: list[str]) -> tuple[str, int]:
    if text.partition(":")[0] not in old:
        return text, 0
    try:
        return ring().seal(ring().unseal(text)), 0
    except (KeyMissingError, ValueError):
        return text, 1


def _in_use(old: set[str]) -> set[str]:
    """Old keys that something still names."""
    found: set[str] = set()
    for table, key, column, is_json in _columns():
        for name in old - found:
            if _sealed(table, key, column, is_json, [name], None):
                found.add(name)
    return found


def _index_again(state: dict[str, Any], progress: Progress) -> int:
    if not state["is_renewed"]:
        renew_index_key(Home.current().keys_path)
        _keep({**state, "is_renewed": True})
        state["is_renewed"] = True
    total = 0
    for model, compute in _INDEXES:
        label = model._meta.label
        rows = model._base_manager.order_by("pk")
        after = state["done"].get(label)
        while batch := list((rows.filter(pk__gt=after) if after is not None else rows)[:BATCH]):
            with transaction.atomic():
                for row in batch:
                    total += _store(row, compute(row))
            after = batch[-1].pk
            state["done"][label] = after
            _keep(state)
            progress(label, total)
    _rebuild_search()
    return total


def _store(row: Any, values: dict[str, str]) -> int:
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changed:
        return 0
    if isinstance(row, ContactPoint):
        # The same value may have been imported again under the new key meanwhile.
        same = ContactPoint._base_manager.filter(
            customer=row.customer_id, kind=row.kind, value_index=values["value_index"]
        )
        same.exclude(pk=row.pk).delete()
    type(row)._base_manager.filter(pk=row.pk).update(**changed)
    return 1


def _rebuild_search() -> None:
    from keepwell.customers.search import services as search

    search.rebuild(now=clock.now())


def _contact_indexes(row: Any) -> dict[str, str]:
    from keepwell.customers.services.records import tail_index

    normal = normal_contact(row.kind, row.value)
    return {"value_index": blind_index(row.kind, normal), "tail_index": tail_index(row.kind, row.value)}


def _birth_index(row: Any) -> dict[str, str]:
    from keepwell.customers.services.records import day_index

    return {"birth_day_index": day_index(date.fromisoformat(row.birth_on)) if row.birth_on else ""}


def _date_index(row: Any) -> dict[str, str]:
    from keepwell.customers.services.records import day_index

    return {"day_index": day_index(date.fromisoformat(row.on_date))}


def _company_indexes(row: Any) -> dict[str, str]:
    from keepwell.customers.services.records import tail_index

    phone, email = normal_contact("phone", row.phone), normal_contact("email", row.email)
    return {
        "tail_index": tail_index("phone", phone) if row.tail_index else "",
        "phone_index": blind_index("phone", phone) if row.phone_index else "",
        "email_index": blind_index("email", email) if row.email_index else "",
    }


_INDEXES: tuple[tuple[type[models.Model], Callable[[Any], dict[str, str]]], ...] = (
    (ContactPoint, _contact_indexes),
    (Customer, _birth_index),
    (PersonalDate, _date_index),
    (CompanyContact, _company_indexes),
)

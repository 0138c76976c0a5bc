"""Look for an erased person everywhere once more: every text of the state, every file, the lake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from django.apps import apps
from django.db import connection, models

from keepwell.customers.privacy.contracts import Subject
from keepwell.customers.privacy.services import sweeping
from keepwell.foundation.crypto import EncryptedTextField
from keepwell.foundation.home import Home
from keepwell.history import services as history

OWN = frozenset({"privacy.request"})  # the request itself, sealed until it is done


def search(subject: Subject) -> Mapping[str, int]:
    """What was searched, and where the person is still named ("still in …"); at best nowhere.

    In state, contact values are looked for in every column of text that is not sealed; names, which others
    may bear, only in files.
    """
    counts: Counter[str] = Counter()
    for model, column in _columns():
        counts["columns searched"] += 1
        found = _rows_with(model, column, _needles(subject))
        if found:
            counts[f"still in {model._meta.label}.{column}"] += found
    for path in sweeping.files():
        try:
            counts["bytes searched"] += path.stat().st_size
            if path.is_file() and sweeping.mentions(path, subject):
                counts[f"still in {path.relative_to(Home.current().root).parts[0]}"] += 1
        except FileNotFoundError:
            continue
    for table, rows in history.holds_facts_of(subject.customer_ids).items():
        counts[f"still in lake: {table}"] += rows
    return dict(counts)


def _needles(subject: Subject) -> list[str]:
    emails, phones = subject.identifiers.get("email", ()), subject.identifiers.get("phone", ())
    return [*emails, *phones, *(phone.lstrip("+") for phone in phones if phone.startswith("+"))]


def _columns() -> Iterator[tuple[type[models.Model], str]]:
    for model in apps.get_models():
        if not model._meta.managed or model._meta.proxy or model._meta.label_lower in OWN:
            continue
        for column in model._meta.concrete_fields:
            is_text = isinstance(column, models.CharField | models.TextField | models.JSONField)
            if is_text and not isinstance(column, EncryptedTextField):
                yield model, column.name


def _rows_with(model: type[models.Model], name: str, needles: list[str]) -> int:
    if not needles:
        return 0
    quote = connection.ops.quote_name
    column = quote(str(model._meta.get_field(name).column))  # type: ignore[union-attr]
    text = f"CAST({column} AS text)"
    # JSON may write letters as \\u escapes; contact values are of plain ones.
    tests = " OR ".join([f"LOWER({text}) LIKE %s ESCAPE '!'"] * len(needles))
    sql = f"SELECT count(*) FROM {quote(model._meta.db_table)} WHERE {tests}"  # noqa: S608 - own names
    with connection.cursor() as cursor:
        cursor.execute(sql, [f"%{_escape(needle.lower())}%" for needle in needles])
        return int(cursor.fetchone()[0])


def _escape(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")

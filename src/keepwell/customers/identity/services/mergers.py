"""How rows that belong to a customer go over to another, and come back."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.core import serializers
from django.db import IntegrityError, models, transaction

from keepwell.customers.identity.contracts import Merger
from keepwell.customers.models import Customer

# What was worked out or sent under a number stays there; it is made anew, or tells of what was.
LEFT = frozenset(
    {
        "history.outboxfact",
        "identity.alias",
        "privacy.consentevent",
        "privacy.request",
        "insight.score",
        "insight.segmentmember",
        "insight.segmentmovement",
        "insight.segmenttouch",
        "plays.planline",
        "search.document",
        "search.stale",
        "integrations.deadletter",
        "integrations.webhookdelivery",
    }
)

_mergers: dict[str, Merger] = {}


def register_merger(
    *,
    name: str,
    merge: Callable[[str, str, datetime], Any],
    split: Callable[[str, str, Any, datetime], None],
    models: Collection[str] = (),
) -> None:
    """Carry a room's rows over in a way of its own; see `contracts.Merger`. Register in AppConfig.ready."""
    _mergers[name] = Merger(name, merge, split, tuple(models))


def carry_over(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """Hand everything of `merged_id` to `kept_id`; returns the memo that `give_back` needs."""
    memo: dict[str, Any] = {"rooms": {}, "rows": {}}
    for merger in _mergers.values():
        memo["rooms"][merger.name] = merger.merge(kept_id, merged_id, at)
    for model, field in relations():
        moved, dropped = _move(model, field, kept_id, merged_id)
        if moved or dropped:
            memo["rows"][f"{model._meta.label}.{field}"] = {"moved": moved, "dropped": dropped}
    return memo


def give_back(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Undo `carry_over`; rows that were deleted since stay deleted."""
    for model, field in relations():
        rows = memo["rows"].get(f"{model._meta.label}.{field}")
        if rows is None:
            continue
        mine = model._base_manager.filter(pk__in=rows["moved"], **{field: kept_id})
        mine.update(**{field: merged_id})
        for text in rows["dropped"]:
            restore(text)
    for merger in reversed(list(_mergers.values())):
        if merger.name in memo["rooms"]:
            merger.split(kept_id, merged_id, memo["rooms"][merger.name], at)


def relations() -> Iterator[tuple[type[models.Model], str]]:
    """Every model and column that names a customer and that no room takes care of by itself.

    Foreign keys, and columns called `customer_id` of rooms above.
    """
    claimed = {label.lower() for merger in _mergers.values() for label in merger.models}
    for relation in Customer._meta.get_fields(include_hidden=True):
        if not (
            relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one)
        ):
            continue
        model: Any = relation.related_model
        if model._meta.label_lower not in claimed:
            yield model, relation.field.attname  # type: ignore[union-attr]
    for model in apps.get_models():
        label = model._meta.label_lower
        names = {column.name for column in model._meta.concrete_fields}
        if "customer_id" in names and model is not Customer and label not in LEFT | claimed:
            yield model, "customer_id"


def dump(row: models.Model) -> str:
    """A row as text that `restore` understands. Holds sealed values in plain: seal what it is kept in."""
    # Django's own JSON drops microseconds
    return json.dumps(serializers.serialize("python", [row]), default=_plain, ensure_ascii=False)


def restore(text: str) -> None:
    """Write a dumped row as it was."""
    for found in serializers.deserialize("python", json.loads(text)):
        found.save()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def values(text: str) -> dict[str, Any]:
    """The fields of a dumped row."""
    fields: dict[str, Any] = json.loads(text)[0]["fields"]
    return fields


def _move(model: type[models.Model], field: str, kept_id: str, merged_id: str) -> tuple[list[Any], list[str]]:
    """Point the rows to `kept_id`; one that it has already (a unique value) is dropped and remembered."""
    mine = model._base_manager.filter(**{field: merged_id})
    keys = list(mine.order_by("pk").values_list("pk", flat=True))
    if not keys:
        return [], []
    change = {field: kept_id}
    try:
        with transaction.atomic():
            model._base_manager.filter(pk__in=keys).update(**change)
    except IntegrityError:
        return _move_singly(model, keys, change)
    return keys, []


def _move_singly(
    model: type[models.Model], keys: list[Any], change: dict[str, Any]
) -> tuple[list[Any], list[str]]:
    moved, dropped = [], []
    for key in keys:
        row = model._base_manager.filter(pk=key)
        try:
            with transaction.atomic():
                row.update(**change)
            moved.append(key)
        except IntegrityError:
            dropped.append(dump(row.get()))
            row._raw_delete(row.db)
    return moved, dropped

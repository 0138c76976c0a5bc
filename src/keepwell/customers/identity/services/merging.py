"""Merge two records of one person, and take them apart again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from keepwell.customers.identity import queries
from keepwell.customers.identity.contracts import FieldChoice, IdentityError, MergeView
from keepwell.customers.identity.models import Alias, Candidate, Merge
from keepwell.customers.identity.services.mergers import carry_over, dump, give_back, restore, values
from keepwell.customers.models import Customer
from keepwell.customers.search import services as search
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit

# What a person chooses between; the rest of the surviving record stays as it is.
CHOSEN_FIELDS = (
    "name",
    "gender",
    "birth_on",
    "country",
    "region",
    "city",
    "language",
    "time_zone",
    "occupation",
    "income",
    "company",
    "industry",
    "acquired_at",
    "acquisition_channel",
    "acquisition_cost",
)
JOINED_FIELDS = ("tags", "extra")


def preview(*, kept_id: str, merged_id: str) -> tuple[FieldChoice, ...]:
    """What both records say, field by field; the default keeps what the surviving record knows.

    Raises IdentityError where the two cannot be merged.
    """
    kept, merged = _both(kept_id, merged_id)
    found = []
    for name in CHOSEN_FIELDS:
        mine, other = getattr(kept, name), getattr(merged, name)
        if _known(mine) or _known(other):
            found.append(FieldChoice(name, mine, other, "merged" if not _known(mine) else "kept"))
    return tuple(found)


def merge(
    *,
    kept_id: str,
    merged_id: str,
    actor: str,
    fields: Mapping[str, str] | None = None,
    reason: str = "",
    now: datetime | None = None,
) -> MergeView:
    """Make one record of two; `merged_id` leads to `kept_id` from now on and facts keep their numbers.

    `fields` chooses per field "kept" or "merged"; what is not chosen keeps the surviving record's value
    where it has one. Everything that points to the merged record goes over; consents are never widened.

    Raises IdentityError where the two cannot be merged, ValueError for an unknown field or choice.
    """
    chosen = dict(fields or {})
    unknown = [n for n, side in chosen.items() if n not in CHOSEN_FIELDS or side not in ("kept", "merged")]
    if unknown:
        raise ValueError(f"fields: {', '.join(sorted(unknown))}: unknown field or choice")
    at = now or clock.now()
    with transaction.atomic():
        _lock(kept_id, merged_id)
        kept, merged = _both(kept_id, merged_id)
        memo: dict[str, Any] = {"merged": dump(merged), "before": dump(kept)}
        changed = _choose(kept, merged, chosen)
        kept.updated_at = at
        kept.save()
        after = values(dump(kept))
        memo["after"] = {name: after[name] for name in changed}
        memo["merged_at"] = after["updated_at"]
        memo |= carry_over(kept_id, merged_id, at)
        memo["aliases"] = list(
            Alias.objects.filter(canonical_id=merged_id).order_by("pk").values_list("pk", flat=True)
        )
        Alias.objects.filter(canonical_id=merged_id).update(canonical_id=kept_id)
        Alias.objects.create(alias_id=merged_id, canonical_id=kept_id, kind="merged", since=at)
        Candidate.objects.filter(Q(first_id=merged_id) | Q(second_id=merged_id)).delete()
        gone = Customer.objects.filter(pk=merged_id)
        gone._raw_delete(gone.db)  # no cascade: a row that nobody carried over makes the merge fail
        search.changed(customer_ids=[kept_id, merged_id], at=at)
        row = Merge.objects.create(
            kept_id=kept_id,
            merged_id=merged_id,
            at=at,
            actor=actor,
            reason=reason[:200],
            memo=json.dumps(memo, ensure_ascii=False),
        )
        search.changed(customer_ids=[kept_id, merged_id], at=at)
        audit.log(
            actor=actor,
            action="customer.merge",
            object_type="customer",
            object_id=kept_id,
            details={"merged": merged_id, "merge": row.pk, "fields": sorted(changed)},
            at=at,
        )
    return _view(row.pk)


def split(*, merge_id: int, actor: str, now: datetime | None = None) -> MergeView:
    """Undo a merge: both records are as they were, with what was changed since left to the surviving one.

    Raises IdentityError where it was undone already, or where a later merge must be undone first.
    """
    at = now or clock.now()
    with transaction.atomic():
        row = Merge.objects.select_for_update().filter(pk=merge_id).first()
        if row is None:
            raise IdentityError(_("There is no such merge."))
        _refuse_split(row)
        memo = json.loads(row.memo)
        restore(memo["merged"])
        _restore_fields(row.kept_id, memo, at)
        Alias.objects.filter(pk=row.merged_id).delete()
        Alias.objects.filter(pk__in=memo["aliases"]).update(canonical_id=row.merged_id)
        give_back(row.kept_id, row.merged_id, memo, at)
        search.changed(customer_ids=[row.kept_id, row.merged_id], at=at)
        row.undone_at, row.undone_by, row.memo = at, actor, ""
        row.save(update_fields=["undone_at", "undone_by", "memo"])
        search.changed(customer_ids=[row.kept_id, row.merged_id], at=at)
        audit.log(
            actor=actor,
            action="customer.split",
            object_type="customer",
            object_id=row.kept_id,
            details={"restored": row.merged_id, "merge": row.pk},
            at=at,
        )
    return _view(row.pk)


def _view(merge_id: int) -> MergeView:
    found = queries.merge_view(merge_id)
    assert found is not None
    return found


def _refuse_split(row: Merge) -> None:
    if row.undone_at is not None:
        raise IdentityError(_("This merge was undone already."))
    view = queries.merge_view(row.pk)
    if view is not None and view.blocked_by is not None:
        raise IdentityError(
            _("A later merge builds on this one. Undo merge %(number)s first.") % {"number": view.blocked_by}
        )
    if not row.memo or not Customer.objects.filter(pk=row.kept_id).exists():
        raise IdentityError(_("The record was erased; nothing is left to take apart."))


def _lock(*customer_ids: str) -> None:
    """In primary-key order, so that two merges cannot wait for each other."""
    list(Customer.objects.select_for_update().filter(pk__in=customer_ids).order_by("pk").values_list("pk"))


def _both(kept_id: str, merged_id: str) -> tuple[Customer, Customer]:
    if kept_id == merged_id:
        raise IdentityError(_("A record cannot be merged with itself."))
    found = Customer.objects.in_bulk([kept_id, merged_id])
    for customer_id in (kept_id, merged_id):
        if customer_id not in found:
            raise IdentityError(
                _("There is no customer %(number)s; was it merged already?") % {"number": customer_id}
            )
    return found[kept_id], found[merged_id]


def _known(value: Any) -> bool:
    return value not in (None, "", [], {})


def _choose(kept: Customer, merged: Customer, chosen: Mapping[str, str]) -> set[str]:
    """Write the chosen values to `kept`, each with its origin; the names of what changed."""
    changed = set()
    provenance = dict(kept.provenance)
    for name in CHOSEN_FIELDS:
        mine, other = getattr(kept, name), getattr(merged, name)
        side = chosen.get(name) or ("kept" if _known(mine) else "merged")
        if side == "merged" and other != mine:
            setattr(kept, name, other)
            changed.add(name)
    tags = [*kept.tags, *(tag for tag in merged.tags if tag not in kept.tags)]
    extra = {**merged.extra, **kept.extra}
    for name, value in (("tags", tags), ("extra", extra)):
        if getattr(kept, name) != value:
            setattr(kept, name, value)
            changed.add(name)
    for name in changed & merged.provenance.keys():
        provenance[name] = merged.provenance[name]
    kept.provenance = provenance
    return changed


def _restore_fields(kept_id: str, memo: Mapping[str, Any], at: datetime) -> None:
    """Give the surviving record its own values back, but for those that somebody changed since."""
    kept = Customer.objects.select_for_update().get(pk=kept_id)
    present, before = values(dump(kept)), values(memo["before"])
    restored = {name for name, value in memo["after"].items() if present[name] == value}
    text = json.loads(memo["before"])
    text[0]["fields"] = {**present, **{name: before[name] for name in restored}}
    provenance = {n: v for n, v in present["provenance"].items() if n not in restored}
    provenance |= {n: v for n, v in before["provenance"].items() if n in restored}
    text[0]["fields"]["provenance"] = provenance
    untouched = present["updated_at"] == memo.get("merged_at", present["updated_at"])
    text[0]["fields"]["updated_at"] = before["updated_at"] if untouched else at.isoformat()
    restore(json.dumps(text))

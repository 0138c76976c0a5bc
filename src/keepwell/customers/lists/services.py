"""What can be done with lists: save views, choose columns, change many customers and take it back."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.customers import queries as customers
from keepwell.customers import services as customer_services
from keepwell.customers.lists.contracts import CUSTOMERS_MAX, UNDO_KEPT, Bulk, ListError, ViewRow
from keepwell.customers.lists.models import BulkChange, ColumnChoice, SavedView
from keepwell.customers.lists.queries import bulk, view_row
from keepwell.foundation.audit import services as audit

NAME_LENGTH_MAX = 80
QUERY_LENGTH_MAX = 4_000
JOURNAL_KEPT = timedelta(days=1)


def save_view(
    *,
    user_id: int,
    list_name: str,
    name: str,
    query: str,
    columns: Sequence[str],
    shared: bool,
    actor: str,
    now: datetime,
) -> ViewRow:
    """Keep a list under a name; the same name replaces it. Raises ListError for no or too long a name."""
    name = " ".join(name.split())
    if not name or len(name) > NAME_LENGTH_MAX or len(query) > QUERY_LENGTH_MAX:
        raise ListError(
            _("Give the view a name of at most %(limit)d characters.") % {"limit": NAME_LENGTH_MAX}
        )
    with transaction.atomic():
        row, _made = SavedView.objects.update_or_create(
            user_id=user_id,
            list_name=list_name,
            name=name,
            defaults={"query": query, "columns": list(columns), "shared": shared, "created_at": now},
        )
        if shared:
            audit.log(
                actor=actor,
                action="list.view.share",
                object_type="view",
                object_id=str(row.pk),
                details={"name": name},
                at=now,
            )
    return view_row(row, user_id)


def delete_view(*, view_id: int, user_id: int) -> None:
    """Drop a view of one's own; another's stays."""
    SavedView.objects.filter(pk=view_id, user=user_id).delete()


def choose_columns(*, user_id: int, list_name: str, columns: Sequence[str]) -> None:
    """Remember which columns the user wants to see; none: the usual ones."""
    ColumnChoice.objects.update_or_create(
        user_id=user_id, list_name=list_name, defaults={"columns": list(columns)}
    )


def add_tag(*, customer_ids: Collection[str], name: str, user_id: int, actor: str, now: datetime) -> Bulk:
    """Mark customers with a tag of this name, which is made where there is none."""
    _check(customer_ids)
    with transaction.atomic():
        tag_id = _tag_id(name, actor, now)
        changed = customer_services.add_tag(customer_ids=customer_ids, tag_id=tag_id, actor=actor, at=now)
        memo = {"tag": tag_id, "customers": list(changed)}
        return _remember("add_tag", len(changed), memo, user_id, now)


def remove_tag(
    *, customer_ids: Collection[str], tag_id: int, user_id: int, actor: str, now: datetime
) -> Bulk:
    """Take a tag off customers."""
    _check(customer_ids)
    with transaction.atomic():
        changed = customer_services.remove_tag(customer_ids=customer_ids, tag_id=tag_id, actor=actor, at=now)
        memo = {"tag": tag_id, "customers": list(changed)}
        return _remember("remove_tag", len(changed), memo, user_id, now)


def assign_owner(
    *, customer_ids: Collection[str], owner_id: int | None, user_id: int, actor: str, now: datetime
) -> Bulk:
    """Let a user look after customers from now on (None: nobody)."""
    _check(customer_ids)
    with transaction.atomic():
        before = customers.owners_of(customer_ids)
        moving = [one for one in customer_ids if before.get(one) != owner_id]
        changed = customer_services.assign_owner(customer_ids=moving, owner_id=owner_id, actor=actor, at=now)
        memo = {"owners": [[one, before.get(one)] for one in moving], "owner": owner_id}
        return _remember("assign_owner", changed, memo, user_id, now)


def remember(*, kind: str, count: int, memo: dict[str, Any], user_id: int, now: datetime) -> Bulk:
    """Keep what a room above did, so that it can take it back (`undo` then gives the memo)."""
    with transaction.atomic():
        return _remember(kind, count, memo, user_id, now)


def undo(*, change_id: int, user_id: int, actor: str, now: datetime) -> Bulk:
    """Take one's own change back, once. Raises ListError where it is too late.

    Customers whose owner or tag somebody else has changed meanwhile keep what they have now.
    """
    with transaction.atomic():
        row = BulkChange.objects.select_for_update().filter(pk=change_id, user=user_id).first()
        if row is None or row.undone_at is not None or row.done_at < now - UNDO_KEPT:
            raise ListError(_("Too late: this cannot be taken back any more."))
        row.undone_at = now
        row.save(update_fields=["undone_at"])
        memo = row.memo
        if row.kind == "add_tag":
            customer_services.remove_tag(
                customer_ids=memo["customers"], tag_id=memo["tag"], actor=actor, at=now
            )
        elif row.kind == "remove_tag":
            customer_services.add_tag(customer_ids=memo["customers"], tag_id=memo["tag"], actor=actor, at=now)
        elif row.kind == "assign_owner":
            _give_back(memo, actor, now)
        audit.log(
            actor=actor,
            action="list.undo",
            object_type="bulk",
            object_id=str(row.pk),
            details={"kind": row.kind, "customers": row.customers},
            at=now,
        )
    return bulk(row)


def forget(*, mentions: Callable[[str], bool]) -> int:
    """Drop what names a person: the journal of bulk changes, and views that search for them; how many."""
    gone = 0
    with transaction.atomic():
        for row in BulkChange.objects.all():
            if mentions(json.dumps(row.memo, ensure_ascii=False)):
                gone += row.delete()[0]
        for view in SavedView.objects.all():
            if mentions(f"{view.name} {unquote_plus(view.query)}"):
                gone += view.delete()[0]
    return gone


def _give_back(memo: dict[str, Any], actor: str, now: datetime) -> None:
    present = customers.owners_of(one for one, _owner in memo["owners"])
    by_owner: dict[int | None, list[str]] = {}
    for one, owner in memo["owners"]:
        if present.get(one) == memo["owner"]:
            by_owner.setdefault(owner, []).append(one)
    for owner, ids in by_owner.items():
        customer_services.assign_owner(customer_ids=ids, owner_id=owner, actor=actor, at=now)


def _check(customer_ids: Collection[str]) -> None:
    if not customer_ids:
        raise ListError(_("Select at least one customer."))
    if len(customer_ids) > CUSTOMERS_MAX:
        raise ListError(
            _("At most %(limit)s customers can be changed at once.") % {"limit": f"{CUSTOMERS_MAX:,}"}
        )


def _tag_id(name: str, actor: str, now: datetime) -> int:
    wanted = " ".join(name.split())
    known = {tag.name.casefold(): tag.tag_id for tag in customers.tags(only_active=True)}
    found = known.get(wanted.casefold())
    return found if found is not None else customer_services.save_tag(name=wanted, actor=actor, at=now)


def _remember(kind: str, count: int, memo: dict[str, Any], user_id: int, now: datetime) -> Bulk:
    BulkChange.objects.filter(done_at__lt=now - JOURNAL_KEPT).delete()
    return bulk(
        BulkChange.objects.create(user_id=user_id, kind=kind, customers=count, memo=memo, done_at=now)
    )

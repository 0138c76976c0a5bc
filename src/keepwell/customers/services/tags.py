"""Tags of the shop's own."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.customers.models import Customer, CustomerTag, Tag
from keepwell.customers.services.checks import text_of
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit

CHUNK = 1_000


def save_tag(
    *,
    name: str,
    meaning: str = "",
    is_active: bool = True,
    actor: str,
    tag_id: int | None = None,
    at: datetime | None = None,
) -> int:
    """Add a word to the vocabulary or change one; its id. Raises ValidationError where it is there."""
    at = at or clock.now()
    name = " ".join(text_of("name", name, required=True, most=60).split())
    values = {"name": name, "meaning": text_of("meaning", meaning, most=200), "is_active": is_active}
    with transaction.atomic():
        if Tag.objects.filter(name__iexact=name).exclude(pk=tag_id or 0).exists():
            raise ValidationError({"name": [_("There is a tag of this name already.")]})
        if tag_id is None:
            tag = Tag.objects.create(created_by=actor, created_at=at, **values)
        else:
            tag = _tag(tag_id)
            for field, value in values.items():
                setattr(tag, field, value)
            tag.save()
        audit.log(
            actor=actor,
            action="tag.add" if tag_id is None else "tag.change",
            object_type="tag",
            object_id=str(tag.pk),
            details=values,
            at=at,
        )
    return int(tag.pk)


def add_tag(
    *, customer_ids: Collection[str], tag_id: int, actor: str, at: datetime | None = None
) -> tuple[str, ...]:
    """Mark customers with a tag; the numbers of those that did not have it.

    Raises ValidationError where the tag is not in use or a customer does not exist.
    """
    at = at or clock.now()
    ids = sorted(set(customer_ids))
    with transaction.atomic():
        tag = _tag(tag_id)
        if not tag.is_active:
            raise ValidationError({"tag": [_("This tag is not in use any more.")]})
        new: list[str] = []
        for start in range(0, len(ids), CHUNK):
            some = ids[start : start + CHUNK]
            if Customer.objects.filter(pk__in=some).count() != len(some):
                raise ValidationError(_("There is no customer with this number."))
            has = set(tag.marked.filter(customer__in=some).values_list("customer_id", flat=True))
            adding = [one for one in some if one not in has]
            CustomerTag.objects.bulk_create(
                CustomerTag(customer_id=one, tag=tag, added_by=actor, added_at=at) for one in adding
            )
            new += adding
        _log("tag_add", tag, new, actor, at)
    return tuple(new)


def remove_tag(
    *, customer_ids: Collection[str], tag_id: int, actor: str, at: datetime | None = None
) -> tuple[str, ...]:
    """Take a tag off customers; the numbers of those that had it, so that `add_tag` brings it back."""
    at = at or clock.now()
    ids = sorted(set(customer_ids))
    with transaction.atomic():
        tag = _tag(tag_id)
        had: list[str] = []
        for start in range(0, len(ids), CHUNK):
            rows = tag.marked.filter(customer__in=ids[start : start + CHUNK])
            had += sorted(rows.values_list("customer_id", flat=True))
            rows.delete()
        _log("tag_remove", tag, had, actor, at)
    return tuple(had)


def _tag(tag_id: int) -> Tag:
    tag = Tag.objects.select_for_update().filter(pk=tag_id).first()
    if tag is None:
        raise ValidationError({"tag": [_("There is no such tag.")]})
    return tag


def _log(verb: str, tag: Tag, customer_ids: list[str], actor: str, at: datetime) -> None:
    if customer_ids:
        audit.log(
            actor=actor,
            action=f"customer.{verb}",
            object_type="customer",
            object_id=customer_ids[0] if len(customer_ids) == 1 else "",
            details={"tag": tag.pk, "name": tag.name, "customers": len(customer_ids)},
            at=at,
        )

"""Keep offers, the texts that they go with, and lists of codes; all audited."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from keepwell.foundation.audit import services as audit
from keepwell.outreach.content import queries as content
from keepwell.outreach.coupons import core
from keepwell.outreach.coupons.contracts import CouponError, Source, Taken, Terms
from keepwell.outreach.coupons.models import Coupon, ListedCode, Offer, OfferText
from keepwell.outreach.coupons.rows import zone
from keepwell.outreach.coupons.services.giving import check, require_authority

if TYPE_CHECKING:
    from keepwell.accounts.models import User

NAME_MAX, TEXTS_MAX, LIST_MAX, CODE_MIN = 80, 20, 100_000, 4
LOW_MAX = 1_000_000


def save_offer(
    *,
    name: str,
    terms: Terms,
    source: Source,
    texts: Sequence[str],
    low_at: int,
    active: bool,
    user: User,
    now: datetime,
    offer_id: int | None = None,
) -> int:
    """A new offer or a changed one; its number. Coupons that were given keep their terms.

    Raises CouponError by field; "beyond_authority" where the terms are more than `user` decides alone.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_MAX:
        raise CouponError("no_name", "name")
    check(terms)
    if active:
        require_authority(user, terms)
    if source is Source.LIST and terms.ends_on is None:
        raise CouponError("no_end", "ends_on")
    if source is Source.LIST and active and terms.ends_on and terms.ends_on < now.astimezone(zone()).date():
        raise CouponError("end_past", "ends_on")
    if not 0 <= low_at <= LOW_MAX:
        raise CouponError("bad_number", "low_at")
    codes = list(dict.fromkeys(texts))
    if len(codes) > TEXTS_MAX or any(content.get(one) is None for one in codes):
        raise CouponError("no_text", "texts")
    with transaction.atomic():
        row = Offer.objects.select_for_update().filter(pk=offer_id or 0).first() or Offer(created_at=now)
        if row.pk and row.source != source:
            raise CouponError("other_source", "source")
        row.name, row.kind, row.value, row.currency = name, terms.kind, terms.value, terms.currency
        row.gift, row.minimum_order, row.days = terms.gift.strip(), terms.minimum_order, terms.days
        row.source, row.low_at, row.active = source, low_at, active
        row.ends_on = terms.ends_on if source is Source.LIST else None
        row.updated_at, row.updated_by = now, user.get_username()
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            raise CouponError("name_taken", "name") from None
        if OfferText.objects.filter(template_code__in=codes).exclude(offer=row).exists():
            raise CouponError("text_taken", "texts")
        row.texts.exclude(template_code__in=codes).delete()
        OfferText.objects.bulk_create(
            [OfferText(offer=row, template_code=one) for one in codes], ignore_conflicts=True
        )
        said = {"name": name, "kind": terms.kind, "value": str(terms.value), "active": active, "texts": codes}
        _log("save", row.pk, said, user.get_username(), now)
    return int(row.pk)


def add_codes(*, offer_id: int, text: str, actor: str, now: datetime) -> Taken:
    """Codes of the shop's till, one a line, or a CSV with a column "code".

    A code that is known, here or in another list, is not taken twice. Raises CouponError.
    """
    lines = _lines(text)
    if len(lines) > LIST_MAX:
        raise CouponError("too_many_lines", "file")
    refused: list[tuple[int, str]] = []
    wanted: dict[str, str] = {}
    for number, code in lines:
        plain = core.read(code)
        if not CODE_MIN <= len(plain) < core.LISTED_LENGTH_MAX or len(code) > core.LISTED_LENGTH_MAX:
            refused.append((number, "bad_code"))
        else:
            wanted.setdefault(plain, code)
    with transaction.atomic():
        row = Offer.objects.select_for_update().get(pk=offer_id)
        if row.source != Source.LIST:
            raise CouponError("no_list", "file")
        known: set[str] = set()
        every = list(wanted)
        for start in range(0, len(every), 500):
            part = every[start : start + 500]
            known |= set(ListedCode.objects.filter(plain__in=part).values_list("plain", flat=True))
            known |= set(Coupon.objects.filter(plain__in=part).values_list("plain", flat=True))
        fresh = [
            ListedCode(offer=row, code=code, plain=plain, added_at=now)
            for plain, code in wanted.items()
            if plain not in known
        ]
        ListedCode.objects.bulk_create(fresh, batch_size=500)
        _log("add_codes", row.pk, {"new": len(fresh)}, actor, now)
    return Taken(len(fresh), len(lines) - len(refused) - len(fresh), tuple(refused))


def _lines(text: str) -> list[tuple[int, str]]:
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=None)))
    except csv.Error:
        raise CouponError("bad_code", "file") from None
    header = [one.strip().lower() for one in rows[0]] if rows else []
    place, first = (header.index("code"), 1) if "code" in header else (0, 0)
    found = [(number, row[place].strip()) for number, row in enumerate(rows, 1) if len(row) > place]
    return [(number, code) for number, code in found[first:] if code]


def _log(action: str, offer_id: int, details: dict[str, object], actor: str, now: datetime) -> None:
    audit.log(
        actor=actor,
        action=f"coupon_offer.{action}",
        object_type="coupon_offer",
        object_id=str(offer_id),
        details=details,
        at=now,
    )

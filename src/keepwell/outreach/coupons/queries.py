"""What can be asked of coupons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, Concat, StrIndex, Substr

from keepwell.customers import queries as customers
from keepwell.outreach.content import queries as content
from keepwell.outreach.coupons import core
from keepwell.outreach.coupons.contracts import (
    CouponError,
    CouponView,
    OfferView,
    OriginFigures,
    Source,
    State,
    Terms,
)
from keepwell.outreach.coupons.models import Coupon, ListedCode, Offer, OfferText
from keepwell.outreach.coupons.rows import coupon_view, terms_of


def words(terms: Terms, language: str) -> str:
    """What terms give, in a language."""
    return core.words(terms, language)


def coupon(coupon_id: int, *, now: datetime) -> CouponView | None:
    """One coupon."""
    row = Coupon.objects.select_related("offer").filter(pk=coupon_id).first()
    return _view(row, now) if row else None


def look_up(*, code: str, now: datetime) -> CouponView:
    """The coupon of a code as somebody typed it; raises CouponError where there is none."""
    plain = core.read(code)
    row = Coupon.objects.select_related("offer").filter(plain=plain).first() if plain else None
    if row is None:
        raise CouponError(core.why_unknown(plain), "code")
    return _view(row, now)


def of_customer(customer_id: str, *, now: datetime, limit: int = 20) -> list[CouponView]:
    """A customer's coupons, the newest first."""
    rows = Coupon.objects.select_related("offer").filter(customer_id=customer_id)
    return [_view(row, now) for row in rows[:limit]]


def of_origin(origin: str, *, now: datetime) -> list[CouponView]:
    """The coupons of one origin."""
    return [_view(row, now) for row in Coupon.objects.select_related("offer").filter(origin=origin)]


def ends(message_ids: Iterable[str]) -> dict[str, datetime]:
    """Until when the coupon holds of which each of these messages tells; those of none are left out."""
    rows = Coupon.objects.filter(message_id__in=list(message_ids))
    return dict(rows.values_list("message_id", "until"))


def _view(row: Coupon, now: datetime) -> CouponView:
    return coupon_view(row, now, offer_name=row.offer.name if row.offer else "")


def _chosen(
    now: datetime, *, state: str = "", origin: str = "", owner_ids: Collection[int] | None = None
) -> QuerySet[Coupon]:
    rows = Coupon.objects.select_related("offer")
    running = Q(state=State.ISSUED)
    wanted = {
        State.ISSUED: running & Q(until__gte=now),
        State.EXPIRED: running & Q(until__lt=now),
        State.REDEEMED: Q(state=State.REDEEMED),
        State.VOID: Q(state=State.VOID),
    }
    if state in set(State):
        rows = rows.filter(wanted[State(state)])
    if origin:
        rows = rows.filter(Q(origin=origin) | Q(origin__startswith=f"{origin}:"))
    if owner_ids is not None:
        rows = rows.filter(customer_id__in=customers.owned_by(owner_ids))
    return rows


def count(now: datetime, **chosen: Any) -> int:
    """How many there are; see `coupons`."""
    return _chosen(now, **chosen).count()


def coupons(
    now: datetime,
    *,
    state: str = "",
    origin: str = "",
    owner_ids: Collection[int] | None = None,
    page: int = 1,
    page_size: int = 50,
) -> list[CouponView]:
    """A page of coupons, the newest first; of these owners' customers alone where they are named."""
    rows = _chosen(now, state=state, origin=origin, owner_ids=owner_ids)
    start = (page - 1) * page_size
    return [_view(row, now) for row in rows[start : start + page_size]]


def iterate(
    now: datetime, *, state: str = "", origin: str = "", owner_ids: Collection[int] | None = None
) -> Iterator[CouponView]:
    """Every coupon; streamed."""
    rows = _chosen(now, state=state, origin=origin, owner_ids=owner_ids)
    for row in rows.iterator(chunk_size=2_000):
        yield _view(row, now)


def figures(now: datetime, *, owner_ids: Collection[int] | None = None) -> list[OriginFigures]:
    """What became of coupons by kind of origin, in one statement; the most first."""
    running = Q(state=State.ISSUED)
    rows = (
        _chosen(now, owner_ids=owner_ids)
        .order_by()
        .annotate(
            of=Substr(Concat("origin", Value(":")), 1, StrIndex(Concat("origin", Value(":")), Value(":")) - 1)
        )
        .values("of", "currency")
        .annotate(
            given=Count("pk"),
            redeemed=Count("pk", filter=Q(state=State.REDEEMED)),
            expired=Count("pk", filter=running & Q(until__lt=now)),
            void=Count("pk", filter=Q(state=State.VOID)),
            away=Coalesce(Sum("given_away"), Decimal(0), output_field=DecimalField()),
            revenue=Coalesce(Sum("order_amount"), Decimal(0), output_field=DecimalField()),
        )
    )
    found: dict[str, dict[str, Any]] = {}
    asked: Iterable[Any] = rows
    for row in asked:
        one = found.setdefault(
            row["of"], {"given": 0, "redeemed": 0, "expired": 0, "void": 0, "away": {}, "revenue": {}}
        )
        for name in ("given", "redeemed", "expired", "void"):
            one[name] += row[name]
        if row["away"]:
            one["away"][row["currency"]] = row["away"]
        if row["revenue"]:
            one["revenue"][row["currency"]] = row["revenue"]
    return sorted(
        (
            OriginFigures(
                of, one["given"], one["redeemed"], one["expired"], one["void"], one["away"], one["revenue"]
            )
            for of, one in found.items()
        ),
        key=lambda one: (-one.given, one.origin),
    )


def offers() -> list[OfferView]:
    """Every offer with its figures, in four statements."""
    rows = list(Offer.objects.all())
    free = dict(
        ListedCode.objects.filter(is_given=False).order_by().values_list("offer").annotate(Count("pk"))
    )
    given: dict[int, tuple[int, int]] = {
        one["offer"]: (one["given"], one["redeemed"])
        for one in Coupon.objects.exclude(offer=None)
        .order_by()
        .values("offer")
        .annotate(given=Count("pk"), redeemed=Count("pk", filter=Q(state=State.REDEEMED)))
    }
    texts: dict[int, list[str]] = defaultdict(list)
    for one in OfferText.objects.all():
        texts[one.offer_id].append(one.template_code)
    return [
        OfferView(
            offer_id=row.pk,
            name=row.name,
            terms=terms_of(row),
            source=Source(row.source),
            texts=tuple(texts[row.pk]),
            low_at=row.low_at,
            active=row.active,
            free=free.get(row.pk, 0),
            given=given.get(row.pk, (0, 0))[0],
            redeemed=given.get(row.pk, (0, 0))[1],
            updated_at=row.updated_at,
            updated_by=row.updated_by,
        )
        for row in rows
    ]


def offer(offer_id: int) -> OfferView | None:
    """One offer."""
    return next((one for one in offers() if one.offer_id == offer_id), None)


def lacking(codes: Iterable[str]) -> frozenset[str]:
    """Those of these texts that must name a code, and that no offer in use goes with."""
    served = texts_with_offers()
    return frozenset(one for one in set(codes) - served if content.must_give(one))


def texts_with_offers() -> frozenset[str]:
    """The texts that an offer in use goes with."""
    return frozenset(OfferText.objects.filter(offer__active=True).values_list("template_code", flat=True))

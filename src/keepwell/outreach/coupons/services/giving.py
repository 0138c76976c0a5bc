"""Give coupons: once for each customer and occasion, however often it is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction

from keepwell.accounts import queries as accounts
from keepwell.accounts.contracts import AuthorityKind
from keepwell.foundation.audit import services as audit
from keepwell.foundation.crypto import signature
from keepwell.outreach.coupons import core, facts
from keepwell.outreach.coupons.contracts import CouponError, Kind, Source, State, Terms
from keepwell.outreach.coupons.models import Coupon, ListedCode, Offer
from keepwell.outreach.coupons.rows import terms_of, zone
from keepwell.outreach.sending.recipes import Giver
from keepwell.outreach.sending.services.queueing import message_id

if TYPE_CHECKING:
    from keepwell.accounts.models import User

TRIES = 4  # a code that exists already is as good as impossible
GIFT_MAX, DAYS_MAX = 120, 366
MONEY_MAX = Decimal(10) ** 9
# Nobody is told of a code that ends before they can use it.
LEAST = timedelta(hours=12)


@dataclass(frozen=True)
class Occasion:
    """For whom and for what a coupon is; `key` is the same for the same occasion."""

    key: str
    customer_id: str
    origin: str
    message_key: str = ""


def give(
    *,
    terms: Terms,
    occasions: Sequence[Occasion],
    actor: str,
    now: datetime,
    until: datetime | None = None,
    offer: Offer | None = None,
) -> dict[str, Coupon]:
    """The coupon of each occasion by its key; one that was given before is that one.

    `until` stands in place of the terms' days; the coupon then holds to the end of that day, where the till
    takes it so long. With an offer whose codes come from a list, those for whom none is left get none.
    Authority is the caller's affair.
    """
    ends = core.end_of_day(until.astimezone(zone()).date(), zone()) if until else _end(terms, now)
    ends = min(ends, _end(terms, now)) if terms.ends_on else ends
    names = {one.key: _key(one.key) for one in occasions}
    with transaction.atomic():
        locked = Offer.objects.select_for_update().get(pk=offer.pk) if offer is not None else None
        for _try in range(TRIES):
            known = {row.key: row for row in Coupon.objects.filter(key__in=names.values())}
            missing = [one for one in occasions if names[one.key] not in known]
            if not missing or ends <= now:
                break
            fresh = _insert(missing, names, terms, ends, locked, actor, now)
            facts.tell(facts.ISSUED, fresh, now)
            if locked is not None and locked.source == Source.LIST:
                known |= {row.key: row for row in fresh}
                break
    return {one.key: known[names[one.key]] for one in occasions if names[one.key] in known}


def _key(said: str) -> str:
    return signature("coupon", said.encode()).hex()


def _end(terms: Terms, now: datetime) -> datetime:
    return core.until(terms, now=now, zone=zone())


def _insert(
    missing: Sequence[Occasion],
    names: Mapping[str, str],
    terms: Terms,
    ends: datetime,
    offer: Offer | None,
    actor: str,
    now: datetime,
) -> list[Coupon]:
    codes = _codes(len(missing), offer)
    rows = [
        Coupon(
            key=names[one.key],
            code=code,
            plain=core.read(code),
            customer_id=one.customer_id,
            origin=one.origin,
            offer=offer,
            kind=terms.kind,
            value=terms.value,
            currency=terms.currency,
            gift=terms.gift,
            minimum_order=terms.minimum_order,
            until=ends,
            message_id=message_id(one.message_key) if one.message_key else "",
            issued_at=now,
            issued_by=actor,
        )
        for one, code in zip(missing, codes, strict=False)
    ]
    # Somebody may give the same at this moment: theirs is the one, and ours is not written.
    Coupon.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    mine = {row.plain for row in rows}
    return list(Coupon.objects.filter(key__in=[row.key for row in rows], plain__in=mine))


def _codes(count: int, offer: Offer | None) -> list[str]:
    """As many new codes; of a list as many as are left, taken for good under the lock of the offer."""
    if offer is None or offer.source != Source.LIST:
        return [core.new_code() for _place in range(count)]
    free = list(ListedCode.objects.filter(offer=offer, is_given=False).order_by("pk")[:count])
    ListedCode.objects.filter(pk__in=[row.pk for row in free]).update(is_given=True)
    return [row.code for row in free]


def with_text(
    template_code: str,
    *,
    keys: Mapping[str, str],
    origin: str,
    actor: str,
    now: datetime,
    terms: Terms | None = None,
    until: datetime | None = None,
    follows_message: bool = True,
) -> Giver:
    """Who gives the readers of a text their coupons, for `sending.recipes.words(…, giver=…)`.

    `keys` are those of the messages, by customer. Without `terms` it is the offer that goes with the text;
    where there is none, nothing is given, and no text that must name a code goes out. Coupons that follow
    their message are void where it does not go.
    """

    def giver(languages: Mapping[str, str]) -> Mapping[str, Mapping[str, Any]]:
        offer = None if terms is not None else standing(template_code)
        said = terms or (terms_of(offer) if offer is not None else None)
        if said is None or (said.ends_on is not None and _end(said, now) < now + LEAST):
            return {}
        occasions = [
            Occasion(keys[one], one, origin, message_key=keys[one] if follows_message else "")
            for one in languages
            if one in keys
        ]
        given = give(terms=said, occasions=occasions, actor=actor, now=now, until=until, offer=offer)
        return {
            one.customer_id: core.values(
                terms_of(row),
                code=row.code,
                ends=row.until.astimezone(zone()).date(),
                language=languages[one.customer_id],
            )
            for one in occasions
            if (row := given.get(one.key)) is not None and row.state == State.ISSUED and row.until > now
        }

    return giver


def standing(template_code: str) -> Offer | None:
    """The offer in use that goes with a text."""
    return Offer.objects.filter(active=True, texts__template_code=template_code).first()


def check(terms: Terms) -> None:
    """Raise CouponError by field where terms cannot be."""
    if not terms.value.is_finite() or not 0 < terms.value < MONEY_MAX:
        raise CouponError("bad_value", "value")
    if terms.kind is Kind.PERCENT and terms.value > 1:
        raise CouponError("bad_share", "value")
    if terms.kind is Kind.GIFT and not 0 < len(terms.gift.strip()) <= GIFT_MAX:
        raise CouponError("no_gift", "gift")
    if terms.kind is not Kind.PERCENT and not terms.currency:
        raise CouponError("no_currency", "currency")
    least = terms.minimum_order
    if least is not None and not (least.is_finite() and 0 < least < MONEY_MAX and terms.currency):
        raise CouponError("bad_minimum", "minimum_order")
    if not 1 <= terms.days <= DAYS_MAX:
        raise CouponError("bad_days", "days")


def require_authority(user: User, terms: Terms) -> None:
    """Raise CouponError where the terms are more than `user` decides alone."""
    kind = AuthorityKind.DISCOUNT if terms.kind is Kind.PERCENT else AuthorityKind.OFFER_VALUE
    if not accounts.within_authority(user, kind, terms.value):
        raise CouponError("beyond_authority", "value")


def give_by_hand(
    *, customer_id: str, terms: Terms, occasion: str, user: User, now: datetime, reason: str = ""
) -> Coupon:
    """A coupon for one customer, within the authority of who gives it; `occasion` names the form, so that it
    is one however often it is sent. Raises CouponError by field.
    """
    check(terms)
    require_authority(user, terms)
    one = Occasion(f"hand/{occasion}/{customer_id}", customer_id, "hand")
    actor = user.get_username()
    with transaction.atomic():
        row = give(terms=replace(terms, ends_on=None), occasions=[one], actor=actor, now=now)[one.key]
        audit.log(
            actor=actor,
            action="coupon.give",
            object_type="customer",
            object_id=customer_id,
            details={"coupon": row.pk, "kind": terms.kind, "value": str(terms.value), "reason": reason[:200]},
            at=now,
        )
    return row

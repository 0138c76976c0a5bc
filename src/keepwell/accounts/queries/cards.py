"""What customers see of colleagues."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from keepwell.accounts.contracts import CardView
from keepwell.accounts.models import ContactCard

HOPS_MAX = 3  # substitutes of substitutes


def card(user_id: int) -> CardView:
    """The card of a colleague; an empty one before they have any."""
    row = ContactCard.objects.filter(user=user_id).first()
    return _view(row) if row else CardView(user_id)


def writers(user_ids: Iterable[int], *, on: date) -> dict[int, CardView]:
    """Who writes to customers in place of each of these colleagues on this day, with the card.

    Themselves, or their substitute while they are away. Those are left out who are switched off, have no name
    for customers, or are away without a substitute who could.
    """
    rows = ContactCard.objects.filter(user__is_active=True)
    known = {row.user_id: _view(row) for row in rows}
    found = {}
    for user_id in set(user_ids):
        one = _present(known, user_id, on)
        if one is not None and one.display_name:
            found[user_id] = one
    return found


def _present(known: dict[int, CardView], user_id: int, on: date) -> CardView | None:
    one = known.get(user_id)
    for _hop in range(HOPS_MAX):
        if one is None or not one.is_away(on):
            return one
        one = known.get(one.substitute_id or 0)
    return None


def _view(row: ContactCard) -> CardView:
    return CardView(
        user_id=row.user_id,
        display_name=row.display_name,
        email=row.email,
        phone=row.phone,
        signature=row.signature,
        positions=row.positions,
        away_from=row.away_from,
        away_until=row.away_until,
        substitute_id=row.substitute_id,
    )

"""Which of several channels suits each customer: what they wish, what is usual, where they can be reached."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from keepwell.customers import queries as customers
from keepwell.customers.privacy import queries as privacy
from keepwell.customers.privacy.contracts import Channel as ConsentChannel
from keepwell.outreach import choosing
from keepwell.outreach.pacing import queries as pacing
from keepwell.outreach.pacing.contracts import Form
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy.contracts import PROMOTIONAL
from keepwell.outreach.sending import queries as sending

CONSENT_CHANNELS = frozenset(ConsentChannel)
EMAIL = "email"


@dataclass(frozen=True)
class Fit:
    """The channels of one customer, the one that suits best first.

    `ranked` are all that were asked about, `allowed` those that they have not said no to, `reached` those of
    them where they have an address and, on a channel of windows, something can go now.
    """

    ranked: tuple[str, ...]
    allowed: tuple[str, ...]
    reached: tuple[str, ...]
    leaning: choosing.Leaning

    @property
    def best(self) -> str:
        """The channel to take: what reaches them, else what they allow, else what they would like best.

        Whoever can be written to by none is told so by the door, with the reason.
        """
        return (self.reached or self.allowed or self.ranked)[0]

    def why(self, channel: str) -> choosing.Why:
        """Why `channel` comes where it does."""
        return choosing.why(channel, self.leaning)


def fits(
    contents: Mapping[str, str],
    customer_ids: Sequence[str],
    *,
    purpose: str,
    now: datetime,
    plans: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Fit]:
    """How the channels of `contents` (channel to the text that goes by it) suit each customer.

    `plans` are the channels of strategies, by customer; not given, those of the strategies in force.
    """
    planned = planned_channels(purpose, customer_ids) if plans is None else plans
    known = _leanings(purpose, customer_ids, planned)
    allowed = {channel: _allowed(channel, customer_ids, purpose, now) for channel in contents}
    reached = {
        channel: sending.with_address(customer_ids, channel)
        & sending.open_to(customer_ids, channel, content=text, purpose=purpose, now=now)
        for channel, text in contents.items()
    }
    found = {}
    for number in customer_ids:
        leaning = known.get(number, choosing.Leaning())
        ranked = tuple(choosing.order(contents, leaning))
        may = tuple(channel for channel in ranked if number in allowed[channel])
        gets = tuple(channel for channel in may if number in reached[channel])
        found[number] = Fit(ranked, may, gets, leaning)
    return found


def planned_channels(purpose: str, customer_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The channels of the strategy in force for each customer's stage of life; of marketing only."""
    if purpose not in PROMOTIONAL:
        return {}
    return {one: strategy.channels for one, strategy in pacing.in_force(customer_ids).items()}


def _allowed(channel: str, customer_ids: Sequence[str], purpose: str, now: datetime) -> set[str]:
    if channel in CONSENT_CHANNELS:
        said = privacy.may_contact_many(customer_ids, channel, purpose, now=now)
        return {number for number, verdict in said.items() if verdict}
    return set(customer_ids) - set(privacy.silenced_many(customer_ids, purpose, now=now))


def _leanings(
    purpose: str, customer_ids: Sequence[str], plans: Mapping[str, Sequence[str]]
) -> dict[str, choosing.Leaning]:
    """What is known of the channels of each."""
    values = customers.portrait_values(customer_ids)
    places = {
        number: (country, str(values.get(number, {}).get("culture", "") or ""))
        for number, (_zone, country) in customers.whereabouts(customer_ids).items()
    }
    usual = customers.proposed_channels(places.values())
    elsewhere = _elsewhere(purpose, customer_ids)
    return {
        number: choosing.Leaning(
            wish=str(values.get(number, {}).get("preferred_channel", "") or ""),
            usual=usual[places[number]] if number in places else (),
            habit=elsewhere.get(number, ""),
            unread=EMAIL if number in elsewhere else "",
            plan=tuple(plans.get(number, ())),
        )
        for number in customer_ids
    }


def _elsewhere(purpose: str, customer_ids: Collection[str]) -> dict[str, str]:
    """The channel on which those answer who make nothing of our e-mails; e-mail goes last for them."""
    if purpose not in PROMOTIONAL or not policy.rules().adapt_pace:
        return {}
    paces = pacing.paces(customer_ids)
    return {one: pace.channel for one, pace in paces.items() if pace.form is Form.OTHER}

"""By which channel somebody who wrote is answered best: their wish, their habit, what is usual with them."""

from __future__ import annotations

from datetime import datetime, timedelta

from keepwell.customers import queries as customers
from keepwell.customers.privacy import queries as privacy
from keepwell.customers.privacy.contracts import Channel as ConsentChannel
from keepwell.customers.privacy.contracts import Purpose, Reason
from keepwell.outreach import choosing
from keepwell.outreach.channels import registry
from keepwell.outreach.queries import tasks
from keepwell.outreach.sending import heard

# What a colleague can answer by, beside the channel that the customer wrote on.
OTHERS = ("phone", "whatsapp", "wecom", "sms", "email")
HABIT_DAYS = 180
HABIT_LEAST = 3  # fewer are no habit


def service_channel(customer_id: str, wrote_on: str, *, now: datetime) -> str:
    """The channel of the answer: the customer's wish, their habit, where they wrote, the usual one.

    One for which they have no address, or that they do not allow for service, is left out; where they wrote
    they can always be answered. See `outreach.choosing`.
    """
    usable = [wrote_on, *(one for one in OTHERS if one != wrote_on and _is_open(customer_id, one, now))]
    portrait = customers.portrait_values([customer_id]).get(customer_id, {})
    places = {
        number: (country, str(portrait.get("culture", "") or ""))
        for number, (_zone, country) in customers.whereabouts([customer_id]).items()
    }
    proposed = customers.proposed_channels(places.values())
    usual = proposed.get(places[customer_id], ()) if customer_id in places else ()
    leaning = choosing.Leaning(
        wish=str(portrait.get("preferred_channel", "") or ""),
        # Somebody's own habit comes before what is usual with others.
        usual=tuple(one for one in (habit(customer_id, now=now), wrote_on, *usual) if one),
    )
    return choosing.order(usable, leaning)[0]


def habit(customer_id: str, *, now: datetime) -> str:
    """The channel of more than half of what they wrote and of our talks with them; "" where there is none."""
    since = now - timedelta(days=HABIT_DAYS)
    counts = heard.channels_of(customer_id, since=since) + tasks.talks_by_channel(customer_id, since=since)
    if not counts:
        return ""
    channel, most = counts.most_common(1)[0]
    return channel if most >= HABIT_LEAST and most * 2 > counts.total() else ""


def _is_open(customer_id: str, channel: str, now: datetime) -> bool:
    contract = registry.contract_of(channel)
    kind = "phone" if channel == "phone" else contract.address if contract else ""
    if not kind or not customers.with_contact([customer_id], kind=kind):
        return False
    if channel not in tuple(ConsentChannel):
        return True
    said = privacy.may_contact(customer_id, channel, Purpose.SERVICE, now=now)
    # Who wrote asked for an answer: only where they were asked, and said no, it does not go that way.
    return said.allowed or said.reason is Reason.NOT_ASKED

"""What the policy must know of customers before it decides, for many at once in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from keepwell.customers import queries as customers
from keepwell.customers.identity import queries as identity
from keepwell.customers.privacy import queries as privacy
from keepwell.customers.privacy.contracts import Channel, Purpose, Reason
from keepwell.customers.privacy.contracts import Verdict as Consent
from keepwell.foundation.rows import among
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreFilter
from keepwell.outreach.pacing import queries as pacing
from keepwell.outreach.policy import holdouts, zones
from keepwell.outreach.policy.contracts import PROMOTIONAL, Cap, Cause, Decision, Intent, Rules
from keepwell.outreach.policy.core import EMAIL, MARKETING, STAGE, Past, Rival, Situation, Standing
from keepwell.outreach.policy.models import Contact

CONSENT_CHANNELS = frozenset(Channel)
# Nobody is asked about these apart: the shop's app is its website in another form.
AGREED_AS = {"app": Channel.WEB}
TOOK_PLACE = (Decision.ALLOWED, Decision.OUTSIDE)
# A greater message that nobody has asked about for so long is no longer expected.
RIVAL_LATE = timedelta(hours=1)


def stage_caps(numbers: set[str]) -> dict[str, Cap]:
    """The limit of the stage of life of customers, where the strategy of their stage binds."""
    limits = pacing.stage_limits(numbers) if numbers else {}
    return {
        number: Cap(most, days, purpose=MARKETING, reason=STAGE)
        for number, (_stage, most, days) in limits.items()
    }


def days_back(rules: Rules) -> int:
    """How far back contacts matter under the rules."""
    spans = [rules.repeat_days, *(cap.days for cap in rules.caps)]
    if rules.adapt_pace:
        spans += [rules.slower_days, rules.pause_days]
    return max(spans)


class Gathered:
    """What is known of the customers of `intents` at `now`; `situation` gives it for one of them."""

    def __init__(
        self, intents: Sequence[Intent], rules: Rules, now: datetime, caps: Sequence[Cap] = ()
    ) -> None:
        numbers = {intent.customer_id for intent in intents}
        canonical = identity.canonical_ids(numbers)
        self._number = {number: canonical.get(number, number) for number in numbers}
        self._default = rules.time_zone
        self._caps = tuple(caps)
        self._standing = _standings(intents, now)
        bound = {intent.customer_id for intent in intents if intent.purpose in holdouts.BOUND}
        self._aside = holdouts.members(bound)
        self._places = customers.whereabouts(set(self._number.values()))
        promised = {self._number[one.customer_id] for one in intents if one.purpose in PROMOTIONAL}
        self._rest = _days_of_respect(promised, self._places, rules, now)
        people = set(self._number.values())
        marketed = {self._number[one.customer_id] for one in intents if one.purpose == MARKETING}
        mailed = {
            self._number[one.customer_id]
            for one in intents
            if one.purpose == MARKETING and one.channel == EMAIL
        }
        paces = pacing.paces(mailed) if rules.adapt_pace and mailed else {}
        self._pace = {number: str(one.level) for number, one in paces.items()}
        self._stage = stage_caps(marketed)
        back = max([days_back(rules), *(cap.days for cap in self._stage.values())])
        self._past, self._rivals = _contacts(people, rules, now, self._caps, back)

    def number(self, customer_id: str) -> str:
        """The surviving number of a customer."""
        return self._number[customer_id]

    def situation(self, intent: Intent) -> Situation:
        """Everything that speaks for or against `intent`; its own row is left out."""
        number = self._number[intent.customer_id]
        time_zone, country = self._places.get(number, ("", ""))
        return Situation(
            standing=self._standing[intent.intent_id],
            zones=zones.zones_of(time_zone, country, self._default),
            past=[past for own, past in self._past[number] if own != intent.intent_id],
            rivals=[
                rival
                for own, priority, rival in self._rivals[number]
                if own != intent.intent_id and priority > intent.priority
            ],
            caps=(*self._caps, *((self._stage[number],) if number in self._stage else ())),
            pace=self._pace.get(number, ""),
            kept_aside=intent.purpose in holdouts.BOUND and intent.customer_id in self._aside,
            respect_until=self._rest.get(number),
        )

    def add(self, intent: Intent, at: datetime) -> None:
        """That `intent` goes out, for those who are decided on after it."""
        past = Past(at, intent.channel, intent.purpose, intent.said)
        self._past[self._number[intent.customer_id]].append((intent.intent_id, past))


def _days_of_respect(
    numbers: set[str], places: Mapping[str, tuple[str, str]], rules: Rules, now: datetime
) -> dict[str, datetime]:
    """When the day ends that is somebody's birthday or anniversary now, where they are; by customer."""
    if not rules.respect_tiers or not numbers:
        return {}
    around = now.date() - timedelta(days=1), now.date() + timedelta(days=1)
    found: dict[str, datetime] = {}
    for number, days in customers.days_of(numbers, first_on=around[0], last_on=around[1]).items():
        zone = zones.zones_of(*places.get(number, ("", "")), rules.time_zone)[0]
        today = now.astimezone(zone).date()
        if any(day == today for _kind, day in days):
            found[number] = _midnight(today + timedelta(days=1), zone)
    if not found:
        return {}
    wanted = ScoreFilter(tiers=rules.respect_tiers, among=frozenset(found))
    valued = set(insight.customer_ids(wanted, limit=len(found)))
    return {number: end for number, end in found.items() if number in valued}


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)


def _standings(intents: Iterable[Intent], now: datetime) -> dict[str, Standing]:
    found: dict[str, Standing] = {}
    grouped: dict[tuple[str, str], list[Intent]] = defaultdict(list)
    for intent in intents:
        grouped[intent.channel, intent.purpose].append(intent)
    for (channel, purpose), group in grouped.items():
        asked = {intent.customer_id for intent in group}
        agreed = AGREED_AS.get(channel, channel)
        if agreed in CONSENT_CHANNELS:
            said = privacy.may_contact_many(asked, agreed, purpose, now=now)
        else:
            said = privacy.silenced_many(asked, purpose, now=now)
        for intent in group:
            consent = said.get(intent.customer_id)
            is_asked = intent.answering and intent.purpose == Purpose.SERVICE
            if is_asked and consent is not None and consent.reason is Reason.NOT_ASKED:
                consent = None
            found[intent.intent_id] = _standing(consent)
    return found


def _standing(consent: Consent | None) -> Standing:
    # A verdict that allows nothing is false, so ask whether there is one.
    if consent is None:
        return Standing(True, Cause.NO_CONSENT_NEEDED)
    return Standing(consent.allowed, Cause(consent.reason), consent.since, consent.hold or "")


def _contacts(
    numbers: set[str], rules: Rules, now: datetime, caps: Sequence[Cap], back: int
) -> tuple[dict[str, list[tuple[str, Past]]], dict[str, list[tuple[str, int, Rival]]]]:
    """What took place within the longest window, and what waits; by customer."""
    past: dict[str, list[tuple[str, Past]]] = defaultdict(list)
    rivals: dict[str, list[tuple[str, int, Rival]]] = defaultdict(list)
    days = max((back, *(cap.days for cap in caps)))
    mine = Contact.objects.filter(among("customer_id", numbers), taken_back_at=None)
    took_place = mine.filter(decision__in=TOOK_PLACE, decided_at__gt=now - timedelta(days=days))
    made = took_place.values_list("customer_id", "intent_id", "decided_at", "channel", "purpose", "content")
    for number, intent_id, at, channel, purpose, said in made:
        past[number].append((intent_id, Past(at, channel, purpose, said)))
    horizon = now + timedelta(hours=rules.reserve_hours)
    waiting = mine.filter(decision=Decision.LATER, until__gt=now - RIVAL_LATE, until__lte=horizon)
    due = waiting.values_list("customer_id", "intent_id", "priority", "until", "channel", "purpose")
    for number, intent_id, priority, until, channel, purpose in due:
        if until is not None:
            rivals[number].append((intent_id, priority, Rival(until, channel, purpose)))
    return past, rivals

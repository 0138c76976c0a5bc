"""The rules of contact as functions of values: no Django, no clock, no store.

Windows are elapsed time: a cap of two in seven days means that no seven days in a row hold three contacts,
wherever the calendar's weeks begin and whatever clocks do in spring. Sources: RFC 8058 and the providers'
own limits name such windows; the order of checks is this product's and is written in
docs/algorithms/contact-policy.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from keepwell.outreach.policy.contracts import PROMOTIONAL, Cap, Cause, Decision, Intent, Rules, Verdict

# A search for an open moment ends here: rules that leave none in a week are refused when they are saved.
SEARCH_DAYS_MAX = 8
# How long after its time a greater message is given to go out before the lesser one asks again.
RIVAL_GRACE = timedelta(minutes=5)
EMAIL, MARKETING = "email", "marketing"
# What a cap comes from that is no rule of the shop but a customer's own.
PACE, STAGE = "pace", "stage"


@dataclass(frozen=True)
class Past:
    """A contact that took place or is about to."""

    at: datetime
    channel: str
    purpose: str
    content: str = ""


@dataclass(frozen=True)
class Rival:
    """A greater contact with the same customer that waits."""

    due_at: datetime
    channel: str
    purpose: str


@dataclass(frozen=True)
class Standing:
    """What a customer's consent says of this channel and purpose."""

    allowed: bool
    cause: Cause
    since: datetime | None = None
    hold: str = ""


@dataclass(frozen=True)
class Situation:
    """Everything that is known of a customer when somebody means to get in touch."""

    standing: Standing
    zones: tuple[ZoneInfo, ...]
    past: Sequence[Past] = ()
    rivals: Sequence[Rival] = ()
    caps: Sequence[Cap] = ()  # the channel's own, beside the rules'
    kept_aside: bool = False  # in the holdout that all marketing leaves alone
    respect_until: datetime | None = None  # the end of a day that is free of offers, where it is one now
    pace: str = ""  # faster, slower, pause; as usual where it says nothing


def decide(intent: Intent, situation: Situation, rules: Rules, now: datetime) -> Verdict:
    """Whether `intent` may go out at `now`; the first of these that speaks against it is the cause.

    Refused: too late, no consent or a hold, kept aside by an experiment, no open window, said already.
    Later: too often, a day of respect, quiet hours, a greater message waits; where that would be after
    `not_after`, refused for the same cause.
    """
    if intent.not_after is not None and now > intent.not_after:
        return _refused(Cause.EXPIRED)
    standing = situation.standing
    if not standing.allowed:
        since = standing.since.isoformat() if standing.since else ""
        figures = {"since": since, "hold": standing.hold}
        return _refused(standing.cause, **{name: value for name, value in figures.items() if value})
    if intent.held_out or situation.kept_aside:
        return _refused(Cause.HELD_OUT)
    if intent.window_closed:
        return _refused(Cause.WINDOW_CLOSED)
    said = repeated(intent, situation.past, rules, now)
    if said is not None:
        return _refused(
            Cause.SAME_CONTENT, at=said.at.isoformat(), channel=said.channel, days=rules.repeat_days
        )
    verdict = _later(intent, situation, rules, now)
    if verdict is None:
        return Verdict(Decision.ALLOWED, standing.cause)
    if intent.not_after is not None and verdict.until is not None and verdict.until > intent.not_after:
        return Verdict(Decision.REFUSED, verdict.cause, None, verdict.figures)
    return verdict


def _later(intent: Intent, situation: Situation, rules: Rules, now: datetime) -> Verdict | None:
    """The cause that postpones, and until when nothing known today speaks against it; None: go ahead."""
    caps = (*paced(rules, situation.pace), *situation.caps)
    free_at, cap = free_from(intent, situation.past, caps, now)
    open_at = opens(now, situation.zones, rules, intent)
    rival = outranking(intent, situation, caps, rules, now)
    rest = respected_until(intent, situation, now)
    # Whoever waits for a cap or a greater message must not wake up in the middle of the night.
    ends = (free_at, open_at, rest or now, rival.due_at if rival else now)
    until = opens(max(ends), situation.zones, rules, intent)
    if cap is not None:
        figures = {"most": cap.most, "days": cap.days, "channel": cap.channel, "purpose": cap.purpose}
        if cap.reason:
            figures["reason"] = cap.reason
        return Verdict(Decision.LATER, Cause.TOO_OFTEN, until, figures)
    if rest is not None:
        return Verdict(Decision.LATER, Cause.RESPECT_DAY, until)
    if open_at > now:
        zone = situation.zones[0].key if situation.zones else rules.time_zone
        return Verdict(Decision.LATER, Cause.QUIET_HOURS, until, {"time_zone": zone})
    if rival is not None:
        after = max(rival.due_at, now) + RIVAL_GRACE
        until = opens(max(until, after), situation.zones, rules, intent)
        return Verdict(Decision.LATER, Cause.OUTRANKED, until, {"channel": rival.channel})
    return None


def paced(rules: Rules, pace: str) -> tuple[Cap, ...]:
    """The rules' caps for somebody of this pace; the same where the rules do not follow it.

    Slower and pause add a cap on marketing by e-mail, faster widens those on e-mails by one: what counts for
    all channels together stays.

    >>> paced(Rules(caps=(Cap(2, 7, "email"), Cap(3, 7)), adapt_pace=True), "faster")[0].most
    3
    """
    if not rules.adapt_pace:
        return rules.caps
    days = {"slower": rules.slower_days, "pause": rules.pause_days}.get(pace)
    if days is not None:
        return (*rules.caps, Cap(1, days, EMAIL, MARKETING, PACE))
    if pace == "faster":
        return tuple(
            replace(cap, most=cap.most + 1)
            if cap.channel == EMAIL and cap.purpose in ("", MARKETING)
            else cap
            for cap in rules.caps
        )
    return rules.caps


def _refused(cause: Cause, **figures: object) -> Verdict:
    return Verdict(Decision.REFUSED, cause, None, figures)


def respected_until(intent: Intent, situation: Situation, now: datetime) -> datetime | None:
    """Until when a day of respect keeps `intent` back; None where it does not."""
    end = situation.respect_until
    if end is None or end <= now or intent.caring or intent.purpose not in PROMOTIONAL:
        return None
    return end


def counts(cap: Cap, channel: str, purpose: str) -> bool:
    """Whether a contact by `channel` for `purpose` counts under `cap`, and is bound by it."""
    if cap.channel and cap.channel != channel:
        return False
    return purpose == cap.purpose if cap.purpose else purpose in PROMOTIONAL


def free_from(
    intent: Intent, past: Sequence[Past], caps: Iterable[Cap], now: datetime
) -> tuple[datetime, Cap | None]:
    """The earliest moment from which every cap has room again, and the cap that takes longest; None: now.

    A window is open at its old end: what happened exactly `days` ago no longer counts.
    """
    free_at, binding = now, None
    for cap in caps:
        if not counts(cap, intent.channel, intent.purpose):
            continue
        window = timedelta(days=cap.days)
        within = sorted(
            one.at for one in past if counts(cap, one.channel, one.purpose) and one.at + window > now
        )
        if len(within) >= cap.most:
            # There is room for one more when all but `most - 1` of them have left the window.
            freed = within[len(within) - cap.most] + window
            if freed > free_at:
                free_at, binding = freed, cap
    return free_at, binding


def repeated(intent: Intent, past: Sequence[Past], rules: Rules, now: datetime) -> Past | None:
    """The latest contact that said the same within `repeat_days`, by whatever channel; None: nothing."""
    if not intent.content or not rules.repeat_days:
        return None
    since = now - timedelta(days=rules.repeat_days)
    same = [one for one in past if one.content == intent.said and one.at > since]
    return max(same, key=lambda one: one.at) if same else None


def outranking(
    intent: Intent, situation: Situation, caps: Iterable[Cap], rules: Rules, now: datetime
) -> Rival | None:
    """The greater contact that would find no room if this one went out now; None: there is room for both."""
    horizon = now + timedelta(hours=rules.reserve_hours)
    near = sorted((one for one in situation.rivals if one.due_at <= horizon), key=lambda one: one.due_at)
    caps = tuple(caps)
    filled = [*situation.past, Past(now, intent.channel, intent.purpose)]
    for rival in near:
        wanted = Intent("", intent.customer_id, rival.channel, rival.purpose)
        due = max(rival.due_at, now)
        with_it, _cap = free_from(wanted, filled, caps, due)
        without_it, _cap = free_from(wanted, situation.past, caps, due)
        if with_it > without_it:
            return rival
        filled.append(Past(due, rival.channel, rival.purpose))
    return None


def quiet(local: datetime, rules: Rules, intent: Intent) -> bool:
    """Whether `local`, a moment on the customer's own clock, is in the quiet hours."""
    if intent.on_visit or (intent.urgent and intent.purpose not in PROMOTIONAL):
        return False
    if intent.purpose in PROMOTIONAL and local.weekday() in rules.quiet_weekdays:
        return True
    begin, end, clock = rules.quiet_from, rules.quiet_until, local.time()
    if begin < end:
        return begin <= clock < end
    return begin != end and (clock >= begin or clock < end)


def opens(at: datetime, zones: Sequence[ZoneInfo], rules: Rules, intent: Intent) -> datetime:
    """The earliest moment from `at` on that is quiet in none of `zones`; UTC.

    Where a country's zones have no such moment in common, the first zone, where most people live, decides.
    Raises ValueError where the rules leave no moment open in a week.
    """
    found = _opens(at, zones, rules, intent)
    if found is None and len(zones) > 1:
        found = _opens(at, zones[:1], rules, intent)
    if found is None:
        raise ValueError("rules: the quiet hours leave no moment open")
    return found


def _opens(at: datetime, zones: Sequence[ZoneInfo], rules: Rules, intent: Intent) -> datetime | None:
    moment = at.astimezone(UTC)
    end = moment + timedelta(days=SEARCH_DAYS_MAX)
    while moment <= end:
        closed = next((zone for zone in zones if quiet(moment.astimezone(zone), rules, intent)), None)
        if closed is None:
            return moment
        moment = _next_change(moment, closed, rules)
    return None


def _next_change(moment: datetime, zone: ZoneInfo, rules: Rules) -> datetime:
    """The next moment after `moment` at which it may cease to be quiet in `zone`.

    That is the next local end of the quiet hours or the next local midnight; where the clocks change in
    between, the wall clock may pass it twice or never, so at most to the next full hour then.
    """
    local = moment.astimezone(zone)
    targets = []
    for clock in (rules.quiet_until, rules.quiet_until.replace(hour=0, minute=0)):
        for days in (0, 1):
            wall = datetime.combine(local.date() + timedelta(days=days), clock, tzinfo=zone)
            targets += [wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
    ahead = min(target for target in targets if target > moment)
    if ahead.astimezone(zone).utcoffset() != local.utcoffset():
        # Offsets and changes are whole quarters of an hour everywhere.
        step = timedelta(minutes=15) - timedelta(
            minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond
        )
        return min(ahead, moment + step)
    return ahead

"""Begin journeys on days and on score crossings: each day and each cycle once for each journey.

A day is looked at as soon as it begins anywhere on earth; people come in with the instant of their own clock
ahead of them. What a worker missed is made up for two days back; older causes are stale (`fresh_hours`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.customers import queries as customers
from keepwell.foundation import clock
from keepwell.history import queries as history
from keepwell.insight import queries as insight
from keepwell.insight.contracts import CycleView
from keepwell.insight.segments import queries as segments
from keepwell.outreach.journeys import facts, versions
from keepwell.outreach.journeys.contracts import ACTOR, Entrant, JourneyError, Status, VersionStatus
from keepwell.outreach.journeys.core import calendar
from keepwell.outreach.journeys.core.graph import Crossing, DayRule
from keepwell.outreach.journeys.core.walking import instant
from keepwell.outreach.journeys.models import FestivalDay, JourneyVersion, Run
from keepwell.outreach.journeys.services.entering import enter
from keepwell.outreach.journeys.services.festivals import fill_festivals
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy import zones

DAYS_BACK = 2
EARLIEST_ZONE = timedelta(hours=14)
PEOPLE = 5_000
READ_MAX = 10_000_000
PERIOD_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def start_due(*, now: datetime) -> int:
    """Let in whoever's day has come, or whose score has crossed in the newest cycle; how many came.

    Two or three statements where there is nothing to begin.
    """
    on = JourneyVersion.objects.filter(status=VersionStatus.ON, journey__status=Status.ON)
    starts = [(one, versions.definition(one).start) for one in on.order_by("journey_id")]
    last = (now + EARLIEST_ZONE).date()
    days = [last - timedelta(days=back) for back in range(DAYS_BACK, -1, -1)]
    cycles = _newest_cycles() if any(isinstance(start, Crossing) for _one, start in starts) else None
    keys = [f"day:{day}" for day in days] + ([f"cycle:{cycles[0].cycle_id}"] if cycles else [])
    done = set(Run.objects.filter(key__in=keys).values_list("journey_id", "key"))
    zone = ZoneInfo(policy.rules().time_zone)
    entered = 0
    for version, start in starts:
        if isinstance(start, DayRule):
            # A journey begins with the day on which it is switched on.
            begun = (version.on_at or now).astimezone(zone).date()
            for day in days:
                if day >= begun and (version.journey_id, f"day:{day}") not in done:
                    entered += _run(version, f"day:{day}", now, of_day(start, day))
        elif cycles is not None and (version.journey_id, f"cycle:{cycles[0].cycle_id}") not in done:
            entered += _crossing(version, start, cycles, now) if isinstance(start, Crossing) else 0
    return entered


def _newest_cycles() -> tuple[CycleView, CycleView] | None:
    """The newest cycle and the one before it."""
    done = [one for one in insight.cycles(limit=20) if one.status == "done" and one.finished_at]
    return (done[0], done[1]) if len(done) > 1 else None


def _run(version: JourneyVersion, key: str, now: datetime, entrants: Iterable[Entrant]) -> int:
    try:
        entered = enter(journey_id=version.journey_id, entrants=entrants, now=now)
    except JourneyError:
        return 0  # paused or stopped meanwhile
    # Dying before this line, the same people are told again, and come in once.
    Run.objects.get_or_create(
        journey_id=version.journey_id, key=key, defaults={"finished_at": now, "entered": entered}
    )
    return entered


def _crossing(
    version: JourneyVersion, start: Crossing, cycles: tuple[CycleView, CycleView], now: datetime
) -> int:
    newest, before = cycles
    at = newest.finished_at or now
    if version.on_at and at < version.on_at:
        return 0
    key = f"cycle:{newest.cycle_id}"
    found = facts.crossed(start.where, cycle_id=newest.cycle_id, before_id=before.cycle_id)
    return _run(version, key, now, (Entrant(number, f"{key}:{number}", at) for number in found))


def of_day(rule: DayRule, day: date) -> Iterator[Entrant]:
    """Everybody whose day `day` is by a rule, with the instant at which it begins for them."""
    origin = day - timedelta(days=rule.offset_days)
    default = policy.rules().time_zone
    people = iter(people_of(rule, origin))
    while some := dict(islice(people, PEOPLE)):
        places = customers.whereabouts(some)
        for number, mark in some.items():
            if number in places:
                zone = zones.zones_of(*places[number], default)[0]
                key = f"{rule.kind}:{rule.code}:{mark}:{number}"
                yield Entrant(number, key, instant(day, rule.at, zone))


def people_of(rule: DayRule, origin: date) -> Iterator[tuple[str, str]]:
    """(customer, what tells this time from another) of everybody whose day `origin` is, each once."""
    seen: set[str] = set()
    for number in _FINDERS[rule.kind](rule, origin):
        if number not in seen:
            seen.add(number)
            yield number, origin.isoformat()


def _birthday(_rule: DayRule, origin: date) -> Iterator[str]:
    return _dates(origin, origin, "birthday")


def _birthday_month(_rule: DayRule, origin: date) -> Iterator[str]:
    """On the first of the month, everybody born in it."""
    if origin.day != 1:
        return iter(())
    last = calendar.months_back(origin, -1) - timedelta(days=1)
    return _dates(origin, last, "birthday")


def _personal_date(rule: DayRule, origin: date) -> Iterator[str]:
    return _dates(origin, origin, rule.code)


def _dates(first_on: date, last_on: date, kind: str) -> Iterator[str]:
    found = customers.upcoming_dates(owner_ids=None, first_on=first_on, last_on=last_on, limit=READ_MAX)
    for one in found:
        if one.kind == kind or (not kind and one.kind != "birthday"):
            yield one.customer_id


def _anniversary(rule: DayRule, origin: date) -> Iterator[str]:
    """A year or more after joining, or after the first order; by the shop's own clock."""
    attribute = "acquired_at" if rule.of == "joined" else "first_order_at"
    kept = calendar.same_days(origin)
    for number, day in _days_of(attribute):
        if (day.month, day.day) in kept and day.year < origin.year:
            yield number


def _silence(rule: DayRule, origin: date) -> Iterator[str]:
    wanted = origin - timedelta(days=rule.days)
    return (number for number, day in _days_of("last_order_at") if day == wanted)


def _replenishment(_rule: DayRule, origin: date) -> Iterator[str]:
    """The last order and the customer's usual gap later; known from the second gap on."""
    gaps = {number: float(gap) for number, gap in _values("rhythm_days")}
    for number, day in _days_of("last_order_at"):
        gap = gaps.get(number)
        if gap and day + timedelta(days=round(gap)) == origin:
            yield number


def _days_of(attribute: str) -> Iterator[tuple[str, date]]:
    zone = ZoneInfo(policy.rules().time_zone)
    for number, value in _values(attribute):
        yield number, value.astimezone(zone).date()


def _values(attribute: str) -> list[tuple[str, Any]]:
    try:
        return segments.values_of(attribute)
    except segments.NoStoreError:
        return []  # before the first cycle nothing is known


def _fact_age(rule: DayRule, origin: date) -> Iterator[str]:
    """So many days after a fact, by the shop's own clock: the age of a product."""
    assert rule.fact is not None
    day = origin - timedelta(days=rule.days)
    since, until = _bounds(day)
    found = facts.occurrences(rule.fact, since=since, until=until)
    return (number for number, _at in found)


def _bounds(day: date) -> tuple[datetime, datetime]:
    zone = ZoneInfo(policy.rules().time_zone)
    return tuple(
        datetime(one.year, one.month, one.day, tzinfo=zone).astimezone(UTC)
        for one in (day, day + timedelta(days=1))
    )  # type: ignore[return-value]


def _contract_end(_rule: DayRule, origin: date) -> Iterator[str]:
    """Contracts that are said to end that day; of those without an end, those whose period turns."""
    if "subscriptions" not in history.versions():
        return
    zone = ZoneInfo(policy.rules().time_zone)
    table = history.scan("subscriptions")
    rows = table.select("customer_id", "started_at", "ended_at", "period").to_pyarrow().to_pylist()
    for row in rows:
        started = row["started_at"].astimezone(zone).date()
        if row["ended_at"] is not None:
            if row["ended_at"].astimezone(zone).date() == origin:
                yield row["customer_id"]
        elif started < origin and _turns(started, origin, row["period"]):
            yield row["customer_id"]


def _turns(started: date, origin: date, period: str) -> bool:
    months = PERIOD_MONTHS.get(period)
    if months is None:
        return False  # by the day or week: nothing to remind of
    apart = (origin.year - started.year) * 12 + origin.month - started.month
    return apart % months == 0 and calendar.months_back(started, -apart) == origin


def _festival(rule: DayRule, origin: date) -> Iterator[str]:
    """Everybody in a country that keeps it that day; where the country is not known, the shop's."""
    home = _home_country()
    rest = customers.ids()
    kept: dict[str, bool] = {}
    while some := list(islice(rest, PEOPLE)):
        for number, (_zone, country) in customers.whereabouts(some).items():
            place = country.upper() if len(country) == 2 else home
            if place not in kept:
                kept[place] = _is_kept(rule.code, place, origin)
            if kept[place]:
                yield number


def _home_country() -> str:
    zone = policy.rules().time_zone
    return next((country for country, known in zones.by_country().items() if zone in known[:1]), "")


def _is_kept(code: str, country: str, day: date) -> bool:
    if not country:
        return False
    rows = FestivalDay.objects.filter(country=country, year=day.year)
    if not rows.exists():
        fill_festivals(countries=[country], years=[day.year], actor=ACTOR, now=clock.now())
    return rows.filter(code=code, on=day).exists()


_FINDERS: Mapping[str, Callable[[DayRule, date], Iterator[str]]] = {
    "birthday": _birthday,
    "birthday_month": _birthday_month,
    "personal_date": _personal_date,
    "anniversary": _anniversary,
    "fact_age": _fact_age,
    "replenishment": _replenishment,
    "contract_end": _contract_end,
    "silence": _silence,
    "festival": _festival,
}

"""Rules of routing: written, tried on what came in, switched on and off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.customers import queries as customers
from keepwell.foundation.audit import services as audit
from keepwell.outreach import users
from keepwell.outreach.questions import core, rulebook, sources
from keepwell.outreach.questions.contracts import (
    TRIAL_DAYS,
    Heeded,
    Inbound,
    QuestionError,
    Routing,
    RoutingVersion,
    Trial,
)
from keepwell.outreach.questions.models import RoutingRow, RoutingSwitch
from keepwell.outreach.questions.queries import routing as queries

TRIAL_MOST = 5_000  # of each source


def save_routing(*, routing: Routing, actor: str, now: datetime) -> RoutingVersion:
    """Keep rules as a new version, which passes nothing on yet; the same again is the version that there is.

    Raises RoutingError, which names each field.
    """
    rulebook.check(routing, teams=users.teams(), workers=users.workers())
    with transaction.atomic():
        newest = RoutingRow.objects.select_for_update().order_by("-version").first()
        values = rulebook.packed(routing)
        if newest is not None and rulebook.opened(newest.values) == routing:
            return queries.newest()
        row = RoutingRow.objects.create(
            version=newest.version + 1 if newest else 1, values=values, created_at=now, actor=actor
        )
        _audit("routing.save", row.version, {"rules": len(routing.rules)}, actor, now)
    return queries.newest()


def try_routing(*, version: int, actor: str, now: datetime) -> Trial:
    """Say what this version would have done with what came in within the last 90 days, and keep that.

    Nothing is passed on by it. Raises QuestionError for a version that there is not.
    """
    row = _row(version)
    trial = trial_of(rulebook.opened(row.values), now=now)
    with transaction.atomic():
        RoutingRow.objects.filter(pk=row.pk).update(tried_at=now, tried=asdict(trial))
        _audit("routing.try", version, {"came": trial.came, "passed": trial.passed}, actor, now)
    return trial


def trial_of(routing: Routing, *, now: datetime) -> Trial:
    """What rules would have done with what came in within the last 90 days."""
    since = now - timedelta(days=TRIAL_DAYS)
    came = {one.key: one for one in sources.recent(since, now, TRIAL_MOST)}
    per_origin = Counter(one.origin for one in came.values())
    listed = list(came.values())
    places = _places(routing, listed)
    by_rule, by_team = Counter(places), Counter[int]()
    last = len(routing.rules)
    for place in places:
        team = routing.rules[place].team_id if place < last else routing.fallback_team_id
        if team is not None:
            by_team[team] += 1
    has_fallback = routing.fallback_team_id is not None or routing.fallback_owner_id is not None
    passed = sum(count for place, count in by_rule.items() if place < last or has_fallback)
    return Trial(
        days=TRIAL_DAYS,
        came=len(listed),
        passed=passed,
        by_rule=tuple(by_rule.get(place, 0) for place in range(last + 1)),
        by_team=dict(by_team),
        is_cut=any(count >= TRIAL_MOST for count in per_origin.values()),
    )


def _places(routing: Routing, listed: Sequence[Inbound]) -> list[int]:
    """The place of the rule that takes each; one behind the last where none does."""
    known = heeded(routing, [(one.customer_id, one) for one in listed])
    return [_first(routing, one) for one in known]


def _first(routing: Routing, one: Heeded) -> int:
    place = core.first(routing.rules, one)
    return len(routing.rules) if place is None else place


def heeded(routing: Routing, listed: Iterable[tuple[str, Inbound]]) -> list[Heeded]:
    """What rules look at, of each: with tags and bought categories only where a rule asks for them."""
    pairs = list(listed)
    numbers = {customer_id for customer_id, _one in pairs}
    asks_category = any(one.category for one in routing.rules)
    categories = sources.categories_of(numbers) if asks_category else {}
    tags = _tagged(routing, numbers)
    return [
        Heeded(
            topic=one.topic,
            text=one.text,
            channel=one.channel,
            categories=categories.get(customer_id, frozenset()),
            tags=frozenset(tag for tag, marked in tags.items() if customer_id in marked),
        )
        for customer_id, one in pairs
    ]


def _tagged(routing: Routing, numbers: set[str]) -> Mapping[int, set[str]]:
    wanted = {one.tag_id for one in routing.rules if one.tag_id is not None}
    return {tag: numbers.intersection(customers.with_tag([tag])) for tag in wanted}


def switch_on(*, version: int, actor: str, now: datetime) -> None:
    """Pass on by this version from now on.

    Raises QuestionError where it was not tried, or somebody has written a newer one since.
    """
    with transaction.atomic():
        row = _row(version)
        newest = RoutingRow.objects.select_for_update().order_by("-version").first()
        if newest is None or newest.pk != row.pk:
            raise QuestionError(_("Somebody has changed the rules since. Look at them and try them again."))
        if row.tried_at is None:
            raise QuestionError(_("Try the rules first: then you see what they would have passed on."))
        _switch(row, actor, now)


def switch_off(*, actor: str, now: datetime) -> None:
    """Pass nothing on any more; what departments have stays with them."""
    with transaction.atomic():
        _switch(None, actor, now)


def _switch(row: RoutingRow | None, actor: str, now: datetime) -> None:
    RoutingSwitch.objects.update_or_create(pk=1, defaults={"on": row, "since": now, "actor": actor})
    _audit("routing.on" if row else "routing.off", row.version if row else 0, {}, actor, now)


def _row(version: int) -> RoutingRow:
    row = RoutingRow.objects.filter(version=version).first()
    if row is None:
        raise QuestionError(_("There are no such rules."))
    return row


def _audit(action: str, version: int, details: Mapping[str, int], actor: str, now: datetime) -> None:
    audit.log(
        actor=actor,
        action=f"feedback.{action}",
        object_type="feedback_routing",
        object_id=str(version),
        details=dict(details),
        at=now,
    )

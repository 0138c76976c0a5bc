"""Rules of routing: read from what is stored, checked before they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _

from keepwell.outreach.questions import core
from keepwell.outreach.questions.contracts import Importance, RouteRule, Routing, RoutingError

RULES_MAX = 60
WORDS_MAX = 40
NAME_MAX = 80
HOURS_MAX = 24 * 60


def packed(routing: Routing) -> dict[str, Any]:
    """The rules as they are stored."""
    return asdict(routing)


def opened(values: Mapping[str, Any]) -> Routing:
    """The rules from how they are stored."""
    rules = tuple(RouteRule(**{**one, "words": tuple(one.get("words", ()))}) for one in values["rules"])
    usual = Routing()
    return Routing(
        rules=rules,
        fallback_team_id=values.get("fallback_team_id"),
        fallback_owner_id=values.get("fallback_owner_id"),
        hours={**usual.hours, **values.get("hours", {})},
        ask_after_hours=values.get("ask_after_hours", usual.ask_after_hours),
    )


def check(routing: Routing, *, teams: Mapping[int, str], workers: Mapping[int, Any]) -> None:
    """Raises RoutingError for rules that cannot be; fields are named "rule.0.name", "hours.high", "rules"."""
    problems: dict[str, str] = {}
    if len(routing.rules) > RULES_MAX:
        problems["rules"] = _("At most %(most)s rules.") % {"most": RULES_MAX}
    for place, one in enumerate(routing.rules):
        problems.update({f"rule.{place}.{name}": said for name, said in _rule(one, teams, workers).items()})
    if routing.fallback_team_id is not None and routing.fallback_team_id not in teams:
        problems["fallback_team"] = _("There is no such department.")
    if routing.fallback_owner_id is not None and routing.fallback_owner_id not in workers:
        problems["fallback_owner"] = _("This colleague cannot do tasks.")
    for code in Importance:
        if not 1 <= routing.hours.get(code, 0) <= HOURS_MAX:
            problems[f"hours.{code}"] = _("Please type hours from 1 to %(most)s.") % {"most": HOURS_MAX}
    if not 1 <= routing.ask_after_hours <= HOURS_MAX:
        problems["ask_after_hours"] = _("Please type hours from 1 to %(most)s.") % {"most": HOURS_MAX}
    if problems:
        raise RoutingError(problems)


def _rule(one: RouteRule, teams: Mapping[int, str], workers: Mapping[int, Any]) -> dict[str, str]:
    problems = {}
    if not one.name or len(one.name) > NAME_MAX:
        problems["name"] = _("Give it a name of at most 80 characters.")
    if not core.has_condition(one):
        problems["words"] = _("Say at least one thing that it looks for: else it would take everything.")
    if len(one.words) > WORDS_MAX or any(len(word) > NAME_MAX for word in one.words):
        problems["words"] = _("At most %(most)s words, each of at most 80 characters.") % {"most": WORDS_MAX}
    if one.team_id is None or one.team_id not in teams:
        problems["team"] = _("Choose the department.")
    if one.owner_id is not None and one.owner_id not in workers:
        problems["owner"] = _("This colleague cannot do tasks.")
    if one.importance not in tuple(Importance):
        problems["importance"] = _("Please choose one of the list.")
    return problems

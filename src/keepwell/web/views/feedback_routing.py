"""Settings, Routing of feedback: rules in their order, tried before they are switched on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.foundation import clock
from keepwell.outreach import users
from keepwell.outreach.questions import services
from keepwell.outreach.questions.contracts import (
    Importance,
    QuestionError,
    RouteRule,
    Routing,
    RoutingError,
    RoutingVersion,
    Trial,
)
from keepwell.outreach.questions.queries import questions
from keepwell.outreach.questions.queries import routing as queries
from keepwell.web import formats
from keepwell.web.questions import forms
from keepwell.web.shell import render

RULES_READ_MAX = 100


def routing(request: HttpRequest) -> HttpResponse:
    """The page; POST moves rules about, keeps and tries them, switches them on or off."""
    access.require(request.user, Permission.VIEW_SETTINGS)
    if request.method != "POST":
        return _page(request, queries.newest())
    access.require(request.user, Permission.CHANGE_SETTINGS)
    do = request.POST.get("do", "save")
    if do in ("on", "off"):
        return _switch(request, do)
    newest = queries.newest()
    typed = read(request.POST, newest.routing)
    if do != "save":
        return _page(request, replace(newest, routing=moved(typed, do)), is_typed=True)
    return _save(request, newest, typed)


def _save(request: HttpRequest, newest: RoutingVersion, typed: Routing) -> HttpResponse:
    who: dict[str, Any] = {"actor": request.user.get_username(), "now": clock.now()}
    try:
        kept = services.save_routing(routing=typed, **who)
    except RoutingError as error:
        return _page(request, replace(newest, routing=typed), problems=error.problems, is_typed=True)
    trial = services.try_routing(version=kept.version, **who)
    messages.success(request, trial_sentence(trial))
    return HttpResponseRedirect(reverse("feedback_routing"))


def _switch(request: HttpRequest, do: str) -> HttpResponse:
    who: dict[str, Any] = {"actor": request.user.get_username(), "now": clock.now()}
    try:
        if do == "on":
            services.switch_on(version=forms.number(request.POST.get("version", "")) or 0, **who)
        else:
            services.switch_off(**who)
    except QuestionError as error:
        messages.error(request, str(error))
    else:
        done = _("Feedback is passed on from now on.") if do == "on" else _("Nothing is passed on any more.")
        messages.success(request, done)
    return HttpResponseRedirect(reverse("feedback_routing"))


def _page(
    request: HttpRequest,
    shown: RoutingVersion,
    *,
    problems: Mapping[str, str] | None = None,
    is_typed: bool = False,
) -> HttpResponse:
    on, teams, problems = queries.active(), users.teams(), problems or {}
    tags = [(one.tag_id, one.name) for one in customers.tags(only_active=True)]
    trial = None if is_typed else shown.tried
    context = {
        "title": _("Routing of feedback"),
        "shown": shown,
        "on": on,
        "is_typed": is_typed,
        "can_switch_on": not is_typed and shown.version and not shown.is_on and shown.tried is not None,
        "trial": trial_sentence(trial) if trial else "",
        "cut": trial.is_cut if trial else False,
        "by_team": [(teams.get(team, formats.DASH), count) for team, count in trial.by_team.items()]
        if trial
        else [],
        "rules": [
            {
                "place": place,
                "one": one,
                "words": ", ".join(one.words),
                "team": teams.get(one.team_id or 0, ""),
                "hits": trial.by_rule[place] if trial and place < len(trial.by_rule) else None,
                "problems": {
                    name.rpartition(".")[2]: said
                    for name, said in problems.items()
                    if name.startswith(f"rule.{place}.")
                },
                "is_open": is_typed and (not one.name or any(f"rule.{place}." in name for name in problems)),
            }
            for place, one in enumerate(shown.routing.rules)
        ],
        "last": len(shown.routing.rules) - 1,
        "fallback_hits": trial.by_rule[-1] if trial and trial.by_rule else None,
        "problems": problems,
        "hours": [
            (code, word, shown.routing.hours.get(code, 0), problems.get(f"hours.{code}", ""))
            for code, word in forms.importances()
        ],
        "teams": list(teams.items()),
        "colleagues": forms.colleagues(),
        "channels": forms.channels(),
        "topics": forms.topics(questions.topics()),
        "importances": forms.importances(),
        "tags": tags,
        "may_set": access.may(request.user, Permission.CHANGE_SETTINGS),
    }
    status = 400 if problems else 200
    return render(request, "keepwell/questions/routing.html", context, status=status)


def trial_sentence(trial: Trial) -> str:
    """What a trial says: "would have passed on 41 of 63"."""
    if not trial.came:
        return _("Nothing came in within the last %(days)s days: there is nothing to try the rules on.") % {
            "days": trial.days
        }
    return ngettext(
        "Would have passed on %(passed)s of the %(count)s piece of feedback of the last %(days)s days.",
        "Would have passed on %(passed)s of the %(count)s pieces of feedback of the last %(days)s days.",
        trial.came,
    ) % {"passed": formats.number(trial.passed), "count": formats.number(trial.came), "days": trial.days}


def read(asked: QueryDict, present: Routing) -> Routing:
    """The rules as the form has them, in the order of its rows."""
    count = min(forms.number(asked.get("rules", "")) or 0, RULES_READ_MAX)
    return Routing(
        rules=tuple(_rule(asked, place) for place in range(count)),
        fallback_team_id=forms.number(asked.get("fallback_team", "")),
        fallback_owner_id=forms.number(asked.get("fallback_owner", "")),
        hours={str(code): forms.number(asked.get(f"hours.{code}", "")) or 0 for code in Importance},
        ask_after_hours=forms.number(asked.get("ask_after_hours", "")) or 0,
    )


def _rule(asked: QueryDict, place: int) -> RouteRule:
    def value(name: str) -> str:
        return asked.get(f"rule.{place}.{name}", "").strip()

    words = value("words").replace("，", ",").replace("、", ",").replace("\n", ",").split(",")
    return RouteRule(
        name=value("name"),
        team_id=forms.number(value("team")),
        owner_id=forms.number(value("owner")),
        topic=value("topic"),
        words=tuple(dict.fromkeys(word.strip() for word in words if word.strip())),
        channel=value("channel"),
        category=value("category"),
        tag_id=forms.number(value("tag")),
        importance=value("importance") or Importance.NORMAL,
        follow_up=bool(value("follow_up")),
        tell=bool(value("tell")),
    )


def moved(routing: Routing, do: str) -> Routing:
    """The rules after "add", or after "up:2", "down:2", "remove:2"; anything else leaves them."""
    rules, verb, place = list(routing.rules), *_verb(do)
    if verb == "add":
        rules.append(RouteRule("", None))
    elif verb == "remove" and place < len(rules):
        del rules[place]
    elif verb == "up" and 0 < place < len(rules):
        rules[place - 1], rules[place] = rules[place], rules[place - 1]
    elif verb == "down" and place + 1 < len(rules):
        rules[place + 1], rules[place] = rules[place], rules[place + 1]
    return replace(routing, rules=tuple(rules))


def _verb(do: str) -> tuple[str, int]:
    verb, _colon, place = do.partition(":")
    found = forms.number(place)
    return verb, found if found is not None else RULES_READ_MAX

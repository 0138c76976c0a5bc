"""Today: what do I do now? One list, most at stake first; the team's day; the week."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission, Reach
from keepwell.foundation import clock
from keepwell.insight import queries as insight
from keepwell.outreach import core, labels, users
from keepwell.outreach.queries import tasks as queries
from keepwell.web import formats, undoing
from keepwell.web import today as lines
from keepwell.web.others import other_lines
from keepwell.web.shell import render

VIEWS = ("mine", "queue", "done")


def today(request: HttpRequest) -> HttpResponse:
    """The list of the one who asks."""
    access.require(request.user, Permission.VIEW_TASKS)
    return render(request, "keepwell/today.html", today_context(request), fragment="keepwell/_today.html")


def today_context(request: HttpRequest) -> dict[str, Any]:
    """Everything on the page, for the view that the address or the form names."""
    now = clock.now()
    user = cast(Any, request.user)
    zone = users.zone_of(user)
    view = request.GET.get("view") or request.POST.get("view") or "mine"
    view = view if view in VIEWS else "mine"
    end = core.end_of(now.astimezone(zone).date(), zone)
    begin = end - timedelta(days=1)
    mine = queries.due(assignee_id=user.pk, until=end)
    waiting = queries.queue(user=user, until=end)
    done = queries.finished(assignee_id=user.pk, since=begin)
    page = {"mine": mine, "queue": waiting, "done": done}[view]
    listed = [lines.task_line(task, now) for task in page.rows]
    others = other_lines(user, now, zone)
    if view == "mine":
        listed = sorted(lines.valued([*listed, *others]), key=lambda line: line.order)
    cycle = insight.current_cycle()
    return {
        "title": _("Today"),
        "view": view,
        "lines": lines.named(user, lines.barred(listed, now, zone) if view != "done" else listed),
        "more": page.total - len(page.rows),
        "counts": {"mine": mine.total + len(others), "queue": waiting.total, "done": done.total},
        "sentence": sentence(listed, view, cycle.currency if cycle else "", waiting.total),
        "may_act": access.may(user, Permission.CHANGE_TASKS),
        "leads": access.reach(user, Permission.VIEW_TASKS) >= Reach.TEAM,
        "later": lines.later(now, zone),
        "colleagues": colleagues(user),
        "now": now,
        "zone": zone,
        "undo": undoing.offered(request, now),
        "form": add_form(user, now, zone),
        "has_cycle": cycle is not None,
    }


def sentence(listed: list[lines.Line], view: str, currency: str, waiting: int) -> str:
    """The answer in one sentence; `waiting` is how many tasks are for whoever takes them."""
    if view == "done":
        return ngettext(
            "You finished %(count)s task today.", "You finished %(count)s tasks today.", len(listed)
        ) % {"count": formats.number(len(listed))}
    stake = sum((line.at_stake for line in listed if line.at_stake is not None), Decimal(0))
    currency = next((line.currency for line in listed if line.currency), currency)
    if view == "queue":
        return ngettext(
            "%(count)s task waits for somebody to take it; %(stake)s at stake.",
            "%(count)s tasks wait for somebody to take them; %(stake)s at stake.",
            len(listed),
        ) % {"count": formats.number(len(listed)), "stake": formats.compact_money(stake, currency)}
    if not listed and waiting:
        return ngettext(
            "Nothing is yours for today; %(count)s task waits for somebody to take it.",
            "Nothing is yours for today; %(count)s tasks wait for somebody to take them.",
            waiting,
        ) % {"count": formats.number(waiting)}
    if not listed:
        return _("Nothing is left for today.")
    return ngettext(
        "%(count)s thing to do today, %(stake)s at stake.",
        "%(count)s things to do today, %(stake)s at stake.",
        len(listed),
    ) % {"count": formats.number(len(listed)), "stake": formats.compact_money(stake, currency)}


def colleagues(user: Any) -> list[tuple[int, str]]:
    """Who a task can be given to: everybody else who does tasks."""
    return [(pk, users.name_of(one)) for pk, one in users.workers().items() if pk != user.pk]


def add_form(user: Any, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """What the form for a new task offers."""
    return {
        "kinds": [(code, str(label)) for code, label in labels.KIND.items() if code != "approval"],
        "channels": [(code, str(label)) for code, label in labels.CHANNEL.items()],
        "colleagues": [(user.pk, _("me")), *colleagues(user)],
        "due": core.tomorrow_morning(now, zone).strftime("%Y-%m-%dT%H:%M"),
    }


def team(request: HttpRequest) -> HttpResponse:
    """Who has how much to do, for those who lead."""
    if access.require(request.user, Permission.VIEW_TASKS) < Reach.TEAM:
        raise PermissionDenied(_("This page is for those who lead a team."))
    now = clock.now()
    zone = users.zone_of(cast(Any, request.user))
    begin = core.end_of(now.astimezone(zone).date() - timedelta(days=1), zone)
    members = queries.team(user=request.user, now=now, today=begin)
    stake = sum((one.at_stake for one in members), Decimal(0))
    context = {
        "title": _("The team today"),
        "members": members,
        "open": sum(one.open for one in members),
        "overdue": sum(one.overdue for one in members),
        "done": sum(one.done_today for one in members),
        "stake": formats.compact_money(stake, members[0].currency if members else ""),
        "most": max((one.open for one in members), default=1) or 1,
        "leads": True,
        "view": "team",
    }
    return render(request, "keepwell/today_team.html", context)


def week(request: HttpRequest) -> HttpResponse:
    """Seven days from Monday, with what is planned and due."""
    access.require(request.user, Permission.VIEW_TASKS)
    now = clock.now()
    user = cast(Any, request.user)
    zone = users.zone_of(user)
    present = now.astimezone(zone).date()
    monday = _monday(request.GET.get("week", ""), present)
    since = datetime.combine(monday, time(), tzinfo=zone)
    found = queries.between(assignee_id=user.pk, since=since, until=since + timedelta(days=7))
    listed = lines.named(user, [lines.task_line(task, now) for task in found])
    listed += other_lines(user, now, zone, since=monday, until=monday + timedelta(days=6))
    days = [monday + timedelta(days=number) for number in range(7)]
    context = {
        "title": _("My week"),
        "days": [(day, _of_day(listed, day, zone)) for day in days],
        "today": present,
        "before": _week_name(monday - timedelta(days=7)),
        "after": _week_name(monday + timedelta(days=7)),
        "is_present": monday <= present < monday + timedelta(days=7),
        "week_name": _week_name(monday),
        "zone": zone,
        "leads": access.reach(user, Permission.VIEW_TASKS) >= Reach.TEAM,
        "view": "week",
    }
    return render(request, "keepwell/today_week.html", context)


def _of_day(listed: list[lines.Line], day: date, zone: ZoneInfo) -> list[lines.Line]:
    mine = [line for line in listed if (line.on or (line.at and line.at.astimezone(zone).date())) == day]
    return sorted(mine, key=lambda line: (line.at is None, line.at or datetime.max.replace(tzinfo=zone)))


def _monday(text: str, present: date) -> date:
    try:
        return date.fromisoformat(f"{text}-1")
    except ValueError:
        return present - timedelta(days=present.weekday())


def _week_name(monday: date) -> str:
    year, week, _day = monday.isocalendar()
    return f"{year}-W{week:02d}"

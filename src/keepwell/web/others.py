"""What else the day brings: promises, handovers, approvals, days to remember."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.accounts import access
from keepwell.accounts import queries as accounts
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.contracts import PersonalDateView
from keepwell.outreach import core
from keepwell.outreach.queries import tasks
from keepwell.outreach.questions.contracts import Status
from keepwell.outreach.questions.labels import topic as topic_name
from keepwell.outreach.questions.queries import questions
from keepwell.web.portrait.words import DATE_KIND
from keepwell.web.today import ICONS, Line

QUESTION_TITLE = {
    Status.OPEN: gettext_lazy("Answer a question: %(topic)s"),
    Status.UNSATISFIED: gettext_lazy("Not satisfied yet, answer again: %(topic)s"),
    Status.ANSWERED: gettext_lazy("Ask whether it is settled: %(topic)s"),
}
QUESTION_PLAIN = {
    Status.OPEN: gettext_lazy("Answer a question"),
    Status.UNSATISFIED: gettext_lazy("Not satisfied yet: answer again"),
    Status.ANSWERED: gettext_lazy("Ask whether a question is settled"),
}
# Days to remember show up this long before.
AHEAD = timedelta(days=3)


def other_lines(
    user: Any, now: datetime, zone: ZoneInfo, *, since: date | None = None, until: date | None = None
) -> list[Line]:
    """Promises due, handovers and approvals waiting, days to remember; of today or of a period.

    A period shows only what has a day in it.
    """
    today = now.astimezone(zone).date()
    lines = [*promise_lines(user, now, core.end_of(until or today, zone))]
    lines += question_lines(user, now, core.end_of(until or today, zone))
    lines += day_lines(user, since or today, until or today + AHEAD)
    if since is None:
        return [*lines, *handover_lines(user, zone), *approval_lines(user)]
    begin = datetime.combine(since, time(), tzinfo=zone)
    return [line for line in lines if line.at is None or line.at >= begin]


def promise_lines(user: Any, now: datetime, until: datetime) -> Iterator[Line]:
    """One's own promises due by `until`."""
    if not access.may(user, Permission.VIEW_CUSTOMERS):
        return
    for one in customers.promises_due(owner_ids=[user.pk], until=until):
        yield Line(
            kind="promise",
            kind_name=_("Promise"),
            icon=ICONS["promise"],
            title=one.what,
            customer_id=one.customer_id,
            link=reverse("customer", args=[one.customer_id]),
            at=one.due_at,
            overdue=one.is_overdue(now),
            why=(_("A promise of yours falls due."),),
            form="keepwell/_promise_actions.html",
            subject=one,
        )


def question_lines(user: Any, now: datetime, until: datetime) -> Iterator[Line]:
    """One's own questions of customers due by `until`."""
    if not access.may(user, Permission.VIEW_TASKS):
        return
    for one in questions.due(owner_id=user.pk, until=until):
        topic = topic_name(one.topic) if one.topic else ""
        yield Line(
            kind="question",
            kind_name=_("Question"),
            icon=ICONS["question"],
            title=QUESTION_TITLE[one.status] % {"topic": topic} if topic else str(QUESTION_PLAIN[one.status]),
            customer_id=one.customer_id,
            link=reverse("question", args=[one.question_id]),
            at=one.due_at,
            overdue=one.is_overdue(now),
        )


def day_lines(user: Any, first_on: date, last_on: date) -> Iterator[Line]:
    """Birthdays and other days of one's own customers that nobody has marked as done."""
    if not access.may(user, Permission.VIEW_CUSTOMERS):
        return
    days = customers.upcoming_dates(owner_ids=[user.pk], first_on=first_on, last_on=last_on)
    done = tasks.taken(day_key(one) for one in days)
    for one in days:
        if one.next_on is None or day_key(one) in done:
            continue
        yield Line(
            kind="birthday" if one.kind == "birthday" else "date",
            kind_name=_("Day to remember"),
            icon=ICONS["birthday" if one.kind == "birthday" else "date"],
            title=day_title(one),
            customer_id=one.customer_id,
            link=reverse("customer", args=[one.customer_id]),
            on=one.next_on,
            form="keepwell/_day_actions.html",
            subject=one,
            key=day_key(one),
        )


def day_key(one: PersonalDateView) -> str:
    """What makes a day of one year unique."""
    return f"day:{one.customer_id}:{one.kind}:{one.date_id}:{one.next_on}"


def day_title(one: PersonalDateView) -> str:
    """The day in words, with when it is."""
    name = one.label or str(DATE_KIND.get(one.kind, _("Day to remember")))
    if one.next_on is None:
        return name
    when = date_format(one.next_on, "MONTH_DAY_FORMAT")
    return _("%(what)s on %(day)s") % {"what": name, "day": when}


def handover_lines(user: Any, zone: ZoneInfo) -> Iterator[Line]:
    """Customers that a colleague would like to hand over."""
    for one in customers.handovers_waiting(user_id=user.pk):
        count = len(one.customer_ids)
        first = one.customer_ids[0] if count == 1 else ""
        yield Line(
            kind="handover",
            kind_name=_("Handover"),
            icon=ICONS["handover"],
            title=_("%(who)s would like to hand over customers to you: %(count)s")
            % {"who": one.from_owner, "count": count},
            customer_id=first,
            link=reverse("handover", args=[one.handover_id]),
            at=core.end_of(one.due_on, zone),
            why=(one.reason,) if one.reason else (),
        )


def approval_lines(user: Any) -> Iterator[Line]:
    """What waits for one's decision."""
    for one in accounts.approvals_waiting(user):
        yield Line(
            kind="approval",
            kind_name=_("Approval"),
            icon=ICONS["approval"],
            title=_("%(who)s asks for your approval") % {"who": one.asked_by},
            customer_id=one.customer_id,
            link=reverse("approvals"),
            at=one.asked_at,
            why=(one.reason,) if one.reason else (),
        )

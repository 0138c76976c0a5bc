"""What groups read, and words of their page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from keepwell.outreach import labels
from keepwell.outreach.contracts import Notice
from keepwell.outreach.groups.contracts import JOURNEY_NOTICE, JOURNEY_TASK

Label = str | Promise

SERVICE: dict[str, Label] = {
    "dingtalk": pgettext_lazy("service", "DingTalk"),
    "slack": pgettext_lazy("service", "Slack"),
    "workflows": pgettext_lazy("service", "Microsoft Teams (workflow)"),
    "tgram": pgettext_lazy("service", "Telegram"),
    "jsons": gettext_lazy("A system of your own (JSON)"),
}
KIND: dict[str, Label] = {
    "newly_at_risk": gettext_lazy("Customers newly at risk"),
    "delegated": gettext_lazy("A task is given to somebody"),
    "handover": gettext_lazy("A customer is handed over"),
    "promise_due": gettext_lazy("A promise falls due"),
    "approval": gettext_lazy("Something waits for approval"),
    "import_done": gettext_lazy("An import has finished"),
    "cycle_done": gettext_lazy("A cycle has finished"),
    "cycle_failed": gettext_lazy("A cycle has failed"),
    JOURNEY_TASK: gettext_lazy("A journey has made a task"),
    "question": gettext_lazy("Feedback is passed on, a question is overdue"),
}
QUESTION: dict[str, Label] = {
    "given": gettext_lazy("%(who)s is given a question of customer %(customer)s."),
    "unsatisfied": gettext_lazy("Customer %(customer)s is not satisfied yet; it is for %(who)s."),
    "overdue": gettext_lazy("A question of customer %(customer)s is overdue; %(who)s sees to it."),
    "more": gettext_lazy("Customer %(customer)s, who waits for an answer of %(who)s, wrote again."),
    "soon": gettext_lazy("Customer %(customer)s is to have an answer of %(who)s soon."),
    "late": gettext_lazy(
        "Customer %(customer)s waits longer than the standard for an answer; told: %(who)s."
    ),
    "passed": gettext_lazy("Feedback of customer %(customer)s is for the department %(team)s."),
}
PROBLEM: dict[str, Label] = {
    "no_name": gettext_lazy("Give it a name of at most 80 characters."),
    "name_taken": gettext_lazy("There is a group with this name."),
    "missing": gettext_lazy("Please fill this in."),
    "not_an_address": gettext_lazy("This address cannot be read: paste it whole, as the service shows it."),
    "no_such_service": gettext_lazy("Only DingTalk, Slack, Teams, Telegram and jsons:// may be told."),
    "not_public": gettext_lazy("This address is not on the public internet."),
    "no_kind": gettext_lazy("Choose at least one thing that the group is told."),
    "no_language": gettext_lazy("Choose one of these."),
    "refused": gettext_lazy("The service refused it: look at the robot's secret, keywords and addresses."),
    "unreachable": gettext_lazy("The service did not take it."),
}


def written(kind: str, data: Mapping[str, Any]) -> str:
    """What a group reads, in the active language; `who` in `data` is the colleague whom it concerns."""
    who = str(data.get("who") or _("Somebody"))
    if kind == Notice.NEWLY_AT_RISK:
        count = int(data.get("customers") or 0)
        words = ngettext(
            "%(who)s: %(count)s customer newly at risk.", "%(who)s: %(count)s customers newly at risk.", count
        )
        return words % {"who": who, "count": count}
    if kind == Notice.QUESTION:
        given = {"who": who, "customer": data.get("customer") or "–", "team": data.get("team") or "–"}
        return str(QUESTION.get(str(data.get("what")), QUESTION["given"])) % given
    if kind == JOURNEY_NOTICE:
        return _of_journey(data)
    said = {
        Notice.DELEGATED: _("%(who)s has a new task from %(by)s: %(kind)s, customer %(customer)s."),
        Notice.HANDOVER: _("%(by)s would like to hand customers over to %(who)s: %(customers)s."),
        Notice.PROMISE_DUE: _("A promise of %(who)s to customer %(customer)s falls due."),
        Notice.APPROVAL: _("%(by)s asks %(who)s for approval."),
        Notice.IMPORT_DONE: _("The import of %(files)s has finished."),
        Notice.CYCLE_DONE: _("The cycle %(cycle)s has finished."),
        Notice.CYCLE_FAILED: _("The cycle %(cycle)s has failed; the figures of the last one stay."),
        JOURNEY_TASK: _("A journey has made a task for %(who)s: %(kind)s, customer %(customer)s."),
    }
    names = ("by", "customer", "customers", "files", "cycle")
    given = {name: data.get(name) or "–" for name in names}
    task = str(labels.KIND.get(str(data.get("kind", "")), data.get("kind", "")))
    return said[kind] % {**given, "kind": task, "who": who}


def _of_journey(data: Mapping[str, Any]) -> str:
    """What somebody wrote in the step, in this language or else the first, with whom it is about."""
    said, count = data["words"], int(data["count"])
    named = ", ".join(data["customers"])
    words = ngettext(
        "%(words)s (%(count)s customer: %(customers)s)",
        "%(words)s (%(count)s customers: %(customers)s)",
        count,
    )
    return words % {
        "words": said.get(get_language() or "") or next(iter(said.values())),
        "count": count,
        "customers": f"{named} …" if count > len(data["customers"]) else named,
    }

"""What people read for the codes of first replies."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.outreach.firstreply.contracts import Cause, Stage, State

Label = str | Promise

STATE: dict[State, Label] = {
    State.DRAFT: pgettext_lazy("answer of the house", "Draft"),
    State.IN_USE: pgettext_lazy("answer of the house", "In use"),
    State.OFF: pgettext_lazy("answer of the house", "Out of use"),
}
STAGE: dict[Stage, Label] = {
    Stage.NEW: pgettext_lazy("enquiry", "Just come in"),
    Stage.MACHINE: pgettext_lazy("enquiry", "Answered automatically"),
    Stage.PERSON: pgettext_lazy("enquiry", "Waits for a colleague"),
    Stage.CLOSED_MACHINE: pgettext_lazy("enquiry", "Closed automatically"),
    Stage.CLOSED_PERSON: pgettext_lazy("enquiry", "Answered by a colleague"),
    Stage.DROPPED: pgettext_lazy("enquiry", "Called off"),
}
CAUSE: dict[Cause, Label] = {
    Cause.NO_MATCH: _("no answer of the house fits"),
    Cause.ASKED: _("asked for a person"),
    Cause.AGAIN: _("wrote again after the answer"),
    Cause.LATE: _("came in too late for an automatic answer"),
    Cause.NOT_SENT: _("the automatic answer could not go"),
}
TEXT: dict[str, Label] = {
    "received": _("Receipt: no answer fits, a colleague is asked"),
    "answered": _("Below an answer: how to reach a person"),
    "person": _("Passed to a colleague after an answer"),
    "progress": _("Once the standard has passed"),
    "within": _("Added where customers are told the standard"),
}

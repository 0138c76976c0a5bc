"""What people read for the codes of the room."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.customers import labels as channels
from keepwell.outreach.contracts import Channel

Label = str | Promise

KIND: dict[str, Label] = {
    "call": pgettext_lazy("kind of task", "Call"),
    "visit": pgettext_lazy("kind of task", "Visit"),
    "message": pgettext_lazy("kind of task", "Write a message"),
    "follow_up": pgettext_lazy("kind of task", "Follow up"),
    "approval": pgettext_lazy("kind of task", "Approve"),
    "other": pgettext_lazy("kind of task", "Other"),
}
CHANNEL: dict[str, Label] = {str(code): channels.CHANNEL[code] for code in Channel}
STATUS: dict[str, Label] = {
    "open": pgettext_lazy("state of a task", "open"),
    "postponed": pgettext_lazy("state of a task", "postponed"),
    "delegated": pgettext_lazy("state of a task", "delegated"),
    "done": pgettext_lazy("state of a task", "done"),
    "cancelled": pgettext_lazy("state of a task", "not needed"),
}
OUTCOME: dict[str, Label] = {
    "staying": pgettext_lazy("outcome of a task", "Reached: is staying"),
    "undecided": pgettext_lazy("outcome of a task", "Reached: undecided"),
    "leaving": pgettext_lazy("outcome of a task", "Reached: is leaving"),
    "not_reached": pgettext_lazy("outcome of a task", "Not reached"),
    "wrong_contact": pgettext_lazy("outcome of a task", "Wrong contact"),
    "no_contact": pgettext_lazy("outcome of a task", "Wants no contact"),
    "sent": pgettext_lazy("outcome of a task", "Sent"),
    "done": pgettext_lazy("outcome of a task", "Done"),
    "not_needed": pgettext_lazy("outcome of a task", "Not needed"),
}
RESPONSE: dict[str, Label] = {
    "offer": pgettext_lazy("response to a warning", "Special offer"),
    "personal_service": pgettext_lazy("response to a warning", "Personal service"),
    "solve_problem": pgettext_lazy("response to a warning", "Solve the problem"),
}
REMEDY: dict[str, Label] = {
    "apology": pgettext_lazy("remedy", "Apology"),
    "problem_solved": pgettext_lazy("remedy", "Problem solved"),
    "replacement": pgettext_lazy("remedy", "Replaced or repaired"),
    "refund": pgettext_lazy("remedy", "Money back"),
    "discount": pgettext_lazy("remedy", "Discount or coupon"),
    "gift": pgettext_lazy("remedy", "Gift"),
    "points": pgettext_lazy("remedy", "Bonus points"),
    "personal_service": pgettext_lazy("remedy", "Personal service or adviser"),
    "better_terms": pgettext_lazy("remedy", "Better terms"),
    "listened": pgettext_lazy("remedy", "Listened and explained"),
}
KEPT: dict[str, Label] = {
    "": pgettext_lazy("was the customer kept", "not known yet"),
    "kept": pgettext_lazy("was the customer kept", "kept"),
    "lost": pgettext_lazy("was the customer kept", "lost"),
}
ENDING: dict[str, Label] = {
    "": pgettext_lazy("end of a warning", "still at risk"),
    "recovered": pgettext_lazy("end of a warning", "kept"),
    "lost": pgettext_lazy("end of a warning", "lost"),
    "gone": pgettext_lazy("end of a warning", "no longer scored"),
}
ACTION: dict[str, Label] = {
    "create": pgettext_lazy("step of a task", "made"),
    "complete": pgettext_lazy("step of a task", "done"),
    "cancel": pgettext_lazy("step of a task", "not needed"),
    "postpone": pgettext_lazy("step of a task", "postponed"),
    "delegate": pgettext_lazy("step of a task", "delegated"),
    "take": pgettext_lazy("step of a task", "taken"),
    "hand_over": pgettext_lazy("step of a task", "handed over with the customer"),
    "reopen": pgettext_lazy("step of a task", "reopened"),
    "plan": pgettext_lazy("step of a task", "planned"),
    "record": pgettext_lazy("step of a task", "record written"),
    "begin": pgettext_lazy("step of a task", "contact begun"),
}
NOTICE: dict[str, Label] = {
    "newly_at_risk": _("My customers newly at risk"),
    "delegated": _("A task is given to me"),
    "handover": _("A customer is handed over to me"),
    "promise_due": _("A promise of mine falls due"),
    "approval": _("Something waits for my approval"),
    "import_done": _("My import has finished"),
    "cycle_done": _("A cycle has finished"),
    "cycle_failed": _("A cycle has failed"),
    "play_alarm": _("A play needs a look"),
    "question": _("A question or feedback of a customer is for me"),
    "coupons_low": _("A list of coupon codes runs low"),
}

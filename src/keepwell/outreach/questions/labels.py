"""What people read for the codes of questions and feedback."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.outreach.questions.contracts import Closing, Importance, Origin, State, Status

Label = str | Promise

IMPORTANCE: dict[Importance, Label] = {
    Importance.URGENT: pgettext_lazy("importance", "Urgent"),
    Importance.HIGH: pgettext_lazy("importance", "Important"),
    Importance.NORMAL: pgettext_lazy("importance", "Normal"),
    Importance.LOW: pgettext_lazy("importance", "Can wait"),
}
STATUS: dict[Status, Label] = {
    Status.OPEN: pgettext_lazy("question", "Open"),
    Status.ANSWERED: pgettext_lazy("question", "Answered"),
    Status.SATISFIED: pgettext_lazy("question", "Satisfied"),
    Status.UNSATISFIED: pgettext_lazy("question", "Not satisfied"),
    Status.CLOSED: pgettext_lazy("question", "Closed"),
}
ORIGIN: dict[Origin, Label] = {
    Origin.MESSAGE: pgettext_lazy("came by", "Message"),
    Origin.EMAIL: pgettext_lazy("came by", "E-mail"),
    Origin.TICKET: pgettext_lazy("came by", "Ticket"),
    Origin.SURVEY: pgettext_lazy("came by", "Answer to a survey"),
    Origin.CALL: pgettext_lazy("came by", "Call"),
    Origin.VISIT: pgettext_lazy("came by", "Visit"),
    Origin.EVENT: pgettext_lazy("came by", "Event"),
    Origin.OTHER: pgettext_lazy("came by", "Something else"),
}
STATE: dict[State, Label] = {
    State.WAITING: pgettext_lazy("feedback", "Not passed on yet"),
    State.NOBODY: pgettext_lazy("feedback", "For nobody yet"),
    State.PASSED: pgettext_lazy("feedback", "Passed on"),
    State.ACCEPTED: pgettext_lazy("feedback", "Accepted"),
    State.ANSWERED: pgettext_lazy("feedback", "Answered"),
    State.NO_ACTION: pgettext_lazy("feedback", "Nothing to do"),
}
CLOSING: dict[Closing, Label] = {
    Closing.SETTLED: _("Settled: the customer says so"),
    Closing.UNREACHABLE: _("The customer cannot be reached any more"),
    Closing.WITHDRAWN: _("The customer does not want an answer any more"),
    Closing.DUPLICATE: _("The same as another question"),
    Closing.CANNOT: _("It cannot be done; the customer knows"),
    Closing.OTHER: _("Another reason"),
}
# Topics that staff choose from; tickets and surveys bring their own.
TOPIC: dict[str, Label] = {
    "product": pgettext_lazy("topic", "Product"),
    "delivery": pgettext_lazy("topic", "Delivery"),
    "price": pgettext_lazy("topic", "Price and payment"),
    "service": pgettext_lazy("topic", "Service"),
    "store": pgettext_lazy("topic", "Store"),
    "website": pgettext_lazy("topic", "Website and app"),
    "loyalty": pgettext_lazy("topic", "Points and membership"),
    "privacy": pgettext_lazy("topic", "Privacy"),
    "suggestion": pgettext_lazy("topic", "Suggestion"),
    "praise": pgettext_lazy("topic", "Praise"),
    "other": pgettext_lazy("topic", "Something else"),
}
ENTRY: dict[str, Label] = {
    "open": _("Question opened"),
    "note": _("Follow-up"),
    "answer": _("Answer given"),
    "ask": _("Customer asked what they think of the answer"),
    "said": _("The customer wrote"),
    "satisfied": _("The customer is satisfied"),
    "unsatisfied": _("The customer is not satisfied"),
    "assign": _("Given to somebody"),
    "plan": _("Importance or due date changed"),
    "escalate": _("Overdue: the lead was told"),
    "close": _("Question closed"),
    "reopen": _("Question opened again"),
}
STEP: dict[str, Label] = {
    "pass": _("Passed on"),
    "accept": _("Accepted"),
    "hand_on": _("Handed on"),
    "answer": _("Answered"),
    "no_action": _("Nothing to do"),
    "reopen": _("Taken up again"),
    "question": _("Question opened"),
}


def topic(code: str) -> str:
    """A topic in words; one that a system brought stands as it is."""
    return str(TOPIC.get(code, code))

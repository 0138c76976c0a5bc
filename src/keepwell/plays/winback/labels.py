"""What people read for the codes of the desk."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.plays.winback.contracts import CauseRule, Problem

Label = str | Promise

STATUS: dict[str, Label] = {
    "opened": pgettext_lazy("state of a case", "Opened"),
    "analysed": pgettext_lazy("state of a case", "Cause known"),
    "planned": pgettext_lazy("state of a case", "Planned"),
    "waiting": pgettext_lazy("state of a case", "Waiting for approval"),
    "contacting": pgettext_lazy("state of a case", "In contact"),
    "won_back": pgettext_lazy("state of a case", "Won back"),
    "lost": pgettext_lazy("state of a case", "Lost"),
    "closed": pgettext_lazy("state of a case", "Closed without result"),
}
PATH: dict[str, Label] = {
    "warning": pgettext_lazy("step of a case", "Warning"),
    "cause": pgettext_lazy("step of a case", "Cause"),
    "strategy": pgettext_lazy("step of a case", "Strategy"),
    "action": pgettext_lazy("step of a case", "Action"),
    "maintenance": pgettext_lazy("step of a case", "Maintenance"),
}
WAY: dict[str, Label] = {
    "personal": pgettext_lazy("way of a case", "person to person"),
    "automatic": pgettext_lazy("way of a case", "automatic, low-cost measures only"),
}
ORIGIN: dict[str, Label] = {
    "alert": pgettext_lazy("origin of a case", "from a warning"),
    "task": pgettext_lazy("origin of a case", "from a task"),
    "customer": pgettext_lazy("origin of a case", "from the customer’s page"),
    "rule": pgettext_lazy("origin of a case", "by the rule for lost customers"),
}
CAUSE: dict[str, Label] = {
    "service": pgettext_lazy("cause of loss", "Service went wrong"),
    "product_fault": pgettext_lazy("cause of loss", "Faulty product"),
    "product_use": pgettext_lazy("cause of loss", "Difficulties in using the product"),
    "missing_function": pgettext_lazy("cause of loss", "Product lacks a function"),
    "price": pgettext_lazy("cause of loss", "Price"),
    "competitor": pgettext_lazy("cause of loss", "Went to a competitor"),
    "neglected": pgettext_lazy("cause of loss", "Felt neglected"),
    "falling_quantity": pgettext_lazy("cause of loss", "Buys less and less"),
    "low_value": pgettext_lazy("cause of loss", "Never became a regular customer"),
    "no_need": pgettext_lazy("cause of loss", "No more need"),
    "moved": pgettext_lazy("cause of loss", "Moved away or closed down"),
    "decline": pgettext_lazy("cause of loss", "Drifted away"),
    "unknown": pgettext_lazy("cause of loss", "Not known yet"),
}
ASKED: dict[str, Label] = {
    "reasons": pgettext_lazy("how a cause is known", "from the warning"),
    "survey": pgettext_lazy("how a cause is known", "loss survey"),
    "diagnosis": pgettext_lazy("how a cause is known", "obstacle diagnosis"),
    "interview": pgettext_lazy("how a cause is known", "interview"),
    "staff": pgettext_lazy("how a cause is known", "known to us"),
}
SURVEY: dict[str, Label] = {
    "loss": pgettext_lazy("questionnaire", "Why they stay away"),
    "feedback": pgettext_lazy("questionnaire", "How it was"),
    "event": pgettext_lazy("questionnaire", "How an activity was"),
    "care": pgettext_lazy("questionnaire", "How our care is felt"),
}
INTERVIEW: dict[str, Label] = {
    "changed": pgettext_lazy("interview", "What has changed for you?"),
    "moment": pgettext_lazy("interview", "When did you decide to buy less, or elsewhere?"),
    "tried": pgettext_lazy("interview", "What did you try, and where did it get stuck?"),
    "compared": pgettext_lazy("interview", "What do others do better?"),
    "decides": pgettext_lazy("interview", "Who else decides?"),
    "bring_back": pgettext_lazy("interview", "What would have to be different for you to come back?"),
}
OBSTACLE: dict[str, Label] = {
    "hard_to_use": pgettext_lazy("obstacle", "Hard to use"),
    "not_set_up": pgettext_lazy("obstacle", "Never set up properly"),
    "nobody_trained": pgettext_lazy("obstacle", "Nobody was shown how"),
    "does_not_fit": pgettext_lazy("obstacle", "Does not fit their way of working"),
    "function_missing": pgettext_lazy("obstacle", "A function is missing"),
    "breaks_down": pgettext_lazy("obstacle", "Breaks down or fails"),
    "poor_quality": pgettext_lazy("obstacle", "Quality is poor"),
    "slow_delivery": pgettext_lazy("obstacle", "Comes too late"),
    "hard_to_reach_us": pgettext_lazy("obstacle", "We are hard to reach"),
    "too_dear_to_use": pgettext_lazy("obstacle", "Too dear to use"),
    "not_needed_now": pgettext_lazy("obstacle", "Not needed at present"),
}
MEASURE: dict[str, Label] = {
    "fix_problem": pgettext_lazy("win-back measure", "Put the problem right"),
    "call_back": pgettext_lazy("win-back measure", "Call back and diagnose obstacles"),
    "dedicated_contact": pgettext_lazy("win-back measure", "Contact person of their own"),
    "custom_product": pgettext_lazy("win-back measure", "Product made to fit"),
    "visit": pgettext_lazy("win-back measure", "Visit"),
    "special_offer": pgettext_lazy("win-back measure", "Special offer"),
    "repurchase_incentive": pgettext_lazy("win-back measure", "Incentive to buy again"),
    "recall_offer": pgettext_lazy("win-back measure", "High-discount recall"),
    "advantages": pgettext_lazy("win-back measure", "Our advantages over competitors"),
    "loss_survey": pgettext_lazy("win-back measure", "Loss survey"),
    "gift": pgettext_lazy("win-back measure", "Gift"),
    "satisfaction": pgettext_lazy("care after win-back", "Ask whether it is right now"),
    "feedback_survey": pgettext_lazy("care after win-back", "Feedback survey"),
    "care_call": pgettext_lazy("care after win-back", "Call to keep in touch"),
    "festival_wishes": pgettext_lazy("care after win-back", "Festival wishes"),
    "event_invitation": pgettext_lazy("care after win-back", "Invitation to an event"),
}
MEASURE_HELP: dict[str, Label] = {
    "fix_problem": _("Say sorry, say what will be done until when, and call back when it is done."),
    "call_back": _("Ask how they use it and what stands in the way; write the obstacles into the case."),
    "dedicated_contact": _("Name the person who looks after them from now on, with a direct number."),
    "custom_product": _("Find out what they need that we do not offer as it is, and put it together."),
    "visit": _("Go there; the customer’s own contact person where possible."),
    "special_offer": _("One offer that fits the need, said in a call, with an end."),
    "repurchase_incentive": _("A reason to buy again soon; it ends on the day that it names."),
    "recall_offer": _("A high discount for customers whose interest fades; once, with an end."),
    "advantages": _("What we do better than those they compare us with, plainly and with figures."),
    "loss_survey": _("Ask for the reason with three questions; the answer goes into the case."),
    "gift": _("A small gift with a handwritten card."),
}
MEASURE_STATUS: dict[str, Label] = {
    "planned": pgettext_lazy("state of a measure", "planned"),
    "running": pgettext_lazy("state of a measure", "to be done"),
    "done": pgettext_lazy("state of a measure", "done"),
    "dropped": pgettext_lazy("state of a measure", "not done"),
    "expired": pgettext_lazy("state of a measure", "ended before it was promised"),
}
STEP: dict[str, Label] = {
    "open": pgettext_lazy("entry of a case", "case opened"),
    "analyse": pgettext_lazy("entry of a case", "cause recorded"),
    "diagnose": pgettext_lazy("entry of a case", "the customer told us why"),
    "plan": pgettext_lazy("entry of a case", "plan made"),
    "ask": pgettext_lazy("entry of a case", "approval asked for"),
    "approve": pgettext_lazy("entry of a case", "plan approved"),
    "refuse": pgettext_lazy("entry of a case", "plan refused"),
    "withdraw": pgettext_lazy("entry of a case", "request taken back"),
    "start": pgettext_lazy("entry of a case", "contact begun"),
    "revise": pgettext_lazy("entry of a case", "further measures wanted"),
    "win": pgettext_lazy("entry of a case", "won back"),
    "lose": pgettext_lazy("entry of a case", "given up as lost"),
    "close": pgettext_lazy("entry of a case", "closed without result"),
    "care": pgettext_lazy("entry of a case", "maintenance plan made"),
    "satisfaction": pgettext_lazy("entry of a case", "satisfaction asked"),
    "finish": pgettext_lazy("entry of a case", "case finished"),
    "reopen": pgettext_lazy("entry of a case", "reopened"),
    "answer": pgettext_lazy("entry of a case", "the customer answered"),
    "assign": pgettext_lazy("entry of a case", "given to a colleague"),
    "act": pgettext_lazy("entry of a case", "measure"),
    "expire": pgettext_lazy("entry of a case", "offer ended"),
}
RESULT: dict[str, Label] = {
    "": pgettext_lazy("result of a case", "not known yet"),
    "stays": pgettext_lazy("result of a case", "stays with us"),
    "left_again": pgettext_lazy("result of a case", "left again"),
    "came_back_alone": pgettext_lazy("result of a case", "came back without our doing"),
    "no_answer": pgettext_lazy("result of a case", "could not be reached"),
    "no_contact": pgettext_lazy("result of a case", "wants no contact"),
    "not_worth": pgettext_lazy("result of a case", "costs more than it brings"),
    "decided": pgettext_lazy("result of a case", "has decided to leave"),
    "mistake": pgettext_lazy("result of a case", "was not leaving at all"),
    "merged": pgettext_lazy("result of a case", "goes on in another case"),
    "window_over": pgettext_lazy("result of a case", "no order until the end of the window"),
    "other": pgettext_lazy("result of a case", "other"),
}
LOST_RESULTS = ("decided", "no_answer", "no_contact", "other")
CLOSED_RESULTS = ("mistake", "not_worth", "no_answer", "other")
PROBLEM: dict[Problem, Label] = {
    Problem.EMPTY: _("Choose at least one measure."),
    Problem.UNKNOWN_MEASURE: _("There is no such measure."),
    Problem.TWICE: _("Each measure is in the plan once."),
    Problem.OVER_LIMIT: _("It costs more than may be spent on a case of this grade."),
    Problem.OVER_VALUE: _("It costs as much as the customer is worth, or more."),
    Problem.NOT_LOW_COST: _("For this grade low-cost measures only are allowed."),
    Problem.NEEDS_PERSON: _("Cases of this grade are worked on automatically: no calls and visits."),
    Problem.NEEDS_END: _("An offer needs a day on which it ends."),
    Problem.END_PAST: _("The day on which an offer ends has passed."),
    Problem.TOO_LONG: _("An offer may not hold as long as this."),
    Problem.BAD_COST: _("A cost is an amount of zero or more."),
    Problem.BELOW_COST: _("The cost is less than what the discount costs on an average order."),
    Problem.BAD_DISCOUNT: _("A discount is a share between 0 and 100%, and only offers have one."),
    Problem.KEPT_ASIDE: _(
        "This customer is kept aside from marketing, to compare with. Service goes on: put the problem right."
    ),
}


def cause_name(code: str, own: Mapping[str, CauseRule]) -> str:
    """What people read for a cause: its own name, else Keepwell's."""
    rule = own.get(code)
    return (rule.name if rule else "") or str(CAUSE.get(code, code))

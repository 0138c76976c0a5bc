"""Words of plays."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.outreach.policy.words import CAUSE as CAUSES_OF_POLICY
from keepwell.outreach.sending.marks import words as marks

Label = str | Promise

STATUS: dict[str, Label] = {
    "draft": pgettext_lazy("play", "draft"),
    "submitted": pgettext_lazy("play", "waits for approval"),
    "approved": pgettext_lazy("play", "approved"),
    "starting": pgettext_lazy("play", "being dealt out"),
    "running": pgettext_lazy("play", "running"),
    "paused": pgettext_lazy("play", "paused"),
    "ended": pgettext_lazy("play", "ended"),
    "stopped": pgettext_lazy("play", "stopped"),
}
PRIMARY: dict[str, Label] = {
    "retention": pgettext_lazy("aim", "More customers buy again"),
    "revenue": pgettext_lazy("aim", "More revenue per customer"),
    "margin": pgettext_lazy("aim", "More margin per customer"),
    "satisfaction": pgettext_lazy("aim", "More content customers"),
    "conversion": pgettext_lazy("aim", "More talks after which the customer stays"),
    "solving_time": pgettext_lazy("aim", "Complaints solved sooner"),
}
KIND: dict[str, Label] = {
    "message": pgettext_lazy("arm", "Message"),
    "task": pgettext_lazy("arm", "Task for a colleague"),
    "nothing": pgettext_lazy("arm", "Done outside of Keepwell"),
}
STATE: dict[str, Label] = {
    "planned": pgettext_lazy("member", "waits"),
    "queued": pgettext_lazy("member", "under way"),
    "sent": pgettext_lazy("member", "sent or done"),
    "delivered": pgettext_lazy("member", "delivered"),
    "opened": pgettext_lazy("member", "opened"),
    "clicked": pgettext_lazy("member", "clicked"),
    "answered": pgettext_lazy("member", "answered"),
    "withheld": pgettext_lazy("member", "withheld"),
    "failed": pgettext_lazy("member", "failed"),
}
# Who could not get what some arm brings is told the policy's cause.
PASSED: dict[str, Label] = CAUSES_OF_POLICY | {
    "holdout": _("kept aside from all marketing"),
    "other_play": _("in another play with the same aim"),
    "grade_limit": _("the dearest arm costs more than may be spent on them"),
    "no_room": _("no room within budget and capacities, drawn by lot"),
    "unknown": _("the record is gone"),
    "no_address": _("no address for this channel"),
}
# Why a member was not contacted, besides what the contact policy and providers say.
CAUSE: dict[str, Label] = {
    "control": pgettext_lazy("cause", "control"),
    "budget": _("the budget is spent"),
    "capacity": _("the treatment's capacity is used up"),
    "held_out": _("kept aside from all marketing"),
    "taken_back": _("taken back"),
    "cancelled": _("the task was cancelled"),
    "stopped": _("the play was stopped"),
    "ended": _("the play ended before"),
    "erased": _("the person was erased"),
    "merged": _("merged with another record of the play"),
    "no_task": _("no task could be made"),
    "bounced": _("came back"),
    "unsubscribed": _("ended messages"),
    "complained": _("complained about it"),
    "not_reached": _("not reached"),
    "wrong_contact": _("wrong number or address"),
    "no_contact": _("wants no contact"),
    "not_needed": _("the task was not needed"),
    "nobody_served": _("every version of the text is for somebody else"),
    "missing_value": _("a value that the text needs is not known"),
    "no_such_customer": _("the record is gone"),
}
PROBLEM: dict[str, Label] = {
    **marks.PROBLEM,
    "no_name": _("Give it a name."),
    "no_whom": _("Choose a segment or a saved plan."),
    "no_segment": _("This segment is not there any more; choose another."),
    "no_plan": _("This plan is not there any more, or has no such treatment."),
    "not_period": _("The last day must come after the first, and within two years."),
    "not_budget": _("Type an amount, or leave it empty."),
    "not_days": _("Type a number of days from 1 to 730."),
    "not_primary": _("Choose what it is to better."),
    "not_share": _("Keep between 5 and 95 of 100 untreated, or none at all, with a reason."),
    "no_reason": _("Please say why."),
    "not_effect": _("Type a number greater than 0, or leave it empty."),
    "no_template": _("Choose what is sent."),
    "wrong_kind": _("This text is not for the channel."),
    "other_purpose": _("Its purpose is another than that of the first text."),
    "same_channel": _("This channel has a text already."),
    "not_arms": _("A play has one to six arms that are treated."),
    "not_weight": _("Type a number greater than 0."),
    "not_cost": _("Type an amount."),
    "no_treatment": _("There is no such treatment."),
    "not_kind": _("Choose what is done."),
    "no_text": _("Choose what is sent."),
    "wrong_text": _("This text is not for the channel."),
    "not_hour": _("Type an hour from 0 to 23, or leave it empty."),
    "not_task": _("Choose what is to be done."),
    "no_script": _("This is no call script."),
    "no_account": _("Nothing sends on this channel yet; set up an account first."),
    "no_offer": _("This text names a code, and no offer goes with it. Make one under Coupons."),
    "not_published": _("This text has no version in use."),
    "past": _("Its last day is over; change the dates first."),
    "too_early": _(
        "Its first day is still to come: what members do would count before anybody was contacted. "
        "Start it on that day, or change the dates."
    ),
    "empty": _("Nobody is in it now."),
    "wrong_count": _("Type the number of customers to confirm."),
    "not_now": _("This cannot be done as the play stands now. Look at it again."),
    "changed": _("Somebody has changed it meanwhile; look at it again."),
    "not_over": _("End the play first."),
    "rolled_out": _("It was rolled out already."),
    "no_evidence": _("There is no evidence yet."),
    "not_started": _("It has not started."),
    "days_not_over": _("The days that count are not over for all members."),
    "not_comparable": _("The arms cannot be compared."),
    "not_better": _("It is not shown that this arm is better."),
    "guard_rail": _("Something else got worse."),
    "not_the_best": _("Another arm is better."),
    "unknown_arm": _("There is no such arm."),
}

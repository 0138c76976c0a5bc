"""Words of mailings."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.outreach.sending.marks import words as marks

Label = str | Promise

STATUS: dict[str, Label] = {
    "draft": pgettext_lazy("mailing", "draft"),
    "preparing": pgettext_lazy("mailing", "being prepared"),
    "going": pgettext_lazy("mailing", "going out"),
    "done": pgettext_lazy("mailing", "done"),
    "stopped": pgettext_lazy("mailing", "stopped"),
}
PROBLEM: dict[str, Label] = {
    "no_name": _("Give it a name."),
    "no_segment": _("Choose to whom it goes."),
    "no_template": _("Choose what is sent."),
    "no_offer": _("This text names a code, and no offer goes with it. Make one under Coupons."),
    "not_published": _("This text has no version in use."),
    "no_touchpoint": _("This touchpoint is no longer on the journey map."),
    "wrong_kind": _("This text is not for the channel."),
    "other_purpose": _("Its purpose is another than that of the first text."),
    "same_channel": _("This channel has a text already."),
    "no_account": _("Nothing sends on this channel yet; set up an account first."),
    "no_provider_template": _("The provider has not approved this text; name its number with the account."),
    **marks.PROBLEM,
    "no_role": _("Choose a role from the list."),
    "role_by_email": _(
        "Contact persons are written to by e-mail alone: choose an e-mail text and no further channel."
    ),
    "no_time": _("Please choose a day and a time, or leave it empty."),
    "past": _("This time has passed."),
    "not_days": _("Type a number from 1 to 30."),
    "not_priority": _("Type a number from 0 to 100."),
    "not_share": _("Type a share from 0 to 50 %."),
    "changed": _("Somebody has changed it meanwhile; look at it again."),
    "not_draft": _("It has been confirmed already."),
    "empty": _("The segment has no members now."),
    "wrong_count": _("Type the number of members to confirm."),
    "own_work": _("Somebody else must approve this: whoever wrote it does not decide on it."),
    "ended": _("It has ended."),
}
NOBODY_OF_ROLE = _("nobody there has this role and an e-mail address that takes mail")
LEFT_OUT: dict[str, Label] = {
    "nobody_of_role": NOBODY_OF_ROLE,
    "nobody_served": _("every version of the text is for somebody else"),
    "missing_value": _("a value that the text needs is not known"),
    "no_such_customer": _("the record is gone"),
    "bad_text": _("the text could not be filled in"),
}
TO_ROLE: dict[str, Label] = {
    "procurement": _("to procurement"),
    "finance": _("to finance"),
    "technical": _("to technical staff"),
    "decision_maker": _("to management"),
    "execution": _("to executing staff"),
}
WHY: dict[str, Label] = {
    "wish": _("they wish it"),
    "plan": _("the strategy of their stage names it"),
    "usual": _("it is usual where they live"),
    "habit": _("they answer there"),
    "listed": _("nothing speaks for another; the next by which they may be reached"),
}
HOUR_OF: dict[str, Label] = {
    "own": _("the hour at which they answer themselves"),
    "group": _("not known of them: the best hour of their country"),
    "shop": _("not known of them: the best hour of the shop"),
    "none": _("no hour is known yet: as soon as possible"),
}
OUTCOME: dict[str, Label] = {
    "allowed": _("would get it"),
    "control": _("kept as control, to compare with"),
    "no_address": _("no address for this channel"),
    "nobody_of_role": NOBODY_OF_ROLE,
}

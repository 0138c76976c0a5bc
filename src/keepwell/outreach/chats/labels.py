"""Words for the codes of customer groups."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Label = str | Promise

STATE: Mapping[str, Label] = {
    "waiting": pgettext_lazy("message to a group", "waits"),
    "withheld": pgettext_lazy("message to a group", "withheld"),
    "handing": pgettext_lazy("message to a group", "on its way"),
    "handed": pgettext_lazy("message to a group", "waits for the owner to confirm"),
    "sent": pgettext_lazy("message to a group", "sent"),
    "failed": pgettext_lazy("message to a group", "failed"),
    "unknown": pgettext_lazy("message to a group", "not known yet"),
    "stopped": pgettext_lazy("message to a group", "stopped"),
}
REASON: Mapping[str, Label] = {
    "member_left_alone": _("A member is left alone: a complaint, a hold, or a consent withdrawn."),
    "same_content": _("The group was told the same not long ago."),
    "quiet_hours": _("Quiet hours where most members are."),
    "too_often": _("The group had a message within the last day."),
    "gone": _("The group is gone."),
    "owner_left": _("Its owner has left; give the group to somebody else in WeCom."),
    "day_limit": _("The group had as many messages as WeCom allows."),
    "not_in_group": _("WeCom could not send it to the group."),
    "fail_list": _("WeCom did not take this group."),
    "not_confirmed": _("The owner did not confirm it within 30 days."),
    "not_known": _("Whether WeCom took it could not be found out within 30 days."),
    "too_long": _("The text is too long for WeCom (4,000 bytes)."),
    "provider": _("WeCom refused it."),
}
PROBLEM: Mapping[str, Label] = {
    "no_account": _("There is no account for WeCom in use. Set one up under Channels."),
    "no_groups": _("Please choose at least one group."),
    "too_many": _("Please choose at most 2,000 groups."),
    "no_template": _("Please choose a published chat text."),
    "no_text": _("The template has no text for every reader in this language."),
    "names_reader": _(
        "The text names values of a single customer. For a group only the company and today will do."
    ),
    "missing_value": _("The text names something of the company that nobody has typed yet."),
    "too_long": _("The text is too long for WeCom (4,000 bytes)."),
    "no_consent": _("The text must be for marketing or service."),
    "down": _("WeCom cannot be reached now. Try again later."),
    "confirm": _("Please type the number of groups to confirm."),
}

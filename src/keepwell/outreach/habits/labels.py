"""What people read for the codes of the room."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Label = str | Promise

PROBLEM: dict[str, Label] = {
    "gone": _("There is no such proposal any more."),
    "decided": _("Somebody has decided this proposal already."),
    "drafted": _("Texts are tried in a play; change or discard its draft there."),
    "changed_since": _("The strategy was changed otherwise since; nothing was undone."),
    "rests_on_other": _(
        "The strategy was changed since this was found; nothing was done. What the habits say of the "
        "strategy as it is now is looked at each day."
    ),
    "no_reason": _("Say in a few words why nothing is to be done."),
}
STATE: dict[str, Label] = {
    "open": pgettext_lazy("state of a proposal", "open"),
    "done": pgettext_lazy("state of a proposal", "done"),
    "undone": pgettext_lazy("state of a proposal", "undone"),
    "dismissed": pgettext_lazy("state of a proposal", "dismissed"),
}

"""Words of the website."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise

PROBLEM: dict[str, Label] = {
    "template": _("Choose a banner or pop-up that is in use."),
    "period": _("Type a first and a last day; the last one must not be over."),
    "priority": _("Type a priority from 0 to 100."),
}

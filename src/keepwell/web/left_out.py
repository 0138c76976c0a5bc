"""Say which lines of a file were left out: the first ones with why, and how many more there are."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.web import formats

SHOWN = 10


def tell(request: HttpRequest, refused: Sequence[tuple[int, str | Promise]]) -> None:
    """Each line is its number and why."""
    for number, why in refused[:SHOWN]:
        messages.warning(request, _("Line %(number)s was left out: %(why)s") % {"number": number, "why": why})
    more = len(refused) - SHOWN
    if more > 0:
        said = ngettext("%(count)s more line was left out.", "%(count)s more lines were left out.", more)
        messages.warning(request, said % {"count": formats.number(more)})

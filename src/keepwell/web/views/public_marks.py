"""Clicks and openings: answered at once, noted on the way."""

from __future__ import annotations

import base64

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from keepwell.foundation import clock
from keepwell.outreach.sending.marks import looks
from keepwell.outreach.sending.marks.tokens import Kind
from keepwell.outreach.sending.services import noting
from keepwell.web.public.pages import mark_of, page, public

# The smallest picture there is: one transparent point (GIF89a).
PICTURE = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@public
@require_safe
def click(request: HttpRequest, token: str) -> HttpResponse:
    """On to the link that stands in the message, and to no other."""
    mark = mark_of(request, token, Kind.CLICK)
    if isinstance(mark, HttpResponse):
        return mark
    noted = noting.note_click(
        message_id=mark.message_id,
        link=mark.link,
        at=clock.now(),
        user_agent=request.headers.get("User-Agent", ""),
        prefetch=is_prefetch(request),
    )
    # The link that nobody sees leads to the shop; so does one whose message is gone.
    target = noted.target or looks.look().website
    if not target:
        return page(request, "gone", {"title": _("This link leads nowhere any more")}, status=410)
    return HttpResponseRedirect(target)


@public
@require_safe
def picture(request: HttpRequest, token: str) -> HttpResponse:
    """A picture of one point."""
    mark = mark_of(request, token, Kind.OPEN)
    if isinstance(mark, HttpResponse):
        return mark
    noting.note_open(
        message_id=mark.message_id,
        at=clock.now(),
        user_agent=request.headers.get("User-Agent", ""),
        prefetch=is_prefetch(request),
    )
    return HttpResponse(PICTURE, content_type="image/gif")


def is_prefetch(request: HttpRequest) -> bool:
    """Whether a program looks in advance: it wants no body, or it says so."""
    said = " ".join(
        request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
    ).casefold()
    return request.method == "HEAD" or "prefetch" in said or "preview" in said

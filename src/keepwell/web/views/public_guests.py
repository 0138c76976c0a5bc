"""An invitation: whether somebody comes, with whom, and what they need. A GET changes nothing.

Programs that protect mailboxes open every link; none of them answers for anybody.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from keepwell.customers import queries as customers
from keepwell.customers.identity import queries as identity
from keepwell.foundation import clock
from keepwell.outreach.sending.marks.tokens import Kind
from keepwell.outreach.sending.services import noting
from keepwell.outreach.vip import queries as vip
from keepwell.plays.care import invitations, labels
from keepwell.plays.care.contracts import ActivityView, CareError, GuestAnswer, GuestView
from keepwell.plays.care.queries import activities
from keepwell.plays.care.services import seating
from keepwell.plays.care.services.activities import OPEN
from keepwell.web.care import calendars
from keepwell.web.public import words
from keepwell.web.public.pages import language_of, mark_of, page, public
from keepwell.web.views.public_marks import is_prefetch
from keepwell.web.views.public_wishes import gone


@public
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The invitation with the answer to it; who comes again may change it until answers are closed."""
    mark = mark_of(request, token, Kind.GUEST)
    if isinstance(mark, HttpResponse):
        return mark
    found = activities.by_invitation(mark.message_id)
    if found is None:
        return gone(request)
    activity, guest = found
    language = _language(request, guest)
    if request.method != "POST":
        noting.note_page(
            message_id=mark.message_id,
            at=clock.now(),
            user_agent=request.headers.get("User-Agent", ""),
            prefetch=is_prefetch(request),
        )
        return _page(request, activity, guest, token, language)
    given = _given(request, activity)
    with translation.override(language):
        try:
            kept = seating.say(message_id=mark.message_id, given=given, now=clock.now())
        except CareError as error:
            return _page(request, activity, guest, token, language, typed=given, error=str(error))
        except ValueError:
            problem = _("Please choose one of the answers.")
            return _page(request, activity, guest, token, language, typed=given, error=problem)
    if kept is None:
        return gone(request)
    return HttpResponseRedirect(f"{request.path}?thanks=1", status=303)


@public
@require_http_methods(["GET", "HEAD"])
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The activity as a file for the guest's calendar; of one that is called off, that it is."""
    mark = mark_of(request, token, Kind.GUEST)
    if isinstance(mark, HttpResponse):
        return mark
    found = activities.by_invitation(mark.message_id)
    if found is None:
        raise Http404
    activity, guest = found
    with translation.override(_language(request, guest)):
        body = calendars.entry(activity, now=clock.now())
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="invitation.ics"'
    return response


def _language(request: HttpRequest, guest: GuestView) -> str:
    found = customers.addressees([guest.customer_id]).get(guest.customer_id)
    return language_of(request, found.language, found.country) if found else language_of(request)


def _given(request: HttpRequest, activity: ActivityView) -> GuestAnswer:
    """What the form says; what somebody who does not come would bring, is left out."""
    post = request.POST
    party = post.get("party", "0")
    return GuestAnswer(
        state=post.get("answer", ""),
        party=int(party) if party.isascii() and party.isdecimal() and len(party) < 4 else 0,
        diet=_words(post.get("diet", "")),
        needs=_words(post.get("needs", "")),
        question=_words(post.get("question", "")) if activity.hosts else "",
    )


def _words(text: str) -> str:
    return text.replace("\r\n", "\n").strip()[: seating.WISH_MAX]


def _page(
    request: HttpRequest,
    activity: ActivityView,
    guest: GuestView,
    token: str,
    language: str,
    *,
    typed: GuestAnswer | None = None,
    error: str = "",
) -> HttpResponse:
    now = clock.now()
    before = "yes" if guest.state == "waiting" else guest.state
    answer = GuestAnswer(before, guest.party, guest.diet, guest.needs, guest.question)
    is_open = activity.status in OPEN and now < activity.answers_until and guest.state not in seating.CAME
    with translation.override(language):
        context: dict[str, Any] = {
            "title": activity.name,
            "kind": labels.ACTIVITY[activity.kind],
            "activity": activity,
            "text": invitations.text(activity.kind, activity.texts, activity.text, language),
            "at": invitations.when(activity.at, activity.zone),
            "ends_at": activity.at + timedelta(minutes=activity.minutes),
            "guest": guest,
            "is_guided": vip.guided(identity.canonical_id(guest.customer_id), now=now),
            "token": token,
            "given": typed or answer,
            "error": error,
            "answers": words.COMING,
            "standing": words.STANDING.get(guest.state, ""),
            "is_thanks": "thanks" in request.GET and not error,
            "is_open": is_open,
            "is_off": activity.status == "cancelled",
            "is_full": activity.coming >= activity.capacity and guest.state != "yes",
            "parties": range(activity.party_max + 1),
            "wish_max": seating.WISH_MAX,
        }
        return page(request, "invitation", context, language=language, status=400 if error else 200)

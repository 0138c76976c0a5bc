"""The pages behind a message's own address: to unsubscribe, and to choose what may come.

A GET changes nothing, for programs that protect mailboxes open every link. A POST with
`List-Unsubscribe=One-Click` unsubscribes at once (RFC 8058): mail programs send it without cookies.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from keepwell.customers.labels import CHANNEL
from keepwell.customers.privacy import queries as privacy
from keepwell.foundation import clock
from keepwell.outreach.replying import queries as replying
from keepwell.outreach.sending.marks.tokens import Kind
from keepwell.outreach.sending.services import noting, wishes
from keepwell.outreach.sending.services.wishes import Wishes
from keepwell.web.public import words
from keepwell.web.public.pages import language_of, mark_of, page, public
from keepwell.web.views.public_marks import is_prefetch
from keepwell.web.views.reply_times import duration

ONE_CLICK = ("List-Unsubscribe", "One-Click")


@public
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The question, and what becomes of the answer."""
    mark = mark_of(request, token, Kind.WISHES)
    if isinstance(mark, HttpResponse):
        return mark
    present, now = wishes.wishes(mark.message_id), clock.now()
    if present is None:
        return gone(request)
    if request.method != "POST":
        looked(request, present)
        return about(request, "unsubscribe" if present.is_on else "unsubscribed", present, token)
    if request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1]:
        source = wishes.PAGE if "page" in request.POST else wishes.ONE_CLICK
        wishes.unsubscribe(message_id=mark.message_id, source=source, now=now)
        return about(request, "unsubscribed", present, token)
    if "again" in request.POST:
        wishes.come_back(message_id=mark.message_id, now=now)
        return about(request, "back", present, token)
    return about(request, "unsubscribe" if present.is_on else "unsubscribed", present, token, status=400)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """What may come, by which way, in which language."""
    mark = mark_of(request, token, Kind.WISHES)
    if isinstance(mark, HttpResponse):
        return mark
    present = wishes.wishes(mark.message_id)
    if present is None:
        return gone(request)
    if request.method == "POST":
        return save(request, present, token)
    looked(request, present)
    return choices(request, present, token)


def looked(request: HttpRequest, present: Wishes) -> None:
    """Note that the page was opened: by whom, tells scanners from people."""
    noting.note_page(
        message_id=present.message_id,
        at=clock.now(),
        user_agent=request.headers.get("User-Agent", ""),
        prefetch=is_prefetch(request),
    )


def save(request: HttpRequest, present: Wishes, token: str) -> HttpResponse:
    """Keep what the form says."""
    now = clock.now()
    if "nothing" in request.POST:
        wishes.stop_all(message_id=present.message_id, now=now)
    elif "save" in request.POST:
        agreed = {(channel, purpose) for channel, _slash, purpose in _pairs(request)}
        chosen = request.POST.get("language", "")
        try:
            wishes.say(
                message_id=present.message_id,
                agreed=agreed,
                profiling="profiling" in request.POST,
                # What the page guessed and nobody changed is no choice.
                language="" if chosen == language_of(request, present.language, present.country) else chosen,
                preferred_channel=request.POST.get("preferred_channel", ""),
                now=now,
            )
        except ValidationError:
            # The lists of the page offer nothing that cannot be: somebody typed the request.
            return choices(request, present, token, status=400)
    else:
        return choices(request, present, token, status=400)
    return HttpResponseRedirect(f"{request.path}?saved=1", status=303)


def _pairs(request: HttpRequest) -> list[tuple[str, str, str]]:
    return [one.partition("/") for one in request.POST.getlist("agreed")]


def choices(request: HttpRequest, present: Wishes, token: str, *, status: int = 200) -> HttpResponse:
    """The form as it stands."""
    known, promised = dict(settings.LANGUAGES), replying.promised()
    context = {
        "replies": [
            (CHANNEL[code], duration(minutes)) for code, minutes in promised.items() if code in CHANNEL
        ],
        "purposes": [(code, words.NAMED[code], words.EXPLAINED[code]) for code in wishes.CHOSEN],
        "channels": [
            (one, CHANNEL[one.channel], [f"{one.channel}/{purpose}" for purpose in one.agreed])
            for one in present.channels
        ],
        "languages": list(known.items()),
        "spoken": language_of(request, present.language, present.country),
        "ways": [(one.channel, CHANNEL[one.channel]) for one in present.channels],
        "saved": "saved" in request.GET,
        # One thing at a time: the rest is a page of its own, and stays as it is until then.
        "is_simple": present.is_guided and "all" not in request.GET,
    }
    return about(request, "preferences", present, token, status=status, **context)


def about(
    request: HttpRequest, name: str, present: Wishes, token: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    """A page about a message: whose it is, what it is part of, and the words that a consent is given to."""
    language = language_of(request, present.language, present.country)
    masked = next((one.masked for one in present.channels if one.channel == present.channel), "")
    with translation.override(language):
        context = {
            "title": words.TITLE[name],
            "wishes": present,
            "is_guided": present.is_guided,
            "token": token,
            "masked": masked,
            "question": words.question(present.purpose, present.channel),
            "ended": words.ended(present.purpose, present.channel),
            "wordings": [told(code, language) for code in (*wishes.CHOSEN, "profiling")],
            "wording": told(present.purpose, language),
            **more,
        }
        return page(request, name, context, language=language, status=status)


def told(purpose: str, language: str) -> dict[str, str]:
    """What the customer is told of a purpose, in their language, as it is kept with the consent."""
    view = privacy.wording(wishes.wording_of(purpose))
    assert view is not None
    return {"name": str(words.NAMED[purpose]), **(view.texts.get(language) or view.texts["en"])}


def gone(request: HttpRequest) -> HttpResponse:
    """Nothing is kept of the message, or of the person: it is not said which."""
    title = _("Nothing is kept here any more")
    # A mail program that unsubscribes somebody who is gone has done its work.
    status = 200 if request.method == "POST" else 410
    return page(request, "gone", {"title": title}, status=status)

"""The questionnaire behind a message: why somebody stays away, or how it was. A GET changes nothing."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.views.decorators.http import require_http_methods

from keepwell.foundation import clock
from keepwell.outreach.sending.marks.tokens import Kind
from keepwell.outreach.sending.services import wishes
from keepwell.outreach.sending.services.wishes import Wishes
from keepwell.plays.winback.contracts import Answers, Survey
from keepwell.plays.winback.queries import answers as queries
from keepwell.plays.winback.services import answer, surveying
from keepwell.web.public import words
from keepwell.web.public.pages import language_of, mark_of, page, public
from keepwell.web.views.public_wishes import gone, looked

SURVEYS = {1: Survey.LOSS, 2: Survey.FEEDBACK, 3: Survey.EVENT, 4: Survey.CARE}


@public
@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest, token: str) -> HttpResponse:
    """The questions, and thanks for the answers; who comes again may change them."""
    mark = mark_of(request, token, Kind.ASK)
    if isinstance(mark, HttpResponse):
        return mark
    present, survey = wishes.wishes(mark.message_id), SURVEYS.get(mark.link)
    if present is None or survey is None:
        return gone(request)
    if request.method != "POST":
        looked(request, present)
        return form(request, present, survey, token)
    given = said(request, survey)
    try:
        kept = answer(message_id=mark.message_id, survey=survey, given=given, now=clock.now())
    except ValueError:
        return form(request, present, survey, token, typed=given, status=400)
    if kept is None:
        return gone(request)
    return HttpResponseRedirect(f"{request.path}?thanks=1", status=303)


def said(request: HttpRequest, survey: Survey) -> Answers:
    """What the form says; what is not a number, or asked of another survey, was left out."""
    is_loss = survey is Survey.LOSS
    return Answers(
        satisfaction=_number(request, "satisfaction"),
        recommend=_number(request, "recommend") if survey is Survey.FEEDBACK else None,
        causes=tuple(dict.fromkeys(request.POST.getlist("cause"))) if is_loss else (),
        said=request.POST.get("said", "").replace("\r\n", "\n").strip(),
        call_back="call_back" in request.POST,
    )


def _number(request: HttpRequest, name: str) -> int | None:
    given = request.POST.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 3 else None


def form(
    request: HttpRequest,
    present: Wishes,
    survey: Survey,
    token: str,
    *,
    typed: Answers | None = None,
    status: int = 200,
) -> HttpResponse:
    """The questions as they stand, with what was answered before."""
    language = language_of(request, present.language, present.country)
    before = queries.answers(present.message_id, survey)
    is_thanks = "thanks" in request.GET and before is not None and request.method != "POST"
    with translation.override(language):
        context: dict[str, Any] = {
            "title": words.QUESTIONS_TITLE[survey],
            "survey": str(survey),
            "asked": words.SATISFIED[survey],
            "is_guided": present.is_guided,
            "token": token,
            "given": typed or (before.answers if before else Answers()),
            "is_refused": status != 200,
            "causes": words.causes(queries.offered_causes()),
            "causes_max": surveying.CAUSES_MAX,
            "said_max": surveying.SAID_MAX,
            "satisfaction": words.SATISFACTION,
            "recommend": list(surveying.RECOMMEND),
        }
        name = "thanks" if is_thanks else "questions"
        return page(request, name, context, language=language, status=status)

"""Answers of the house: the list with its file, one answer, its approval."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.outreach import users
from keepwell.outreach.firstreply import labels, services
from keepwell.outreach.firstreply.contracts import (
    GAP,
    LANGUAGES,
    AnswerDraft,
    AnswerError,
    AnswerView,
    NoAnswerError,
    State,
)
from keepwell.outreach.firstreply.queries import answers as queries
from keepwell.outreach.firstreply.services.files import COLUMNS, SIZE_MAX, separated
from keepwell.web import exports, formats
from keepwell.web.questions import forms
from keepwell.web.shell import render

REFUSED_SHOWN = 10
LANGUAGE_NAMES = {"en": "English", "zh-hans": "简体中文", "zh-hant": "繁體中文"}


def answers(request: HttpRequest) -> HttpResponse:
    """The list; POST adds the ready-made ones or takes a file in."""
    access.require(request.user, Permission.VIEW_CONTENT)
    if request.method == "POST":
        access.require(request.user, Permission.CHANGE_CONTENT)
        if request.POST.get("do") == "ready_made":
            return _ready_made(request)
        return _bring(request)
    today = queries.today(clock.now())
    found = queries.answers()
    context = {
        "title": _("Answers of the house"),
        "sentence": sentence(found, today),
        "rows": [_row(one, today) for one in found],
        "may_write": access.may(request.user, Permission.CHANGE_CONTENT),
    }
    return render(request, "keepwell/firstreply/answers.html", context)


def sentence(found: list[AnswerView], today: date) -> str:
    """How many answers a machine may give today."""
    if not found:
        return _("There is no answer of the house yet.")
    valid = sum(1 for one in found if one.is_valid(today))
    return ngettext(
        "%(valid)s of %(count)s answer may be given today.",
        "%(valid)s of %(count)s answers may be given today.",
        len(found),
    ) % {"valid": formats.number(valid), "count": formats.number(len(found))}


def _row(one: AnswerView, today: date) -> dict[str, Any]:
    said = [LANGUAGE_NAMES[code] for code in LANGUAGES if one.draft.texts.get(code)]
    return {
        "one": one,
        "state": labels.STATE[one.state],
        "languages": ", ".join(said),
        "gap": any(GAP in text for text in one.draft.texts.values()),
        "over": one.state is State.IN_USE and not one.is_valid(today),
        "words": sum(len(words) for words in one.draft.words.values()),
    }


def _ready_made(request: HttpRequest) -> HttpResponse:
    made = services.add_ready_made(actor=request.user.get_username(), now=clock.now())
    said = ngettext("%(count)s draft added.", "%(count)s drafts added.", made) % {"count": made}
    messages.success(request, said if made else _("They are all there already."))
    return HttpResponseRedirect(reverse("house_answers"))


def _bring(request: HttpRequest) -> HttpResponse:
    file = request.FILES.get("file")
    if file is None:
        messages.error(request, _("Please choose a file."))
        return HttpResponseRedirect(reverse("house_answers"))
    try:
        done = services.bring(
            content=file.read(SIZE_MAX + 1), actor=request.user.get_username(), now=clock.now()
        )
    except AnswerError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("house_answers"))
    messages.success(
        request,
        ngettext("%(count)s line taken in.", "%(count)s lines taken in.", done.kept) % {"count": done.kept},
    )
    for number, why in done.refused[:REFUSED_SHOWN]:
        messages.error(request, _("Line %(line)s: %(why)s") % {"line": number, "why": why})
    return HttpResponseRedirect(reverse("house_answers"))


@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """All of them as a file that can be taken in again."""
    access.require(request.user, Permission.VIEW_CONTENT)
    codes, owners = queries.codes(), {pk: one.get_username() for pk, one in users.workers().items()}
    audit.log(
        actor=request.user.get_username(), action="house_answers.export", object_type="house_answer",
        object_id="", details={"rows": len(codes)},
    )  # fmt: skip
    rows = (
        (
            codes[one.answer_id],
            one.draft.title,
            *("; ".join(one.draft.words.get(code, ())) for code in LANGUAGES),
            *(one.draft.texts.get(code, "") for code in LANGUAGES),
            one.draft.link,
            owners.get(one.draft.owner_id or 0, ""),
            one.draft.valid_from,
            one.draft.valid_until,
        )
        for one in queries.answers()
    )
    return exports.csv_response(COLUMNS, rows, "keepwell-answers")


def answer_add(request: HttpRequest) -> HttpResponse:
    """A new answer."""
    access.require(request.user, Permission.CHANGE_CONTENT)
    if request.method != "POST":
        return _page(request, None, AnswerDraft(""))
    return _save(request, None)


def answer(request: HttpRequest, answer_id: int) -> HttpResponse:
    """One answer; POST keeps it."""
    access.require(request.user, Permission.VIEW_CONTENT)
    found = queries.get(answer_id)
    if found is None:
        raise Http404
    if request.method != "POST":
        return _page(request, found, found.draft)
    access.require(request.user, Permission.CHANGE_CONTENT)
    return _save(request, found)


def _save(request: HttpRequest, found: AnswerView | None) -> HttpResponse:
    problems: dict[str, str] = {}
    draft = read(request.POST, problems)
    try:
        if problems:
            raise AnswerError(problems)
        number = services.save_answer(
            draft=draft,
            answer_id=found.answer_id if found else None,
            revision=forms.number(request.POST.get("revision", "")),
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except AnswerError as error:
        return _page(request, found, draft, error.problems)
    messages.success(request, _("Saved as a draft."))
    return HttpResponseRedirect(reverse("house_answer", args=[number]))


@require_POST
def decide(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Put it to use, or take it out."""
    access.require(request.user, Permission.APPROVE_CONTENT)
    who: dict[str, Any] = {"answer_id": answer_id, "actor": request.user.get_username(), "now": clock.now()}
    try:
        if request.POST.get("do") == "out":
            services.take_out(**who)
            messages.success(request, _("It is out of use."))
        else:
            services.approve(revision=forms.number(request.POST.get("revision", "")) or 0, **who)
            messages.success(request, _("It is in use."))
    except NoAnswerError:
        raise Http404 from None
    except AnswerError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("house_answer", args=[answer_id]))


def read(asked: QueryDict, problems: dict[str, str]) -> AnswerDraft:
    """The answer as the form has it; days that are none go into `problems`."""

    def day(name: str) -> date | None:
        text = asked.get(name, "").strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            problems[name] = _("Please choose a day.")
            return None

    return AnswerDraft(
        title=asked.get("title", "").strip(),
        words={code: separated(asked.get(f"words.{code}", "")) for code in LANGUAGES},
        texts={code: asked.get(f"texts.{code}", "").replace("\r\n", "\n").strip() for code in LANGUAGES},
        link=asked.get("link", "").strip(),
        owner_id=forms.number(asked.get("owner", "")),
        valid_from=day("valid_from"),
        valid_until=day("valid_until"),
    )


def _page(
    request: HttpRequest,
    found: AnswerView | None,
    draft: AnswerDraft,
    problems: Mapping[str, str] | None = None,
) -> HttpResponse:
    problems = problems or {}
    context = {
        "title": draft.title or _("New answer"),
        "found": found,
        "draft": draft,
        "state": labels.STATE[found.state] if found else "",
        "problems": problems,
        "languages": [
            {
                "code": code,
                "name": LANGUAGE_NAMES[code],
                "words": "\n".join(draft.words.get(code, ())),
                "text": draft.texts.get(code, ""),
                "words_problem": problems.get(f"words.{code}", ""),
                "text_problem": problems.get(f"texts.{code}", ""),
            }
            for code in LANGUAGES
        ],
        "colleagues": forms.colleagues(),
        "zone": users.zone_of(cast(Any, request.user)),
        "may_write": access.may(request.user, Permission.CHANGE_CONTENT),
        "may_approve": access.may(request.user, Permission.APPROVE_CONTENT),
    }
    return render(request, "keepwell/firstreply/answer.html", context, status=400 if problems else 200)

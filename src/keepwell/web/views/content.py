"""Templates: the list, one with its versions, and what is decided about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission, Reach
from keepwell.customers.contracts import CULTURES
from keepwell.customers.labels import SERVICE_TYPE
from keepwell.foundation import clock
from keepwell.insight.segments import queries as segments
from keepwell.outreach.content import labels, queries, services
from keepwell.outreach.content.contracts import (
    FACETS,
    LANGUAGES,
    BrandView,
    ContentError,
    TemplateView,
    TextView,
    Variant,
    VersionView,
)
from keepwell.web.content import diff
from keepwell.web.content.preview import said
from keepwell.web.shell import render

FILTERS = ("kind", "language", "status")


def listed(request: HttpRequest) -> HttpResponse:
    """Every template, by kind, language and status."""
    access.require(request.user, Permission.VIEW_CONTENT)
    asked = {name: request.GET.get(name, "") for name in FILTERS}
    search = request.GET.get("q", "")[:80]
    archived = request.GET.get("archived") == "1"
    found = queries.templates(**asked, search=search, archived=archived)
    context = {
        "title": _("Templates"),
        "rows": [_row(one) for one in found],
        "choices": _filters(asked),
        "q": search,
        "archived": archived,
        "may_write": access.may(request.user, Permission.CHANGE_CONTENT),
        "brand": queries.brand(),
    }
    return render(request, "keepwell/content/list.html", context)


def _row(one: TemplateView) -> dict[str, Any]:
    return {
        "one": one,
        "kind": labels.KIND[one.kind],
        "content_type": labels.CONTENT_TYPE[one.content_type],
        "languages": [
            (str(labels.LANGUAGE.get(code, code)), code in one.languages)
            for code in dict.fromkeys((*LANGUAGES, *one.languages))
        ],
    }


def _filters(asked: dict[str, str]) -> list[dict[str, Any]]:
    languages = [
        *((code, labels.LANGUAGE[code]) for code in LANGUAGES),
        *(
            (f"-{code}", _("without %(language)s") % {"language": labels.LANGUAGE[code]})
            for code in LANGUAGES
        ),
    ]
    states = [
        ("published", _("in use")), ("draft", _("being written")), ("unpublished", _("not in use yet")),
    ]  # fmt: skip
    choices = (
        ("kind", _("Kind"), list(labels.KIND.items())),
        ("language", _("Language"), languages),
        ("status", _("Status"), states),
    )
    return [
        {
            "name": name,
            "label": label,
            "options": [(code, word, code == asked[name]) for code, word in options],
        }
        for name, label, options in choices
    ]


def _find(code: str) -> TemplateView:
    found = queries.get(code)
    if found is None:
        raise Http404(_("There is no such template."))
    return found


def new(request: HttpRequest) -> HttpResponse:
    """A new template: what it is for; its text comes next."""
    access.require(request.user, Permission.CHANGE_CONTENT)
    problem = None
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in (*HEADS, "code", "kind", "language")}
        try:
            made = services.create_template(
                actor=request.user.get_username(),
                now=clock.now(),
                **{**given, "code": given["code"].strip().lower()},
            )
        except ContentError as error:
            problem = error
        else:
            return _to_text(made.code)
    context = {
        "title": _("New template"),
        "fields": _head_fields(request.POST, problem),
        "problem": labels.problem(problem) if problem else "",
        "where": problem.where if problem else "",
    }
    return render(request, "keepwell/content/new.html", context, status=422 if problem else 200)


HEADS = ("name", "purpose", "content_type", "situation", "service_type")


def _head_fields(
    typed: Any, problem: ContentError | None = None, one: TemplateView | None = None
) -> list[dict[str, Any]]:
    everybody = [("", "–")]
    choices: dict[str, Any] = {
        "kind": list(labels.KIND.items()),
        "purpose": list(labels.PURPOSE.items()),
        "content_type": list(labels.CONTENT_TYPE.items()),
        "language": list(labels.LANGUAGE.items()),
        "situation": [*everybody, *labels.SITUATION.items()],
        "service_type": [*everybody, *SERVICE_TYPE.items()],
    }
    names: dict[str, tuple[Any, Any]] = {
        "name": (_("Name"), ""),
        "code": (
            _("Code"),
            _("How other parts of Keepwell call it; small letters and digits. It stays as it is."),
        ),
        "kind": (_("Kind"), ""),
        "purpose": (_("Purpose, as customers consent to it"), ""),
        "content_type": (_("What it speaks of"), ""),
        "language": (_("Language of the first text"), ""),
        "situation": (_("Situation (of phrases)"), ""),
        "service_type": (_("Type of customer (of phrases)"), ""),
    }
    wanted = (
        HEADS
        if one
        else ("name", "code", "kind", "purpose", "content_type", "language", "situation", "service_type")
    )
    return [
        {
            "name": name,
            "label": names[name][0],
            "help": names[name][1],
            "value": typed.get(name, "") or (str(getattr(one, name)) if one else ""),
            "choices": choices.get(name),
            "problem": labels.problem(problem) if problem and problem.where == name else "",
        }
        for name in wanted
    ]


def template(request: HttpRequest, code: str) -> HttpResponse:
    """One template: its texts, its versions, what can be done with it."""
    access.require(request.user, Permission.VIEW_CONTENT)
    return _page(request, _find(code))


def _page(request: HttpRequest, one: TemplateView, problem: ContentError | None = None) -> HttpResponse:
    user = request.user
    draft, used = queries.draft(one.code), queries.published(one.code)
    shown = draft or used
    today, look = clock.now().date(), queries.brand()
    context = {
        "title": one.name,
        "one": one,
        "kind": labels.KIND[one.kind],
        "purpose": labels.PURPOSE[one.purpose],
        "content_type": labels.CONTENT_TYPE[one.content_type],
        "draft": draft,
        "used": used,
        "shown": shown,
        "texts": [_text_row(one, text, today, look) for text in shown.texts] if shown else [],
        "versions": [(row, labels.STATUS[row.status]) for row in queries.versions(one.code)],
        "may_write": access.may(user, Permission.CHANGE_CONTENT),
        "may_decide": access.may(user, Permission.APPROVE_CONTENT),
        "may_see_reads": access.reach(user, Permission.VIEW_FIGURES) >= Reach.ALL,
        "heads": _head_fields(request.POST if problem else {}, problem, one),
        "problem": labels.problem(problem) if problem else "",
        "now": clock.now(),
    } | _adding(request, draft)
    return render(request, "keepwell/content/template.html", context, status=422 if problem else 200)


def _text_row(one: TemplateView, text: TextView, today: date, look: BrandView) -> dict[str, Any]:
    found = said(queries.findings(one, text, today=today, look=look))
    return {
        "text": text,
        "language": labels.LANGUAGE.get(text.language, text.language),
        "reader": labels.variant(text.variant),
        "excerpt": (text.subject or text.body).replace("\n", " "),
        "errors": [found_one for found_one in found if found_one.severity == "error"],
        "warnings": [found_one for found_one in found if found_one.severity == "warning"],
    }


def _adding(request: HttpRequest, draft: VersionView | None) -> dict[str, Any]:
    """What the form for another text offers; of segments those that the person sees."""
    if draft is None:
        return {"adding": None}
    options = {name: list(known.items()) for name, known in labels.FACET.items()}
    options["persona"] = list(_personas(request).items())
    facets = [
        {"name": name, "label": labels.FACET_NAME[name], "options": options[name]}
        for name in FACETS
        if name != "culture"
    ]
    cultures = [(code, labels.FACET["culture"][code]) for code in CULTURES]
    return {
        "adding": {
            "languages": list(labels.LANGUAGE.items()),
            "facets": facets,
            "cultures": cultures,
            "copies": [(one.text_id, labels.text_name(one)) for one in draft.texts],
        }
    }


@require_POST
def heads(request: HttpRequest, code: str) -> HttpResponse:
    """Change what a template is called and is for."""
    access.require(request.user, Permission.CHANGE_CONTENT)
    one = _find(code)
    given = {name: request.POST.get(name, "") for name in HEADS}
    try:
        services.change_template(code=one.code, actor=request.user.get_username(), now=clock.now(), **given)
    except ContentError as error:
        return _page(request, one, error)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("content_template", args=[code]))


@require_POST
def act(request: HttpRequest, code: str, action: str) -> HttpResponse:
    """Begin a new version, put a template away or take it back."""
    access.require(request.user, Permission.CHANGE_CONTENT)
    verbs: dict[str, Callable[..., Any]] = {
        "draft": services.begin_draft,
        "archive": services.archive,
        "restore": services.restore,
    }
    one = _find(code)
    if action not in verbs:
        raise Http404
    verbs[action](code=code, actor=request.user.get_username(), now=clock.now())
    if action == "draft":
        return _to_text(one.code)
    return HttpResponseRedirect(reverse("content_template", args=[code]))


@require_POST
def decide(request: HttpRequest, code: str, action: str) -> HttpResponse:
    """Approve, publish, or take an approval back."""
    access.require(request.user, Permission.APPROVE_CONTENT)
    one = _find(code)
    if action not in ("approve", "publish", "reopen"):
        raise Http404
    by: dict[str, Any] = {"code": code, "actor": request.user.get_username(), "now": clock.now()}
    revision = request.POST.get("revision", "")
    number = int(revision) if revision.isdecimal() and len(revision) < 10 else 0
    try:
        if action == "approve":
            services.approve(revision=number, **by)
        elif action == "publish":
            services.publish(revision=number, **by)
        else:
            services.reopen(**by)
    except ContentError as error:
        return _page(request, one, error)
    told = {
        "approve": _("Approved. It is used once it is published."),
        "publish": _("Published: this version is in use now."),
        "reopen": _("The approval is taken back; the version can be written again."),
    }
    messages.success(request, told[action])
    return HttpResponseRedirect(reverse("content_template", args=[code]))


def version(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """One version and what it changed."""
    access.require(request.user, Permission.VIEW_CONTENT)
    one = _find(code)
    found = queries.version(code, number)
    if found is None:
        raise Http404
    before = queries.version(code, number - 1)
    context = {
        "title": one.name,
        "one": one,
        "version": found,
        "status": labels.STATUS[found.status],
        "before": before,
        "changes": diff.between(before, found),
        "now": clock.now(),
    }
    return render(request, "keepwell/content/version.html", context)


def _personas(request: HttpRequest) -> dict[str, str]:
    user: Any = request.user
    return {str(one.segment_id): one.name for one in segments.segments(user)}


@require_POST
def add_text(request: HttpRequest, code: str) -> HttpResponse:
    """A text in another language or for another reader."""
    access.require(request.user, Permission.CHANGE_CONTENT)
    one = _find(code)
    copy = request.POST.get("copy", "")
    facets = {name: request.POST.get(name, "") for name in FACETS}
    country = request.POST.get("country", "").strip().upper()
    try:
        if facets["persona"] and facets["persona"] not in _personas(request):
            raise ContentError("no_such_choice", "persona")
        made = services.add_text(
            code=code,
            language=request.POST.get("other_language", "").strip() or request.POST.get("language", ""),
            variant=Variant(**{**facets, "culture": country or facets["culture"]}),
            copy_of=int(copy) if copy.isdecimal() and len(copy) < 18 else 0,
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except ContentError as error:
        return _page(request, one, error)
    return HttpResponseRedirect(reverse("content_text", args=[code, made.text_id]))


@require_POST
def remove_text(request: HttpRequest, code: str, text_id: int) -> HttpResponse:
    """Take a text out of the draft."""
    access.require(request.user, Permission.CHANGE_CONTENT)
    one = _find(code)
    try:
        services.remove_text(code=code, text_id=text_id, actor=request.user.get_username(), now=clock.now())
    except ContentError as error:
        return _page(request, one, error)
    messages.success(request, _("The text is taken out of the draft; versions in use keep theirs."))
    return HttpResponseRedirect(reverse("content_template", args=[code]))


def _to_text(code: str) -> HttpResponse:
    """To the editor of the draft's first text."""
    draft = queries.draft(code)
    assert draft is not None, "it has just been begun"
    return HttpResponseRedirect(reverse("content_text", args=[code, draft.texts[0].text_id]))

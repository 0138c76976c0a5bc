"""Drafting by a model: the endpoint's settings, and a draft for one text."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.outreach.content import labels, queries, services
from keepwell.outreach.content.contracts import Brief, ContentError, Prompt, TemplateView, TextView
from keepwell.web.shell import render

GATE = Permission.MANAGE_INTEGRATIONS
BRIEF = ("goal", "tone", "length", "audience", "avoid")


def settings(request: HttpRequest) -> HttpResponse:
    """Which endpoint drafts texts, if any; with a form, set it up."""
    access.require(request.user, GATE)
    if request.method != "POST":
        return _settings(request, None)
    seconds = request.POST.get("timeout_seconds", "")
    try:
        services.set_drafting(
            enabled="enabled" in request.POST,
            base_url=request.POST.get("base_url", ""),
            model=request.POST.get("model", ""),
            key=request.POST.get("key", ""),
            forget_key="forget_key" in request.POST,
            timeout_seconds=int(seconds) if seconds.isdecimal() and len(seconds) < 5 else 0,
            json_mode="json_mode" in request.POST,
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except ContentError as error:
        return _settings(request, error)
    messages.success(request, _("Saved. Try it out: the model is asked for one word."))
    return HttpResponseRedirect(reverse("content_drafting"))


def _settings(request: HttpRequest, problem: ContentError | None) -> HttpResponse:
    stored = queries.drafting()
    post = request.POST
    typed = {
        "enabled": "enabled" in post if problem else bool(stored and stored.enabled),
        "base_url": post.get("base_url", "") if problem else (stored.base_url if stored else ""),
        "model": post.get("model", "") if problem else (stored.model if stored else ""),
        "timeout_seconds": post.get("timeout_seconds", "") if problem else (stored or _Usual).timeout_seconds,
        "json_mode": "json_mode" in post if problem else (stored or _Usual).json_mode,
    }
    context = {
        "title": _("Drafting by a model"),
        "stored": stored,
        "typed": typed,
        "problem": labels.problem(problem) if problem else "",
        "where": problem.where if problem else "",
        "now": clock.now(),
    }
    return render(request, "keepwell/content/drafting.html", context, status=422 if problem else 200)


class _Usual:
    """What a new endpoint is proposed."""

    timeout_seconds, json_mode = 30, True


@require_POST
def try_out(request: HttpRequest) -> HttpResponse:
    """Ask the model for one word."""
    access.require(request.user, GATE)
    try:
        services.try_drafting(actor=request.user.get_username(), now=clock.now())
    except ContentError as error:
        messages.error(request, labels.problem(error))
    else:
        messages.success(request, _("The model answers as it should."))
    return HttpResponseRedirect(reverse("content_drafting"))


def _find(code: str, text_id: int) -> tuple[TemplateView, TextView]:
    template, version = queries.get(code), queries.draft(code)
    for text in version.texts if version else ():
        if text.text_id == text_id and template is not None:
            return template, text
    raise Http404(_("This text is no longer there; the template’s page shows the present ones."))


def draft(request: HttpRequest, code: str, text_id: int) -> HttpResponse:
    """Say what a text is to tell, read what the model would be told, send it."""
    access.require(request.user, Permission.CHANGE_CONTENT)
    template, text = _find(code, text_id)
    if request.method != "POST":
        return _page(request, template, text, Brief(""))
    brief = Brief(**{name: request.POST.get(name, "") for name in BRIEF})
    try:
        prompt = queries.draft_prompt(template=template, text=text, brief=brief)
    except ContentError as error:
        return _page(request, template, text, brief, problem=error)
    if request.POST.get("do") != "send":
        return _page(request, template, text, brief, prompt=prompt)
    try:
        made = services.draft_text(
            template=template,
            text=text,
            brief=brief,
            digest=request.POST.get("digest", ""),
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except ContentError as error:
        return _page(request, template, text, brief, prompt=prompt, problem=error)
    errors = sum(
        one.severity == "error" for one in queries.findings(template, made, today=clock.now().date())
    )
    messages.success(request, _("The model’s draft stands in the text. Read every word of it."))
    if errors:
        said = ngettext(
            "The checks found %(count)s error in it.", "The checks found %(count)s errors in it.", errors
        )
        messages.warning(request, said % {"count": errors})
    return HttpResponseRedirect(reverse("content_text", args=[code, text_id]))


def _page(
    request: HttpRequest,
    template: TemplateView,
    text: TextView,
    brief: Brief,
    *,
    prompt: Prompt | None = None,
    problem: ContentError | None = None,
) -> HttpResponse:
    endpoint = queries.drafting()
    context: dict[str, Any] = {
        "title": template.name,
        "one": template,
        "text": text,
        "brief": brief,
        "prompt": prompt,
        "endpoint": endpoint,
        "ready": queries.may_draft(),
        "may_set_up": access.may(request.user, GATE),
        "text_name": labels.text_name(text),
        "tones": list(labels.FACET["tone"].items()),
        "lengths": list(labels.DRAFT_LENGTH.items()),
        "problem": labels.problem(problem) if problem else "",
        "where": problem.where if problem else "",
    }
    return render(request, "keepwell/content/draft.html", context, status=422 if problem else 200)


@require_POST
def undo(request: HttpRequest, code: str, text_id: int) -> HttpResponse:
    """Put the text before the draft back."""
    access.require(request.user, Permission.CHANGE_CONTENT)
    revision = request.POST.get("revision", "")
    try:
        services.undo_draft(
            code=code,
            text_id=text_id,
            revision=int(revision) if revision.isdecimal() and len(revision) < 10 else 0,
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except ContentError as error:
        if error.code in ("no_such_template", "no_such_text"):
            raise Http404(labels.problem(error)) from error
        messages.error(request, labels.problem(error))
    else:
        messages.success(request, _("The text before the draft is back."))
    return HttpResponseRedirect(reverse("content_text", args=[code, text_id]))

"""The editor of one text: form, checks and preview; a test to oneself."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers.search import queries as search
from keepwell.foundation import clock
from keepwell.outreach.content import labels, queries, services
from keepwell.outreach.content.contracts import (
    ON_SITE,
    WITH_BLOCKS,
    ContentError,
    Kind,
    TemplateView,
    TextView,
    VersionView,
)
from keepwell.web.content import form, preview
from keepwell.web.content.form import Typed
from keepwell.web.shell import render, wants_fragment

FOUND_MAX = 6
Place = tuple[TemplateView, VersionView, TextView]


def _find(code: str, text_id: int) -> Place:
    """The template, the version that the text is of (draft or in use), and the text."""
    template = queries.get(code)
    for version in (queries.draft(code), queries.published(code)):
        for text in version.texts if version else ():
            if text.text_id == text_id and template is not None and version is not None:
                return template, version, text
    raise Http404(_("This text is no longer there; the template's page shows the present ones."))


def editor(request: HttpRequest, code: str, text_id: int) -> HttpResponse:
    """The form, and what its buttons do; a text in use is shown only."""
    if request.method == "POST":
        access.require(request.user, Permission.CHANGE_CONTENT)
        return _posted(request, _find(code, text_id))
    access.require(request.user, Permission.VIEW_CONTENT)
    place = _find(code, text_id)
    return _page(request, place, form.of_text(place[2]))


def _posted(request: HttpRequest, place: Place) -> HttpResponse:
    template, _version, text = place
    typed = form.read(request.POST)
    action = request.POST.get("do", "save")
    if action not in ("save", "model"):
        form.act(typed, action)
        return _page(request, place, typed)
    try:
        services.save_text(
            code=template.code,
            text_id=text.text_id,
            revision=typed.revision,
            actor=request.user.get_username(),
            now=clock.now(),
            **form.changes(typed, template.kind),
        )
    except ContentError as error:
        if error.code == "edited_meanwhile":
            typed.revision = text.revision  # whoever saves again has been told
        return _page(request, place, typed, error)
    if action == "model":  # what is typed is saved first, so that nothing is lost
        return HttpResponseRedirect(reverse("content_draft", args=[template.code, text.text_id]))
    messages.success(request, _("Saved."))
    asked = {"customer": request.POST.get("customer", ""), "width": request.POST.get("width", "")}
    address = reverse("content_text", args=[template.code, text.text_id])
    query = urlencode({name: value for name, value in asked.items() if value})
    return HttpResponseRedirect(f"{address}?{query}" if query else address)


def _page(
    request: HttpRequest, place: Place, typed: Typed, problem: ContentError | None = None
) -> HttpResponse:
    template, version, text = place
    is_draft = version.status in ("draft", "approved")
    may_write = is_draft and access.may(request.user, Permission.CHANGE_CONTENT)
    context: dict[str, Any] = {
        "title": template.name,
        "one": template,
        "version": version,
        "text": text,
        "typed": typed,
        "is_email": template.kind in WITH_BLOCKS,
        "is_notice": template.kind in ON_SITE,
        "has_subject": template.kind in (Kind.EMAIL, Kind.SUCCESS_CASE),
        "kind": labels.KIND[template.kind],
        "language": labels.LANGUAGE.get(text.language, text.language),
        "reader": labels.variant(text.variant),
        "tabs": [(other, labels.text_name(other), other.text_id == text.text_id) for other in version.texts],
        "may_write": may_write,
        "may_draft": may_write and queries.may_draft(),
        "blocks": [_block(typed, at) for at in range(len(typed.blocks))],
        "kinds": [one for one in labels.BLOCK.items() if one[0] != "notice"],
        "cases": queries.cases(text.language),
        "variables": [
            (name, labels.VARIABLE[name], one.may_miss)
            for name, one in queries.VARIABLES.items()
            if not isinstance(one.example, list)
        ],
        "problem": labels.problem(problem) if problem else "",
        "problem_where": problem.where if problem else "",
        "dropped": bool(typed.dropped),
        "may_see_customers": access.may(request.user, Permission.VIEW_CUSTOMERS),
    }
    context |= preview.context(request, template, text, typed)
    status = 200 if problem is None or wants_fragment(request) else 422
    response = render(
        request,
        "keepwell/content/editor.html",
        context,
        fragment="keepwell/content/_form.html",
        status=status,
    )
    response.framed_styles = preview.styles(_styled(context, request, place))  # type: ignore[attr-defined]
    return response


def _styled(context: dict[str, Any], request: HttpRequest, place: Place) -> Any:
    """Something with the styles that every preview of this page has, also where none came out yet."""
    if context["made"] is not None or place[0].kind not in WITH_BLOCKS:
        return context["made"]
    plain = {"type": "notice", "title": "x"} if place[0].kind in ON_SITE else {"type": "text", "text": "x"}
    text = TextView(0, place[2].language, place[2].variant, "x", "", (plain,), 0)
    return services.preview(template=place[0], text=text, user=request.user, now=clock.now())


def _block(typed: Typed, at: int) -> dict[str, Any]:
    block = typed.blocks[at]
    fields = [
        {
            "name": f"block.{at}.{one.name}",
            "id": f"block-{at}-{one.name}",  # as a selector understands it
            "where": f"blocks.{at}.{one.name}",
            "say": f"say-blocks-{at}-{one.name}",
            "label": labels.FIELD[one.name],
            "form": one.form,
            "value": block.get(one.name, ""),
            "limit": one.length_max,
            "focus": typed.focus == f"block.{at}.{one.name}",
        }
        for one in queries.block_fields(block["type"])
    ]
    return {
        "at": at,
        "number": at + 1,
        "type": block["type"],
        "label": labels.BLOCK[block["type"]],
        "fields": fields,
        "is_first": at == 0,
        "is_last": at == len(typed.blocks) - 1,
        "focus": typed.focus.partition(".")[0] if typed.focus in (f"up.{at}", f"down.{at}") else "",
    }


@require_POST
def check(request: HttpRequest, code: str, text_id: int) -> HttpResponse:
    """What is typed, judged and shown: a part of the page."""
    access.require(request.user, Permission.VIEW_CONTENT)
    template, _version, text = _find(code, text_id)
    typed = form.read(request.POST) if "revision" in request.POST else form.of_text(text)
    context = {
        "one": template,
        "text": text,
        "is_email": template.kind in WITH_BLOCKS,
        "is_notice": template.kind in ON_SITE,
        "has_subject": template.kind in (Kind.EMAIL, Kind.SUCCESS_CASE),
        "blocks": [_block(typed, at) for at in range(len(typed.blocks))],
        "may_see_customers": access.may(request.user, Permission.VIEW_CUSTOMERS),
        "is_part": True,
    }
    context |= preview.context(request, template, text, typed)
    return TemplateResponse(request, "keepwell/content/_check.html", context)


@require_GET
def customers_found(request: HttpRequest) -> HttpResponse:
    """Customers for a preview: a part of the page."""
    access.require(request.user, Permission.VIEW_CUSTOMERS)
    term = request.GET.get("who", "").strip()[:100]
    owners = access.owners_within(request.user, Permission.VIEW_CUSTOMERS)
    found = search.find(term, owner_ids=owners, limit=FOUND_MAX) if term else ()
    return TemplateResponse(request, "keepwell/content/_customers.html", {"found": found, "term": term})


@require_POST
def test(request: HttpRequest, code: str, text_id: int) -> HttpResponse:
    """Send the text as it is saved to oneself."""
    access.require(request.user, Permission.CHANGE_CONTENT)
    template, _version, text = _find(code, text_id)
    customer_id = request.POST.get("customer", "").strip()[:64]
    try:
        address = services.send_test(
            template=template, text=text, user=request.user, customer_id=customer_id, now=clock.now()
        )
    except ContentError as error:
        messages.error(request, labels.problem(error))
    else:
        messages.success(request, _("The test is on its way to %(address)s.") % {"address": address})
    query = f"?{urlencode({'customer': customer_id})}" if customer_id else ""
    return HttpResponseRedirect(reverse("content_text", args=[code, text_id]) + query)

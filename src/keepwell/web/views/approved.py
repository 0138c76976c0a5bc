"""Settings → Channels → an account → Approved templates: which of the provider's stands for which of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers.labels import LANGUAGE
from keepwell.foundation import clock
from keepwell.outreach.content import queries as content
from keepwell.outreach.sending.approved import labels, queries, services
from keepwell.outreach.sending.approved.contracts import AccountLine, ApprovedError, ApprovedView
from keepwell.web.shell import render

FIELDS = ("text", "category", "provider_code", "values", "state")


def panel(account_id: int) -> dict[str, Any] | None:
    """For an account's page (`keepwell/_channel_templates.html`); None where nothing needs approval."""
    line = queries.account_line(account_id)
    if line is None or not line.templates_only:
        return None
    return {"account_id": account_id, "count": len(queries.approved_of(account_id))}


def templates(request: HttpRequest, account_id: int) -> HttpResponse:
    """The page, and on a POST one more template or a change of one."""
    access.require(
        request.user, Permission.CHANGE_SETTINGS if request.method == "POST" else Permission.VIEW_SETTINGS
    )
    line = _line(account_id)
    if request.method != "POST":
        edited = (
            queries.approved(int(number)) if (number := request.GET.get("edit", "")).isdecimal() else None
        )
        return _page(request, line, _typed_of(edited, line))
    typed = {name: request.POST.get(name, "").strip() for name in FIELDS}
    code, _bar, language = typed["text"].partition("|")
    try:
        services.set_approved(
            account_id=account_id,
            content=code,
            language=language,
            category=typed["category"],
            provider_code=typed["provider_code"],
            values=_values(typed["values"]),
            state=typed["state"],
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except ApprovedError as error:
        return _page(request, line, typed, error)
    messages.success(request, _("Saved. Messages with this text go out by it from now on."))
    return HttpResponseRedirect(reverse("channel_templates", args=[account_id]))


@require_POST
def remove(request: HttpRequest, account_id: int, approved_id: int) -> HttpResponse:
    """Forget one."""
    access.require(request.user, Permission.CHANGE_SETTINGS)
    found = queries.approved(approved_id)
    if found is None or found.account_id != account_id:
        raise Http404
    services.remove_approved(approved_id=approved_id, actor=request.user.get_username(), now=clock.now())
    messages.success(request, _("Removed. The text cannot be sent by this account any more."))
    return HttpResponseRedirect(reverse("channel_templates", args=[account_id]))


def _line(account_id: int) -> AccountLine:
    line = queries.account_line(account_id)
    if line is None or not line.templates_only:
        raise Http404
    return line


def _page(
    request: HttpRequest, line: AccountLine, typed: Mapping[str, str], error: ApprovedError | None = None
) -> HttpResponse:
    problems = {name: labels.problem(error, name) for name in error.problems} if error else {}
    # Our template and its language are one choice on the page.
    if said := problems.get("content") or problems.get("language"):
        problems["text"] = said
    context = {
        "title": _("Approved templates"),
        "account": line,
        "rows": [_row(one) for one in queries.approved_of(line.account_id)],
        "texts": _choices(line),
        "categories": labels.CATEGORY.items(),
        "states": labels.STATE.items(),
        "typed": typed,
        "errors": problems,
        "example": "1 = {{ customer.name | default: '您' }}"
        if line.numbered_values
        else "name = {{ customer.name | default: '您' }}",
        "may_change": access.may(request.user, Permission.CHANGE_SETTINGS),
        "now": clock.now(),
    }
    return render(request, "keepwell/channel_templates.html", context, status=422 if error else 200)


def _row(one: ApprovedView) -> dict[str, Any]:
    """One line of the table; `is_older` where our own text was put in use after it was said."""
    template = content.get(one.content)
    version = content.published(one.content)
    published_at = version.published_at if version else None
    return {
        "one": one,
        "name": template.name if template else one.content,
        "language": LANGUAGE.get(one.language, one.language),
        "category": labels.CATEGORY[one.category],
        "state": labels.STATE[one.state],
        "values": list(one.values.items()),
        "is_older": published_at is not None and published_at > one.updated_at,
    }


def _choices(line: AccountLine) -> list[tuple[str, str]]:
    """Every text of the account's kind that we have, once for each of its languages."""
    return [
        (f"{template.code}|{language}", f"{template.name} · {LANGUAGE.get(language, language)}")
        for template in content.templates(kind=line.kind)
        for language in template.languages
    ]


def _typed_of(one: ApprovedView | None, line: AccountLine) -> dict[str, str]:
    if one is None or one.account_id != line.account_id:
        return {"state": "approved"}
    return {
        "text": f"{one.content}|{one.language}",
        "category": str(one.category),
        "provider_code": one.provider_code,
        "values": "\n".join(f"{name} = {source}" for name, source in one.values.items()),
        "state": str(one.state),
    }


def _values(typed: str) -> dict[str, str]:
    """Variables as they are typed, one on a line: name = what is put there."""
    found = {}
    for line in typed.splitlines():
        if line.strip():
            name, _equals, source = line.partition("=")
            found[name.strip()] = source.strip()
    return found

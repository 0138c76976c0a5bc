"""Settings of privacy: periods, the limit of unmasking, wordings, consents from a file, requests."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers.labels import PURPOSE
from keepwell.customers.privacy import queries, services
from keepwell.customers.privacy.contracts import LANGUAGES, PARTS, PrivacyError, Purpose
from keepwell.foundation import clock
from keepwell.web.privacy import words
from keepwell.web.shell import render, wants_fragment

FILE_BYTES_MAX = 50 << 20
REJECTED_SHOWN = 20


def page(request: HttpRequest) -> HttpResponse:
    """Everything on one page; while one types periods, how many would go."""
    access.require(request.user, Permission.VIEW_SETTINGS)
    return _page(request)


def _page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    days, errors = _periods(request.GET if wants_fragment(request) else QueryDict())
    context: dict[str, Any] = {
        "title": _("Privacy"),
        "rules": services.rules(),
        "counts": services.preview_retention(days=days) if wants_fragment(request) else {},
        "errors": errors,
        "limit": queries.settings()["unmask_limit_per_day"],
        "wordings": [
            {"one": one, "purpose": words.word(PURPOSE, one.purpose), "texts": _texts(one.texts)}
            for one in queries.wordings()
        ],
        "purposes": [(purpose, PURPOSE[purpose]) for purpose in Purpose],
        "languages_of_texts": LANGUAGES,
        "parts": [(part, words.PART[part]) for part in PARTS],
        "requests": [
            {
                "one": one,
                "right": words.word(words.RIGHT, one.right),
                "status": words.word(words.STATUS, one.status),
            }
            for one in queries.requests(limit=20)
        ]
        if access.may(request.user, Permission.ERASE_CUSTOMERS)
        else None,
        "may_limit": access.may(request.user, Permission.MANAGE_ACCOUNTS),
        "may_erase": access.may(request.user, Permission.ERASE_CUSTOMERS),
        "may_consent": access.may(request.user, Permission.CHANGE_CONSENTS),
        "now": clock.now(),
        **more,
    }
    return render(
        request, "keepwell/privacy_settings.html", context, fragment="keepwell/_retention.html", status=status
    )


@require_POST
def retention(request: HttpRequest) -> HttpResponse:
    """Keep periods, and the limit where it is sent.

    The limit is set by who manages people alone: whoever sees contacts would otherwise widen their own.
    """
    access.require(request.user, Permission.CHANGE_SETTINGS)
    limit = request.POST.get("unmask_limit")
    if limit is not None:
        access.require(request.user, Permission.MANAGE_ACCOUNTS)
    actor = request.user.get_username()
    days, errors = _periods(request.POST)
    try:
        if errors:
            raise PrivacyError(" ".join(errors.values()))
        if limit is not None:
            services.set_unmask_limit(per_day=int(limit) if limit.isdecimal() else 0, actor=actor)
        services.set_retention(days=days, actor=actor)
        messages.success(request, _("Saved. What is older goes within a day."))
    except PrivacyError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("privacy_settings"))


@require_POST
def add_wording(request: HttpRequest) -> HttpResponse:
    """A new version of what customers are told."""
    access.require(request.user, Permission.CHANGE_SETTINGS)
    texts = {
        language: {part: request.POST.get(f"{language}.{part}", "") for part in PARTS}
        for language in LANGUAGES
    }
    purpose = request.POST.get("purpose", "")
    try:
        if purpose not in list(Purpose):
            raise PrivacyError(_("This channel or purpose is not known."))
        saved = services.add_wording(
            code=purpose, purpose=purpose, texts=texts, actor=request.user.get_username()
        )
        messages.success(request, _("Wording %(name)s counts from now on.") % {"name": saved.name})
    except PrivacyError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("privacy_settings") + "#wordings")


@require_POST
def import_consents(request: HttpRequest) -> HttpResponse:
    """Consents from a CSV file."""
    # One file speaks of anybody's customers.
    access.require(request.user, Permission.IMPORT_DATA)
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > FILE_BYTES_MAX:
        messages.error(request, _("Choose a CSV file of at most 50 MB."))
        return HttpResponseRedirect(reverse("privacy_settings") + "#consents")
    try:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        done = services.import_consents(file=text, actor=request.user.get_username(), name="import")
    except (PrivacyError, UnicodeDecodeError) as error:
        reason = str(error) if isinstance(error, PrivacyError) else _("The file is not UTF-8 text.")
        messages.error(request, reason)
        return HttpResponseRedirect(reverse("privacy_settings") + "#consents")
    return _page(request, imported=done, rejected=done.rejected[:REJECTED_SHOWN])


@require_POST
def allow_again(request: HttpRequest) -> HttpResponse:
    """Let an erased number be used again."""
    access.require(request.user, Permission.ERASE_CUSTOMERS)
    number = request.POST.get("number", "").strip()
    if services.allow_again(number=number, actor=request.user.get_username()):
        messages.success(request, _("The number may be used again."))
    else:
        messages.error(request, _("This number was not erased."))
    return HttpResponseRedirect(reverse("privacy_settings") + "#requests")


def _periods(asked: QueryDict) -> tuple[dict[str, int | None], dict[str, str]]:
    """The periods that were typed, else the present ones; and what is wrong with them."""
    days: dict[str, int | None] = {}
    errors: dict[str, str] = {}
    for rule in services.rules():
        text = asked.get(f"days.{rule.kind}")
        if text is None:
            days[rule.kind] = rule.days
        elif not text.strip():
            days[rule.kind] = None
        elif text.strip().isdecimal() and rule.minimum_days <= int(text) <= 36_500:
            days[rule.kind] = int(text)
        else:
            days[rule.kind] = rule.days
            errors[rule.kind] = _("%(kind)s: from %(days)s days.") % {
                "kind": rule.label,
                "days": rule.minimum_days,
            }
    return days, errors


def _texts(texts: Any) -> list[tuple[str, list[tuple[Any, str]]]]:
    return [
        (language, [(words.PART[part], texts.get(language, {}).get(part, "")) for part in PARTS])
        for language in LANGUAGES
    ]

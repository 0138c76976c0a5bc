"""What customers see of a colleague: one's own, and anybody's for who manages accounts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from keepwell.accounts import access, queries, services
from keepwell.accounts.contracts import CardView, Permission, UserView
from keepwell.foundation import clock
from keepwell.outreach.content import queries as content
from keepwell.web.shell import render

PLAIN = ("display_name", "email", "phone", "signature")


def own_card(request: HttpRequest) -> HttpResponse:
    """One's own; everybody who is signed in has one."""
    user: Any = request.user
    person = queries.user(user.pk)
    assert person is not None, "who is signed in has an account"
    return _card(request, person, reverse("own_card"), reverse("account"))


def person_card(request: HttpRequest, user_id: int) -> HttpResponse:
    """That of a colleague."""
    access.require(request.user, Permission.MANAGE_ACCOUNTS)
    person = queries.user(user_id)
    if person is None:
        raise Http404
    return _card(request, person, reverse("person_card", args=[user_id]), reverse("person", args=[user_id]))


def _card(request: HttpRequest, person: UserView, here: str, back: str) -> HttpResponse:
    if request.method != "POST":
        return _page(request, person, _said(queries.card(person.user_id)), here, back, {})
    typed = request.POST.dict()
    try:
        card = _typed(person.user_id, typed)
        services.save_card(card=card, actor=request.user.get_username(), now=clock.now())
    except ValidationError as error:
        return _page(request, person, typed, here, back, error.message_dict)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(here)


def _page(
    request: HttpRequest,
    person: UserView,
    typed: Mapping[str, Any],
    here: str,
    back: str,
    errors: Mapping[str, Any],
) -> HttpResponse:
    house = content.brand().values.get("company_name", "")
    name = typed.get("display_name", "")
    context = {
        "title": _("What customers see"),
        "subtitle": person.name or person.username,
        "typed": typed,
        "errors": errors,
        "here": here,
        "back": back,
        "languages": [
            (f"position_{code}", code, words, typed.get(f"position_{code}", ""))
            for code, words in settings.LANGUAGES
        ],
        "colleagues": [
            (str(one.user_id), one.name or one.username)
            for one in queries.users()
            if one.is_active and one.user_id != person.user_id
        ],
        "from_line": ", ".join(part for part in (name, house) if part),
        "signed": ", ".join(part for part in (name, typed.get("phone", "")) if part),
        "no_name": not name,
        "no_address": not typed.get("email"),
    }
    return render(request, "keepwell/card.html", context, status=422 if errors else 200)


def _said(card: CardView) -> dict[str, Any]:
    """What stands in the fields."""
    return {
        **{name: getattr(card, name) for name in PLAIN},
        **{f"position_{code}": words for code, words in card.positions.items()},
        "away_from": card.away_from.isoformat() if card.away_from else "",
        "away_until": card.away_until.isoformat() if card.away_until else "",
        "substitute_id": str(card.substitute_id or ""),
    }


def _typed(user_id: int, typed: Mapping[str, str]) -> CardView:
    substitute = typed.get("substitute_id", "")
    return CardView(
        user_id=user_id,
        positions={code: typed.get(f"position_{code}", "") for code, _name in settings.LANGUAGES},
        away_from=_day(typed, "away_from"),
        away_until=_day(typed, "away_until"),
        substitute_id=int(substitute) if substitute.isdecimal() and len(substitute) < 10 else None,
        **{name: typed.get(name, "") for name in PLAIN},
    )


def _day(typed: Mapping[str, str], name: str) -> date | None:
    text = typed.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValidationError({name: _("Please choose a day.")}) from None

"""The phrase book: what to say, by situation, type of customer and language."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers.labels import SERVICE_TYPE
from keepwell.outreach.content import labels, queries, services
from keepwell.outreach.content.contracts import LANGUAGES
from keepwell.web.content.spoken import spoken_lines
from keepwell.web.shell import render


def book(request: HttpRequest) -> HttpResponse:
    """Phrases by situation; copied with one click."""
    access.require(request.user, Permission.VIEW_CONTENT)
    asked = request.GET.get("language", "") or get_language() or "en"
    language = asked if asked in LANGUAGES else "en"
    situation = request.GET.get("situation", "")
    kind = request.GET.get("service_type", "")
    search = request.GET.get("q", "")[:80]
    found = queries.phrases(language=language, situation=situation, service_type=kind, search=search)
    company = services.company_values()
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        groups.setdefault(one.situation, []).append(
            {"one": one, "type": labels.service_type(one.service_type), "lines": spoken_lines(one, company)}
        )
    context = {
        "title": _("Phrase book"),
        "groups": [
            {"code": code, "label": labels.SITUATION.get(code, code), "rows": rows}
            for code, rows in groups.items()
        ],
        "count": len(found),
        "choices": [
            _choice(
                "language",
                _("Language"),
                [(code, labels.LANGUAGE[code]) for code in LANGUAGES],
                language,
                False,
            ),
            _choice("situation", _("Situation"), list(labels.SITUATION.items()), situation, True),
            _choice("service_type", _("Type of customer"), list(SERVICE_TYPE.items()), kind, True),
        ],
        "q": search,
        "may_write": access.may(request.user, Permission.CHANGE_CONTENT),
    }
    return render(
        request, "keepwell/content/phrases.html", context, fragment="keepwell/content/_phrases.html"
    )


def _choice(name: str, label: str, options: list[Any], chosen: str, may_be_all: bool) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "options": [(code, word, code == chosen) for code, word in options],
        "all": may_be_all,
    }

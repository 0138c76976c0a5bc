"""The place of the effect on the pages of journeys and mailings; it loads by itself."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission, Reach


def place(request: HttpRequest, kind: str, number: int) -> dict[str, Any]:
    """What `keepwell/lifts/panel.html` needs; figures of the whole company are for those who may see them."""
    reach = access.may(request.user, Permission.VIEW_FIGURES)
    may = bool(reach) and access.require(request.user, Permission.VIEW_FIGURES) >= Reach.ALL
    return {"may_see_effect": may, "effect_url": reverse(f"{kind}_effect", args=[number])}

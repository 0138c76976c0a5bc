"""What other rooms show on the customer page: each panel is a template and what it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from keepwell.accounts.contracts import Permission
from keepwell.customers.access import may_access

Context = Callable[[HttpRequest, str], dict[str, Any]]
SIDE = "side"
MAIN = "main"
TOP = "top"  # above everything else: what one must know before getting in touch


@dataclass(frozen=True)
class Panel:
    """A part of the customer page, shown to those whose `permission` reaches this customer.

    `context` gets the request and the customer number and gives what `template` reads; the template also
    sees `customer_id` and the page's own names. It draws its own `<section class="kw-card">`; one that has
    nothing to say draws nothing. `place` is "side", "main" or "top". `order`: lower is higher up.
    """

    name: str
    template: str
    context: Context
    order: int
    permission: Permission
    place: str = SIDE


PANELS: list[Panel] = []


def register(panel: Panel) -> None:
    """Add a panel once; a second one of the same name takes the place of the first."""
    PANELS[:] = [one for one in PANELS if one.name != panel.name]
    PANELS.append(panel)
    PANELS.sort(key=lambda one: (one.order, one.name))


def shown(request: HttpRequest, customer_id: str) -> dict[str, list[dict[str, Any]]]:
    """The panels of one customer that this user may see, by place, each with what its template needs."""
    found: dict[str, list[dict[str, Any]]] = {SIDE: [], MAIN: [], TOP: []}
    for panel in sorted(PANELS, key=lambda one: (one.order, one.name)):
        if may_access(request.user, panel.permission, customer_id):
            context = {"customer_id": customer_id, **panel.context(request, customer_id)}
            found[panel.place].append({"name": panel.name, "template": panel.template, "context": context})
    return found

"""What the command palette offers: pages, actions, customers and their orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.search import queries as search
from keepwell.customers.search.contracts import Hit
from keepwell.insight.segments import queries as segment_queries
from keepwell.web import shell

CUSTOMERS_SHOWN = 12
PAGES_SHOWN = 6
RECENT_SHOWN = 8
LENGTH_MIN = 2
# The second key after "g", by the name of the page.
GO_KEYS = {
    "t": "today",
    "h": "cockpit",
    "r": "at_risk",
    "c": "customers",
    "p": "plan",
    "s": "segments",
    "w": "warnings",
    "d": "data",
    "i": "imports",
}


@dataclass(frozen=True)
class Item:
    """One line of the palette."""

    title: str
    link: str
    icon: str
    detail: str = ""
    key: str = ""


class Group(NamedTuple):
    """Lines of one kind; `items` is read by the template by its name."""

    title: str
    lines: list[Item]


def pages(request: HttpRequest) -> list[Item]:
    """The pages that the user may open, as in the sidebar, with their keys."""
    groups = shell.navigation(request)
    keys = {link: key for key, _title, link in go_keys(groups)}
    found = []
    for group in groups:
        for item in group["items"]:
            found.append(Item(str(item["title"]), item["link"], item["icon"], key=keys.get(item["link"], "")))
    return found


def go_keys(groups: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """(second key, title, address) of the pages that `g` leads to, among those of the sidebar's `groups`."""
    listed = {item["link"]: str(item["title"]) for group in groups for item in group["items"]}
    found = []
    for key, name in GO_KEYS.items():
        try:
            link = reverse(name)
        except NoReverseMatch:
            continue
        if link in listed:
            found.append((key, listed[link], link))
    return found


def actions(request: HttpRequest) -> list[Item]:
    """What can be begun from anywhere."""
    offered = (
        (_("Import files"), "upload_file", "imports", Permission.IMPORT_DATA),
        (_("Preview a plan"), "payments", "plan", Permission.VIEW_PLANS),
        (_("Change when customers are warned of"), "tune", "thresholds", Permission.CHANGE_SETTINGS),
    )
    return [
        Item(title, reverse(name), icon)
        for title, icon, name, permission in offered
        if access.may(request.user, permission)
    ]


def answer(request: HttpRequest, term: str) -> list[dict[str, Any]]:
    """The groups for a term; without one, where one has been and can go."""
    if len(term) < LENGTH_MIN:
        listed = [Group(_("Recent customers"), recent(request)), Group(_("Pages"), pages(request))]
    else:
        wanted = term.casefold()
        hits = found(request, term)
        fitting = [item for item in pages(request) if wanted in item.title.casefold()][:PAGES_SHOWN]
        doable = [item for item in actions(request) if wanted in item.title.casefold()]
        by_order = [item(hit) for hit in hits if hit.order_id]
        others = [person(hit) for hit in hits if not hit.order_id]
        listed = [
            Group(_("Orders"), by_order),
            Group(_("Customers"), others),
            Group(_("Segments"), segments(request, wanted)),
            Group(_("Pages"), fitting),
            Group(_("Actions"), doable),
        ]
    return [{"title": group.title, "items": group.lines} for group in listed if group.lines]


def segments(request: HttpRequest, wanted: str) -> list[Item]:
    """Segments that the user may see and whose name has the term in it."""
    if not access.may(request.user, Permission.VIEW_SEGMENTS):
        return []
    return [
        Item(one.name, reverse("segment", args=[one.segment_id]), "category")
        for one in segment_queries.segments(request.user)
        if wanted in one.name.casefold()
    ][:PAGES_SHOWN]


def found(request: HttpRequest, term: str) -> tuple[Hit, ...]:
    """Customers within reach who answer the term."""
    owners = access.owners_within(request.user, Permission.VIEW_CUSTOMERS)
    return search.find(term, owner_ids=owners, limit=CUSTOMERS_SHOWN)


def person(hit: Hit) -> Item:
    """A customer as a line."""
    link = reverse("customer", args=[hit.customer_id])
    return Item(hit.name or hit.customer_id, link, "person", hit.customer_id if hit.name else "")


def item(hit: Hit) -> Item:
    """An order as a line; it leads to its customer."""
    link = reverse("customer", args=[hit.customer_id])
    return Item(hit.order_id, link, "receipt_long", hit.name or hit.customer_id)


def recent(request: HttpRequest) -> list[Item]:
    """Customers whose pages were open in this tab, as the browser remembers their numbers."""
    wanted = [one for one in request.GET.get("recent", "").split("\n") if one][:RECENT_SHOWN]
    return [person(hit) for hit in visible(request, wanted)]


def visible(request: HttpRequest, customer_ids: Iterable[str]) -> list[Hit]:
    """Those of the numbers that exist and are within reach, in their order."""
    listed = list(dict.fromkeys(customer_ids))
    here = customers.existing(listed)
    owners = access.owners_within(request.user, Permission.VIEW_CUSTOMERS)
    if owners is not None:
        owned = customers.owners_of(here)
        here = {one for one in here if owned.get(one) in owners}
    names = customers.names(here)
    return [Hit(one, names.get(one, ""), 0) for one in listed if one in here]

"""Lists of scores: filters, order and page, read from the address and written back into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from keepwell.customers.search import queries as search
from keepwell.insight import labels
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreFilter, ScorePage
from keepwell.plays.contracts import TreatmentView
from keepwell.web import people

PAGE_SIZE = 50
DEFAULT_ORDER = "-expected_loss"
ORDERS = ("expected_loss", "churn_risk", "clv", "last_order_at", "total_amount", "customer_id")
SEARCH_LENGTH_MAX = 100
FOUND_MAX = 500  # so many of those whom a search finds are listed, the best answers
# The address's name of each facet, the filter's field, its title.
FACETS = {
    "status": ("statuses", _("Status")),
    "tier": ("tiers", _("Value tier")),
    "risk": ("risk_levels", _("Risk level")),
    "reason": ("reasons", _("Strongest reason")),
    "action": ("actions", _("Recommended action")),
    "stage": ("life_stages", _("Life-cycle stage")),
    "segment": ("segments", _("RFM segment")),
    "group": ("communication_groups", _("Communication group")),
    "hint": ("hints", _("Hint")),
}
LABELS: dict[str, Mapping[str, Any]] = {
    "status": labels.STATUS,
    "tier": labels.TIER,
    "risk": labels.RISK_LEVEL,
    "reason": labels.REASON,
    "stage": labels.LIFE_STAGE,
    "segment": labels.SEGMENT,
    "group": labels.COMMUNICATION_GROUP,
    "hint": labels.HINT,
}


@dataclass(frozen=True)
class Option:
    """One value of a facet."""

    value: str
    label: str
    selected: bool


@dataclass(frozen=True)
class Facet:
    """One filter: its values and which of them are on."""

    name: str
    title: str
    options: tuple[Option, ...]

    @property
    def selected(self) -> int:
        """How many values are on."""
        return sum(option.selected for option in self.options)


@dataclass(frozen=True)
class Chip:
    """One value that is on, in words, and the address of the list without it."""

    label: str
    facet: str
    url: str


@dataclass(frozen=True)
class Column:
    """One column that can be ordered by: address of the other order, and how it is ordered now."""

    url: str
    direction: str  # "", "ascending", "descending"


@dataclass(frozen=True)
class ListRequest:
    """What an address asks for."""

    filter: ScoreFilter
    order_by: str
    page: int


def read(parameters: QueryDict, *, default_statuses: tuple[str, ...] = ()) -> ListRequest:
    """The filter, order and page that `parameters` name; what makes no sense is left out."""
    chosen: dict[str, tuple[str, ...]] = {}
    for name, (field, _title) in FACETS.items():
        allowed = LABELS.get(name)
        values = dict.fromkeys(parameters.getlist(name))
        chosen[field] = tuple(v for v in values if v and (allowed is None or v in allowed))
    if not chosen["statuses"] and "status" not in parameters:
        chosen["statuses"] = default_statuses
    order = parameters.get("order", DEFAULT_ORDER)
    page = parameters.get("page", "1")
    return ListRequest(
        filter=ScoreFilter(**chosen, search=parameters.get("q", "").strip()[:SEARCH_LENGTH_MAX]),
        order_by=order if order.removeprefix("-") in ORDERS else DEFAULT_ORDER,
        page=min(int(page), 10**6) if page.isascii() and page.isdecimal() and int(page) > 0 else 1,
    )


def write(asked: ListRequest, **changes: Any) -> str:
    """The query string of `asked` with `changes` (of facets, order, page)."""
    query = QueryDict(mutable=True)
    for name, (field, _title) in FACETS.items():
        values = changes.get(name, getattr(asked.filter, field))
        # An emptied status is said out loud, since the list at risk would put its own in.
        if name == "status" and not values:
            values = [""]
        query.setlist(name, list(values))
    if asked.filter.search:
        query["q"] = asked.filter.search
    order = changes.get("order", asked.order_by)
    if order != DEFAULT_ORDER:
        query["order"] = order
    page = changes.get("page", 1)
    if page > 1:
        query["page"] = str(page)
    return "?" + query.urlencode()


def facets(asked: ListRequest, treatments: Mapping[str, TreatmentView], names: Sequence[str]) -> list[Facet]:
    """The filters `names`, with what is on."""
    found = []
    for name in names:
        field, title = FACETS[name]
        on = getattr(asked.filter, field)
        values = _labels(name, treatments)
        options = tuple(Option(value, str(label), value in on) for value, label in values.items())
        found.append(Facet(name, str(title), options))
    return found


def chips(asked: ListRequest, treatments: Mapping[str, TreatmentView]) -> list[Chip]:
    """Everything that is on, in words."""
    found = []
    for name, (field, title) in FACETS.items():
        values = getattr(asked.filter, field)
        words = _labels(name, treatments)
        for value in values:
            rest = tuple(other for other in values if other != value)
            found.append(Chip(str(words.get(value, value)), str(title), write(asked, **{name: rest})))
    return found


def _labels(name: str, treatments: Mapping[str, TreatmentView]) -> Mapping[str, Any]:
    if name == "action":
        return {code: treatment.name for code, treatment in treatments.items()}
    return LABELS[name]


def columns(asked: ListRequest) -> dict[str, Column]:
    """The columns that can be ordered by."""
    found = {}
    for name in ORDERS:
        descending = asked.order_by == f"-{name}"
        ascending = asked.order_by == name
        direction = "descending" if descending else "ascending" if ascending else ""
        first = name if name == "customer_id" else f"-{name}"
        other = name if descending else f"-{name}" if ascending else first
        found[name] = Column(write(asked, order=other), direction)
    return found


def within(wanted: ScoreFilter, owners: frozenset[int] | None) -> ScoreFilter:
    """The filter as it is asked of the scores: of these owners' customers, with the words looked up."""
    if not wanted.search:
        return replace(wanted, owner_ids=owners)
    hits = search.find(wanted.search, owner_ids=owners, limit=FOUND_MAX)
    return replace(wanted, search="", owner_ids=owners, among=frozenset(hit.customer_id for hit in hits))


def context(
    parameters: QueryDict,
    *,
    facet_names: Sequence[str],
    default_statuses: tuple[str, ...] = (),
    owners: frozenset[int] | None = None,
) -> dict[str, Any]:
    """Everything that a list's template needs, of the customers that `owners` look after (None: all)."""
    asked = read(parameters, default_statuses=default_statuses)
    wanted = within(asked.filter, owners)
    found = insight.scores(wanted, order_by=asked.order_by, page=asked.page, page_size=PAGE_SIZE)
    pages = max(1, -(-found.total // PAGE_SIZE))
    if asked.page > pages:
        asked = ListRequest(asked.filter, asked.order_by, pages)
        found = insight.scores(wanted, order_by=asked.order_by, page=pages, page_size=PAGE_SIZE)
    treatments = people.treatments()
    is_default = asked.filter == ScoreFilter(statuses=default_statuses)
    return {
        "asked": asked,
        "people": people.rows(found.rows, treatments),
        "total": found.total,
        "facets": facets(asked, treatments, facet_names),
        "chips": chips(asked, treatments),
        "columns": columns(asked),
        "paging": paging(asked, found, pages),
        "export_query": write(asked),
        "is_default": is_default,
    }


def paging(asked: ListRequest, found: ScorePage, pages: int) -> dict[str, Any]:
    """The part of the list that is shown, and the ways to the others."""
    first = (asked.page - 1) * found.page_size + 1
    return {
        "first": first if found.total else 0,
        "last": first + len(found.rows) - 1,
        "total": found.total,
        "page": asked.page,
        "pages": pages,
        "previous": write(asked, page=asked.page - 1) if asked.page > 1 else "",
        "next": write(asked, page=asked.page + 1) if asked.page < pages else "",
        "start": write(asked, page=1) if asked.page > 2 else "",
        "end": write(asked, page=pages) if asked.page < pages - 1 else "",
    }

"""Lists of scores: filters, order and page, read from the address and written back into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from keepwell.customers.search import queries as search
from keepwell.insight import labels
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreFilter, ScorePage, ScoreView, Seek
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
    seek: Seek | None = None


def read(parameters: QueryDict, *, default_statuses: tuple[str, ...] = ()) -> ListRequest:
    """The filter, order and page that `parameters` name; what makes no sense is left out."""
    chosen: dict[str, Any] = {}
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
        seek=read_seek(
            parameters, order.removeprefix("-") if order.removeprefix("-") in ORDERS else "expected_loss"
        ),
    )


def read_seek(parameters: QueryDict, column: str) -> Seek | None:
    """The place in the list that an address names (`after` or `before` a row, or the `end`)."""
    if column not in insight.SOUGHT:
        return None
    if "end" in parameters:
        return Seek(backward=True)
    name = "after" if "after" in parameters else "before"
    value, mark, customer_id = parameters.get(name, "").partition("~")
    if not mark or "\0" in customer_id:
        return None
    try:
        if column == "churn_risk":
            return Seek(float(value), customer_id, name == "before")
        number = Decimal(value) if column != "customer_id" else Decimal(0)
    except (ValueError, InvalidOperation):
        return None
    if not number.is_finite() or abs(number) >= 10**14:
        return None
    return Seek(number if column != "customer_id" else customer_id, customer_id, name == "before")


def place(score: ScoreView, order_by: str) -> str:
    """How an address names the place of a row."""
    column = order_by.removeprefix("-")
    if column == "customer_id":
        return f"~{score.customer_id}"
    value = getattr(score, column)
    return f"{value!r}~{score.customer_id}" if isinstance(value, float) else f"{value:f}~{score.customer_id}"


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
    for name in ("after", "before", "end"):
        if name in changes:
            query[name] = changes[name]
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
    found = _page(wanted, asked)
    pages = max(1, -(-found.total // PAGE_SIZE))
    if asked.page > pages or (found.total and not found.rows):
        asked = ListRequest(asked.filter, asked.order_by, min(asked.page, pages))
        found = insight.scores(wanted, order_by=asked.order_by, page=asked.page, page_size=PAGE_SIZE)
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


def _page(wanted: ScoreFilter, asked: ListRequest) -> ScorePage:
    if asked.seek is None or asked.page == 1:
        return insight.scores(wanted, order_by=asked.order_by, page=asked.page, page_size=PAGE_SIZE)
    size = PAGE_SIZE
    if asked.seek.backward and asked.seek.value is None:
        # The last page holds what is left after the full ones.
        size = insight.totals(wanted).customers % PAGE_SIZE or PAGE_SIZE
    found = insight.scores(wanted, order_by=asked.order_by, page=asked.page, page_size=size, seek=asked.seek)
    return replace(found, page_size=PAGE_SIZE)


def paging(asked: ListRequest, found: ScorePage, pages: int) -> dict[str, Any]:
    """The part of the list that is shown, and the ways to the others."""
    first = (asked.page - 1) * found.page_size + 1
    return {
        "first": first if found.total else 0,
        "last": first + len(found.rows) - 1,
        "total": found.total,
        "page": asked.page,
        "pages": pages,
        "previous": _beside(asked, found, -1) if asked.page > 1 else "",
        "next": _beside(asked, found, 1) if asked.page < pages else "",
        "start": write(asked, page=1) if asked.page > 2 else "",
        "end": _end(asked, pages) if asked.page < pages - 1 else "",
    }


def _beside(asked: ListRequest, found: ScorePage, step: int) -> str:
    """The page before or after, named by the row that it ends or begins at, so that it keeps its place."""
    if asked.order_by.removeprefix("-") not in insight.SOUGHT or not found.rows:
        return write(asked, page=asked.page + step)
    if step > 0:
        return write(asked, page=asked.page + 1, after=place(found.rows[-1], asked.order_by))
    return write(asked, page=asked.page - 1, before=place(found.rows[0], asked.order_by))


def _end(asked: ListRequest, pages: int) -> str:
    if asked.order_by.removeprefix("-") not in insight.SOUGHT:
        return write(asked, page=pages)
    return write(asked, page=pages, end="1")

"""How customers felt last, as something that segments and the branches of journeys can ask."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from keepwell.insight.segments.contracts import Attribute, AttributeProvider
from keepwell.outreach.moods.contracts import Feeling
from keepwell.outreach.moods.labels import FEELING
from keepwell.outreach.moods.models import Reading

MANY = 1_000


def rows(customer_ids: Collection[str] | None) -> Iterator[tuple[Any, ...]]:
    """(customer_id, feeling) of those who wrote, by their newest words."""
    newest = (
        Reading.objects.filter(customer_id=OuterRef("customer_id")).order_by("-at", "-pk").values("pk")[:1]
    )
    known = Reading.objects.filter(pk=Subquery(newest)).order_by()
    if customer_ids is None:
        yield from _pairs(known)
        return
    rest = iter(customer_ids)
    while chunk := list(islice(rest, MANY)):
        yield from _pairs(known.filter(customer_id__in=chunk))


def _pairs(found: Any) -> Iterator[tuple[Any, ...]]:
    listed = found.values_list("customer_id", "feeling", "corrected").iterator(chunk_size=20_000)
    for customer_id, feeling, corrected in listed:
        yield customer_id, corrected or feeling


PROVIDER = AttributeProvider(
    "moods",
    _("Feelings"),
    (
        Attribute(
            "last_feeling",
            "text",
            tuple(str(one) for one in Feeling),
            _("Feeling in the newest words"),
            FEELING,
        ),
    ),
    rows,
)

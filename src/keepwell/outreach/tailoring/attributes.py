"""The buying stage as something that segments and the branches of journeys can ask."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

from django.utils.translation import gettext_lazy as _

from keepwell.insight.segments.contracts import Attribute, AttributeProvider
from keepwell.outreach.tailoring.contracts import STAGES, Stage
from keepwell.outreach.tailoring.labels import STAGE
from keepwell.outreach.tailoring.models import BuyingRow

MANY = 1_000


def rows(customer_ids: Collection[str] | None) -> Iterator[tuple[Any, ...]]:
    """(customer_id, stage) of those who are at any, as it was worked out last."""
    known = BuyingRow.objects.values_list("customer_id", "stage")
    if customer_ids is None:
        yield from known.iterator(chunk_size=20_000)
        return
    rest = iter(customer_ids)
    while chunk := list(islice(rest, MANY)):
        yield from known.filter(pk__in=chunk)


PROVIDER = AttributeProvider(
    "tailoring",
    _("Buying"),
    (
        Attribute(
            "buying_stage",
            "text",
            tuple(str(one) for one in STAGES if one is not Stage.NONE),
            _("Buying stage"),
            {code: word for code, word in STAGE.items() if code != Stage.NONE},
        ),
    ),
    rows,
)

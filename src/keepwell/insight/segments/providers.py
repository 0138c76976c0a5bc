"""What other rooms tell of customers as attributes: consents and holds, and what was noted of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from keepwell.customers import attributes as noted
from keepwell.customers import labels
from keepwell.customers.contracts import CHANNELS as CHOSEN
from keepwell.customers.contracts import TRAIT_CODES
from keepwell.customers.privacy import queries as privacy
from keepwell.customers.privacy.contracts import Channel, HoldKind, Purpose
from keepwell.foundation import clock
from keepwell.insight.segments.attributes import Attribute, AttributeProvider, Label

PURPOSES = (Purpose.MARKETING, Purpose.SERVICE, Purpose.SURVEY)
HOLDS: dict[str, Label] = {kind.value: labels.HOLD[kind] for kind in HoldKind}


def _consent(purpose: Purpose, label: Label) -> Attribute:
    values = {channel.value: labels.CHANNEL[channel] for channel in Channel}
    return Attribute(f"{purpose.value}_channels", "list", tuple(values), label, values)


PRIVACY = AttributeProvider(
    "privacy",
    _("Consents and holds"),
    (
        _consent(Purpose.MARKETING, _("Marketing allowed by")),
        _consent(Purpose.SERVICE, _("Service messages allowed by")),
        _consent(Purpose.SURVEY, _("Surveys allowed by")),
        Attribute("holds", "list", tuple(HOLDS), _("Holds"), HOLDS),
    ),
    lambda customer_ids: rows(customer_ids),
)


def _noted(name: str, label: Label, values: Mapping[str, Label]) -> Attribute:
    return Attribute(name, "text", tuple(values), label, dict(values))


def _trait(kind: str) -> Attribute:
    values = {code: labels.TRAIT[kind][code] for code in TRAIT_CODES[kind]}
    return Attribute(kind, "list", tuple(values), labels.TRAIT_KIND[kind], values)


PORTRAIT = AttributeProvider(
    "portrait",
    _("Portrait"),
    (
        _noted("preferred_channel", _("Preferred channel"), {code: labels.CHANNEL[code] for code in CHOSEN}),
        _noted("culture", _("Cultural background"), labels.CULTURE),
        _noted("personal_stage", _("Stage of life"), labels.STAGE),
        _noted("service_type", _("Service type"), labels.SERVICE_TYPE),
        _noted("sensitivity", _("Sensitive to"), labels.SENSITIVITY),
        _noted("vip_state", _("VIP state"), labels.VIP_STATE),
        Attribute("own_tags", "list", label=_("Own tags")),
        *(_trait(kind) for kind in noted.TRAITS),
    ),
    noted.noted_rows,
)


def rows(customer_ids: Collection[str] | None) -> Iterator[tuple[object, ...]]:
    """(customer_id, channels by purpose ..., holds) of those who have any."""
    now = clock.now()
    wanted = None if customer_ids is None else set(customer_ids)
    found: dict[str, tuple[list[str], ...]] = defaultdict(lambda: ([], [], [], []))
    for place, purpose in enumerate(PURPOSES):
        for channel in Channel:
            allowed = privacy.allowed(channel, purpose, now=now)
            ids = allowed if wanted is None else allowed.filter(customer_id__in=wanted)
            for customer_id in ids.iterator(chunk_size=20_000):
                found[customer_id][place].append(channel.value)
    holds = privacy.active_holds(now)
    chosen = holds if wanted is None else holds.filter(customer_id__in=wanted)
    for customer_id, kind in chosen.values_list("customer_id", "kind").iterator(chunk_size=20_000):
        if kind not in found[customer_id][-1]:
            found[customer_id][-1].append(kind)
    for customer_id, lists in found.items():
        yield (customer_id, *(one or None for one in lists))

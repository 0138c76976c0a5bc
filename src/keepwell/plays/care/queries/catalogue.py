"""Ready-made plans, gifts and rules: what Keepwell brings, as changed here, and the shop's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

from keepwell.plays.care import defaults, labels
from keepwell.plays.care.contracts import GiftView, LineSpec, Rules, TemplateView
from keepwell.plays.care.models import GiftIdea, RulesVersion, Template


def rules() -> Rules:
    """The rules that count now; those that Keepwell brings (version 0) before any change."""
    newest = RulesVersion.objects.order_by("-version").first()
    if newest is None:
        return Rules()
    known = {name: value for name, value in newest.values.items() if name in Rules.__dataclass_fields__}
    return replace(Rules(**known), version=newest.version)


def templates(*, only_active: bool = False) -> tuple[TemplateView, ...]:
    """Every ready-made plan: Keepwell's in its order, then the shop's own by name."""
    changed = {row.code: row for row in Template.objects.all()}
    found = [_template(code, changed.get(code)) for code in defaults.TEMPLATES]
    own = [_template(code, row) for code, row in changed.items() if code not in defaults.TEMPLATES]
    found += sorted(own, key=lambda one: one.name.casefold())
    return tuple(one for one in found if one.active or not only_active)


def template(code: str) -> TemplateView | None:
    """One ready-made plan, or None."""
    return next((one for one in templates() if one.code == code), None)


def suited(*, tier: str, group: str) -> str:
    """The code of the plan that is meant for a tier and communication group; "" for none."""
    known = templates(only_active=True)
    by_group = [one.code for one in known if group and group in one.for_groups]
    by_tier = [one.code for one in known if tier and tier in one.for_tiers]
    high_first = by_tier + by_group if tier == "high" else by_group + by_tier
    return next(iter(high_first), "")


def gifts() -> tuple[GiftView, ...]:
    """Every idea for a gift, by hobby."""
    changed = {row.code: row for row in GiftIdea.objects.all()}
    found = []
    for code, idea in defaults.GIFTS.items():
        if code not in changed:
            low, high = Decimal(idea.low), Decimal(idea.high)
            name = str(labels.GIFT[code])
            found.append(GiftView(code, idea.hobby, name, low, high, idea.barred_in, True, False))
    for row in changed.values():
        name = row.name or str(labels.GIFT.get(row.code, row.code))
        is_own = row.code not in defaults.GIFTS
        barred = tuple(row.barred_in)
        found.append(GiftView(row.code, row.hobby, name, row.low, row.high, barred, row.active, is_own))
    return tuple(sorted(found, key=lambda one: (one.hobby, one.low, one.code)))


def gift_names() -> dict[str, str]:
    """What people read for each gift."""
    return {one.code: one.name for one in gifts()}


def spec_to_json(one: LineSpec) -> dict[str, Any]:
    """The JSON form of a line."""
    return asdict(one) | {"budget": str(one.budget)}


def spec_of(values: Mapping[str, Any]) -> LineSpec:
    """A line from its JSON form; fields that it does not know are left out."""
    known = {name: value for name, value in values.items() if name in LineSpec.__dataclass_fields__}
    return replace(LineSpec(**known), budget=Decimal(str(known.get("budget", "0"))))


def _template(code: str, row: Template | None) -> TemplateView:
    ready = defaults.TEMPLATES.get(code)
    if row is None:
        assert ready is not None, "neither brought nor stored"
        name = str(labels.TEMPLATE[code])
        return TemplateView(code, name, ready.tiers, ready.groups, ready.lines, True, False, False)
    stored: Sequence[Mapping[str, Any]] = row.lines
    return TemplateView(
        code=code,
        name=row.name or str(labels.TEMPLATE.get(code, code)),
        for_tiers=tuple(row.for_tiers),
        for_groups=tuple(row.for_groups),
        lines=tuple(spec_of(one) for one in stored),
        active=row.active,
        is_own=ready is None,
        is_changed=ready is not None,
    )

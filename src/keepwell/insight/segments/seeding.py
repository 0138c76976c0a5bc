"""The segments that come with the product: VIP layers, dormant customers, audiences, interests."""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.utils.translation import gettext_noop as _

from keepwell.foundation import clock
from keepwell.insight.segments.models import Segment, SegmentVersion

BOUGHT: dict[str, Any] = {"column": "status", "is": "in", "value": ["placed", "paid"]}
DORMANT_DAYS = 180


def _is(attribute: str, *values: str) -> dict[str, Any]:
    return {"attribute": attribute, "is": "in", "value": list(values)}


def _bought(days: int, at_least: int = 1) -> dict[str, Any]:
    window = {"within_days": days}
    return {"facts": "orders", "measure": "count", "where": [BOUGHT], "window": window, "is": "at_least"} | {
        "value": at_least
    }


def _interest(*words: str) -> dict[str, Any]:
    """Bought at least twice in a year in a category whose name says it."""
    return {
        "facts": "order_items",
        "measure": "distinct",
        "column": "day",
        "where": [{"column": "category", "is": "contains", "value": list(words)}, BOUGHT],
        "window": {"within_days": 365},
        "is": "at_least",
        "value": 2,
    }


VIP = _is("tier", "high")
# code -> (name, what it is for, definition). A changed definition reaches an installation with its upgrade.
BUILT_IN: dict[str, tuple[str, str, dict[str, Any]]] = {
    "vip": (_("VIP customers"), _("The best who together bring most of the value."), VIP),
    "ordinary": (_("Ordinary customers"), _("Everybody with a value below VIP."), _is("tier", "mid", "low")),
    "vip_new": (_("VIP: new"), _("High value, and new."), {"all": [VIP, _is("status", "new")]}),
    "vip_active": (
        _("VIP: active"),
        _("High value, and bought within half a year."),
        {"all": [VIP, {"not": _is("status", "new")}, _bought(DORMANT_DAYS)]},
    ),
    "vip_dormant": (
        _("VIP: dormant"),
        _("High value, and nothing bought for half a year."),
        {"all": [VIP, {"not": _is("status", "new")}, {"not": _bought(DORMANT_DAYS)}]},
    ),
    "high_net_worth": (
        _("High net worth"),
        _("High value, buys often and spends much per order."),
        {
            "all": [
                VIP,
                {"attribute": "m_score", "is": "at_least", "value": 5},
                {"attribute": "f_score", "is": "at_least", "value": 3},
            ]
        },
    ),
    "dormant": (
        _("Dormant"),
        _("Bought before, nothing for half a year."),
        {"all": [{"attribute": "orders", "is": "at_least", "value": 1}, {"not": _bought(DORMANT_DAYS)}]},
    ),
    "likely_active_sms": (
        _("Likely to answer a text message"),
        _("Bought twice in half a year, spends as much as most, and is probably still here."),
        {
            "all": [
                _bought(DORMANT_DAYS, 2),
                {"attribute": "m_score", "is": "at_least", "value": 3},
                {"attribute": "p_alive", "is": "at_least", "value": "0.5"},
            ]
        },
    ),
    "interest_outdoor": (
        _("Interest: outdoor sports"),
        _("Buys outdoor and sports goods again and again."),
        _interest("outdoor", "sport", "camping", "hiking", "户外", "戶外", "运动", "運動", "esporte"),
    ),
    "interest_children": (
        _("Interest: raising children"),
        _("Buys goods for babies and children again and again."),
        _interest("baby", "child", "kids", "toys", "母婴", "母嬰", "儿童", "兒童", "亲子", "親子", "bebes"),
    ),
    "interest_fashion": (
        _("Interest: young fashion"),
        _("Buys fashion and beauty again and again."),
        _interest("fashion", "clothing", "shoes", "beauty", "服饰", "服飾", "时尚", "時尚", "美妆", "美妝"),
    ),
    "interest_home": (
        _("Interest: quality and value at home"),
        _("Buys for home and kitchen again and again."),
        _interest("home", "kitchen", "furniture", "grocery", "家居", "厨房", "廚房", "食品"),
    ),
    "interest_technology": (
        _("Interest: technology"),
        _("Buys electronics again and again."),
        _interest(
            "electronic", "computer", "digital", "tech", "数码", "數位", "电子", "電子", "手机", "手機"
        ),
    ),
    "giveback": (
        _("For giving back"),
        _("High value and loyal: whom an act of thanks is for."),
        {
            "all": [
                VIP,
                {"attribute": "orders", "is": "at_least", "value": 3},
                {"not": _is("status", "lost")},
            ]
        },
    ),
}


def after_migrate(using: str) -> None:
    """Put the segments of this release into a database, and bring known ones up to date."""
    if SegmentVersion._meta.db_table not in connections[using].introspection.table_names():
        return  # migrated to an earlier release only
    segments, versions = Segment.objects.using(using), SegmentVersion.objects.using(using)
    now = clock.now()
    known = {row.code: row for row in segments.filter(code__isnull=False)}
    for code, (name, description, definition) in BUILT_IN.items():
        row = known.get(code)
        if row is None:
            row = segments.create(
                code=code,
                name=name,
                description=description,
                definition=definition,
                shared="all",
                created_at=now,
                updated_at=now,
            )
        elif row.definition != definition:
            row.name, row.description = name, description
            row.definition, row.version, row.updated_at = definition, row.version + 1, now
            row.save(using=using)
        else:
            if (row.name, row.description) != (name, description):
                row.name, row.description = name, description
                row.save(using=using)
            continue
        versions.create(
            segment=row, version=row.version, definition=definition, created_at=now, actor="keepwell"
        )

"""What can be done with pace and strategies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.customers import queries as customers
from keepwell.customers.privacy import queries as privacy
from keepwell.customers.privacy.contracts import Purpose, Reason
from keepwell.foundation.audit import services as audit
from keepwell.outreach import users
from keepwell.outreach.contracts import Channel
from keepwell.outreach.pacing import core, queries, reading
from keepwell.outreach.pacing.contracts import STAGES, Counts, Form, Level, Pace, Strategy, StrategyError, Why
from keepwell.outreach.pacing.models import PaceRow, PaceRun, StageStrategy

CHUNK = 5_000
# The tones that texts are written in; the room of texts stands above this one.
TONES = ("factual", "warm", "direct", "detailed", "brief")
MOST_MAX, DAYS_MAX, TEXT_MAX = 100, 366, 400
FIELDS = ("level", "form", "channel", "why", "figures", "made_at")
VALUES = (
    "goal", "channels", "most", "days", "is_binding", "content", "contents", "offers", "journeys", "owner_id",
    "in_force", "tone",
)  # fmt: skip


def work_out(*, now: datetime, agreed_only: bool = False) -> Counts:
    """Tell the pace of everybody anew; only those that are not the usual one are kept.

    Whoever refused profiling (with `agreed_only`: did not agree to it) has the usual pace, but for farewells,
    which they said themselves.
    """
    shop, each = reading.reactions(now)
    told = ((one, core.pace(mine, shop)) for one, mine in each)
    unusual = (
        (one, pace) for one, pace in told if pace.level is not Level.NORMAL or pace.form is not Form.USUAL
    )
    while chunk := dict(islice(unusual, CHUNK)):
        _keep(_followed(chunk, now, agreed_only), now)
    with transaction.atomic():
        PaceRow.objects.exclude(made_at=now).delete()
        PaceRun.objects.update_or_create(pk=1, defaults={"made_at": now, "shop": asdict(shop)})
    return queries.counts()


def _followed(chunk: Mapping[str, Pace], now: datetime, agreed_only: bool) -> dict[str, Pace]:
    """Those whom openings and clicks may be known of, and everybody's farewells."""
    there = customers.existing(chunk)
    said = privacy.may_contact_many(there, "email", Purpose.PROFILING, now=now)
    enough = {Reason.GIVEN} if agreed_only else {Reason.GIVEN, Reason.NOT_ASKED}
    return {
        one: pace
        for one, pace in chunk.items()
        if one in there and (pace.why is Why.FAREWELL or (one in said and said[one].reason in enough))
    }


def _keep(chunk: Mapping[str, Pace], now: datetime) -> None:
    rows = [
        PaceRow(
            customer_id=one,
            level=pace.level,
            form=pace.form,
            channel=pace.channel,
            why=pace.why,
            figures=dict(pace.figures),
            made_at=now,
        )
        for one, pace in sorted(chunk.items())
    ]
    PaceRow.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["customer_id"], update_fields=FIELDS
    )


def set_strategy(*, stage: str, values: Mapping[str, Any], actor: str, now: datetime) -> Strategy:
    """Say how the customers of a stage are spoken to; audited. Nothing is written where nothing changes.

    Raises StrategyError naming each field that will not do.
    """
    if stage not in STAGES:
        raise StrategyError({"stage": _("There is no such stage.")})
    with transaction.atomic():
        row = StageStrategy.objects.select_for_update().filter(stage=stage).first()
        before = queries.strategy_view(stage, row)
        row = row or StageStrategy(
            stage=stage,
            most=before.most,
            days=before.days,
            channels=list(before.channels),
            journeys=list(before.journeys),
        )
        for name in VALUES:
            if name in values:
                value = values[name]
                setattr(row, name, list(value) if isinstance(value, tuple) else value)
        wrong = _wrong(row)
        if wrong:
            raise StrategyError(wrong)
        row.updated_at, row.updated_by = now, actor
        after = queries.strategy_view(stage, row)
        changed = {
            name: [getattr(before, name), getattr(after, name)]
            for name in VALUES
            if getattr(before, name) != getattr(after, name)
        }
        if not changed:
            return before
        row.save()
        audit.log(
            actor=actor,
            action="strategy.set",
            object_type="strategy",
            object_id=stage,
            details=changed,
            at=now,
        )
    return after


def _wrong(row: StageStrategy) -> dict[str, str]:
    wrong: dict[str, str] = {}
    for name, most in (("most", MOST_MAX), ("days", DAYS_MAX)):
        if not 1 <= getattr(row, name) <= most:
            wrong[name] = _("Please type a whole number from %(least)s to %(most)s.") % {
                "least": 1,
                "most": most,
            }
    if not set(row.channels) <= set(Channel):
        wrong["channels"] = _("Please choose one of the list.")
    if row.tone and row.tone not in TONES:
        wrong["tone"] = _("Please choose one of the list.")
    for name in ("goal", "content", "offers"):
        if len(getattr(row, name)) > TEXT_MAX:
            wrong[name] = _("Please say it in %(most)s characters.") % {"most": TEXT_MAX}
    if row.owner_id is not None and users.get(row.owner_id) is None:
        wrong["owner_id"] = _("Please choose one of the list.")
    return wrong

"""The rules that count, and what a measure costs and saves under the settings of plays."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from keepwell.outreach import core as outreach
from keepwell.outreach.contracts import Kind
from keepwell.plays import core as plays_core
from keepwell.plays import queries as plays
from keepwell.plays.winback import core, defaults, rulebook
from keepwell.plays.winback.contracts import Rules
from keepwell.plays.winback.models import Case, RuleVersion

PERSONAL = (Kind.CALL, Kind.VISIT, Kind.FOLLOW_UP, Kind.OTHER)


def current() -> Rules:
    """The rules that count now; those that Keepwell brings (version 0) before any change."""
    newest = RuleVersion.objects.order_by("-version").first()
    if newest is None:
        return defaults.rules()
    return rulebook.parse({**newest.values, "version": newest.version})


def versions(limit: int = 10) -> list[RuleVersion]:
    """The newest versions of the rules."""
    return list(RuleVersion.objects.order_by("-version")[:limit])


def measures() -> dict[str, core.MeasureRule]:
    """What each kind of measure costs now; those whose treatment is not in use are left out."""
    known = {one.code: one for one in plays.treatments(active_only=True)}
    found = {}
    for code, kind in defaults.MEASURES.items():
        treatment = known.get(kind.treatment)
        if treatment is None:
            continue
        found[code] = core.MeasureRule(
            code=code,
            treatment=kind.treatment,
            cost=treatment.unit_cost,
            low_cost=treatment.low_cost,
            is_offer=bool(kind.discount),
            needs_person=kind.kind in PERSONAL,
            marketing=outreach.purpose(kind.response) == "marketing",
        )
    return found


def saved_shares(*, tier: str, cause: str, rules: Rules) -> dict[str, float]:
    """What each treatment is assumed to save of a tier's customers with this main cause."""
    rule = rules.cause(cause)
    group = rule.group if rule else plays_core.DEFAULT_GROUP
    return {
        row.treatment: row.saved_share
        for row in plays.assumptions()
        if row.tier == tier and row.reason_group == group
    }


def frame(case: Case) -> core.Frame:
    """Within what a case may be planned, by its grade's limit as it is set now."""
    limits = {one.tier: one for one in plays.grade_limits()}
    limit = limits[current().grade(case.grade).limit_of]
    most = core.spending_limit(
        max_cost=limit.max_cost,
        max_value_share=limit.max_value_share,
        value_at_stake=case.value_at_stake,
    )
    return core.Frame(
        limit=most,
        value_at_stake=case.value_at_stake,
        expected_loss=case.expected_loss,
        average_amount=case.average_amount,
        currency=case.currency,
        low_cost_only=limit.low_cost_only,
        automatic=case.way == "automatic",
        kept_aside=case.kept_aside,
        left_share=plays.win_back_rule().lost_share_factor if case.customer_status == "lost" else 1.0,
    )


def usual_cost(code: str, *, discount: Decimal, average_amount: Decimal) -> Decimal:
    """What a measure usually costs for somebody with such orders."""
    rule = measures().get(code)
    if rule is None:
        return Decimal(0)
    return core.cost_of(rule, discount=discount, average_amount=average_amount)


def suggested(reasons: Sequence[str]) -> list[str]:
    """The causes that a warning's reasons point to; "unknown" where they say nothing."""
    rules = current()
    known = [defaults.CAUSE_OF_REASON.get(code, "") for code in reasons]
    usable = [code for code in known if (rule := rules.cause(code)) is not None and rule.active]
    return list(dict.fromkeys(usable))[:2] or ["unknown"]

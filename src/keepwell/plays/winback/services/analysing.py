"""Say why a customer leaves: the causes decide the grade and which measures are proposed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.insight import queries as insight
from keepwell.plays.winback import defaults, facts
from keepwell.plays.winback.contracts import Asked, CaseError
from keepwell.plays.winback.models import Case, CaseStep
from keepwell.plays.winback.queries import rules as rule_queries
from keepwell.plays.winback.services.opening import measure_up
from keepwell.plays.winback.services.stepping import locked, require, take, text

CAUSES_MAX = 5
NAME_MAX = 120
ANSWERED = (Asked.SURVEY, Asked.DIAGNOSIS, Asked.INTERVIEW)


def analyse(
    *,
    case_id: int,
    causes: Sequence[str],
    asked: str,
    actor: str,
    now: datetime,
    obstacles: Sequence[str] = (),
    competitor: str = "",
    competitor_reason: str = "",
    said: str = "",
    is_told: bool = False,
) -> None:
    """Record the causes, the main one first; obstacles of the diagnosis add the causes that they mean.

    The case is graded again. What the customer answered becomes a fact by its code, unless it is one already
    (`is_told`); words stay sealed.

    Raises CaseError for an unknown cause, obstacle or way of asking, or for none at all.
    """
    rules = rule_queries.current()
    if asked not in tuple(Asked):
        raise CaseError(_("Please say how the cause is known."))
    if any(one not in defaults.OBSTACLES for one in obstacles):
        raise CaseError(_("There is no such obstacle."))
    wanted = list(dict.fromkeys([*causes, *(defaults.OBSTACLES[one] for one in obstacles)]))
    if not wanted:
        raise CaseError(_("Choose at least one cause; “not known yet” is one."))
    if len(wanted) > CAUSES_MAX:
        raise CaseError(_("Choose at most %(most)s causes.") % {"most": CAUSES_MAX})
    if len(wanted) > 1:
        wanted = [one for one in wanted if one != "unknown"]
    with transaction.atomic():
        case = locked(case_id)
        require(case, "analyse")
        for code in wanted:
            rule = rules.cause(code)
            if rule is None or not (rule.active or code in case.causes):
                raise CaseError(_("There is no such cause."))
        case.causes, case.main_cause, case.asked = wanted, wanted[0], Asked(asked)
        case.obstacles = list(dict.fromkeys(obstacles))
        case.competitor, case.competitor_reason = text(competitor)[:NAME_MAX], text(competitor_reason)
        case.said = text(said)
        score = insight.score(case.customer_id)
        if score is not None:
            measure_up(case, score)
        case.approvals = []
        take(
            case,
            "analyse",
            actor=actor,
            now=now,
            data={"causes": ",".join(wanted), "asked": case.asked, "grade": case.grade},
        )
        if case.asked in ANSWERED and not is_told:
            _tell_answers(case, now)


def _tell_answers(case: Case, now: datetime) -> None:
    number = CaseStep.objects.filter(case=case).count()
    for code in case.causes:
        facts.answer(case, metric="other", score=None, topic=f"cause:{code}", number=number, at=now)

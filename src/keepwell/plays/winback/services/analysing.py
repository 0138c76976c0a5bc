"""Say why a customer leaves: the causes decide the grade and which measures are proposed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.insight import queries as insight
from keepwell.plays.winback import defaults, facts
from keepwell.plays.winback.contracts import Asked, CaseError
from keepwell.plays.winback.core import next_status
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
    interview: Mapping[str, str] | None = None,
    is_told: bool = False,
) -> None:
    """Record the causes, the main one first; obstacles of the diagnosis add the causes that they mean.

    The case is graded again. What the customer answered becomes a fact by its code, unless it is one already
    (`is_told`); words stay sealed. `interview` answers the questions of `defaults.INTERVIEW`; None leaves it.

    Raises CaseError for an unknown cause, obstacle, question or way of asking, or for none at all.
    """
    if asked not in tuple(Asked):
        raise CaseError(_("Please say how the cause is known."))
    wanted = _wanted(causes, obstacles)
    if len(wanted) > CAUSES_MAX:
        raise CaseError(_("Choose at most %(most)s causes.") % {"most": CAUSES_MAX})
    with transaction.atomic():
        case = locked(case_id)
        require(case, "analyse")
        _set_causes(case, wanted)
        case.asked = Asked(asked)
        case.obstacles = list(dict.fromkeys(obstacles))
        case.competitor, case.competitor_reason = text(competitor)[:NAME_MAX], text(competitor_reason)
        case.said = text(said)
        if interview is not None:
            case.interview = _sealed(interview)
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
            _tell_answers(case, wanted, now)


def diagnose(
    *,
    case_id: int,
    actor: str,
    now: datetime,
    obstacles: Sequence[str] = (),
    interview: Mapping[str, str] | None = None,
) -> None:
    """Record what the customer says on a call, whatever the case is at (WIN-06, CAU-06).

    What they say comes before what was supposed: its causes lead, the others follow. A plan that has begun or
    waits for approval goes on as it is, ungraded; before one is made the case is graded again.

    Raises CaseError for an unknown obstacle or question, and where nothing was said.
    """
    with transaction.atomic():
        case = locked(case_id)
        kept = _sealed({**(json.loads(case.interview) if case.interview else {}), **(interview or {})})
        if not obstacles and kept == case.interview:
            raise CaseError(_("Note at least one obstacle or one answer."))
        asked = Asked.DIAGNOSIS if obstacles else Asked.INTERVIEW
        heard = _wanted((), obstacles) if obstacles else []
        supposed = [one for one in case.causes if one != "unknown"]
        wanted = list(dict.fromkeys([*heard, *supposed]))[:CAUSES_MAX] or ["unknown"]
        if next_status(case.status, "analyse") is not None:
            case.interview = kept
            case.save(update_fields=["interview"])
            analyse(
                case_id=case_id,
                causes=wanted,
                asked=asked,
                actor=actor,
                now=now,
                obstacles=obstacles,
                competitor=case.competitor,
                competitor_reason=case.competitor_reason,
                said=case.said,
                is_told=True,  # only what was heard is the customer's answer, not what was supposed before
            )
        else:
            require(case, "diagnose")
            _set_causes(case, wanted)
            case.asked, case.obstacles, case.interview = asked, list(dict.fromkeys(obstacles)), kept
            take(case, "diagnose", actor=actor, now=now, data={"causes": ",".join(wanted), "asked": asked})
        _tell_answers(case, heard, now)


def _wanted(causes: Sequence[str], obstacles: Sequence[str]) -> list[str]:
    """The causes that are named or meant by an obstacle, each once; “not known yet” only alone."""
    if any(one not in defaults.OBSTACLES for one in obstacles):
        raise CaseError(_("There is no such obstacle."))
    wanted = list(dict.fromkeys([*causes, *(defaults.OBSTACLES[one] for one in obstacles)]))
    if not wanted:
        raise CaseError(_("Choose at least one cause; “not known yet” is one."))
    return wanted if len(wanted) == 1 else [one for one in wanted if one != "unknown"]


def _set_causes(case: Case, wanted: list[str]) -> None:
    rules = rule_queries.current()
    for code in wanted:
        rule = rules.cause(code)
        if rule is None or not (rule.active or code in case.causes):
            raise CaseError(_("There is no such cause."))
    case.causes, case.main_cause = wanted, wanted[0]


def _sealed(interview: Mapping[str, str]) -> str:
    """The answers of an interview as they are kept; what was left out is not."""
    if any(one not in defaults.INTERVIEW for one in interview):
        raise CaseError(_("The interview has no such question."))
    said = {code: words for code in defaults.INTERVIEW if (words := text(interview.get(code, "")))}
    return json.dumps(said, ensure_ascii=False) if said else ""


def _tell_answers(case: Case, causes: Sequence[str], now: datetime) -> None:
    number = CaseStep.objects.filter(case=case).count()
    for code in causes:
        facts.answer(case, metric="other", score=None, topic=f"cause:{code}", number=number, at=now)

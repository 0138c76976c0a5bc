"""After they came back: acts at dates, and whether it is right now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.plays.winback import defaults, facts
from keepwell.plays.winback.contracts import CaseError, Phase, Wanted
from keepwell.plays.winback.models import CaseStep, Measure
from keepwell.plays.winback.services.acting import make_task
from keepwell.plays.winback.services.stepping import locked, require, take, text

ACTS_MAX = 12
SCORES = range(1, 6)


def care(*, case_id: int, acts: Sequence[Wanted], actor: str, now: datetime) -> None:
    """Put acts of care into the calendar of those who do them (WIN-11, WIN-14); their cost is not planned.

    Raises CaseError for an unknown act, none at all, too many, or one without a day to come.
    """
    if not acts or len(acts) > ACTS_MAX:
        raise CaseError(_("Choose between 1 and %(most)s acts.") % {"most": ACTS_MAX})
    with transaction.atomic():
        case = locked(case_id)
        require(case, "care")
        for one in acts:
            if one.code not in defaults.CARE:
                raise CaseError(_("There is no such act of care."))
            if one.due_at is None or one.due_at <= now:
                raise CaseError(_("Please choose a day to come for each act."))
            row = Measure.objects.create(
                case=case,
                code=one.code,
                phase=Phase.CARE,
                cost=Decimal(0),
                due_at=one.due_at,
                owner_id=one.owner_id if one.owner_id is not None else case.owner_id,
                words=text(one.words),
            )
            make_task(case, row, actor=actor, now=now)
        take(case, "care", actor=actor, now=now, data={"acts": ",".join(one.code for one in acts)})


def record_satisfaction(*, case_id: int, score: int, actor: str, now: datetime, said: str = "") -> None:
    """Keep how content the customer is now, from 1 (not at all) to 5 (very); a fact (WIN-13).

    Raises CaseError for another score.
    """
    if score not in SCORES:
        raise CaseError(_("Please choose a score from 1 to 5."))
    with transaction.atomic():
        case = locked(case_id)
        case.satisfaction = score
        take(case, "satisfaction", actor=actor, now=now, data={"score": score}, note=said)
        number = CaseStep.objects.filter(case=case).count()
        facts.answer(case, metric="csat", score=float(score), topic="win_back", number=number, at=now)

"""A case in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.plays.winback import core, labels
from keepwell.plays.winback.contracts import (
    Answers,
    AnswerView,
    Asked,
    CaseView,
    Rules,
    Status,
    StepView,
    Verdict,
)
from keepwell.plays.winback.queries import cases
from keepwell.plays.winback.queries import rules as rule_queries
from keepwell.web import formats

HEARD = (Asked.DIAGNOSIS, Asked.INTERVIEW)


def causes(codes: tuple[str, ...], known: Rules | None = None) -> list[str]:
    """What people read for these causes."""
    rules = known or rule_queries.current()
    own = {one.code: one for one in rules.causes}
    return [labels.cause_name(code, own) for code in codes]


def answered(rows: list[AnswerView], known: Rules) -> list[dict[str, Any]]:
    """What a customer answered behind messages, in words."""
    return [
        {
            "survey": str(labels.SURVEY[one.survey]),
            "at": one.changed_at,
            "figures": figures(one.answers, known),
            "said": one.answers.said,
        }
        for one in rows
    ]


def figures(given: Answers, known: Rules) -> list[str]:
    """What was chosen in a questionnaire."""
    found = causes(given.causes, known)
    if given.satisfaction is not None:
        found.append(_("content: %(score)s of 5") % {"score": given.satisfaction})
    if given.recommend is not None:
        found.append(_("would recommend: %(score)s of 10") % {"score": given.recommend})
    if given.call_back:
        found.append(_("asks to be called back"))
    return found


def path(found: CaseView) -> list[dict[str, Any]]:
    """The five steps: which are done, which is the one to do."""
    names = list(core.PATH)
    here = next((place for place, name in enumerate(names) if found.status in core.PATH[name]), len(names))
    if not found.line.is_open:
        here = len(names) if found.won_at else _reached(found)
    return [
        {
            "name": str(labels.PATH[name]),
            "state": "done" if place < here else "now" if place == here and found.line.is_open else "later",
            "number": place + 1,
        }
        for place, name in enumerate(names)
    ]


def not_planned(found: CaseView) -> list[str]:
    """What the causes as they are known now ask for and the plan does not have, in words."""
    if found.status not in (Status.WAITING, Status.CONTACTING) or found.asked not in HEARD:
        return []
    has = {one.code for one in found.measures}
    return [str(labels.MEASURE[code]) for code in cases.proposed(found) if code not in has]


def _reached(found: CaseView) -> int:
    """How many steps a case took that ended before its time."""
    if found.started_at is not None:
        return 4
    return 2 if found.line.causes else 1


def todo(found: CaseView, *, name: str) -> str:
    """What is to be done now, in one sentence."""
    who = {"name": name}
    if not found.line.is_open:
        return _over(found, name)
    sentences = {
        "opened": _("Find out why %(name)s leaves."),
        "analysed": _("Choose what to do for %(name)s."),
        "planned": _("The plan for %(name)s is ready to begin."),
        "waiting": _("The plan for %(name)s waits for approval."),
        "contacting": _("Carry the plan out, and note whether %(name)s comes back."),
        "won_back": _("%(name)s is back. Keep in touch."),
    }
    return sentences[found.status] % who


def _over(found: CaseView, name: str) -> str:
    said = {"name": name, "result": labels.RESULT.get(found.result, found.result)}
    if found.status == "won_back":
        return _("%(name)s was won back: %(result)s.") % said
    if found.status == "lost":
        return _("%(name)s was given up as lost: %(result)s.") % said
    return _("The case of %(name)s was closed without result: %(result)s.") % said


def verdict(one: Verdict) -> dict[str, Any]:
    """What a plan costs beside what it is assumed to keep."""
    return {
        "one": one,
        "problems": [str(labels.PROBLEM[problem]) for problem in one.problems],
        "worth": one.is_worth_it,
        "sentence": _verdict_sentence(one),
    }


def _verdict_sentence(one: Verdict) -> str:
    money = {
        "cost": formats.money(one.cost, one.currency),
        "gain": formats.money(one.gain, one.currency),
        "net": formats.money(abs(one.net), one.currency),
    }
    if one.is_worth_it:
        return _("Costs %(cost)s and is assumed to keep %(gain)s: %(net)s more than it costs.") % money
    return _("Costs %(cost)s and is assumed to keep %(gain)s: not worth it by %(net)s.") % money


def step(one: StepView, names: Rules) -> dict[str, Any]:
    """An entry of the history."""
    data = one.data
    parts: list[str] = []
    if data.get("causes"):
        parts += causes(tuple(str(data["causes"]).split(",")), names)
    if data.get("measures"):
        parts += [str(labels.MEASURE.get(code, code)) for code in str(data["measures"]).split(",")]
    if data.get("acts"):
        parts += [str(labels.MEASURE.get(code, code)) for code in str(data["acts"]).split(",")]
    if data.get("measure"):
        parts.append(str(labels.MEASURE.get(str(data["measure"]), data["measure"])))
    if data.get("state"):
        parts.append(str(labels.MEASURE_STATUS.get(str(data["state"]), data["state"])))
    if data.get("result"):
        parts.append(str(labels.RESULT.get(str(data["result"]), data["result"])))
    if data.get("score"):
        parts.append(_("%(score)s of 5") % {"score": data["score"]})
    return {
        "one": one,
        "name": str(labels.STEP.get(one.action, one.action)),
        "detail": formats.listed(parts),
    }


def desk_sentence(total: int, stake: str, waiting: int) -> str:
    """What the list says first."""
    said = ngettext(
        "%(count)s open case, %(stake)s at stake.", "%(count)s open cases, %(stake)s at stake.", total
    ) % {"count": formats.number(total), "stake": stake}
    if not waiting:
        return said
    more = ngettext("%(count)s waits for approval.", "%(count)s wait for approval.", waiting) % {
        "count": formats.number(waiting)
    }
    return f"{said} {more}"

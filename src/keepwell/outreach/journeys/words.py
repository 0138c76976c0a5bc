"""What a journey does, in words: how it begins, each of its steps, and what ends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time

import orjson
from django.utils.formats import time_format
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from keepwell.customers.labels import CHANNEL, PURPOSE
from keepwell.insight.labels import COMMUNICATION_GROUP, LIFE_STAGE, RISK_LEVEL, STATUS, TIER
from keepwell.insight.segments import queries as segments
from keepwell.insight.segments import words as segment_words
from keepwell.insight.segments.value_words import labels_of
from keepwell.outreach.content import queries as content
from keepwell.outreach.journeys import own_days
from keepwell.outreach.journeys.core.controlling import is_marketing, may_stay_out
from keepwell.outreach.journeys.core.facts import Filter, Happening
from keepwell.outreach.journeys.core.graph import (
    BEST,
    Became,
    Branch,
    Condition,
    Crossing,
    DayRule,
    Definition,
    End,
    Ending,
    Happened,
    Holds,
    Message,
    Movement,
    Notice,
    Request,
    Split,
    Start,
    Step,
    Tag,
    Task,
    Wait,
    WaitFor,
    WaitUntil,
)
from keepwell.outreach.journeys.labels import FESTIVAL
from keepwell.outreach.labels import KIND
from keepwell.outreach.sending.labels import MESSAGE_STATUS, STANDING
from keepwell.outreach.tailoring import queries as tailoring

Label = str | Promise

SCORE_VALUES: dict[str, Mapping[str, Label]] = {
    "tier": TIER,
    "status": STATUS,
    "risk_level": RISK_LEVEL,
    "life_stage": LIFE_STAGE,
    "communication_group": COMMUNICATION_GROUP,
}
SCORES: dict[str, Label] = {
    "tier": pgettext_lazy("score", "Value tier"),
    "status": pgettext_lazy("score", "Status"),
    "risk_level": pgettext_lazy("score", "Risk"),
    "life_stage": pgettext_lazy("score", "Life stage"),
    "communication_group": pgettext_lazy("score", "Communication group"),
    "churn_risk": pgettext_lazy("score", "Churn risk"),
    "clv": pgettext_lazy("score", "Expected value"),
}
FATES: dict[str, Label] = {**MESSAGE_STATUS, **STANDING}
DAYS: dict[str, Label] = {
    "birthday": pgettext_lazy("day of a journey", "the birthday"),
    "birthday_month": pgettext_lazy("day of a journey", "the first of the birthday's month"),
    "personal_date": pgettext_lazy("day of a journey", "a date on the customer's record"),
    "replenishment": pgettext_lazy("day of a journey", "the day on which something bought is used up"),
    "contract_end": pgettext_lazy("day of a journey", "the end of a contract"),
}
WEEKDAYS: tuple[Label, ...] = (
    pgettext_lazy("weekday", "Monday"),
    pgettext_lazy("weekday", "Tuesday"),
    pgettext_lazy("weekday", "Wednesday"),
    pgettext_lazy("weekday", "Thursday"),
    pgettext_lazy("weekday", "Friday"),
    pgettext_lazy("weekday", "Saturday"),
    pgettext_lazy("weekday", "Sunday"),
)
HOUR, DAY = 60, 24 * 60


def start(one: Start) -> str:
    """What sets somebody going."""
    if isinstance(one, Happening):
        return _("When this happens: %(fact)s") % {"fact": happening(one)}
    if isinstance(one, Movement):
        return movement(one)
    if isinstance(one, Crossing):
        said = get_text_list([_score(each) for each in one.where], _("and"))
        return _("When a cycle finds for the first time: %(what)s") % {"what": said}
    return day(one)


def entry(plan: Definition) -> str:
    """How often somebody may come in, and who."""
    rule = plan.entry
    if rule.again == "once":
        said = _("Everybody once in their life.")
    elif rule.again == "after":
        said = ngettext(
            "Again after %(days)s day at the earliest.",
            "Again after %(days)s days at the earliest.",
            rule.after_days,
        ) % {"days": rule.after_days}
    else:
        said = _("Each time anew, but never twice at once.")
    if rule.who is None:
        return said
    return _("%(often)s Only who satisfies: %(who)s") % {"often": said, "who": condition(rule.who)}


def control(plan: Definition) -> str:
    """How many are kept as control, or why nobody is."""
    if not any(is_marketing(one) for one in plan.steps.values()):
        return _("Nobody is kept as control: nothing of it is marketing.")
    if not plan.control:
        return _("Nobody is kept as control, so nobody will know what it brings.")
    if may_stay_out(plan):
        said = _("By lot, %(share)s %% of those who would come in are kept as control and do not come in.")
    else:
        said = _("By lot, %(share)s %% of those who come in are kept as control: no marketing, but service.")
    return said % {"share": f"{100 * plan.control:g}"}


def step(one: Step) -> str:
    """What happens at a step."""
    if isinstance(one, Wait):
        return _("Wait %(long)s") % {"long": duration(one.minutes)}
    if isinstance(one, WaitUntil):
        return _until(one)
    if isinstance(one, WaitFor):
        fact = movement(one.fact) if isinstance(one.fact, Movement) else happening(one.fact)
        if one.standard:
            return _(
                "Wait for: %(fact)s, until %(percent)s%% of the channel’s reply-time standard have passed; "
                "without a standard at most %(long)s"
            ) % {"fact": fact, "percent": one.standard, "long": duration(one.minutes)}
        return _("Wait for: %(fact)s, at most %(long)s") % {"fact": fact, "long": duration(one.minutes)}
    if isinstance(one, Branch):
        return _("Which way?")
    if isinstance(one, Split):
        return _("By lot, always the same for the same customer")
    if isinstance(one, Message):
        return _message(one)
    if isinstance(one, Task):
        return _("Task: %(kind)s. %(words)s") % {
            "kind": KIND.get(one.kind, one.kind),
            "words": _spoken(one.words),
        }
    if isinstance(one, Tag):
        return _("Tag the customer: %(tag)s") % {"tag": one.tag}
    if isinstance(one, Notice):
        return _("Tell %(group)s: %(words)s") % {"group": one.group, "words": _spoken(one.words)}
    if isinstance(one, Request):
        return _("Ask your system: %(what)s, at most %(long)s for its answer") % {
            "what": one.what,
            "long": duration(one.minutes),
        }
    assert isinstance(one, End)
    return _("The journey is over.")


def ways(one: Step) -> list[tuple[str, str]]:
    """Where a step leads: what decides (empty: nothing), and the code of the next step."""
    if isinstance(one, End):
        return []
    if isinstance(one, Branch):
        cases = [(_("if %(what)s") % {"what": condition(what)}, to) for what, to in one.cases]
        return [*cases, (_("otherwise"), one.otherwise)]
    if isinstance(one, Split):
        return [(f"{arm.code}: {arm.share:.0%}", arm.next) for arm in one.arms]
    if isinstance(one, WaitFor):
        return [(_("it came"), one.next), (_("it did not come"), one.otherwise)]
    if isinstance(one, Request):
        return [
            (_("accepted"), one.next),
            (_("refused"), one.refused),
            (_("no answer"), one.otherwise),
        ]
    return [("", one.next)]


def ending(one: Ending) -> str:
    """What ends it."""
    if isinstance(one, Happening):
        return happening(one)
    return movement(one) if isinstance(one, Movement) else condition(one)


def condition(one: Condition) -> str:
    """A condition in words."""
    if isinstance(one, Holds):
        return segments.sentence(orjson.loads(one.definition))
    if isinstance(one, Happened):
        return _("this has happened since: %(fact)s") % {"fact": happening(one.fact)}
    assert isinstance(one, Became)
    fates = get_text_list([str(FATES.get(fate, fate)) for fate in one.fates], _("or"))
    return _("the message “%(step)s” was %(fates)s") % {"step": one.step, "fates": fates}


def happening(one: Happening) -> str:
    """A fact in words."""
    facts = str(segment_words.FACTS.get(one.table, one.table))
    if not one.where:
        return facts
    filters = _("; ").join(_filter(each) for each in one.where)
    return _("%(facts)s (%(filters)s)") % {"facts": facts, "filters": filters}


def movement(one: Movement) -> str:
    """Entering or leaving a segment."""
    name = _segment(one.segment)
    if one.entered:
        return _("somebody enters the segment “%(name)s”") % {"name": name}
    return _("somebody leaves the segment “%(name)s”") % {"name": name}


def day(one: DayRule) -> str:
    """A day in somebody's life."""
    if one.kind == "festival":
        what = str(FESTIVAL.get(one.code) or own_days.name_of(one.code))
    elif one.kind == "anniversary":
        what = (
            _("the anniversary of joining") if one.of == "joined" else _("the anniversary of the first order")
        )
    elif one.kind == "silence":
        what = _("%(days)s days without an order") % {"days": one.days}
    elif one.kind == "fact_age" and one.fact is not None:
        what = _("%(days)s days after: %(fact)s") % {"days": one.days, "fact": happening(one.fact)}
    else:
        what = str(DAYS.get(one.kind, one.kind))
    when = {"day": what, "days": abs(one.offset_days), "time": clock(one.at)}
    if one.offset_days < 0:
        return _("%(days)s days before %(day)s, at %(time)s of the customer's clock") % when
    if one.offset_days > 0:
        return _("%(days)s days after %(day)s, at %(time)s of the customer's clock") % when
    return _("On %(day)s, at %(time)s of the customer's clock") % when


def duration(minutes: int) -> str:
    """A span of time in the largest unit that divides it."""
    if minutes % DAY == 0:
        return ngettext("%(n)s day", "%(n)s days", minutes // DAY) % {"n": minutes // DAY}
    if minutes % HOUR == 0:
        return ngettext("%(n)s hour", "%(n)s hours", minutes // HOUR) % {"n": minutes // HOUR}
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


def clock(at: time) -> str:
    """A time of day."""
    return time_format(at, "H:i")


def _until(one: WaitUntil) -> str:
    at = {"time": clock(one.at)}
    if one.month_end:
        return _("Wait until the last day of the month, %(time)s of the customer's clock") % at
    if one.weekdays:
        days = get_text_list([str(WEEKDAYS[number]) for number in one.weekdays], _("or"))
        return _("Wait until %(days)s, %(time)s of the customer's clock") % {**at, "days": days}
    return _("Wait until %(time)s of the customer's clock") % at


def _message(one: Message) -> str:
    texts = [
        _("%(channel)s: %(text)s") % {"channel": CHANNEL.get(channel, channel), "text": _template(code)}
        for channel, code in one.contents
    ]
    said = {"texts": _("; ").join(texts), "purpose": PURPOSE.get(one.purpose, one.purpose)}
    if one.channel == BEST and len(texts) > 1:
        told = _("Write (%(purpose)s), by the channel that suits best. %(texts)s") % said
    else:
        told = _("Write (%(purpose)s). %(texts)s") % said
    if one.touchpoint:
        name = tailoring.places_named().get(one.touchpoint, one.touchpoint)
        told = _("%(told)s By group and stage as planned at “%(touchpoint)s”.") % {
            "told": told,
            "touchpoint": name,
        }
    if one.best_hour:
        told = _("%(told)s At each customer's best hour.") % {"told": told}
    if one.from_manager:
        told = _("%(told)s In the name of who looks after them.") % {"told": told}
    return told


def _template(code: str) -> str:
    found = content.get(code)
    return found.name if found else code


def _spoken(words: Sequence[tuple[str, str]]) -> str:
    said = dict(words)
    language = (get_language() or "en").lower()
    return said.get(language) or said.get("en") or next(iter(said.values()), "")


def _segment(one: int | str) -> str:
    if isinstance(one, int):
        return segments.names().get(one, str(one))
    return next((row.name for row in segments.every() if row.code == one), one)


def _filter(one: Filter) -> str:
    column = str(segment_words.COLUMNS.get(one.column, one.column))
    return _compared(column, one, labels_of(one.column))


def _score(one: Filter) -> str:
    return _compared(str(SCORES.get(one.column, one.column)), one, SCORE_VALUES.get(one.column, {}))


def _compared(what: str, one: Filter, labels: Mapping[str, Label]) -> str:
    said = [segment_words.value_text(value, labels) for value in one.value]
    listed = get_text_list(said, _("and") if one.operator == "between" else _("or"))
    return str(segment_words.OPERATORS[one.operator]) % {"what": what, "values": listed}

"""Results of plays in words, with their figures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from keepwell.plays.experiments.contracts import PlayView
from keepwell.plays.experiments.measured import Amount, PlayResults, Refusal, Verdict
from keepwell.plays.experiments.outcomes import Guard, Metric
from keepwell.web import formats

METRIC: Mapping[str, Any] = {
    Metric.RETENTION: pgettext_lazy("result", "Bought again"),
    Metric.REVENUE: pgettext_lazy("result", "Revenue per member"),
    Metric.MARGIN: pgettext_lazy("result", "Margin per member, less contacts"),
    Metric.SATISFACTION: pgettext_lazy("result", "Satisfaction of those who answered"),
    Metric.CONVERSION: pgettext_lazy("result", "Talks after which the customer stays"),
    Metric.SOLVING: pgettext_lazy("result", "Days until a complaint is solved, of those who had one"),
}
# The same in a word, for the axes of charts.
SHORT: Mapping[str, Any] = {
    Metric.RETENTION: pgettext_lazy("result", "Bought again"),
    Metric.REVENUE: pgettext_lazy("result", "Revenue"),
    Metric.MARGIN: pgettext_lazy("result", "Margin"),
    Metric.SATISFACTION: pgettext_lazy("result", "Satisfaction"),
    Metric.CONVERSION: pgettext_lazy("result", "Won in talks"),
    Metric.SOLVING: pgettext_lazy("result", "Days to solve"),
}
GUARD: Mapping[str, Any] = {
    Guard.COMPLAINTS: pgettext_lazy("guard rail", "Complained"),
    Guard.UNSUBSCRIBED: pgettext_lazy("guard rail", "Ended messages"),
}
GUARD_STATE: Mapping[str, Any] = {
    "alarm": pgettext_lazy("guard rail", "Alarm"),
    "safe": pgettext_lazy("guard rail", "Safe"),
    "open": pgettext_lazy("guard rail", "Too small to tell"),
    "breached": pgettext_lazy("guard rail", "Alarm"),
}
VERDICT: Mapping[str, Any] = {
    Verdict.BETTER: pgettext_lazy("verdict", "Better"),
    Verdict.WORSE: pgettext_lazy("verdict", "Worse"),
    Verdict.NO_DIFFERENCE: pgettext_lazy("verdict", "No difference seen"),
    Verdict.TOO_SMALL: pgettext_lazy("verdict", "Too small to tell"),
    Verdict.NOT_COMPARABLE: pgettext_lazy("verdict", "Not comparable"),
}
# Classes of the badges, as the page Effects has them.
CLASS = {Verdict.BETTER: "helped", Verdict.WORSE: "harmed"}
REFUSAL: Mapping[str, Any] = {
    Refusal.NOT_STARTED: gettext_lazy("Nobody has been dealt out yet."),
    Refusal.DAYS_NOT_OVER: gettext_lazy(
        "The days of some members are not over: who buys earlier and no more often is not kept."
    ),
    Refusal.NOT_COMPARABLE: gettext_lazy("The groups cannot be compared."),
    Refusal.NOT_BETTER: gettext_lazy("It is not shown to be better than the control."),
    Refusal.GUARD_RAIL: gettext_lazy("Complaints or ended messages have risen."),
    Refusal.NOT_THE_BEST: gettext_lazy("Another group is better."),
    Refusal.UNKNOWN_ARM: gettext_lazy("There is no such treated group."),
}
STEP: Mapping[str, Any] = {
    "planned": pgettext_lazy("funnel", "Planned"),
    "queued": pgettext_lazy("funnel", "On the way"),
    "delivered": pgettext_lazy("funnel", "Delivered"),
    "opened": pgettext_lazy("funnel", "Opened"),
    "answered": pgettext_lazy("funnel", "Answered"),
    "kept": pgettext_lazy("funnel", "Bought again"),
}
DOUBT: Mapping[str, Any] = {
    "few_units": gettext_lazy("too few customers on one side"),
    "few_events": gettext_lazy("too few orders on one side"),
    "skewed": gettext_lazy("a few large orders rule the figure"),
    "wide": gettext_lazy("the interval is still too wide"),
}


def points(value: float) -> str:
    """A difference of shares in percentage points."""
    return f"{100 * value:+.1f}".replace("-", "−") if math.isfinite(value) else formats.DASH


def amount(value: float, currency: str) -> str:
    """Money, or a dash where nothing bounds it."""
    return formats.money(value, currency) if math.isfinite(value) else formats.DASH


def difference(metric: str, value: float, currency: str) -> str:
    """A difference as a column of figures has it: money, or percentage points without their word."""
    if metric in (Metric.REVENUE, Metric.MARGIN):
        return amount(value, currency)
    if metric == Metric.SOLVING:
        return f"{value:+.1f}".replace("-", "−") if math.isfinite(value) else formats.DASH
    return points(value)


def told(metric: str, value: float, currency: str) -> str:
    """A difference within a sentence: shares with the word for their unit."""
    said = difference(metric, value, currency)
    if metric in (Metric.REVENUE, Metric.MARGIN) or not math.isfinite(value):
        return said
    if metric == Metric.SOLVING:
        return pgettext("difference of times", "%(days)s days") % {"days": said}
    return pgettext("difference of shares", "%(points)s points") % {"points": said}


def level(metric: str, value: float, currency: str) -> str:
    """A mean in the unit of its metric."""
    if not math.isfinite(value):
        return formats.DASH
    if metric in (Metric.REVENUE, Metric.MARGIN):
        return formats.money(value, currency)
    if metric == Metric.SOLVING:
        return formats.number(value, 1)
    return formats.percent(value, 1)


def names(play: PlayView) -> dict[str, str]:
    """What each arm is called; the control by its own word."""
    return {one.key: str(_("Control")) if one.is_control else one.name for one in play.arms}


def sentence(found: PlayResults, play: PlayView) -> str:
    """The answer in one sentence, with its interval."""
    if not found.members:
        return _("Nobody has been dealt out yet, so there is nothing to read.")
    if found.mismatched:
        return _("The groups have other sizes than planned, so nothing can be read from them.")
    if not found.comparable:
        return _("There is only one group, so there is nothing to compare it with.")
    arm = _told(found)
    lift = found.lift(found.primary, arm)
    if lift is None:
        return _("There is nothing to compare with.")
    if not math.isfinite(lift.low + lift.high):
        return _("Nothing can be read yet: the data known so far say too little of what members did since.")
    said = {
        "arm": names(play)[arm],
        "control": names(play)[found.baseline],
        "metric": METRIC[found.primary],
        "difference": told(found.primary, lift.difference, found.currency),
        "low": difference(found.primary, lift.low, found.currency),
        "high": told(found.primary, lift.high, found.currency),
    }
    words = {
        Verdict.BETTER: _(
            "“%(arm)s” does better than “%(control)s”: %(metric)s %(difference)s "
            "(between %(low)s and %(high)s)."
        ),
        Verdict.WORSE: _(
            "“%(arm)s” does worse than “%(control)s”: %(metric)s %(difference)s "
            "(between %(low)s and %(high)s)."
        ),
        Verdict.NO_DIFFERENCE: _(
            "No difference seen between “%(arm)s” and “%(control)s”: %(metric)s moved by between %(low)s "
            "and %(high)s."
        ),
        Verdict.TOO_SMALL: _(
            "Too small to tell: between “%(arm)s” and “%(control)s” the figure “%(metric)s” differs by "
            "%(low)s to %(high)s."
        ),
    }
    return words[found.verdict(arm)] % said


def _told(found: PlayResults) -> str:
    """The arm that the sentence is about: the best, else the one whose estimate promises most."""
    lifts = next((one.lifts for one in found.metrics if one.metric is found.primary), {})
    if found.best in lifts:
        return found.best
    better = -1 if found.primary is Metric.SOLVING else 1  # of times the shorter
    return max(lifts, key=lambda key: _rank(better * lifts[key].difference), default="")


def _rank(difference: float) -> float:
    return difference if math.isfinite(difference) else -math.inf


def status(found: PlayResults) -> str:
    """How far the days are, and which kind of interval is shown."""
    if found.final:
        return _("All days are over. The intervals are those of one look at the end.")
    if found.waiting:
        return _(
            "%(waiting)s of %(members)s members still have days to go; everybody counts with the days so "
            "far. The intervals hold however often one looks."
        ) % {"waiting": formats.number(found.waiting), "members": formats.number(found.members)}
    return _("All days are over. The intervals hold however often one looked.")


def between(found: Amount, currency: str = "") -> str:
    """An amount with its interval; without a currency, customers."""
    if not math.isfinite(found.value):
        return formats.DASH
    write = (lambda one: amount(one, currency)) if currency else _count
    return _("%(value)s (%(low)s to %(high)s)") % {
        "value": write(found.value),
        "low": write(found.low),
        "high": write(found.high),
    }


def _count(value: float) -> str:
    # Rounded first: a half customer less is no minus nought.
    return formats.number(round(value)).replace("-", "−") if math.isfinite(value) else formats.DASH

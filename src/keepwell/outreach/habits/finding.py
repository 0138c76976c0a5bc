"""What the habits of customers clearly speak for: changes of a rule, with the counts that say so.

Everything that is compared in one round is counted first, and every interval is right for all of them
together: among many comparisons some differ by chance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations

from keepwell.outreach.habits.contracts import Difference, Finding, Kind, Share
from keepwell.outreach.habits.core import COMPARED_MIN, clearly_more, share
from keepwell.outreach.habits.groups import STAGE, GroupUse, by_score, pressed
from keepwell.outreach.habits.texts import texts_read
from keepwell.outreach.pacing import queries as pacing
from keepwell.outreach.pacing.contracts import Strategy
from keepwell.outreach.tailoring import queries as tailoring

DAYS = 90


@dataclass(frozen=True)
class _Compared:
    """Two shares, of which `one` may be greater than `other`, and the change that this would speak for."""

    one: Share
    other: Share
    finding: Finding

    @property
    def counts(self) -> bool:
        """Whether both have enough units to be compared at all."""
        return min(self.one.units, self.other.units) >= COMPARED_MIN


def findings(*, now: datetime) -> list[Finding]:
    """Everything that is clear now; of each stage of life at most one order and one limit."""
    compared = [*_orders(now), *_limits(now), *_texts(now)]
    there = [one for one in compared if one.counts]
    clear: dict[tuple[Kind, str], tuple[Difference, _Compared]] = {}
    for one in there:
        difference = clearly_more(one.one, one.other, compared=len(there))
        if difference is None:
            continue
        place = (one.finding.kind, one.finding.subject)
        if place not in clear or clear[place][0].low < difference.low:
            clear[place] = difference, one
    return [_told(difference, one) for difference, one in clear.values()]


def _told(difference: Difference, one: _Compared) -> Finding:
    figures = {
        "better": [one.one.events, one.one.units],
        "worse": [one.other.events, one.other.units],
        "difference": round(difference.value, 4),
        "low": round(difference.low, 4),
        "high": round(difference.high, 4),
        "compared": difference.compared,
        "days": DAYS,
    }
    given = one.finding
    return replace(given, evidence={**given.evidence, **figures})


def _orders(now: datetime) -> list[_Compared]:
    """A channel that is answered more than one which stands before it in the strategy of a stage."""
    uses: dict[str, dict[str, GroupUse]] = defaultdict(dict)
    for one in by_score(STAGE, days=DAYS, now=now):
        uses[one.group][one.channel] = one
    found = []
    for strategy in pacing.strategies():
        mine = uses.get(strategy.stage, {})
        whole = [sum(one.answered for one in mine.values()), sum(one.made for one in mine.values())]
        for first, second in combinations(strategy.channels, 2):
            if first in mine and second in mine:
                order = moved(strategy.channels, second, first)
                finding = Finding(
                    key=f"{Kind.CHANNELS}/{strategy.stage}/{'>'.join(order)}",
                    kind=Kind.CHANNELS,
                    subject=strategy.stage,
                    change={"channels": list(order)},
                    evidence={"first": second, "second": first, "measure": whole},
                    rests_on={"channels": list(strategy.channels)},
                )
                found.append(_Compared(_answered(mine[second]), _answered(mine[first]), finding))
    return found


def moved(order: Sequence[str], code: str, before: str) -> tuple[str, ...]:
    """`order` with `code` just before another.

    >>> moved(("email", "sms", "phone"), "phone", "email")
    ('phone', 'email', 'sms')
    """
    rest = [one for one in order if one != code]
    place = rest.index(before)
    return (*rest[:place], code, *rest[place:])


def _limits(now: datetime) -> list[_Compared]:
    """Stages in which those who are written to often end the contact more, by message."""
    strategies = {one.stage: one for one in pacing.strategies() if one.most >= 2}
    limits = {stage: _half(one) for stage, one in strategies.items()}
    found = []
    for stage, (often, seldom) in pressed(limits, days=DAYS, now=now).items():
        one = strategies[stage]
        most = max(1, one.most // 2)
        whole = [often[0] + seldom[0], often[1] + seldom[1]]
        finding = Finding(
            key=f"{Kind.LIMIT}/{stage}/{most}/{one.days}",
            kind=Kind.LIMIT,
            subject=stage,
            change={"most": most, "days": one.days, "is_binding": True},
            evidence={"bound": limits[stage], "measure": whole},
            rests_on={"most": one.most, "days": one.days, "is_binding": one.is_binding},
        )
        found.append(_Compared(share(*often), share(*seldom), finding))
    return found


def _half(one: Strategy) -> float:
    """Half of what the strategy allows, over the days that are looked at."""
    return one.most / 2 * DAYS / one.days


def _texts(now: datetime) -> list[_Compared]:
    """Two texts for the same touchpoint of which one is opened more, on the same channel."""
    opened: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for one in texts_read(days=DAYS, now=now):
        counted = opened[one.content, one.channel]
        counted[0] += one.opened.events
        counted[1] += one.opened.units
    shares = {key: share(*counted) for key, counted in opened.items()}
    found = []
    for (place, kind), codes in sorted(tailoring.occasions().items()):
        channels = {channel for code, channel in shares if code in codes}
        for channel in sorted(channels):
            for pair in combinations(sorted(code for code in codes if (code, channel) in shares), 2):
                better, worse = sorted(pair, key=lambda code: -shares[code, channel].value)
                finding = Finding(
                    key=f"{Kind.CONTENT}/{better}/{worse}/{channel}"[:200],
                    kind=Kind.CONTENT,
                    subject=f"{place}/{kind}"[:80],
                    change={"texts": [worse, better], "channel": channel},
                    evidence={"first": better, "second": worse, "touchpoint": place},
                )
                found.append(_Compared(shares[better, channel], shares[worse, channel], finding))
    return found


def _answered(one: GroupUse) -> Share:
    return share(one.answered, one.made)

"""Reply times as a function of values: no Django, no clock, no store."""

from __future__ import annotations

from collections.abc import Sequence

from keepwell.outreach.replying.contracts import ReplyTimes


def summary(channel: str, waits: Sequence[tuple[float, bool]], minutes: int | None) -> ReplyTimes:
    """Reply times of a channel from (minutes, answered): until the answer, else until now.

    Percentiles are of those answered, by the nearest rank.

    >>> said = summary("email", [(10, True), (50, True), (90, False)], 60)
    >>> said.judged, said.within, said.late_now
    (3, 2, 1)
    """
    answered = sorted(wait for wait, done in waits if done)
    judged = within = late = None
    if minutes is not None:
        within = sum(1 for wait in answered if wait <= minutes)
        late = sum(1 for wait, done in waits if not done and wait > minutes)
        judged = len(answered) + late
    return ReplyTimes(
        channel=channel,
        asked=len(waits),
        answered=len(answered),
        median_minutes=_rank(answered, 0.5),
        p90_minutes=_rank(answered, 0.9),
        judged=judged,
        within=within,
        late_now=late,
    )


def ranked_hours(counts: Sequence[int], *, least: int) -> tuple[int, ...]:
    """The hours of the day at which somebody reacts, the best first; () for fewer than `least` reactions.

    A reaction at five to ten speaks for ten o'clock too: neighbours count half, round the clock. Equals come
    in the order of the day; hours for which nothing speaks are left out.

    >>> ranked_hours([0] * 8 + [3, 0] + [0] * 9 + [2] + [0] * 4, least=5)
    (8, 19, 7, 9, 18, 20)
    """
    if sum(counts) < least:
        return ()
    hours = len(counts)
    weights = [2 * count + counts[hour - 1] + counts[(hour + 1) % hours] for hour, count in enumerate(counts)]
    return tuple(sorted((hour for hour in range(hours) if weights[hour]), key=lambda hour: -weights[hour]))


def _rank(values: Sequence[float], share: float) -> float | None:
    if not values:
        return None
    return values[max(0, -(-int(len(values) * share * 1_000) // 1_000) - 1)]

"""What a strategy would change: by which channels those inside journeys would be written to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from keepwell.outreach.journeys import versions
from keepwell.outreach.journeys.contracts import RUNNING
from keepwell.outreach.journeys.core.graph import BEST, Definition, Message, following
from keepwell.outreach.journeys.models import Traveller
from keepwell.outreach.journeys.services.living import channels
from keepwell.outreach.pacing import queries as pacing
from keepwell.outreach.policy.contracts import PROMOTIONAL

PEOPLE_MAX = 5_000


@dataclass(frozen=True)
class Foreseen:
    """Of `people` of a stage inside journeys: `messages` that lie before them, by channel now and then.

    `moved` of them would go by another channel. `is_all` is false where only PEOPLE_MAX were looked at.
    """

    people: int = 0
    messages: int = 0
    now: Mapping[str, int] = field(default_factory=dict)
    then: Mapping[str, int] = field(default_factory=dict)
    moved: int = 0
    is_all: bool = True


def foresee(*, stage: str, plan: Sequence[str], now: datetime) -> Foreseen:
    """What would change for the messages that choose the best channel, by branches not taken yet too."""
    rows = Traveller.objects.filter(ended_at=None, journey__status__in=RUNNING).select_related("version")
    inside: dict[tuple[int, str], set[str]] = defaultdict(set)
    read = {}
    found = list(islice(rows.order_by("pk").iterator(chunk_size=2_000), PEOPLE_MAX + 1))
    stages = pacing.stages_of({row.customer_id for row in found})
    mine = [row for row in found[:PEOPLE_MAX] if stages.get(row.customer_id) == stage]
    for row in mine:
        read[row.version_id] = versions.definition(row.version)
        inside[row.version_id, row.step].add(row.customer_id)
    waiting: dict[Message, list[str]] = defaultdict(list)
    for (version_id, step), people in inside.items():
        for message in ahead(read[version_id], step):
            waiting[message] += sorted(people)
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    moved = 0
    for message, coming in waiting.items():
        plain = channels(message, coming, now=now, plans={})
        led = channels(message, coming, now=now, plans=dict.fromkeys(coming, tuple(plan)))
        before.update(plain[one] for one in coming if one in plain)
        after.update(led[one] for one in coming if one in led)
        moved += sum(plain.get(one) != led.get(one) for one in coming)
    return Foreseen(
        people=len({row.customer_id for row in mine}),
        messages=sum(before.values()),
        now=dict(before),
        then=dict(after),
        moved=moved,
        is_all=len(found) <= PEOPLE_MAX,
    )


def ahead(definition: Definition, step: str) -> list[Message]:
    """The marketing that chooses the best channel and that somebody at a step may still come to."""
    seen: set[str] = set()
    open_ = [step]
    while open_:
        code = open_.pop()
        if code in definition.steps and code not in seen:
            seen.add(code)
            open_ += following(definition.steps[code])
    steps = [definition.steps[code] for code in sorted(seen)]
    return [
        one
        for one in steps
        if isinstance(one, Message) and one.channel == BEST and one.purpose in PROMOTIONAL
    ]

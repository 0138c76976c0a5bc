"""Reading what customers write, when it comes in and out of the past; each text once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import orjson
from django.db import transaction

from keepwell.customers import queries as customers
from keepwell.customers.identity import queries as identity
from keepwell.foundation import clock
from keepwell.outreach.moods import facts
from keepwell.outreach.moods.contracts import GIVEN, feeling_of
from keepwell.outreach.moods.models import Reading
from keepwell.outreach.moods.queries import models
from keepwell.outreach.questions.contracts import Inbound, Origin
from keepwell.science.sentiment.model import LONGEST

if TYPE_CHECKING:
    from keepwell.history.contracts import LiveFact

KEY_MAX = 200


def came_in(inbound: Sequence[Inbound], now: datetime) -> None:
    """Read what came in, in the caller's transaction."""
    read(inbound=inbound, now=now, live=True)


def read(*, inbound: Collection[Inbound], now: datetime, live: bool) -> int:
    """Read texts that were not read before or say something else now; how many.

    `live`: journeys hear of it. A text without words, one that a program wrote and one of a customer who is
    not known are passed over.
    """
    said = {
        one.key[:KEY_MAX]: one
        for one in inbound
        if any(map(str.isalpha, one.own_words)) and not one.by_machine
    }
    if not said:
        return 0
    canonical = identity.canonical_ids([one.customer_id for one in said.values()])
    numbers = {key: canonical.get(one.customer_id, one.customer_id) for key, one in said.items()}
    known = customers.existing(numbers.values())
    done = 0
    with transaction.atomic():
        before = {row.key: row for row in Reading.objects.select_for_update().filter(key__in=list(said))}
        version, model = models.in_use()
        for key, one in said.items():
            # What an e-mail repeats of ours says nothing of how they feel.
            text = one.own_words[:LONGEST]
            row = before.get(key)
            if numbers[key] not in known or (row is not None and row.text == text):
                continue
            found = model.read(text)
            row = row or Reading(key=key, customer_id=numbers[key], origin=one.origin, at=one.at)
            row.channel, row.text, row.read_at, row.score = one.channel[:12], text, now, one.score
            row.words = orjson.dumps(found.words).decode()
            row.polarity, row.confidence = found.polarity, found.confidence
            row.feeling, row.model = feeling_of(found.polarity, found.confidence), version
            # What was said of other words is not said of these.
            row.corrected, row.corrected_at, row.corrected_by = "", None, ""
            is_new = row.pk is None
            row.save()
            facts.told(row, live=live, changed_at=None if is_new else now)
            done += 1
    return done


def given(live: Sequence[LiveFact]) -> None:
    """Feelings that came with answers from another system: kept as they are told, under the same name.

    The answers themselves are not touched. A fact that comes again changes nothing.
    """
    now = clock.now()
    canonical = identity.canonical_ids([fact.customer_id for fact in live if fact.customer_id])
    for fact in live:
        polarity = fact.data.get("sentiment")
        if polarity is None or not fact.customer_id or not -1.0 <= polarity <= 1.0:
            continue
        row, is_new = Reading.objects.get_or_create(
            key=f"answer-{fact.key}"[:KEY_MAX],
            defaults={
                "customer_id": canonical.get(fact.customer_id, fact.customer_id),
                "origin": Origin.SURVEY,
                "at": fact.data["at"],
                "read_at": now,
                "polarity": polarity,
                "confidence": 1.0,
                "feeling": feeling_of(polarity, 1.0),
                "model": GIVEN,
            },
        )
        if is_new:
            facts.told(row, live=True)

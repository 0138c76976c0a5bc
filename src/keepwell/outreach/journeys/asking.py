"""Requests to the shop's own system, as facts: the webhooks post them, and answers come back as facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import orjson

from keepwell.history import services as history
from keepwell.outreach.journeys import facts
from keepwell.outreach.journeys.contracts import ANSWER_TYPE, REQUEST_TYPE
from keepwell.outreach.journeys.core.facts import Filter, Happening
from keepwell.outreach.journeys.core.graph import Request
from keepwell.outreach.journeys.core.walking import ACCEPTED, REFUSED, Walker
from keepwell.outreach.journeys.naming import request_id

SOURCE = "keepwell"
# Any answer to any request wakes; whose it is says its subject.
ANSWERED = Happening("interactions", (Filter("type", "in", (ANSWER_TYPE,)),))


def ask(journey_id: int, version_id: int, code: str, request: Request, walkers: Sequence[Walker]) -> None:
    """Record a request for each, in the caller's transaction; the same again is one request."""
    told = []
    for walker in walkers:
        name = request_id(version_id, walker)
        said = {
            "request": name,
            "what": request.what,
            "journey": journey_id,
            "step": code,
            "not_after": (walker.at + timedelta(minutes=request.minutes)).isoformat(),
        }
        fact = {
            "interaction_id": name,
            "customer_id": walker.customer_id,
            "at": walker.at,
            # What customers begin themselves is counted by channel: this is our own step.
            "channel": None,
            "type": REQUEST_TYPE,
            "subject": request.what,
            "properties": orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode(),
        }
        told.append(("interactions", fact))
    history.record_many(facts=told, source=SOURCE)


def answered(version_id: int, walkers: Sequence[Walker], *, now: datetime) -> dict[int, str]:
    """What the system answered to the request of each, by traveller; the first word of a refusal stands."""
    found: dict[int, str] = {}
    since = {walker.customer_id: walker.since - timedelta(microseconds=1) for walker in walkers}
    names = [request_id(version_id, walker) for walker in walkers]
    for outcome in (ACCEPTED, REFUSED):
        subjects = tuple(f"{name}:{outcome}" for name in names)
        answer = Happening("interactions", (*ANSWERED.where, Filter("subject", "in", subjects)))
        true = facts.happened(answer, since, until=now)
        found.update({one.traveller_id: outcome for one in walkers if one.customer_id in true})
    return found

"""What the checks must know of the rest of the house."""

from __future__ import annotations

import json

from keepwell.customers import queries as customers
from keepwell.customers.privacy import queries as privacy
from keepwell.customers.privacy.contracts import Channel as ConsentChannel
from keepwell.insight.segments import contracts as conditions_of
from keepwell.insight.segments import queries as segments
from keepwell.outreach import users
from keepwell.outreach.content import queries as content
from keepwell.outreach.contracts import Kind as TaskKind
from keepwell.outreach.coupons import queries as coupons
from keepwell.outreach.groups import queries as groups
from keepwell.outreach.journeys.core.checks import Finding, Known, Severity, check
from keepwell.outreach.journeys.core.graph import Definition, Message, conditions
from keepwell.outreach.policy.contracts import PROMOTIONAL
from keepwell.outreach.sending.marks import addresses
from keepwell.outreach.tailoring import queries as tailoring
from keepwell.outreach.tailoring.wording import KINDS

__all__ = ["findings", "known"]


def findings(definition: Definition) -> tuple[Finding, ...]:
    """Everything that speaks against switching a journey on."""
    return (*check(definition, known(definition)), *_unready(definition))


def _unready(definition: Definition) -> list[Finding]:
    """Marketing that could not be ended or answered for would hold everybody up at its step."""
    asked = {
        (channel, code)
        for code, step in definition.steps.items()
        if isinstance(step, Message) and step.purpose in PROMOTIONAL
        for channel, _content in step.contents
    }
    problems = ((code, addresses.ready(channel)) for channel, code in sorted(asked))
    return [Finding(one, Severity.ERROR, f"steps.{code}") for code, one in problems if one]


def known(definition: Definition) -> Known:
    """What the journey refers to, and whether it is there."""
    messages = [step for step in definition.steps.values() if isinstance(step, Message)]
    listed = segments.every()
    return Known(
        published=_published(messages),
        kinds={channel: tuple(str(kind) for kind in kinds) for channel, kinds in KINDS.items()},
        audience=_audience(messages),
        broken=_broken(definition),
        segments=frozenset({one.segment_id for one in listed} | {one.code for one in listed if one.code}),
        tags=frozenset(one.name for one in customers.tags(only_active=True)),
        groups=frozenset(one.name for one in groups.groups() if one.active),
        task_kinds=frozenset(str(kind) for kind in TaskKind),
        touchpoints=frozenset(tailoring.places_named()),
        users=frozenset(user.get_username() for user in users.workers().values()),
        without_offer=coupons.lacking(code for one in messages for _channel, code in one.contents),
    )


def _published(messages: list[Message]) -> dict[str, str]:
    found: dict[str, str] = {}
    for code in {code for message in messages for _channel, code in message.contents}:
        template = content.get(code)
        if template is not None and template.archived_at is None and template.published is not None:
            found[code] = str(template.kind)
    return found


def _audience(messages: list[Message]) -> dict[tuple[str, str], int]:
    """How many customers allow each channel for each purpose; channels without consent are left out."""
    asked = {(channel, one.purpose) for one in messages for channel, _content in one.contents}
    known_channels = frozenset(ConsentChannel)
    return {
        (channel, purpose): privacy.allowed(channel, purpose).count()
        for channel, purpose in asked
        if channel in known_channels
    }


def _broken(definition: Definition) -> dict[str, str]:
    found = {}
    for where, condition in conditions(definition):
        try:
            conditions_of.parse(json.loads(condition.definition))
            segments.holding(json.loads(condition.definition), ())
        except conditions_of.DefinitionError as error:
            found[where] = str(error)
    return found

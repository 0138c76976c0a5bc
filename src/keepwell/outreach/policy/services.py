"""The one door to customers: whoever means to reach one claims the contact here, at that very moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.customers.identity import queries as identity
from keepwell.foundation.audit import services as audit
from keepwell.foundation.rows import among, insert_many
from keepwell.history import services as history
from keepwell.outreach import versions
from keepwell.outreach.policy import holdouts, queries, rulebook
from keepwell.outreach.policy.contracts import (
    HOLDOUT_SHARE_MAX,
    PRIORITY_MAX,
    PRIORITY_MIN,
    Cap,
    Cause,
    Decision,
    Holdout,
    Intent,
    Rules,
    Verdict,
)
from keepwell.outreach.policy.core import decide
from keepwell.outreach.policy.gathering import Gathered
from keepwell.outreach.policy.models import Contact, Desk, HoldoutPeriod, RulesVersion

SOURCE = "keepwell"
CLAIM_MAX = 1_000
CHANGED = (
    "customer_id", "channel", "purpose", "content", "origin", "priority", "decision", "cause", "until",
    "figures", "decided_at", "asked", "rules_version", "taken_back_at", "actor",
)  # fmt: skip


def set_rules(*, values: Mapping[str, Any], actor: str, now: datetime) -> Rules:
    """Make a new version of the rules from the present one and `values`; audited.

    Nothing is written where nothing changes. Raises `rulebook.RulesError`, which names each field.
    """
    with transaction.atomic():
        before = queries.rules()
        return versions.keep(
            RulesVersion,
            before=before,
            after=rulebook.merge(before, values),
            to_json=rulebook.to_json,
            action="policy.rules.set",
            object_type="contact_policy",
            actor=actor,
            now=now,
        )


def set_holdout(*, share: float, reason: str, actor: str, now: datetime) -> Holdout:
    """Keep `share` of the customers aside from marketing from now on; 0 switches the holdout off; audited.

    A greater share adds customers and lets nobody go. Measuring begins anew. Nothing is written where
    nothing changes. Raises `rulebook.RulesError` for a share outside 0 to 0.5, or no reason.
    """
    if not 0 <= share <= HOLDOUT_SHARE_MAX:
        most = round(100 * HOLDOUT_SHARE_MAX)
        raise rulebook.RulesError({"share": _("Please type a share from 0 to %(most)s %%.") % {"most": most}})
    with transaction.atomic():
        before = holdouts.present()
        if before.share == share:
            return before
        if not reason.strip():
            raise rulebook.RulesError({"reason": _("Please say why.")})
        HoldoutPeriod.objects.filter(ended_at=None).update(ended_at=now)
        newest = HoldoutPeriod.objects.first()
        row = HoldoutPeriod.objects.create(
            number=newest.number + 1 if newest else 1,
            share=share,
            started_at=now,
            reason=reason.strip(),
            actor=actor,
        )
        audit.log(
            actor=actor,
            action="policy.holdout.set",
            object_type="holdout",
            object_id=str(row.pk),
            details={"share": [before.share, share]},
            at=now,
        )
    return holdouts.view(row)


def begin_holdout(*, actor: str, now: datetime) -> Holdout:
    """The holdout that counts; the usual one begins now where there was none yet."""
    with transaction.atomic():
        present = holdouts.present()
        if present.started_at is None:
            usual = {"share": present.share, "started_at": now, "actor": actor}
            HoldoutPeriod.objects.get_or_create(number=1, defaults=usual)
            present = holdouts.present()
    return present


def claim(*, intent: Intent, actor: str, now: datetime, caps: Sequence[Cap] = ()) -> Verdict:
    """`claim_many` for one."""
    return claim_many(intents=[intent], actor=actor, now=now, caps=caps)[intent.intent_id]


def claim_many(
    *, intents: Sequence[Intent], actor: str, now: datetime, caps: Sequence[Cap] = ()
) -> dict[str, Verdict]:
    """Decide on contacts that are to be made at this moment, and keep what was decided; by intent.

    What is allowed counts from now on, so that two who ask at once for the last place do not both get it.
    The greater priority is decided first. To ask again is harmless: the same intent counts once, and what
    has changed since (a consent withdrawn, a hold) speaks against it. What is refused becomes a fact. `caps`
    are the channel's own beside the rules'.

    Raises ValueError for an unknown purpose, a priority outside 0 to 100, the same intent twice, or more
    than 1,000 of them.
    """
    _check(intents)
    with transaction.atomic():
        rules = queries.rules()
        if any(intent.purpose in holdouts.BOUND for intent in intents):
            begin_holdout(actor=actor, now=now)
        gathered = _locked(intents, rules, now, caps)
        verdicts: dict[str, Verdict] = {}
        for intent in sorted(intents, key=lambda one: -one.priority):
            verdict = decide(intent, gathered.situation(intent), rules, now)
            if verdict:
                gathered.add(intent, now)
            verdicts[intent.intent_id] = verdict
        _keep(intents, verdicts, gathered, rules=rules, actor=actor, now=now)
    return verdicts


def note_many(*, intents: Sequence[Intent], actor: str, now: datetime) -> dict[str, Verdict]:
    """Keep that contacts took place: somebody called, whether they had asked before or not; by intent.

    One that was not claimed and would not have been allowed is kept as `outside`, with the cause; it
    counts like any other. Raises ValueError as `claim_many` does.
    """
    _check(intents)
    with transaction.atomic():
        rules = queries.rules()
        gathered = _locked(intents, rules, now, ())
        verdicts: dict[str, Verdict] = {}
        claimed = Contact.objects.filter(
            intent_id__in=[intent.intent_id for intent in intents],
            decision=Decision.ALLOWED,
            taken_back_at=None,
        )
        known = {row.intent_id: Verdict(Decision.ALLOWED, Cause(row.cause)) for row in claimed}
        for intent in intents:
            if intent.intent_id in known:
                continue
            verdict = decide(intent, gathered.situation(intent), rules, now)
            if not verdict:
                verdict = Verdict(Decision.OUTSIDE, verdict.cause, None, verdict.figures)
            gathered.add(intent, now)
            verdicts[intent.intent_id] = verdict
        made = [intent for intent in intents if intent.intent_id in verdicts]
        _keep(made, verdicts, gathered, rules=rules, actor=actor, now=now)
    return {**known, **verdicts}


def take_back(*, intent_ids: Sequence[str], now: datetime, decided_at: datetime | None = None) -> int:
    """Say that these contacts did not and will not take place: they no longer count; how many did.

    With `decided_at` only those that were decided on at that very moment.
    """
    rows = Contact.objects.filter(among("intent_id", intent_ids), taken_back_at=None)
    if decided_at is not None:
        rows = rows.filter(decided_at=decided_at)
    return rows.update(taken_back_at=now)


def _check(intents: Sequence[Intent]) -> None:
    if len(intents) > CLAIM_MAX:
        raise ValueError(f"intents: at most {CLAIM_MAX} at once")
    if len({intent.intent_id for intent in intents}) < len(intents):
        raise ValueError("intents: the same one twice")
    for intent in intents:
        if intent.purpose not in rulebook.PURPOSES:
            raise ValueError(f"purpose: {intent.purpose!r} is nothing that somebody is contacted for")
        if not PRIORITY_MIN <= intent.priority <= PRIORITY_MAX:
            raise ValueError(f"priority: must be from {PRIORITY_MIN} to {PRIORITY_MAX}")


def _locked(intents: Sequence[Intent], rules: Rules, now: datetime, caps: Sequence[Cap]) -> Gathered:
    """What is known of the customers, who are this transaction's alone from here on."""
    asked = {intent.customer_id for intent in intents}
    canonical = identity.canonical_ids(asked)
    numbers = sorted({canonical.get(number, number) for number in asked})
    insert_many(Desk, ("customer_id",), [(number,) for number in numbers])
    # In order of their key, so that two who ask for the same customers never wait for each other.
    desks = Desk.objects.select_for_update().filter(among("pk", numbers)).order_by("pk")
    list(desks.values_list("pk", flat=True))
    return Gathered(intents, rules, now, caps)


class _Before(NamedTuple):
    """What was kept of a contact when it was last asked for."""

    decision: str
    first_at: datetime
    decided_at: datetime
    asked: int
    taken_back_at: datetime | None


def _keep(
    intents: Sequence[Intent],
    verdicts: Mapping[str, Verdict],
    gathered: Gathered,
    *,
    rules: Rules,
    actor: str,
    now: datetime,
) -> None:
    """Write the rows, and the facts of what was newly refused."""
    known = Contact.objects.filter(among("intent_id", verdicts)).values_list("intent_id", *_Before._fields)
    stored = {intent_id: _Before(*said) for intent_id, *said in known}
    rows, refused = [], []
    for intent in intents:
        verdict, before = verdicts[intent.intent_id], stored.get(intent.intent_id)
        number = gathered.number(intent.customer_id)
        rows.append((*_row(intent, verdict, before, number=number, now=now), rules.version, None, actor))
        newly = before is None or before.decision != Decision.REFUSED
        if verdict.decision is Decision.REFUSED and newly:
            refused.append(("contacts", _fact(intent, verdict, now)))
    insert_many(Contact, ("intent_id", "first_at", *CHANGED), rows, unique="intent_id", update=CHANGED)
    history.record_many(facts=refused, source=SOURCE)


def _row(
    intent: Intent, verdict: Verdict, before: _Before | None, *, number: str, now: datetime
) -> tuple[Any, ...]:
    """Intent, first moment, and the values of `CHANGED` up to how often it was asked."""
    # What was allowed before and is allowed again took its place then.
    stays = (
        before is not None
        and before.taken_back_at is None
        and before.decision == verdict.decision == Decision.ALLOWED
    )
    return (
        intent.intent_id,
        before.first_at if before else now,
        number,
        intent.channel,
        str(intent.purpose),
        intent.said,
        intent.origin,
        intent.priority,
        str(verdict.decision),
        str(verdict.cause),
        verdict.until,
        dict(verdict.figures),
        before.decided_at if before and stays else now,
        before.asked + 1 if before else 1,
    )


def _fact(intent: Intent, verdict: Verdict, now: datetime) -> dict[str, Any]:
    return {
        "contact_id": intent.intent_id,
        "customer_id": intent.customer_id,
        "at": now,
        "channel": intent.channel,
        "purpose": intent.purpose,
        "content": intent.content or None,
        "status": "withheld",
        "reason": str(verdict.cause),
    }

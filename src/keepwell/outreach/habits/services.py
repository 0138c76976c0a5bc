"""What can be done with proposals: look for them, carry one out, undo it, dismiss it. None acts by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from keepwell.foundation.audit import services as audit
from keepwell.outreach.habits import finding
from keepwell.outreach.habits.contracts import Finding, Kind, ProposalError, ProposalView, State
from keepwell.outreach.habits.models import Proposal
from keepwell.outreach.habits.queries import view
from keepwell.outreach.pacing import queries as pacing
from keepwell.outreach.pacing import services as strategies

# What was decided is not proposed again for so long, whatever the figures say.
REST = timedelta(days=180)
REASON_MAX = 400
DECIDED = (State.DONE, State.UNDONE, State.DISMISSED)


def look(*, now: datetime) -> int:
    """Keep what the evidence says now, and put aside what it no longer says; how many are open."""
    found = {one.key: one for one in finding.findings(now=now)}
    with transaction.atomic():
        known = {row.key: row for row in Proposal.objects.select_for_update().order_by("pk")}
        for key, one in found.items():
            _keep(known.get(key), one, now)
        open_rows = Proposal.objects.filter(state=State.OPEN)
        open_rows.exclude(key__in=list(found)).update(state=State.PAST)
        return open_rows.count()


def _keep(row: Proposal | None, one: Finding, now: datetime) -> None:
    if row is not None and row.state in DECIDED and row.decided_at and now - row.decided_at < REST:
        return
    row = row or Proposal(key=one.key)
    if row.state != State.OPEN or row.pk is None:
        row.found_at = now
    row.kind, row.subject, row.state = one.kind, one.subject, State.OPEN
    row.change, row.evidence, row.before = dict(one.change), dict(one.evidence), dict(one.rests_on)
    row.decided_at, row.decided_by, row.reason, row.made = None, "", "", ""
    row.save()


def carry_out(*, proposal_id: int, actor: str, now: datetime) -> ProposalView:
    """Change the strategy of a stage as proposed; audited there and here.

    Raises ProposalError: "gone", "decided", "drafted" for texts, which only a play can try, "rests_on_other"
    where somebody changed since it was found what it would change.
    """
    with transaction.atomic():
        row = _locked(proposal_id, State.OPEN)
        if row.kind == Kind.CONTENT:
            raise ProposalError("drafted")
        present = _present(row)
        # What was found before this was kept says nothing of it.
        if row.before not in ({}, present):
            raise ProposalError("rests_on_other")
        row.before = present
        strategies.set_strategy(stage=row.subject, values=_values(row.change), actor=actor, now=now)
        return _decide(row, State.DONE, actor=actor, now=now)


def undo(*, proposal_id: int, actor: str, now: datetime) -> ProposalView:
    """Bring back what was before.

    Raises ProposalError: "gone", "decided", "changed_since" where somebody changed it otherwise since.
    """
    with transaction.atomic():
        row = _locked(proposal_id, State.DONE)
        if row.kind == Kind.CONTENT:
            raise ProposalError("drafted")
        if _present(row) != row.change:
            raise ProposalError("changed_since")
        strategies.set_strategy(stage=row.subject, values=_values(row.before), actor=actor, now=now)
        return _decide(row, State.UNDONE, actor=actor, now=now)


def dismiss(*, proposal_id: int, reason: str, actor: str, now: datetime) -> ProposalView:
    """Do nothing about it, and say why. Raises ProposalError: "gone", "decided", "no_reason"."""
    said = reason.strip()
    if not said or len(said) > REASON_MAX:
        raise ProposalError("no_reason")
    with transaction.atomic():
        row = _locked(proposal_id, State.OPEN)
        row.reason = said
        return _decide(row, State.DISMISSED, actor=actor, now=now)


def draft(*, proposal_id: int, make: Callable[[], str], actor: str, now: datetime) -> ProposalView:
    """Draft a play to try the texts: `make` does it and gives its number.

    Called once, however many ask at once. Raises ProposalError: "gone", "decided", and what `make` raises.
    """
    with transaction.atomic():
        row = _locked(proposal_id, State.OPEN)
        row.made = make()
        return _decide(row, State.DONE, actor=actor, now=now)


def _locked(proposal_id: int, state: State) -> Proposal:
    row = Proposal.objects.select_for_update().filter(pk=proposal_id).first()
    if row is None:
        raise ProposalError("gone")
    if row.state != state:
        raise ProposalError("decided")
    return row


def _present(row: Proposal) -> dict[str, Any]:
    """What the strategy says now of everything that the proposal changes."""
    present = pacing.strategy(row.subject)
    said = {name: getattr(present, name) for name in row.change}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}


def _values(change: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in change.items()}


def _decide(row: Proposal, state: State, *, actor: str, now: datetime) -> ProposalView:
    row.state, row.decided_at, row.decided_by = state, now, actor
    row.save()
    audit.log(
        actor=actor,
        action=f"proposal.{state}",
        object_type="proposal",
        object_id=str(row.pk),
        details={"key": row.key, "change": row.change, "before": row.before, "reason": row.reason},
        at=now,
    )
    return view(row)

"""What can be asked about proposals; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from keepwell.outreach.habits.contracts import Kind, ProposalView, Share, State
from keepwell.outreach.habits.core import clearly_more, share
from keepwell.outreach.habits.groups import STAGE, GroupUse, by_score
from keepwell.outreach.habits.models import Proposal

AFTER_MAX = 90  # days: as long as what was looked at before


@dataclass(frozen=True)
class Afterwards:
    """The share before and since a change, and whether it is clearly better, worse, or neither ("")."""

    before: Share
    after: Share
    verdict: str


def proposals(*, state: State | None = None) -> list[ProposalView]:
    """Proposals, the newest first; of one state where it is named, else all but those that are past."""
    rows = Proposal.objects.filter(state=state) if state else Proposal.objects.exclude(state=State.PAST)
    return [view(row) for row in rows]


def proposal(proposal_id: int) -> ProposalView | None:
    """One proposal."""
    row = Proposal.objects.filter(pk=proposal_id).first()
    return view(row) if row else None


def afterwards(done: list[ProposalView], *, now: datetime) -> dict[int, Afterwards]:
    """What became of the changes that were made, by proposal: since then, beside before.

    A change whose first day is not over, and texts, which a play of their own reads, are left out. It was
    not drawn by lot whom a change concerned: other things may have changed at the same time.
    """
    found: dict[int, Afterwards] = {}
    used: dict[int, list[GroupUse]] = {}  # by days: the history is read once for all that are as old
    for one in done:
        days = (now - one.decided_at).days if one.decided_at else 0
        if one.kind is Kind.CONTENT or one.state is not State.DONE or days < 1:
            continue
        span = min(days, AFTER_MAX)
        if span not in used:
            used[span] = by_score(STAGE, days=span, now=now)
        uses = [use for use in used[span] if use.group == one.subject]
        is_limit = one.kind is Kind.LIMIT
        events = sum(use.ended if is_limit else use.answered for use in uses)
        after = share(events, sum(use.made for use in uses))
        before = share(*one.evidence["measure"])
        more, less = clearly_more(after, before, compared=1), clearly_more(before, after, compared=1)
        better, worse = (less, more) if is_limit else (more, less)
        found[one.proposal_id] = Afterwards(before, after, "better" if better else "worse" if worse else "")
    return found


def view(row: Proposal) -> ProposalView:
    """The contract of a row."""
    return ProposalView(
        proposal_id=row.pk,
        kind=Kind(row.kind),
        subject=row.subject,
        change=row.change,
        evidence=row.evidence,
        state=State(row.state),
        found_at=row.found_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        reason=row.reason,
        before=row.before,
        made=row.made,
    )

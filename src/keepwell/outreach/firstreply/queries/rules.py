"""The rules of the first reply: those that are on, and the newest."""

from __future__ import annotations

from keepwell.outreach.firstreply import rulebook
from keepwell.outreach.firstreply.contracts import Example, RulesVersion, Trial
from keepwell.outreach.firstreply.models import ReplyRules, ReplySwitch, TrialExample


def active() -> RulesVersion | None:
    """The rules that are on, or None."""
    switch = ReplySwitch.objects.select_related("on").filter(on__isnull=False).first()
    return _view(switch.on, is_on=True) if switch and switch.on else None


def newest() -> RulesVersion:
    """The rules written last, on or not; those that Keepwell comes with where nobody wrote any."""
    row = ReplyRules.objects.order_by("-version").first()
    if row is None:
        return RulesVersion(0, rulebook.usual(), None, "")
    return _view(row, is_on=ReplySwitch.objects.filter(on=row).exists())


def examples(version: int) -> list[Example]:
    """Messages of a version's trial, in the customers' own words: who shows them says so in the audit."""
    rows = TrialExample.objects.filter(rules__version=version)
    return [Example(row.channel, row.text, row.title or None, row.score) for row in rows]


def _view(row: ReplyRules, *, is_on: bool) -> RulesVersion:
    return RulesVersion(
        version=row.version,
        rules=rulebook.opened(row.values),
        created_at=row.created_at,
        actor=row.actor,
        tried_at=row.tried_at,
        tried=Trial(**row.tried) if row.tried else None,
        is_on=is_on,
    )

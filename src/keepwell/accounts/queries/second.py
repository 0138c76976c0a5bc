"""Whether somebody else than the writer must approve (the four-eyes principle)."""

from __future__ import annotations

from collections.abc import Callable, Collection

from keepwell.accounts import access, core
from keepwell.accounts.contracts import Approvable, SecondPerson
from keepwell.accounts.models import SecondPersonRule, User


def second_person_table() -> dict[Approvable, SecondPerson]:
    """What is asked for each kind of work: what was set, else what Keepwell comes with."""
    table = dict(core.DEFAULT_SECOND_PERSON)
    for row in SecondPersonRule.objects.order_by("pk"):
        if row.kind in set(Approvable) and row.rule in set(SecondPerson):
            table[Approvable(row.kind)] = SecondPerson(row.rule)
    return table


def needs_another(
    kind: Approvable, *, actor: str, writers: Collection[str], able: Callable[[User], bool] | None = None
) -> bool:
    """Whether `actor`, one of the `writers` (user names), has to leave the approval to somebody else.

    `able` says who of those with the permission may decide on this very piece of work; None means all.
    """
    rule = second_person_table()[kind]
    if actor not in writers or rule is SecondPerson.NEVER:
        return False
    return rule is SecondPerson.ALWAYS or _somebody_else(kind, writers, able)


def _somebody_else(kind: Approvable, writers: Collection[str], able: Callable[[User], bool] | None) -> bool:
    others = User.objects.filter(is_active=True).exclude(username__in=writers)
    return any(
        access.may(other, core.APPROVED_BY[kind]) and (able is None or able(other))
        for other in others.iterator(chunk_size=500)
    )

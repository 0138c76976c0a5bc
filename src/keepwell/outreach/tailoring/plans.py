"""Plans of content: groups in their order, with their texts, as the choice reads them and as pages do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.utils.translation import gettext as _

from keepwell.insight.segments import queries as segments
from keepwell.outreach.content import queries as content
from keepwell.outreach.content.contracts import TemplateView
from keepwell.outreach.tailoring import core
from keepwell.outreach.tailoring.contracts import Cell, Choice, GroupView, PlanView, Stage
from keepwell.outreach.tailoring.models import PlanCell, PlanGroup


def groups(touchpoint: str) -> list[PlanGroup]:
    """The rows of a plan in their order, everybody else last; none where there is no plan."""
    rows = list(PlanGroup.objects.filter(touchpoint=touchpoint, removed_at=None))
    return sorted(rows, key=lambda row: (row.segment_id is None, row.position, row.pk))


def plan(touchpoint: str, kind: str) -> PlanView:
    """A touchpoint's plan for one kind of text; there is always a row for everybody else."""
    found = groups(touchpoint)
    names = segments.names()
    cells: dict[int, dict[str, Cell]] = defaultdict(dict)
    known = {one.code: one for one in content.templates(kind=kind)}
    for row in PlanCell.objects.filter(group__in=found, kind=kind):
        cells[row.group_id][row.stage] = _cell(row.template_code, known.get(row.template_code))
    shown = [
        GroupView(
            group_id=row.pk,
            segment_id=row.segment_id,
            name=_("everybody else")
            if row.segment_id is None
            else names.get(row.segment_id, str(row.segment_id)),
            cells=cells[row.pk],
            people=row.people,
        )
        for row in found
    ]
    if not any(one.segment_id is None for one in shown):
        shown.append(GroupView(0, None, _("everybody else")))
    counted = [row.counted_at for row in found if row.counted_at]
    return PlanView(touchpoint, kind, tuple(shown), min(counted) if counted else None)


def _cell(code: str, template: TemplateView | None) -> Cell:
    if template is None:
        return Cell(code, code, "", "gone")
    return Cell(code, template.name, template.purpose, "" if template.published else "not_published")


def texts_of(touchpoint: str, kinds: Collection[str]) -> tuple[tuple[int, ...], core.Plan]:
    """The order of the groups, and their texts of these kinds by stage; the first kind goes before others."""
    found = groups(touchpoint)
    order = tuple(row.segment_id for row in found if row.segment_id is not None)
    by_row = {row.pk: row.segment_id for row in found}
    place = {kind: number for number, kind in enumerate(kinds)}
    texts: dict[int | None, dict[str, str]] = defaultdict(dict)
    rows = PlanCell.objects.filter(group__in=found, kind__in=place)
    for row in sorted(rows, key=lambda one: place[one.kind]):
        texts[by_row[row.group_id]].setdefault(row.stage, row.template_code)
    return order, texts


def used(touchpoint: str) -> dict[str, int]:
    """How many texts of each kind a touchpoint's plan has."""
    found: dict[str, int] = defaultdict(int)
    rows = PlanCell.objects.filter(group__touchpoint=touchpoint, group__removed_at=None)
    for kind in rows.values_list("kind", flat=True):
        found[kind] += 1
    return dict(found)


def choose(
    touchpoint: str,
    standing: dict[str, Stage],
    *,
    general: str,
    kinds: Collection[str],
    problem: dict[str, str],
) -> dict[str, Choice]:
    """What each customer gets, by the stage that they are at; `problem` says what is wrong with texts."""
    order, texts = texts_of(touchpoint, kinds)
    mine = segments.of_customers(standing) if order else {}
    return {
        one: core.choose(
            texts,
            touchpoint=touchpoint,
            group=core.group_of(set(mine.get(one, ())), order),
            stage=stage,
            general=general,
            usable=lambda code: problem.get(code, ""),
        )
        for one, stage in standing.items()
    }

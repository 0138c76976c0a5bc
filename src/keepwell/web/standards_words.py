"""Kinds of records and their texts in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from keepwell.accounts.standards.contracts import Kind

KINDS: dict[Kind, Any] = {
    Kind.MANUAL: _("Touchpoint manuals"),
    Kind.STANDARD: _("Service standards"),
    Kind.MEETING: _("Committee meetings"),
    Kind.DUTY: _("Duties of departments"),
    Kind.REPORT: _("Cooperation reports"),
    Kind.PROBLEM: _("Problems over departments"),
    Kind.CASE: _("Cases"),
    Kind.TRAINING: _("Training"),
    Kind.CHECKLIST: _("Checklists for hard moments"),
    Kind.BENCHMARK: _("Benchmarks of competitors"),
    Kind.LAW: _("Laws and standards that apply"),
}
MEANINGS: dict[Kind, Any] = {
    Kind.MANUAL: _("How a complaint is taken, how advice is given: steps, quality, response time."),
    Kind.STANDARD: _("Goal, process, norm and quality control of a service."),
    Kind.MEETING: _("Members, agenda and decisions of the customer experience committee."),
    Kind.DUTY: _("Which department does what in which process; one process, one department."),
    Kind.REPORT: _("What departments told each other and agreed."),
    Kind.PROBLEM: _("A customer's problem that needs several departments, until it is solved."),
    Kind.CASE: _(
        "Best practice and failure: what was overlooked, where cooperation broke, what prevents it."
    ),
    Kind.TRAINING: _("Who was trained in what, and what came of it."),
    Kind.CHECKLIST: _("Steps for pressure and strong emotions, one's own and the customer's."),
    Kind.BENCHMARK: _(
        "How others serve, what is worth taking over, what customers expect as standard, where we stand."
    ),
    Kind.LAW: _("What the law and the industry ask, to whom it applies, how it is met."),
}
TEXTS: dict[str, Any] = {
    "steps": _("Steps"),
    "quality_standard": _("Quality standard"),
    "response_time": _("Response time"),
    "goal": _("Goal"),
    "process": _("Process"),
    "norm": _("Norm"),
    "quality_control": _("Quality control"),
    "decisions": _("Decisions"),
    "members": _("Members"),
    "agenda": _("Agenda"),
    "department": _("Department"),
    "departments": _("Departments"),
    "duty": _("Duty"),
    "report": _("Report"),
    "next_steps": _("Next steps"),
    "problem": _("Problem"),
    "solution": _("Solution"),
    "what_happened": _("What happened"),
    "blind_spots": _("Needs that were overlooked"),
    "cooperation_gaps": _("Where cooperation broke"),
    "prevention": _("What prevents it"),
    "content": _("Content"),
    "people": _("Who took part"),
    "result": _("Result"),
    "competitor": _("Competitor"),
    "service_strategy": _("Their service strategy"),
    "best_practice": _("Best practice worth taking over"),
    "customer_expectation": _("What customers expect as standard"),
    "own_position": _("Where we stand, and the gap"),
    "seen_in": _("Seen in (source)"),
    "requirement": _("What is asked"),
    "applies_to": _("To whom it applies"),
    "how_met": _("How it is met"),
}
SHORT = frozenset(
    {
        "response_time",
        "department",
        "departments",
        "members",
        "process",
        "applies_to",
        "competitor",
        "seen_in",
    }
)
# What the date of a record says where it is not just its date.
DATES: dict[Kind, Any] = {Kind.BENCHMARK: _("Seen on")}

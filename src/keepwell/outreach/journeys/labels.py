"""What people read for the codes of journeys, and what checks and refusals say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.outreach.journeys.contracts import Finding, JourneyError
from keepwell.outreach.journeys.seeds import SEEDS
from keepwell.outreach.sending.marks import words as marks

Label = str | Promise

STATUS: dict[str, Label] = {
    "draft": pgettext_lazy("state of a journey", "draft"),
    "on": pgettext_lazy("state of a journey", "on"),
    "paused": pgettext_lazy("state of a journey", "paused"),
    "closing": pgettext_lazy("state of a journey", "closing"),
    "off": pgettext_lazy("state of a journey", "off"),
}
VERSION_STATUS: dict[str, Label] = {
    "draft": pgettext_lazy("state of a journey's version", "draft"),
    "approved": pgettext_lazy("state of a journey's version", "approved"),
    "on": pgettext_lazy("state of a journey's version", "in use"),
    "finishing": pgettext_lazy("state of a journey's version", "finishing"),
    "retired": pgettext_lazy("state of a journey's version", "replaced"),
}
OUTCOME: dict[str, Label] = {
    "inside": pgettext_lazy("outcome of a journey", "still inside"),
    "goal": pgettext_lazy("outcome of a journey", "goal reached"),
    "exit": pgettext_lazy("outcome of a journey", "left early"),
    "end": pgettext_lazy("outcome of a journey", "came to the end"),
    "stopped": pgettext_lazy("outcome of a journey", "journey stopped"),
    "merged": pgettext_lazy("outcome of a journey", "records joined"),
    "erased": pgettext_lazy("outcome of a journey", "person erased"),
    "stuck": pgettext_lazy("outcome of a journey", "went in circles"),
    "lost": pgettext_lazy("outcome of a journey", "step missing"),
}
STEP: dict[str, Label] = {
    "wait": pgettext_lazy("step of a journey", "Wait"),
    "wait_until": pgettext_lazy("step of a journey", "Wait for a time of day"),
    "wait_for": pgettext_lazy("step of a journey", "Wait for an event"),
    "branch": pgettext_lazy("step of a journey", "Branch"),
    "split": pgettext_lazy("step of a journey", "Split by lot"),
    "message": pgettext_lazy("step of a journey", "Message"),
    "task": pgettext_lazy("step of a journey", "Task for a person"),
    "tag": pgettext_lazy("step of a journey", "Tag"),
    "notice": pgettext_lazy("step of a journey", "Notice to a group"),
    "request": pgettext_lazy("step of a journey", "Ask your system"),
    "end": pgettext_lazy("step of a journey", "End"),
}
COUNT: dict[str, Label] = {
    "entered": pgettext_lazy("count of a step", "came"),
    "left": pgettext_lazy("count of a step", "went on"),
    "queued": pgettext_lazy("count of a step", "messages queued"),
    "withheld": pgettext_lazy("count of a step", "no channel allowed"),
    "failed": pgettext_lazy("count of a step", "failed"),
    "done": pgettext_lazy("count of a step", "done"),
    "asked": pgettext_lazy("count of a step", "asked"),
    "kept_aside": pgettext_lazy("count of a step", "kept aside to compare with"),
    "seen_to": pgettext_lazy("count of a step", "answered already, or with a department"),
}
FESTIVAL: dict[str, Label] = {
    "new_year": pgettext_lazy("festival", "New Year"),
    "new_years_eve_lunar": pgettext_lazy("festival", "Chinese New Year's Eve"),
    "spring_festival": pgettext_lazy("festival", "Spring Festival"),
    "lantern_festival": pgettext_lazy("festival", "Lantern Festival"),
    "valentines_day": pgettext_lazy("festival", "Valentine's Day"),
    "white_day": pgettext_lazy("festival", "White Day"),
    "womens_day": pgettext_lazy("festival", "Women's Day"),
    "mothers_day": pgettext_lazy("festival", "Mother's Day"),
    "fathers_day": pgettext_lazy("festival", "Father's Day"),
    "childrens_day": pgettext_lazy("festival", "Children's Day"),
    "dragon_boat": pgettext_lazy("festival", "Dragon Boat Festival"),
    "qixi": pgettext_lazy("festival", "Qixi Festival"),
    "mid_autumn": pgettext_lazy("festival", "Mid-Autumn Festival"),
    "double_ninth": pgettext_lazy("festival", "Double Ninth Festival"),
    "college_entrance_exam": pgettext_lazy("festival", "College entrance exam"),
    "teachers_day": pgettext_lazy("festival", "Teachers' Day"),
    "national_day": pgettext_lazy("festival", "National Day"),
    "singles_day": pgettext_lazy("festival", "Singles' Day"),
    "thanksgiving": pgettext_lazy("festival", "Thanksgiving"),
    "christmas": pgettext_lazy("festival", "Christmas"),
}
FINDING: dict[str, Label] = {
    **marks.PROBLEM,
    "no_first_step": _("The journey does not say which step comes first."),
    "missing_branch": _("A way from here leads nowhere."),
    "no_such_step": _("This leads to “%(step)s”, which is not there."),
    "unreachable": _("Nobody can come to “%(step)s”."),
    "no_end": _("No way comes to an end."),
    "never_ends": _("From “%(step)s” no way comes to an end."),
    "loop_without_wait": _("These steps go round without waiting: %(steps)s."),
    "loop_with_message": _("These steps write to the same people again and again: %(steps)s."),
    "ends_by_its_start": _("What begins the journey also ends it."),
    "goal_impossible": _("No fact can ever satisfy all these conditions: this does not end anything."),
    "start_impossible": _("No fact can ever satisfy all these conditions: nobody comes in."),
    "goal_and_exit": _("This is both a goal and a way out."),
    "shares_not_one": _("The shares add up to %(total)s, not to 1."),
    "one_arm": _("There is only one way to draw."),
    "no_such_message": _("“%(step)s” is no message of this journey."),
    "no_such_task": _("There is no kind of task “%(kind)s”."),
    "no_such_user": _("“%(user)s” cannot do tasks."),
    "wait_decides_nothing": _("Whether the event comes or not, the way is the same."),
    "does_nothing": _("Nobody is written to, and nobody gets a task."),
    "content_without_offer": _("The template “%(content)s” names a code, and no offer goes with it."),
    "content_not_published": _("The template “%(content)s” is not in use."),
    "content_of_other_kind": _("The template “%(content)s” is not made for this channel."),
    "nobody_consents": _("No customer allows this: purpose and channels have no consent yet."),
    "condition_broken": _("A condition cannot be worked out: %(said)s"),
    "no_such_segment": _("There is no segment “%(segment)s”."),
    "no_such_group": _("There is no group “%(group)s” that is told anything."),
    "no_such_tag": _("There is no tag “%(tag)s” in use."),
    "no_such_touchpoint": _("There is no touchpoint “%(touchpoint)s” on the journey map."),
    "crossing_again": _("Whoever crosses often comes in often."),
}
PROBLEM: dict[str, Label] = {
    "no_such_journey": _("There is no such journey."),
    "bad_code": _("A code is of small letters, digits and underscores: %(code)s"),
    "code_in_use": _("There is a journey with the code “%(code)s” already."),
    "bad_name": _("Please give it a name of at most 120 characters."),
    "no_draft": _("No version is being written."),
    "edited_meanwhile": _("Somebody changed it meanwhile. Please look at it again."),
    "approved": _("This version is approved. Take the approval back to write on."),
    "own_work": _("Somebody else must approve this: whoever wrote it does not decide on it."),
    "not_approved": _("This version is not approved."),
    "has_errors": _("The checks find errors: %(codes)s"),
    "nothing_to_undo": _("There is nothing to take back."),
    "nothing_to_redo": _("There is nothing to make again."),
    "no_such_way": _("This way is not there any more."),
    "no_such_step": _("This step is not there any more."),
    "last_step": _("A journey has one step at least."),
    "own_way": _("A step cannot stand behind itself."),
    "too_many_steps": _("A journey has at most 200 steps."),
    "not_on": _("The journey is not on."),
    "not_paused": _("The journey is not paused."),
    "bad_country": _("A country is two capital letters: %(country)s"),
    "bad_festival_name": _("Please give the day a name of at most 60 characters."),
    "festival_known": _("“%(name)s” is in the calendar already: set its day there."),
    "festival_columns": _("The file needs the columns country, year, code or name, and on."),
    "too_many_lines": _("A file has at most 5,000 lines."),
    "bad_day": _("This is no day: %(day)s"),
    "bad_year": _("This year is not possible: %(year)s"),
}


def name_of(code: str, name: str) -> str:
    """What a journey is called: as somebody said, else as it came, else its code."""
    return name or (str(SEEDS[code].name) if code in SEEDS else code)


def description_of(code: str, description: str) -> str:
    """What a journey is for."""
    return description or (str(SEEDS[code].description) if code in SEEDS else "")


def needs_of(code: str) -> str:
    """What the shop itself must see to before a ready-made journey is of use; empty: nothing."""
    return str(SEEDS[code].needs) if code in SEEDS else ""


def finding(one: Finding) -> str:
    """A finding in the active language."""
    return str(FINDING[one.code]) % _said(one.figures)


def problem(error: JourneyError) -> str:
    """A refusal in the active language."""
    return str(PROBLEM[error.code]) % _said(error.figures)


def _said(figures: Mapping[str, Any]) -> dict[str, Any]:
    between = ", "
    return {
        name: between.join(map(str, value)) if isinstance(value, list | tuple) else value
        for name, value in figures.items()
    }

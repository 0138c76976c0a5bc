"""What people read for codes of approved templates."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.outreach.sending.approved.contracts import ApprovedError

Label = str | Promise

CATEGORY: dict[str, Label] = {
    "notice": pgettext_lazy("approved template", "Notice"),
    "promotion": pgettext_lazy("approved template", "Promotion"),
    "verification": pgettext_lazy("approved template", "Verification code"),
    "international": pgettext_lazy("approved template", "International"),
}
STATE: dict[str, Label] = {
    "approved": pgettext_lazy("approved template", "Approved"),
    "refused": pgettext_lazy("approved template", "Refused"),
    "unknown": pgettext_lazy("approved template", "Not known yet"),
}
PROBLEM: dict[str, Label] = {
    "takes_any_text": _("This provider takes any text; it approves no templates."),
    "no_such_template": _("There is no such template."),
    "not_a_text_message": _("This template is not a text message."),
    "no_such_language": _("The template has no text in this language."),
    "not_promotion": _("The template is for marketing: the provider must have approved it as promotion."),
    "no_such_category": _("Choose one of the categories."),
    "no_such_state": _("Choose one of the states."),
    "not_a_code": _("Enter the provider's number of the template, as its console shows it."),
    "code_taken": _("This number already stands for another text."),
    "not_a_name": _("“%(name)s” cannot be the name of a variable."),
    "not_numbered": _("Tencent Cloud numbers its variables: 1, 2, 3 …"),
    "unknown_variable": _("Nobody knows the value %(variable)s."),
    "not_in_text": _("Our own text does not say %(variable)s, so the approved one cannot."),
    "no_fallback": _("%(variable)s may be missing for somebody; say what stands in its place with default."),
    "bad_value": _("%(name)s cannot be read: %(detail)s"),
    "value_empty": _("%(name)s may not be empty."),
    "value_too_long": _("%(name)s is too long: the provider takes %(limit)s characters."),
    "value_has_link": _("%(name)s has a link; links must stand in the approved text itself."),
}


def problem(error: ApprovedError, name: str) -> str:
    """The words of one of its problems."""
    return str(PROBLEM[error.problems[name]]) % error.figures

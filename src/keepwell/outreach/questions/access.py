"""The gates of questions and feedback: one's own, one's departments', those of customers within reach."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.access import Account
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.outreach.access import team_ids
from keepwell.outreach.questions.contracts import NoFeedbackError, NoQuestionError
from keepwell.outreach.questions.models import Feedback, Question


def scope(user: Account, permission: Permission) -> Q:
    """The questions and feedback that `user` may do this to, as a filter; Q() where it is all of them."""
    owners = access.owners_within(user, permission)
    if owners is None:
        return Q()
    if not owners:
        return Q(pk__in=())
    mine = Q(owner__in=owners) | Q(customer_id__in=customers.owned_by(owners))
    teams = team_ids(user)
    return mine | Q(team__in=teams) if teams else mine


def may_access_question(user: Account, permission: Permission, question_id: int) -> bool:
    """Whether `user` may do this to this question."""
    return Question.objects.filter(scope(user, permission), pk=question_id).exists()


def may_access_feedback(user: Account, permission: Permission, feedback_id: int) -> bool:
    """Whether `user` may do this to this feedback."""
    return Feedback.objects.filter(scope(user, permission), pk=feedback_id).exists()


def access_question(user: Account, permission: Permission, question_id: int) -> None:
    """Let `user` do this to this question.

    Raises PermissionDenied where it is out of reach, NoQuestionError where there is none.
    """
    access.require(user, permission)
    if may_access_question(user, permission, question_id):
        return
    if not Question.objects.filter(pk=question_id).exists():
        raise NoQuestionError(question_id)
    raise PermissionDenied(_("This question is somebody else's. Ask them or a manager."))


def access_feedback(user: Account, permission: Permission, feedback_id: int) -> None:
    """Let `user` do this to this feedback.

    Raises PermissionDenied where it is out of reach, NoFeedbackError where there is none.
    """
    access.require(user, permission)
    if may_access_feedback(user, permission, feedback_id):
        return
    if not Feedback.objects.filter(pk=feedback_id).exists():
        raise NoFeedbackError(feedback_id)
    raise PermissionDenied(_("This feedback is another department's. Ask them or a manager."))

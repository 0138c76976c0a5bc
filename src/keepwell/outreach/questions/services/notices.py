"""Who is told of feedback: its owner, and the groups of colleagues where the rule says so."""

from __future__ import annotations

from datetime import datetime

from keepwell.outreach import users
from keepwell.outreach.contracts import Notice
from keepwell.outreach.groups import services as groups
from keepwell.outreach.questions.models import Feedback
from keepwell.outreach.services.notices import tell


def tell_passed(row: Feedback, *, tells_groups: bool, now: datetime) -> None:
    """Tell that feedback was passed on, in the caller's transaction; each once for each time."""
    data = {
        "what": "passed",
        "feedback": row.pk,
        "customer": row.customer_id,
        "team": users.teams().get(row.team_id or 0, ""),
    }
    key = f"feedback:{row.pk}:{row.steps.count()}"
    if row.owner_id is not None:
        tell(user_id=row.owner_id, kind=Notice.QUESTION, key=key, data=data, now=now)
    elif tells_groups:
        groups.tell(kind=Notice.QUESTION, key=key, data=data, user_id=None, now=now)

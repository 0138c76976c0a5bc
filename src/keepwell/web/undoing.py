"""The offer to undo the last step, kept in the session for as long as it holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.outreach import core
from keepwell.outreach.contracts import Change
from keepwell.web import formats

KEY = "undo"
PROMISE = "promise"  # stands where a task's token would


def offer(request: HttpRequest, change: Change, now: datetime) -> None:
    """Remember the step that can be undone."""
    request.session[KEY] = {
        "token": change.token,
        "action": change.action,
        "tasks": len(change.task_ids),
        "follow_ups": len(change.follow_up_ids),
        "at": now.isoformat(),
    }


def offer_promise(request: HttpRequest, customer_id: str, promise_id: int, now: datetime) -> None:
    """Remember that a promise was said to be kept."""
    request.session[KEY] = {
        "token": PROMISE,
        "action": "promise",
        "tasks": 1,
        "follow_ups": 0,
        "at": now.isoformat(),
        "promise": [customer_id, promise_id],
    }


def promised(request: HttpRequest, now: datetime) -> tuple[str, int] | None:
    """The promise whose end can be taken back; None where there is none."""
    kept = request.session.get(KEY) or {}
    if offered(request, now) is None or "promise" not in kept:
        return None
    customer_id, promise_id = kept["promise"]
    return str(customer_id), int(promise_id)


def withdraw(request: HttpRequest) -> None:
    """Forget it."""
    request.session.pop(KEY, None)


def offered(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """What can be undone and in which words; None where nothing can."""
    kept = request.session.get(KEY)
    at = parse_datetime(kept["at"]) if kept else None
    if not kept or at is None or not core.may_undo(done_at=at, now=now):
        return None
    left = core.UNDO_SECONDS - int((now - at).total_seconds())
    return {"token": kept["token"], "text": _text(kept), "seconds": max(left, 1)}


def _text(kept: dict[str, Any]) -> str:
    count = kept["tasks"]
    words = {
        "complete": ngettext("%(count)s task done.", "%(count)s tasks done.", count),
        "cancel": ngettext("%(count)s task is not needed.", "%(count)s tasks are not needed.", count),
        "postpone": ngettext("%(count)s task postponed.", "%(count)s tasks postponed.", count),
        "delegate": ngettext("%(count)s task given away.", "%(count)s tasks given away.", count),
        "take": ngettext("%(count)s task taken.", "%(count)s tasks taken.", count),
        "promise": _("The promise is kept."),
        "reopen": ngettext("%(count)s task reopened.", "%(count)s tasks reopened.", count),
    }
    text = words.get(kept["action"], _("Saved."))
    said = text % {"count": formats.number(count)} if "%(" in text else text
    if kept["follow_ups"]:
        said += " " + _("The next try is planned.")
    return said

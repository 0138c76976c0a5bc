"""The daily message in words: plain text, customers by number only."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.foundation.money import symbol
from keepwell.outreach import labels, users
from keepwell.outreach.contracts import Digest, TaskView


def daily(digest: Digest) -> EmailMessage:
    """The message to one user, in the user's language."""
    with translation.override(digest.language or settings.LANGUAGE_CODE):
        return EmailMessage(subject=_subject(digest), body="\n".join(_lines(digest)), to=[digest.email])


def _subject(digest: Digest) -> str:
    return ngettext(
        "Keepwell: %(count)s thing to do today", "Keepwell: %(count)s things to do today", digest.total
    ) % {"count": digest.total}


def _lines(digest: Digest) -> list[str]:
    lines = [
        _("Good morning %(name)s,") % {"name": digest.name},
        "",
        ngettext(
            "today there is %(count)s thing to do, %(stake)s at stake.",
            "today there are %(count)s things to do, %(stake)s at stake.",
            digest.total,
        )
        % {"count": digest.total, "stake": _money(digest.at_stake, digest.currency)},
    ]
    if digest.overdue:
        lines.append(
            ngettext("%(count)s is overdue.", "%(count)s are overdue.", digest.overdue)
            % {"count": digest.overdue}
        )
    lines += ["", *(_task(task, digest) for task in digest.tasks)]
    rest = digest.total - len(digest.tasks)
    if rest > 0:
        lines.append(ngettext("and %(count)s more", "and %(count)s more", rest) % {"count": rest})
    if digest.notices:
        count = len(digest.notices)
        lines += [
            "",
            ngettext("%(count)s notification is unread.", "%(count)s notifications are unread.", count)
            % {"count": count},
        ]
    if settings.KEEPWELL_URL:
        lines += ["", settings.KEEPWELL_URL.rstrip("/") + reverse("today")]
    return [*lines, "", _("You can change or end this message in Keepwell under Notifications.")]


def _task(task: TaskView, digest: Digest) -> str:
    parts = [str(labels.KIND[task.kind])]
    if task.customer_id:
        parts.append(task.customer_id)
    if task.at_stake is not None:
        parts.append(_money(task.at_stake, task.currency))
    if task.at is not None:
        local = task.at.astimezone(users.zone_of(users.get(digest.user_id)))
        parts.append(date_format(local, "SHORT_DATE_FORMAT"))
    return "– " + " · ".join(parts)


def _money(amount: Decimal, currency: str) -> str:
    return f"{symbol(currency)}{amount:,.0f}"

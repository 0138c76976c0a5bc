"""A queued message as it goes out: its words, its own addresses, and what marketing must carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.marks import addresses, legal
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.wording import Opener

EMAIL = "email"
# Channels of plain words, where nothing else tells who writes.
SIGNED = ("sms", "whatsapp", "wechat")


class Made(NamedTuple):
    """A message, and the values that went into its words, by dotted name."""

    draft: Draft
    given: Mapping[str, Any]


class Maker:
    """Makes many; a text and the brand are read once."""

    def __init__(self) -> None:
        self._opener, self._finish = Opener(), legal.Finisher()

    def __call__(self, row: Message) -> Made:
        """The words of a message, complete but for tracking.

        Raises ContentError where there are none, `legal.NotReadyError` where nobody could end it.
        """
        own = addresses.OwnAddresses(row.message_id)
        words = self._opener.words(row.body, own)
        draft = Draft(
            key=row.message_id,
            customer_id=row.customer_id,
            channel=row.channel,
            purpose=row.purpose,
            subject=words.subject,
            text=words.text,
            html=words.html,
            language=words.language,
            headers=words.headers,
            template=words.template,
            values=words.values,
            sender=words.sender,
        )
        draft = _signed(draft)
        return Made(self._finish(draft, own), words.given)


def _signed(draft: Draft) -> Draft:
    """A message in a colleague's name: answers go to them, and a short message is signed."""
    sender = draft.sender
    if sender is None:
        return draft
    if draft.channel == EMAIL:
        return (
            replace(draft, headers={**draft.headers, "Reply-To": sender.reply_to})
            if sender.reply_to
            else draft
        )
    # What goes by a template of the provider's says of itself what it says.
    if draft.channel not in SIGNED or not sender.signed or not draft.text or draft.template:
        return draft
    if sender.signed in draft.text:
        return draft
    return replace(draft, text=f"{draft.text.rstrip()}\n{sender.signed}")

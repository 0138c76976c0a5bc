"""A queued message as it goes out: its words, its own addresses, and what marketing must carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.marks import addresses, legal
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.wording import Opener


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
        )
        return Made(self._finish(draft, own), words.given)

"""Tracking at the moment of handing over: for whom it is allowed, and how their messages look then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from keepwell.customers.privacy import queries as privacy
from keepwell.customers.privacy.contracts import Purpose, Reason
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.sending.marks import addresses, tracking

EMAIL = "email"


class Tracing:
    """What the rules and each customer's consent say of tracking, read once for many messages."""

    def __init__(
        self, channel: str, customer_ids: Iterable[str], *, now: datetime, tells_reading: bool = False
    ) -> None:
        rules = policy.rules()
        self._tells_reading = tells_reading
        self._clicks, self._opens = rules.follow_clicks, rules.follow_opens
        wanted = channel == EMAIL and (self._clicks or self._opens) and not addresses.unreachable()
        said = privacy.may_contact_many(customer_ids, channel, Purpose.PROFILING, now=now) if wanted else {}
        # Silence is no objection, unless the shop asks for a yes; a stop or a hold always is one.
        enough = {Reason.GIVEN} if rules.follow_agreed_only else {Reason.GIVEN, Reason.NOT_ASKED}
        self._allowed = {number for number, verdict in said.items() if verdict.reason in enough}

    def html(self, html: str, *, message_id: str, customer_id: str) -> str:
        """The HTML part as it goes out."""
        if customer_id not in self._allowed:
            return html
        return tracking.tracked(html, message_id, clicks=self._clicks, opens=self._opens)

    def told(self, html: str, customer_id: str) -> tuple[bool, bool]:
        """Whether openings and clicks of a message with this HTML part can be told."""
        followed = bool(html) and customer_id in self._allowed
        return self._tells_reading or (followed and self._opens), followed and self._clicks

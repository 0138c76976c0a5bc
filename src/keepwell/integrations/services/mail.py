"""E-mails exchanged with customers, put on their records once each."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import transaction

from keepwell.customers import queries as customers
from keepwell.customers import services as people
from keepwell.customers.queries import correspondents
from keepwell.foundation.crypto import ring
from keepwell.history import services as history
from keepwell.integrations.contracts import MAIL_SOURCE, Direction, MailError, MailOutcome, MailReading
from keepwell.integrations.mail import headers, sources, words
from keepwell.integrations.mail.headers import Letter
from keepwell.integrations.models import ArchivedMail
from keepwell.integrations.tracking import scrub
from keepwell.outreach.firstreply import services as firstreply
from keepwell.outreach.questions import services as questions
from keepwell.outreach.questions.contracts import Inbound, Origin
from keepwell.outreach.services import returning

SOURCE = "keepwell.mail"
NAME_LENGTH_MAX = 180
SUBJECT_LENGTH_MAX = 400
SEEN, NOT_READ = ":2,S", ":2,FS"  # what stands behind a name in `cur`: seen; flagged and seen
AT_ONCE = 20
NEWS = timedelta(days=7)  # an older letter that somebody puts on record is no news for a department
TRIED_MOST = 1_000  # letters that a trial of routing opens
AT_ONCE_BYTES = 40 * 2**20
_SEPARATORS = re.compile(r"[/\\]+")


def archive(
    *, content: bytes, place: str, came_at: datetime, actor: str, now: datetime, live: bool = False
) -> MailReading:
    """Put a message on the record of every customer whom it was exchanged with, once on each.

    The customers are found by the addresses in From, To and Cc. A fact tells of it: an interaction where the
    customer wrote, a contact where somebody of the company did; without addresses, its subject scrubbed.
    `came_at` is its time where its headers say none. Read again it changes nothing. What mail servers report
    of our own messages, complaints and automatic replies are nobody's letters: see `outreach.returning`.
    """
    try:
        letter = _read(content, now)
    except MailError as error:
        return MailReading(place, MailOutcome.REFUSED, reason=str(error))
    returned = returning.take(content=content, came_at=came_at, now=now)
    if returned is not None:
        return MailReading(place, MailOutcome(returned))
    found = _exchanged(letter, _owned())
    if not found:
        return MailReading(place, MailOutcome.NOBODYS)
    sent_at = letter.sent_at or min(came_at, now)
    made = 0
    for customer_id, direction in found.items():
        entry = _Entry(customer_id, letter, direction, sent_at, content)
        made += _put(entry, actor=actor, now=now, live=live, is_sensitive=False)
    return MailReading(place, MailOutcome.ARCHIVED if made else MailOutcome.ALREADY_THERE, made)


def attach_mail(
    *, customer_id: str, content: bytes, is_sensitive: bool, actor: str, now: datetime
) -> MailOutcome:
    """Put a message that somebody has at hand on a customer's record, whatever addresses stand in it.

    REFUSED where it is no message or does not say who wrote: the customer or the company.
    """
    try:
        letter = _read(content, now)
    except MailError:
        return MailOutcome.REFUSED
    owned = _owned()
    direction = _exchanged(letter, owned).get(customer_id) or _told(letter, owned)
    if direction is None:
        return MailOutcome.REFUSED
    entry = _Entry(customer_id, letter, direction, letter.sent_at or now, content)
    made = _put(entry, actor=actor, now=now, live=True, is_sensitive=is_sensitive)
    return MailOutcome.ARCHIVED if made else MailOutcome.ALREADY_THERE


def archive_path(*, path: Path, actor: str, now: datetime) -> Iterator[MailReading]:
    """Archive every message of a file (.eml, mbox) or folder (Maildir, or of such files), one by one.

    What cannot be opened is a refused reading; nothing is moved or marked.
    """
    for found in sources.messages(path, size_max=people.MAX_FILE_BYTES):
        if found.problem:
            yield MailReading(found.place, MailOutcome.REFUSED, reason=found.problem)
        else:
            yield archive(
                content=found.content, place=found.place, came_at=found.came_at, actor=actor, now=now
            )


def take_maildir(
    *, folder: Path, actor: str, now: datetime, limit: int = AT_ONCE
) -> Mapping[MailOutcome, int]:
    """Archive what was delivered to a Maildir; how many of which outcome, at most `limit`.

    A message moves from `new` to `cur` as seen once it is archived for good, so that one that was read by a
    process that died is read again, and is there already. What cannot be read is flagged in `cur`.

    Raises FileNotFoundError where there is no Maildir.
    """
    if not sources.is_maildir(folder):
        raise FileNotFoundError(2, "KEEPWELL_MAILDIR: no Maildir with new and cur", str(folder))
    counts: dict[MailOutcome, int] = {}
    size = 0
    for path in list(islice(sources.maildir_files(folder, sources.NEW), limit)):
        if size >= AT_ONCE_BYTES:
            break
        try:
            found = sources.read_file(path, people.MAX_FILE_BYTES)
        except FileNotFoundError:
            continue  # another worker was faster
        size += len(found.content)
        reading = archive(
            content=found.content, place=path.name, came_at=found.came_at, actor=actor, now=now, live=True
        )
        _move(path, folder / sources.CUR, NOT_READ if reading.outcome is MailOutcome.REFUSED else SEEN)
        counts[reading.outcome] = counts.get(reading.outcome, 0) + 1
    return counts


def _move(path: Path, target: Path, flags: str) -> None:
    try:
        path.rename(target / (path.name.partition(":")[0] + flags))
    except FileNotFoundError:
        return


def _read(content: bytes, now: datetime) -> Letter:
    if len(content) > people.MAX_FILE_BYTES:
        raise MailError("too_large")
    return headers.read(content, now=now)


def _owned() -> tuple[str, ...]:
    return tuple(one.strip().casefold() for one in settings.KEEPWELL_MAIL_ADDRESSES.split(",") if one.strip())


def _is_owned(address: str, owned: tuple[str, ...]) -> bool:
    return address in owned or f"@{address.rpartition('@')[2]}" in owned


def _exchanged(letter: Letter, owned: tuple[str, ...]) -> dict[str, Direction]:
    """With which customers the company exchanged it, and who wrote.

    A customer who only received what a stranger or another customer wrote exchanged nothing with the company.
    Where the company's addresses are not told, whoever is no customer is of the company.
    """
    others = [one for one in (*letter.senders, *letter.receivers) if not _is_owned(one, owned)]
    known = correspondents.by_address(dict.fromkeys(others))
    wrote = [number for one in letter.senders for number in known.get(one, ())]
    found = dict.fromkeys(wrote, Direction.INCOMING)
    ours = any(_is_owned(one, owned) for one in letter.senders) if owned else not wrote
    if ours:
        received = [number for one in letter.receivers for number in known.get(one, ())]
        found = dict.fromkeys(received, Direction.OUTGOING) | found
    return found


def _told(letter: Letter, owned: tuple[str, ...]) -> Direction | None:
    """Who wrote, by the company's own addresses alone; None where they do not tell."""
    ours = any(_is_owned(one, owned) for one in letter.senders)
    if ours:
        return Direction.OUTGOING if any(not _is_owned(one, owned) for one in letter.receivers) else None
    return Direction.INCOMING if any(_is_owned(one, owned) for one in letter.receivers) else None


class _Entry:
    """A message as it goes on one record."""

    def __init__(
        self, customer_id: str, letter: Letter, direction: Direction, sent_at: datetime, content: bytes
    ) -> None:
        self.customer_id = customer_id
        self.letter = letter
        self.direction = direction
        self.sent_at = sent_at
        self.content = content
        self.digest = _digest("mail", letter.message_id or hashlib.sha256(content).hexdigest())

    @property
    def fact_key(self) -> str:
        return "mail-" + _digest("fact", self.customer_id, self.digest)

    @property
    def name(self) -> str:
        subject = _SEPARATORS.sub("-", self.letter.subject).strip(" .")
        return f"{subject[:NAME_LENGTH_MAX].strip() or 'mail'}.eml"

    def fact(self, *, is_sensitive: bool) -> tuple[str, dict[str, object]]:
        """The table and the row that tell of it, without anything personal."""
        common = {"customer_id": self.customer_id, "at": self.sent_at, "channel": "email"}
        if self.direction is Direction.OUTGOING:
            return "contacts", {"contact_id": self.fact_key, "status": "sent", **common}
        subject = "" if is_sensitive else self._impersonal()
        more = {"subject": subject} if subject else {}
        return "interactions", {"interaction_id": self.fact_key, "type": "email", **common, **more}

    def _impersonal(self) -> str:
        """The subject without addresses, telephone numbers and the names that are known."""
        text = scrub.text(self.letter.subject)
        named = customers.names([self.customer_id]).get(self.customer_id, "")
        said = {*self.letter.names, named, *(part for part in named.split() if len(part) > 2)}
        for name in sorted(said, key=len, reverse=True):
            if len(name) > 1:
                text = re.sub(re.escape(name), scrub.REMOVED, text, flags=re.IGNORECASE)
        return text[:SUBJECT_LENGTH_MAX]


def _digest(*parts: str) -> str:
    """Keyed, so that nobody finds out by a message's number whose record it is on."""
    said = "\0".join(parts).encode("utf-8", "surrogateescape")
    return hmac.new(ring().pseudonym_key, said, hashlib.sha256).hexdigest()[:32]


def _put(entry: _Entry, *, actor: str, now: datetime, live: bool, is_sensitive: bool) -> bool:
    """Put it on the record, in one transaction; False where it is there."""
    with transaction.atomic():
        row, is_new = ArchivedMail.objects.get_or_create(
            customer_id=entry.customer_id,
            digest=entry.digest,
            defaults={
                "fact_key": entry.fact_key,
                "direction": entry.direction,
                "sent_at": entry.sent_at,
            },
        )
        if not is_new:
            return False
        table, fact = entry.fact(is_sensitive=is_sensitive)
        history.record(table=table, fact=fact, source=SOURCE, live=live)
        row.attachment_id = people.attach(
            customer_id=entry.customer_id,
            name=entry.name,
            content=entry.content,
            is_sensitive=is_sensitive,
            actor=actor,
            source=MAIL_SOURCE,
            at=now,
        )
        row.save(update_fields=["attachment"])
        is_news = live and now - entry.sent_at < NEWS and not is_sensitive
        if is_news and entry.direction is Direction.INCOMING:
            feedback = _inbound(entry.fact_key, entry.customer_id, entry.sent_at, entry.name, entry.content)
            questions.receive(inbound=[replace(feedback, reference=entry.letter.message_id)], now=now)
        elif is_news and not returning.is_by_machine(entry.content):
            firstreply.answered(
                customer_id=entry.customer_id, channel="email", at=entry.sent_at, actor=actor, now=now
            )
    return True


def incoming_between(since: datetime, until: datetime, most: int) -> Iterator[Inbound]:
    """E-mails that customers wrote, the newest first: what a trial of routing reads."""
    rows = ArchivedMail.objects.filter(
        direction=Direction.INCOMING,
        sent_at__gte=since,
        sent_at__lt=until,
        attachment__isnull=False,
        attachment__is_sensitive=False,
    )
    found = list(rows.order_by("-sent_at", "-pk")[: min(most, TRIED_MOST)])
    files = {row.attachment_id: row for row in found if row.attachment_id is not None}
    for attachment_id, name, content in customers.attachment_contents(files):
        row = files[attachment_id]
        yield _inbound(row.fact_key, row.customer_id, row.sent_at, name, content)


def _inbound(fact_key: str, customer_id: str, sent_at: datetime, name: str, content: bytes) -> Inbound:
    """An e-mail as feedback: its subject and its words."""
    said = f"{name.removesuffix('.eml')}\n{words.open_words(content).text}".strip()
    return Inbound(
        fact_key, Origin.EMAIL, customer_id, sent_at, "email", "", said,
        by_machine=returning.is_by_machine(content),
    )  # fmt: skip

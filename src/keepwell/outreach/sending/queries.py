"""What can be asked about messages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import Count

from keepwell.customers import queries as customers
from keepwell.customers.contracts import PersonOfRole
from keepwell.customers.identity import queries as identity
from keepwell.customers.privacy import queries as privacy
from keepwell.foundation.rows import among
from keepwell.outreach.channels import registry
from keepwell.outreach.channels.contracts import HeardKind, Mode
from keepwell.outreach.sending import wording
from keepwell.outreach.sending.approved.queries import has_template
from keepwell.outreach.sending.contracts import AccountView, MessageView, Outcomes, Status, Written
from keepwell.outreach.sending.models import ChannelAccount, DeadAddress, HeardRow, Message, ReceiptRow
from keepwell.outreach.sending.opening import opened
from keepwell.outreach.sending.places import PERSON
from keepwell.outreach.sending.services import windows

IDS_MAX = 5_000
# What somebody writes within these days answers what we wrote last on the same channel.
ANSWER_DAYS = 7


def message(message_id: str) -> MessageView | None:
    """One message, or None."""
    row = Message.objects.filter(message_id=message_id).first()
    return _view(row, wording.Opener()) if row else None


def channels(message_ids: Iterable[str]) -> dict[str, str]:
    """The channel of each of these messages."""
    rows = Message.objects.filter(message_id__in=list(message_ids))
    return dict(rows.values_list("message_id", "channel"))


def of_customer(customer_id: str, *, limit: int = 50) -> list[MessageView]:
    """A customer's messages, newest first; merged records included."""
    rows = Message.objects.filter(customer_id__in=identity.fact_ids(customer_id))
    opener = wording.Opener()
    return [_view(row, opener) for row in rows.order_by("-created_at", "-id")[:limit]]


def never_went(message_ids: Collection[str]) -> set[str]:
    """Those of these messages that did not go and never will, or that there are not; in one statement."""
    rows = Message.objects.filter(message_id__in=list(message_ids))
    statuses = dict(rows.values_list("message_id", "status"))
    gone = (Status.WITHHELD, Status.FAILED, Status.TAKEN_BACK)
    return {one for one in message_ids if one not in statuses or statuses[one] in gone}


def written(customer_id: str, *, limit: int = 20) -> list[Written]:
    """What a customer wrote to us on any channel, the newest first; of merged records too.

    These are somebody's own words: whoever shows them says in the audit who looked.
    """
    rows = HeardRow.objects.filter(customer_id__in=identity.fact_ids(customer_id), kind=HeardKind.MESSAGE)
    found = rows.order_by("-at", "-pk")[:limit]
    return [Written(row.channel, row.at, row.text) for row in found if row.text]


def went_at(message_ids: Iterable[str]) -> dict[str, datetime]:
    """When those of these messages went that did."""
    rows = Message.objects.filter(message_id__in=list(message_ids), status=Status.SENT)
    return {name: at for name, at in rows.values_list("message_id", "finished_at") if at is not None}


def counts(*, origin: str = "") -> Counter[str]:
    """How many messages there are in each status; of one origin where it is named."""
    rows = Message.objects.filter(origin=origin) if origin else Message.objects.all()
    found = rows.order_by().values("status").annotate(messages=Count("id"))
    return Counter({row["status"]: row["messages"] for row in found})


def outcomes(origin: str) -> Outcomes:
    """What became of the messages of one origin, in one statement."""
    found = Message.objects.filter(origin=origin).order_by()
    statuses: Counter[str] = Counter()
    standings: Counter[str] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    rows = found.values("status", "standing", "reason").annotate(messages=Count("id"))
    for row in rows:
        statuses[row["status"]] += row["messages"]
        if row["standing"]:
            standings[row["standing"]] += row["messages"]
        if row["reason"]:
            reasons[row["status"], row["reason"]] += row["messages"]
    return Outcomes(statuses, standings, reasons)


def standings_by_channel(origin: str) -> dict[str, Counter[str]]:
    """How far the messages of one origin came, by channel; "" counts those that have not gone."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    rows = Message.objects.filter(origin=origin).order_by().values("channel", "standing")
    for row in rows.annotate(messages=Count("id")):
        found[row["channel"]][row["standing"]] += row["messages"]
    return dict(found)


def with_address(customer_ids: Collection[str], channel: str) -> set[str]:
    """Who has what an address of this channel is made of; everybody where it needs none or is unknown.

    An address that takes no messages is none, until the customer gives another.
    """
    contract = registry.contract_of(channel)
    if contract is None or not contract.address:
        return set(customer_ids)
    kinds = [kind for kind in (contract.address, contract.address_else) if kind]
    found: set[str] = set()
    for kind in kinds:
        found |= customers.with_contact([one for one in customer_ids if one not in found], kind=kind)
    return found - _dead(found, contract.address, kinds)


def people_of(customer_ids: Collection[str], role: str) -> dict[str, PersonOfRole]:
    """To whom at each company an e-mail for this role goes; companies without anybody are left out.

    Of several it is the oldest entry whose address takes messages.
    """
    listed = customers.people_of_role(customer_ids, role)
    rows = DeadAddress.objects.filter(among("customer_id", listed), kind=PERSON)
    dead = set(rows.values_list("customer_id", "value_index"))
    found = {}
    for number, people in listed.items():
        living = next((one for one in people if (number, one.mark) not in dead), None)
        if living is not None:
            found[number] = living
    return found


def _dead(customer_ids: Collection[str], kind: str, kinds: Sequence[str]) -> set[str]:
    """Those whose address died, and of whom nothing of these kinds was noted, changed or taken away since."""
    died: dict[str, datetime] = {}
    rows = DeadAddress.objects.filter(among("customer_id", customer_ids), kind=kind)
    for number, since in rows.values_list("customer_id", "since"):
        died[number] = max(died.get(number, since), since)
    for each in kinds:
        for number, at in privacy.addresses_changed_at(died, each).items():
            if at > died[number]:
                del died[number]
    return set(died)


def answered_sender(customer_id: str, channel: str, *, at: datetime) -> int | None:
    """Whose name stood on what somebody wrote an answer to at this time; None for the house, or nothing.

    An answer is to the last message that they were sent on the channel in the seven days before.
    """
    sent = Message.objects.filter(
        customer_id__in=identity.fact_ids(customer_id),
        channel=channel,
        status=Status.SENT,
        finished_at__lte=at,
        finished_at__gt=at - timedelta(days=ANSWER_DAYS),
    )
    latest = sent.order_by("-finished_at", "-pk").first()
    sender = wording.sender_of(latest.body) if latest else None
    return sender.user_id if sender else None


def open_to(
    customer_ids: Collection[str], channel: str, *, content: str, purpose: str, now: datetime
) -> set[str]:
    """Who can be written to on this channel without having written first, or has a window open now.

    Everybody where the channel has no windows, no account yet, or an approved template for `content`.
    """
    contract, account = registry.contract_of(channel), in_use(channel)
    if contract is None or contract.mode is not Mode.WINDOWED or account is None:
        return set(customer_ids)
    if purpose in contract.template_purposes and has_template(account.account_id, content):
        return set(customer_ids)
    return set(windows.open_for(customer_ids, channel, now, account_id=account.account_id))


def unknown_fates(*, limit: int = 50) -> list[MessageView]:
    """The messages that may have gone or not, oldest first."""
    opener = wording.Opener()
    rows = Message.objects.filter(status=Status.UNKNOWN).order_by("begun_at")[:limit]
    return [_view(row, opener) for row in rows]


def is_open(origin: str) -> bool:
    """Whether a message of this origin has still to go, or is on its way."""
    still = (Status.WAITING, Status.HELD, Status.SENDING)
    return Message.objects.filter(origin=origin, status__in=still).exists()


def any_went(origin: str) -> bool:
    """Whether a message of this origin has gone, is on its way, or may have gone."""
    went = (Status.SENDING, Status.HANDED, Status.SENT, Status.UNKNOWN)
    return Message.objects.filter(origin=origin, status__in=went).exists()


def of_origin(origin: str) -> Iterator[tuple[str, str, str, str, datetime | None, str]]:
    """Customer number, status, reason, standing, time and channel of each message of an origin; streamed."""
    rows = Message.objects.filter(origin=origin).order_by("pk")
    fields = ("customer_id", "status", "reason", "standing", "finished_at", "channel")
    yield from rows.values_list(*fields).iterator(chunk_size=10_000)


def gone(origin: str) -> Iterator[tuple[str, str, datetime]]:
    """Customer number, channel and time of every message of one origin that went; streamed."""
    rows = Message.objects.filter(origin=origin, status__in=(Status.SENT, Status.HANDED)).order_by("pk")
    for number, channel, finished_at, begun_at in rows.values_list(
        "customer_id", "channel", "finished_at", "begun_at"
    ).iterator(chunk_size=10_000):
        if at := finished_at or begun_at:
            yield number, channel, at


def is_due(channel: str, *, now: datetime) -> bool:
    """Whether a message of `channel` waits whose time has come."""
    return Message.objects.filter(channel=channel, status=Status.WAITING, due_at__lte=now).exists()


def _view(row: Message, opener: wording.Opener) -> MessageView:
    words = opener.words(row.body, wording.STAND_INS)
    return MessageView(
        message_id=row.message_id,
        customer_id=row.customer_id,
        channel=row.channel,
        purpose=row.purpose,
        content=row.content,
        origin=row.origin,
        status=Status(row.status),
        reason=row.reason,
        standing=row.standing,
        subject=words.subject,
        text=words.text,
        html=words.html,
        language=words.language,
        due_at=row.due_at,
        tries=row.tries,
        created_at=row.created_at,
        created_by=row.created_by,
        finished_at=row.finished_at,
        sender=words.sender,
    )


def accounts() -> list[AccountView]:
    """Every account, by channel."""
    return [_account(row) for row in ChannelAccount.objects.all()]


def account(account_id: int) -> AccountView | None:
    """One account, or None."""
    row = ChannelAccount.objects.filter(pk=account_id).first()
    return _account(row) if row else None


def in_use(channel: str) -> AccountView | None:
    """The account that sends on a channel, or None."""
    row = ChannelAccount.objects.filter(channel=channel, active=True).first()
    return _account(row) if row else None


def sendable() -> frozenset[str]:
    """The channels on which messages go out by an account that is in use."""
    return frozenset(ChannelAccount.objects.filter(active=True).values_list("channel", flat=True))


def _account(row: ChannelAccount) -> AccountView:
    values = opened(row)
    provider = registry.providers().get(row.provider)
    hidden = {one.name for one in provider.fields if one.secret} if provider else set(values)
    return AccountView(
        account_id=row.pk,
        provider=row.provider,
        channel=row.channel,
        name=row.name,
        token=row.token,
        active=row.active,
        values={name: value for name, value in values.items() if name not in hidden},
        secrets=tuple(sorted(name for name in hidden if values.get(name))),
        outages=row.outages,
        paused_until=row.paused_until,
        stopped_at=row.stopped_at,
        stopped_reason=row.stopped_reason,
        last_error=row.last_error,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )


def standings(message_ids: Collection[str]) -> dict[str, tuple[Status, str, str]]:
    """Status, reason and how far it came, of those of these messages that there are."""
    found: dict[str, tuple[Status, str, str]] = {}
    for start in range(0, len(ids := sorted(message_ids)), IDS_MAX):
        rows = Message.objects.filter(message_id__in=ids[start : start + IDS_MAX])
        for name, status, reason, standing in rows.values_list("message_id", "status", "reason", "standing"):
            found[name] = Status(status), reason, standing
    return found


def became(message_ids: Collection[str]) -> dict[str, set[str]]:
    """What became of messages: their status, and what was told of them that no machine did; by message."""
    found: dict[str, set[str]] = {}
    for start in range(0, len(ids := sorted(message_ids)), IDS_MAX):
        some = ids[start : start + IDS_MAX]
        for name, status in Message.objects.filter(message_id__in=some).values_list("message_id", "status"):
            found[name] = {status}
        told = ReceiptRow.objects.filter(message__message_id__in=some, by_machine=False)
        for name, kind in told.values_list("message__message_id", "kind"):
            found[name].add(kind)
    return found

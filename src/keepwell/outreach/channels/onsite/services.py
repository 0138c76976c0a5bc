"""Say what a page shows to whoever comes, and keep what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from keepwell.customers import queries as customers
from keepwell.customers.identity import queries as identity
from keepwell.foundation.audit import services as audit
from keepwell.outreach.channels import registry
from keepwell.outreach.channels.contracts import Receipt, ReceiptKind, Settings
from keepwell.outreach.channels.onsite import queries, signing
from keepwell.outreach.channels.onsite.account import visits
from keepwell.outreach.channels.onsite.contracts import (
    Event,
    Notice,
    OnsiteError,
    RefusedError,
    TooOftenError,
    Visitor,
)
from keepwell.outreach.channels.onsite.models import Showing, SiteNotice
from keepwell.outreach.channels.onsite.signing import Shown
from keepwell.outreach.content import queries as content
from keepwell.outreach.content import services as texts
from keepwell.outreach.content.contracts import ON_SITE, ContentError, Kind, Reader
from keepwell.outreach.content.core.notices import read_notice
from keepwell.outreach.content.core.variables import examples
from keepwell.outreach.policy.contracts import PRIORITY_MAX, PRIORITY_MIN
from keepwell.outreach.sending.models import ChannelAccount, Message
from keepwell.outreach.sending.services import visiting
from keepwell.outreach.sending.services.receiving import note as note_receipts

# A visit is over when no page was opened for so long.
VISIT_ENDS = timedelta(minutes=30)
RECEIPTS = {
    Event.VIEW: (ReceiptKind.DELIVERED, ReceiptKind.OPENED),
    Event.CLICK: (ReceiptKind.DELIVERED, ReceiptKind.OPENED, ReceiptKind.CLICKED),
}
SAMPLE = (
    _("This is how a banner looks"),
    _("Write your own under Templates: a banner or a pop-up, with a button and a picture."),
)
COUNTERS = {Event.VIEW: "views", Event.CLICK: "clicks", Event.CLOSE: "closings"}


def ask(
    *, key: str, origin: str, visitor: Visitor, now: datetime, admit: Callable[[], bool] = lambda: True
) -> Notice | None:
    """What a page shows now; None for nothing.

    A customer is shown what is meant for them and nothing else, whoever is not known what is for everybody.
    Raises NoSuchSiteError, and RefusedError: "origin" for a page of somebody else, "signature" for a customer
    whom the shop did not sign within a day. `admit` is asked only for a customer who is signed: TooOftenError
    where it says no.
    """
    row, settings = queries.site(key)
    if not queries.may_ask(origin, settings):
        raise RefusedError("origin")
    if not visitor.customer_id:
        return _for_everybody(row.channel, visitor, now)
    if not signing.is_signed(
        settings["secret"], visitor.customer_id, visitor.issued, visitor.signature, now=now
    ):
        raise RefusedError("signature")
    if not admit():
        raise TooOftenError("too_many")
    number = identity.canonical_id(visitor.customer_id)
    if customers.get(number) is None:
        return None
    return _for_customer(number, row, settings, now)


def note(*, token: str, event: Event, now: datetime) -> bool:
    """Keep that something was seen, pressed or closed, once for each visit; whether the token is ours."""
    shown = signing.read(token)
    if shown is None:
        return False
    if shown.kind == "n":
        counter = COUNTERS[event]
        SiteNotice.objects.filter(pk=int(shown.name, 16)).update(**{counter: F(counter) + 1})
        return True
    message_id = "m" + shown.name[1:]
    row = Message.objects.filter(message_id=message_id).first()
    if row is None:
        return True  # erased meanwhile
    if event is Event.CLICK:
        Showing.objects.filter(message_id=message_id, clicked_at=None).update(clicked_at=now)
    if event is Event.CLOSE:
        Showing.objects.filter(message_id=message_id, closed_at=None).update(closed_at=now)
    kinds = RECEIPTS.get(event, ())
    told = [Receipt(one, now, message_id=message_id, key=_key(one, shown.visit)) for one in kinds]
    note_receipts(receipts=told, account_id=row.account_id, now=now)
    return True


def add_notice(
    *,
    channel: str,
    template_code: str,
    priority: int,
    starts_at: datetime,
    ends_at: datetime,
    actor: str,
    now: datetime,
) -> int:
    """Show a published text to everybody who comes and is not known, for a while; audited.

    Raises OnsiteError: "template", "period" or "priority".
    """
    if template_code not in {one.code for one in queries.templates(channel)}:
        raise OnsiteError("template")
    if ends_at <= max(starts_at, now):
        raise OnsiteError("period")
    if not PRIORITY_MIN <= priority <= PRIORITY_MAX:
        raise OnsiteError("priority")
    with transaction.atomic():
        row = SiteNotice.objects.create(
            channel=channel,
            template_code=template_code,
            priority=priority,
            starts_at=starts_at,
            ends_at=ends_at,
            created_at=now,
            created_by=actor,
        )
        _audit("onsite.notice.add", row, actor, now)
    return int(row.pk)


def stop_notice(*, notice_id: int, stopped: bool, actor: str, now: datetime) -> None:
    """Show it no more, or again; audited. Raises OnsiteError "no_such_notice"."""
    with transaction.atomic():
        row = SiteNotice.objects.select_for_update().filter(pk=notice_id).first()
        if row is None:
            raise OnsiteError("no_such_notice")
        row.stopped_at = now if stopped else None
        row.save(update_fields=["stopped_at"])
        _audit("onsite.notice.stop" if stopped else "onsite.notice.resume", row, actor, now)


def example(*, channel: str, template_code: str, language: str, now: datetime) -> Notice | None:
    """A text in use with examples of all values, as a page would show it; nothing is kept.

    Without a code the first there is; without any at all a notice of our own.
    """
    known = [one for one in queries.templates(channel) if not template_code or one.code == template_code]
    for one in known:
        version = content.published(one.code)
        text = texts.choose_text(version.texts, Reader(language=language)) if version else None
        if text is not None:
            given = {**examples(complete=True), "today": now.date()}
            made = texts.prepare(text_id=text.text_id).fill(given)
            return Notice("sample", str(one.kind), made.language, **asdict(read_notice(made.html)))
    form = Kind.POPUP if channel == "app" else Kind.BANNER
    return Notice("sample", form.value, language, str(SAMPLE[0]), str(SAMPLE[1]), "", "", "", "")


def _for_customer(customer_id: str, row: ChannelAccount, settings: Settings, now: datetime) -> Notice | None:
    contract = registry.provider(row.provider).contract
    most, over = visits(settings), now - VISIT_ENDS
    with transaction.atomic():
        known = Showing.objects.filter(customer_id__in=identity.fact_ids(customer_id))
        without = {one.message_id for one in known if _had_enough(one, most, over)}
        given = visiting.next_for(
            customer_id=customer_id, contract=contract, account_id=row.pk, now=now, without=without
        )
        if given is None:
            return None
        form = _form(given.content)
        showing, made = Showing.objects.get_or_create(
            message_id=given.message_id,
            defaults={"customer_id": customer_id, "last_at": now, "form": form},
        )
        if made or showing.last_at <= over:
            showing.visits += 1
        showing.last_at = now
        showing.save(update_fields=["visits", "last_at"])
    token = signing.seal(Shown("m", "0" + given.message_id[1:], showing.visits))
    return Notice(token, form, given.language, **asdict(read_notice(given.html)))


def _had_enough(one: Showing, most: int, over: datetime) -> bool:
    """Whether a message must not be shown at this moment."""
    if one.closed_at is not None or one.clicked_at is not None:
        return True
    if one.last_at > over:
        # A banner stays for the whole visit; what lies over the page does so once.
        return one.form == Kind.POPUP
    return one.visits >= most


def _form(code: str) -> str:
    template = content.get(code) if code else None
    return str(template.kind) if template is not None and template.kind in ON_SITE else Kind.BANNER.value


def _for_everybody(channel: str, visitor: Visitor, now: datetime) -> Notice | None:
    closed = {one.name for token in visitor.closed if (one := signing.read(token)) and one.kind == "n"}
    rows = SiteNotice.objects.filter(channel=channel, stopped_at=None, starts_at__lte=now, ends_at__gt=now)
    for row in rows:
        name = format(row.pk, "x")
        if name not in closed and (made := _filled(row, name, visitor.language, now)) is not None:
            return made
    return None


def _filled(row: SiteNotice, name: str, language: str, now: datetime) -> Notice | None:
    """The notice in the visitor's language; None where its text is for somebody in particular."""
    version, template = content.published(row.template_code), content.get(row.template_code)
    if version is None or template is None or template.archived_at is not None:
        return None
    text = texts.choose_text(version.texts, Reader(language=language))
    if text is None:
        return None
    known = {name: value for name, value in texts.company_values().items() if value}
    try:
        made = texts.prepare(text_id=text.text_id).fill({**known, "today": now.date()})
    except ContentError:
        return None
    token = signing.seal(Shown("n", name, 0))
    return Notice(token, str(template.kind), made.language, **asdict(read_notice(made.html)))


def _key(kind: ReceiptKind, visit: int) -> str:
    """What is told twice on one visit is told once."""
    return "" if kind is ReceiptKind.DELIVERED else f"visit/{visit}"


def _audit(action: str, row: SiteNotice, actor: str, now: datetime) -> None:
    audit.log(
        actor=actor,
        action=action,
        object_type="site_notice",
        object_id=str(row.pk),
        details={"template": row.template_code, "channel": row.channel},
        at=now,
    )

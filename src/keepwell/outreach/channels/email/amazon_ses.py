"""Amazon SES: over its SMTP endpoint; what became of messages comes through an Amazon SNS topic."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import httpx
import orjson
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.channels.contracts import (
    AccountField,
    Inbound,
    Provider,
    Receipt,
    Received,
    Session,
    Settings,
    SettingsError,
    SignatureError,
)
from keepwell.outreach.channels.email import forms, hooks, sns
from keepwell.outreach.channels.email.api import NAME
from keepwell.outreach.channels.email.contract import TOLD_CONTRACT
from keepwell.outreach.channels.email.smtp import connect

# docs.aws.amazon.com/ses, "Contents of event data": the word of each event and where its details stand.
KINDS = {
    "Send": EventType.QUEUED,
    "Delivery": EventType.DELIVERED,
    "Bounce": EventType.BOUNCED,
    "Reject": EventType.FAILED,
    "Rendering Failure": EventType.FAILED,
    "Complaint": EventType.COMPLAINED,
    "Subscription": EventType.UNSUBSCRIBED,
    "Open": EventType.OPENED,
    "Click": EventType.CLICKED,
}
DETAILS = {"Rendering Failure": "failure"}
# docs.aws.amazon.com/general, "Amazon SES endpoints": those that take mail over SMTP.
REGIONS = (
    *("af-south-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1"),
    *("ap-southeast-2", "ap-southeast-3", "ca-central-1", "eu-central-1", "eu-north-1", "eu-south-1"),
    *("eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-south-1", "sa-east-1"),
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
)
# A bounce of these types says that the address takes nothing; other permanent ones are about the text.
DEAD = frozenset({"General", "NoEmail", "Suppressed", "OnAccountSuppressionList"})


def open_session(settings: Settings) -> Session:
    """A connection to the endpoint of the account's region; raises ChannelDownError."""
    adds = {"X-SES-CONFIGURATION-SET": settings["configuration_set"]}
    return connect(
        host=settings.get("host") or f"email-smtp.{settings['region']}.amazonaws.com",
        port=int(settings.get("port") or 587),
        sender=settings["sender"],
        user=settings["user"],
        password=settings["password"],
        tls=settings.get("tls", "start"),
        headers=adds if settings.get("configuration_set") else {},
        name_header=("X-SES-MESSAGE-TAGS", f"{NAME}={{}}"),
        # "250 Ok 0000014a-f4d4-...": SES names the message in its answer.
        ref=lambda said: said.split()[-1] if said.startswith("Ok ") else "",
    )


def _read(body: hooks.Event) -> Iterable[Receipt]:
    """An event of event publishing, or a notification of feedback: the same but for the word of its kind."""
    kind = body.get("eventType") or body["notificationType"]
    mail: dict[str, Any] = body["mail"]
    details: dict[str, Any] = body.get(DETAILS.get(kind, kind.lower())) or {}
    if kind not in KINDS or (kind == "Subscription" and not _is_opt_out(details)):
        return []
    bounced = (details.get("bouncedRecipients") or [{}])[0]
    is_final = kind == "Bounce" and details.get("bounceType") == "Permanent"
    event = AnymailTrackingEvent(
        event_type=KINDS[kind],
        timestamp=datetime.fromisoformat(details.get("timestamp") or mail["timestamp"]),
        message_id=mail["messageId"],
        metadata={NAME: (mail.get("tags") or {}).get(NAME, [""])[0]},
        reject_reason=RejectReason.BOUNCED if is_final else None,
        mta_response=bounced.get("diagnosticCode") or details.get("reason") or details.get("errorMessage"),
        click_url=details.get("link"),
    )
    # One number for one event: it comes again under another number of the notification.
    key = details.get("feedbackId") or hooks.digest(kind, mail["messageId"], event.timestamp, event.click_url)
    return hooks.receipts_of(
        event,
        key=key,
        name="" if hooks.named(event.metadata) else _in_headers(mail),
        dead=is_final and details.get("bounceSubType") in DEAD,
        code=str(bounced.get("status") or ""),
    )


def _is_opt_out(details: dict[str, Any]) -> bool:
    preferences = details.get("newTopicPreferences") or {}
    return preferences.get("unsubscribeAll") is True


def _in_headers(mail: dict[str, Any]) -> str:
    """Our name of the message in the headers that it had, where the topic is told of them."""
    for header in mail.get("headers") or ():
        if header["name"].lower() == "x-ses-message-tags":
            return str(header["value"]).partition("=")[2].partition(",")[0].strip()
    return ""


def receive(settings: Settings, inbound: Inbound) -> Received:
    """Check the signature; read the event, or confirm the subscription of our own topic."""
    message = hooks.read_json(inbound)
    if not isinstance(message, dict):
        raise SignatureError("signature")
    try:
        sns.verify(message, topic=settings.get("topic_arn", ""))
        if message.get("Type") == sns.CONFIRMATION:
            _confirm(str(message.get("SubscribeURL") or ""))
    except httpx.HTTPError as error:
        raise ValueError(f"Amazon cannot be asked now: {type(error).__name__}") from error
    if message.get("Type") != sns.NOTIFICATION:
        return Received()
    try:
        event = orjson.loads(message["Message"])
    except orjson.JSONDecodeError:
        # "Successfully validated SNS topic for Amazon SES event publishing."
        return Received()
    return hooks.received([event], _read)


def _confirm(url: str) -> None:
    if not sns.is_amazons(url):
        raise SignatureError("subscription address")
    sns.fetch(url)


def check(settings: Settings) -> None:
    """Raise SettingsError for what cannot work."""
    problems = {}
    if forms.sender_problem(settings):
        problems["sender"] = "not_an_address"
    topic = settings.get("topic_arn", "")
    if topic and not (topic.startswith("arn:aws") and topic.count(":") == 5):
        problems["topic_arn"] = "not_a_topic"
    if problems:
        raise SettingsError(problems)


AMAZON_SES = Provider(
    code="email.amazon_ses",
    label=_("Amazon SES"),
    contract=TOLD_CONTRACT,
    fields=(
        forms.SENDER,
        AccountField(
            "region", _("Region"), default="eu-central-1", choices=tuple((name, name) for name in REGIONS)
        ),
        AccountField("user", _("SMTP user name"), help=_("From the SMTP settings of Amazon SES.")),
        AccountField("password", _("SMTP password"), secret=True),
        AccountField("configuration_set", _("Configuration set"), required=False),
        AccountField(
            "topic_arn",
            _("ARN of the SNS topic"),
            required=False,
            help=_("Only what comes from this topic is believed."),
        ),
    ),
    open=open_session,
    receive=receive,
    check=check,
)

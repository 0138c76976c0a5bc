"""Providers that tell what became of messages: the events of their documents, signed as they sign."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from keepwell.outreach.channels.contracts import Inbound

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
OURS = "m0123456789abcdef0123456789abcde"
URL = "https://shop.example/hooks/abcdef"
SPARKPOST_REF = "65832150921904138"
BREVO_REF = "<201798300811.5787683@relay.domain.com>"
MAILJET_REF = "19421777396190490"
MAILGUN_REF = "<20130503182626.18666.16540@example.com>"
RESEND_REF = "56761188-7520-42d8-8898-ff6fc54ce618"
AMAZONSES_REF = "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000"


def inbound(body, headers=None):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Inbound("POST", URL, {}, headers or {"content-type": "application/json"}, body)


class ByPassword:
    """Postmark, SparkPost, Brevo and Mailjet: HTTP Basic, no signature."""

    settings = {"hook_word": "correct horse"}
    signs_body = signs_time = False

    def tell(self, event, word="correct horse", at=NOW):
        given = base64.b64encode(f"keepwell:{word}".encode()).decode()
        return inbound(event, {"authorization": f"Basic {given}"})

    def forge(self, event):
        return self.tell(event, word="wrong")


class Postmark(ByPassword):
    """postmarkapp.com/developer/webhooks"""

    name, ref = "postmark", "883953f4-6105-42a2-a16a-77a8eac79483"
    common = {"MessageID": ref, "Metadata": {"keepwell_message": OURS}, "ServerID": 23, "Tag": "Test"}
    bounce = {
        **common,
        "RecordType": "Bounce",
        "ID": 4323372036854775807,
        "Type": "HardBounce",
        "TypeCode": 1,
        "Name": "Hard bounce",
        "Description": "The server was unable to deliver your message (ex: unknown user).",
        "Details": "Test bounce details",
        "Email": "john@example.com",
        "BouncedAt": "2019-11-05T16:33:54.9070259Z",
        "Inactive": True,
    }
    subscription = {
        "RecordType": "SubscriptionChange",
        **common,
        "ChangedAt": "2020-02-01T10:53:34.416071Z",
        "Recipient": "bounced-address@wildbit.com",
        "Origin": "Recipient",
        "SuppressSending": True,
        "SuppressionReason": "ManualSuppression",
    }
    events = (
        (
            {
                "RecordType": "Delivery",
                **common,
                "Recipient": "john@example.com",
                "DeliveredAt": "2019-11-05T16:33:54.9070259Z",
                "Details": "Test delivery webhook details",
            },
            [("delivered", "2019-11-05T16:33:54", None, False)],
        ),
        (bounce, [("failed", "2019-11-05T16:33:54", "never_again", False)]),
        ({**bounce, "Type": "SoftBounce", "ID": 5}, [("failed", "2019-11-05T16:33:54", None, False)]),
        ({**bounce, "Type": "Transient", "ID": 6}, []),
        ({**bounce, "Type": "AutoResponder", "ID": 7}, []),
        (
            {**bounce, "RecordType": "SpamComplaint", "Type": "SpamComplaint", "TypeCode": 512},
            [("complained", "2019-11-05T16:33:54", None, False)],
        ),
        (subscription, [("unsubscribed", "2020-02-01T10:53:34", None, False)]),
        ({**subscription, "SuppressSending": False, "SuppressionReason": None}, []),
        (
            {
                "RecordType": "Open",
                **common,
                "FirstOpen": True,
                "Recipient": "john@example.com",
                "ReceivedAt": "2019-11-05T16:33:54.9070259Z",
                "Platform": "WebMail",
                "UserAgent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6)",
            },
            [("opened", "2019-11-05T16:33:54", None, False)],
        ),
        (
            {
                "RecordType": "Click",
                **common,
                "ClickLocation": "HTML",
                "OriginalLink": "https://example.com",
                "Recipient": "john@example.com",
                "ReceivedAt": "2017-10-25T15:21:11.9065619Z",
            },
            [("clicked", "2017-10-25T15:21:11", None, False)],
        ),
        ({"RecordType": "SomethingNew", **common, "ReceivedAt": "2017-10-25T15:21:11Z"}, []),
    )


class SparkPost(ByPassword):
    """developers.sparkpost.com/api/webhooks, samples of the events; a batch is a list."""

    name, ref, batches = "sparkpost", SPARKPOST_REF, True

    @staticmethod
    def event(kind, group="message_event", **more):
        return {
            "msys": {
                group: {
                    "type": kind,
                    "event_id": f"92356927693813856{len(kind)}{len(more)}",
                    "timestamp": "1454442600",
                    "transmission_id": SPARKPOST_REF,
                    "message_id": "000443ee14578172be22",
                    "rcpt_to": "recipient@example.com",
                    "raw_rcpt_to": "recipient@example.com",
                    "rcpt_meta": {"keepwell_message": OURS},
                    **more,
                }
            }
        }

    AT = "2016-02-02T19:50:00"
    events = (
        ({"msys": {}}, []),
        (event("injection"), [("accepted", AT, None, False)]),
        (event("delivery"), [("delivered", AT, None, False)]),
        (
            event("bounce", bounce_class="10", raw_reason="550 5.1.1 user unknown", error_code="550"),
            [("failed", AT, "never_again", False)],
        ),
        (
            event("bounce", bounce_class="51", raw_reason="550 5.7.1 spam"),
            [("failed", AT, "fix", False)],
        ),
        (
            event("bounce", bounce_class="22", raw_reason="552 5.2.2 mailbox full"),
            [("failed", AT, None, False)],
        ),
        (event("out_of_band", bounce_class="60", raw_reason="out of office"), []),
        (event("delay", bounce_class="24", raw_reason="4.4.1 timeout"), []),
        (event("spam_complaint", fbtype="abuse"), [("complained", AT, None, False)]),
        (event("list_unsubscribe", "unsubscribe_event"), [("unsubscribed", AT, None, False)]),
        (
            event("open", "track_event", user_agent_parsed={"is_proxy": True, "is_prefetched": False}),
            [("opened", AT, None, False)],
        ),
        (
            event("initial_open", "track_event", user_agent_parsed={"is_prefetched": True}),
            [("opened", AT, None, True)],
        ),
        (
            event("click", "track_event", target_link_url="https://example.com"),
            [("clicked", AT, None, False)],
        ),
        (event("something_new"), []),
    )


class Brevo(ByPassword):
    """developers.brevo.com/docs/transactional-webhooks"""

    name, ref = "brevo", BREVO_REF

    @staticmethod
    def event(kind, **more):
        return {
            "event": kind,
            "email": "example@domain.com",
            "id": 26224,
            "date": "2020-10-09 00:00:00",
            "ts": 1604933619,
            "message-id": BREVO_REF,
            "ts_event": 1604933654,
            "ts_epoch": 1604933654000,
            "subject": "My first Transactional",
            "X-Mailin-custom": json.dumps({"keepwell_message": OURS}),
            "sending_ip": "xxx.xxx.xxx.xxx",
            **more,
        }

    AT = "2020-11-09T14:54:14"
    events = (
        (event("request"), [("accepted", AT, None, False)]),
        (event("delivered"), [("delivered", AT, None, False)]),
        (event("deferred", reason="spam"), []),
        (event("soft_bounce", reason="deferred"), []),
        (event("hard_bounce", reason="server is down"), [("failed", AT, "never_again", False)]),
        (event("invalid_email"), [("failed", AT, "never_again", False)]),
        (
            event("blocked", reason="blocked : due to unsubscribed user"),
            [("failed", AT, None, False), ("unsubscribed", AT, None, False)],
        ),
        (event("error", reason="error"), [("failed", AT, None, False)]),
        (event("spam"), [("complained", AT, None, False)]),
        (event("unsubscribe"), [("unsubscribed", AT, None, False)]),
        (event("unique_opened"), [("opened", AT, None, False)]),
        (event("unique_proxy_open"), [("opened", AT, None, True)]),
        (event("click", link="https://myCampaignUrl.net"), [("clicked", AT, None, False)]),
        (event("something_new"), []),
    )


class Mailjet(ByPassword):
    """dev.mailjet.com/email/guides/webhooks; events come in a list where they are grouped."""

    name, ref, batches = "mailjet", MAILJET_REF, True

    @staticmethod
    def event(kind, **more):
        return {
            "event": kind,
            "time": 1433103519,
            "MessageID": int(MAILJET_REF),
            "Message_GUID": "1ab23cd4-e567-8901-2345-6789f0gh1i2j",
            "email": "api@mailjet.com",
            "mj_campaign_id": 7173,
            "mj_contact_id": 320,
            "customcampaign": "",
            "CustomID": "helloworld",
            "Payload": json.dumps({"keepwell_message": OURS}),
            **more,
        }

    AT = "2015-05-31T20:18:39"
    events = (
        (
            event("sent", smtp_reply="sent (250 2.0.0 OK 1433333948 fa5si855896wjc.199 - gsmtp)"),
            [("delivered", AT, None, False)],
        ),
        (
            event(
                "bounce",
                blocked=False,
                hard_bounce=True,
                error_related_to="recipient",
                error="user unknown",
                comment="Host or domain name not found.",
            ),
            [("failed", AT, "never_again", False)],
        ),
        (
            event(
                "bounce",
                blocked=False,
                hard_bounce=False,
                error_related_to="recipient",
                error="quota exceeded",
                comment="",
            ),
            [("failed", AT, None, False)],
        ),
        (event("bounce", hard_bounce=False, error="greylisted", comment=""), []),
        (
            event("blocked", error_related_to="recipient", error="user unknown"),
            [("failed", AT, "never_again", False)],
        ),
        (
            event("blocked", error_related_to="recipient", error="spam reporter"),
            [("failed", AT, None, False), ("complained", AT, None, False)],
        ),
        (event("spam", source="JMRPP"), [("complained", AT, None, False)]),
        (
            event("unsub", mj_list_id=1, ip="127.0.0.1", geo="FR", agent=""),
            [("unsubscribed", AT, None, False)],
        ),
        (event("open", ip="127.0.0.1", geo="US", agent="Mozilla/5.0"), [("opened", AT, None, False)]),
        (event("click", url="https://mailjet.com"), [("clicked", AT, None, False)]),
        (event("something_new"), []),
    )


class Mailgun:
    """documentation.mailgun.com, "Webhook payloads" and "Securing webhooks"."""

    name, ref = "mailgun", MAILGUN_REF
    settings = {"signing_key": "key-of-the-webhooks"}
    signs_body, signs_time = False, True  # the signature covers a token and the time

    def tell(self, event, at=NOW, key="key-of-the-webhooks"):
        stamp, token = str(int(at.timestamp())), "a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0"
        signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
        signed = {"timestamp": stamp, "token": token, "signature": signature}
        return inbound({"signature": signed, "event-data": event})

    def forge(self, event):
        return self.tell(event, key="guessed")

    @staticmethod
    def event(kind, **more):
        return {
            "event": kind,
            "id": "Ase7i2zsRYeDXztHGENqRA",
            "timestamp": 1521243339.873676,
            "log-level": "info",
            "message": {"headers": {"to": "alice@example.com", "message-id": MAILGUN_REF.strip("<>")}},
            "recipient": "alice@example.com",
            "recipient-domain": "example.com",
            "tags": [],
            "user-variables": {"keepwell_message": OURS},
            **more,
        }

    AT = "2018-03-16T23:35:39"
    events = (
        (event("accepted"), [("accepted", AT, None, False)]),
        (
            event("delivered", **{"delivery-status": {"code": 250, "message": "OK", "description": ""}}),
            [("delivered", AT, None, False)],
        ),
        (
            event(
                "failed",
                severity="permanent",
                reason="suppress-bounce",
                **{
                    "delivery-status": {
                        "code": 605,
                        "message": "",
                        "description": "Not delivering to previously bounced address",
                    }
                },
            ),
            [("failed", AT, "never_again", False)],
        ),
        (
            event(
                "failed",
                severity="permanent",
                reason="bounce",
                **{
                    "delivery-status": {
                        "code": 550,
                        "enhanced-code": "5.1.1",
                        "message": "5.1.1 no such user",
                        "description": "",
                    }
                },
            ),
            [("failed", AT, "never_again", False)],
        ),
        (
            event(
                "failed",
                severity="permanent",
                reason="bounce",
                **{
                    "delivery-status": {
                        "code": 554,
                        "enhanced-code": "5.7.1",
                        "message": "5.7.1 spam",
                        "description": "",
                    }
                },
            ),
            [("failed", AT, "fix", False)],
        ),
        (
            event("failed", severity="permanent", reason="suppress-unsubscribe"),
            [("failed", AT, None, False), ("unsubscribed", AT, None, False)],
        ),
        (
            event("failed", severity="permanent", reason="suppress-complaint"),
            [("failed", AT, None, False), ("complained", AT, None, False)],
        ),
        (event("failed", severity="temporary", reason="generic"), []),
        (event("complained"), [("complained", AT, None, False)]),
        (event("unsubscribed"), [("unsubscribed", AT, None, False)]),
        (
            event("opened", **{"client-info": {"client-name": "Chrome", "bot": ""}}),
            [("opened", AT, None, False)],
        ),
        (
            event("opened", **{"client-info": {"client-name": "Apple Mail", "bot": "apple"}}),
            [("opened", AT, None, True)],
        ),
        (event("clicked", url="http://mailgun.com"), [("clicked", AT, None, False)]),
        (event("something_new"), []),
    )


class SendGrid:
    """twilio.com/docs/sendgrid, "Event webhook reference" and "Signed event webhook"."""

    name, ref, batches = "sendgrid", "14c5d75ce93", True
    signs_body = signs_time = True

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        public = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.settings = {"verification_key": base64.b64encode(public).decode()}

    def tell(self, event, at=NOW, key=None):
        events = event if isinstance(event, list) else [event]
        body, stamp = json.dumps(events).encode() + b"\r\n", str(int(at.timestamp()))
        signature = (key or self.key).sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        return inbound(
            body,
            {
                "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
                "x-twilio-email-event-webhook-timestamp": stamp,
            },
        )

    def forge(self, event):
        return self.tell(event, key=ec.generate_private_key(ec.SECP256R1()))

    @staticmethod
    def event(kind, **more):
        return {
            "email": "example@test.com",
            "timestamp": 1513299569,
            "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
            "event": kind,
            "category": ["cat facts"],
            "sg_event_id": f"sg_event_id_{kind}",
            "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
            "keepwell_message": OURS,
            **more,
        }

    AT = "2017-12-15T00:59:29"
    events = (
        (event("processed"), [("accepted", AT, None, False)]),
        (event("deferred", response="400 try again later", attempt="5"), []),
        (event("delivered", response="250 OK"), [("delivered", AT, None, False)]),
        (
            event("bounce", reason="500 unknown recipient", status="5.0.0", type="bounce"),
            [("failed", AT, "never_again", False)],
        ),
        (
            event(
                "bounce",
                reason="550 5.7.1 refused",
                status="5.7.1",
                type="blocked",
                bounce_classification="Reputation",
            ),
            [("failed", AT, "fix", False)],
        ),
        (event("bounce", reason="later", status="4.4.7", type="blocked"), [("failed", AT, None, False)]),
        (
            event("dropped", reason="Bounced Address", status="5.0.0"),
            [("failed", AT, "never_again", False)],
        ),
        (
            event("dropped", reason="Unsubscribed Address"),
            [("failed", AT, None, False), ("unsubscribed", AT, None, False)],
        ),
        (
            event("dropped", reason="Spam Reporting Address"),
            [("failed", AT, None, False), ("complained", AT, None, False)],
        ),
        (event("spamreport"), [("complained", AT, None, False)]),
        (event("unsubscribe"), [("unsubscribed", AT, None, False)]),
        (event("group_unsubscribe", asm_group_id=10), [("unsubscribed", AT, None, False)]),
        (event("group_resubscribe", asm_group_id=10), []),
        (
            event("open", sg_machine_open=False, useragent="Mozilla/4.0", ip="255.255.255.255"),
            [("opened", AT, None, False)],
        ),
        (event("open", sg_machine_open=True, useragent="Mozilla/5.0"), [("opened", AT, None, True)]),
        (event("click", url="http://www.sendgrid.com/"), [("clicked", AT, None, False)]),
        (event("account_status_change", type="compliance_suspend"), []),
    )


class Resend:
    """resend.com/docs/webhooks, signed as docs.svix.com says."""

    name, ref = "resend", RESEND_REF
    settings = {"signing_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    signs_body = signs_time = True

    def tell(self, event, at=NOW, secret="MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", more=""):
        body, stamp, number = json.dumps(event), str(int(at.timestamp())), "msg_p5jXN8AQM9LWM0D4loKWxJek"
        signed = f"{number}.{stamp}.{body}".encode()
        signature = base64.b64encode(hmac.new(base64.b64decode(secret), signed, hashlib.sha256).digest())
        return inbound(
            body.encode(),
            {
                "svix-id": number,
                "svix-timestamp": stamp,
                "svix-signature": f"{more}v1,{signature.decode()}",
            },
        )

    def forge(self, event):
        return self.tell(event, secret="d3Jvbmc=")

    @staticmethod
    def event(kind, **more):
        return {
            "type": kind,
            "created_at": "2026-11-22T23:41:12.126Z",
            "data": {
                "broadcast_id": "8b146471-e88e-4322-86af-016cd36fd216",
                "created_at": "2026-11-22T23:41:11.894719+00:00",
                "email_id": RESEND_REF,
                "from": "Acme <onboarding@resend.dev>",
                "to": ["delivered@resend.dev"],
                "subject": "Sending this example",
                "tags": {"keepwell_message": OURS},
                **more,
            },
        }

    AT = "2026-11-22T23:41:12"
    gone = {
        "message": "The recipient's email address is on the suppression list",
        "subType": "Suppressed",
        "type": "Permanent",
    }
    full = {
        "diagnosticCode": ["smtp; 552 5.2.2 mailbox full"],
        "message": "The recipient's email provider sent a bounce message",
        "subType": "MailboxFull",
        "type": "Transient",
    }
    tags = [{"name": "keepwell_message", "value": OURS}]
    events = (
        (event("email.sent"), [("accepted", AT, None, False)]),
        (event("email.delivered"), [("delivered", AT, None, False)]),
        (event("email.delivered", tags=tags), [("delivered", AT, None, False)]),
        (event("email.delivery_delayed"), []),
        (event("email.bounced", bounce=gone), [("failed", AT, "never_again", False)]),
        (event("email.bounced", bounce=full), [("failed", AT, None, False)]),
        (event("email.failed", failed={"reason": "reached_daily_quota"}), [("failed", AT, None, False)]),
        (event("email.complained"), [("complained", AT, None, False)]),
        (event("email.opened"), [("opened", AT, None, False)]),
        (
            event(
                "email.clicked",
                click={
                    "ipAddress": "122.115.53.11",
                    "link": "https://resend.com",
                    "timestamp": "2026-11-24T05:00:57.163Z",
                    "userAgent": "Mozilla/5.0",
                },
            ),
            [("clicked", "2026-11-24T05:00:57", None, False)],
        ),
        (event("domain.created"), []),
    )


class AmazonSes:
    """docs.aws.amazon.com/ses, "Examples of event data"; docs.aws.amazon.com/sns for the signature."""

    name, ref = "amazon_ses", AMAZONSES_REF
    topic = "arn:aws:sns:us-east-1:123456789012:keepwell"
    settings = {"topic_arn": topic}
    signs_body, signs_time = True, False  # SNS states no limit of age
    certificate_url = (
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0000000000000000000000.pem"
    )

    def __init__(self):
        self.key, self.certificate = self.identity()

    @staticmethod
    def identity():
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(NOW - timedelta(days=1))
            .not_valid_after(NOW + timedelta(days=1))
            .sign(key, hashes.SHA256())
        )
        return key, made.public_bytes(serialization.Encoding.PEM)

    def envelope(self, kind="Notification", **more):
        return {
            "Type": kind,
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": self.topic,
            "Timestamp": "2026-11-23T03:59:59.000Z",
            "SigningCertURL": self.certificate_url,
            **more,
        }

    def sign(self, message, key=None, version="2"):
        names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
        if message["Type"] == "Notification":
            names = [name for name in names if name not in ("SubscribeURL", "Token")]
        text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message).encode()
        algorithm = {"1": hashes.SHA1(), "2": hashes.SHA256()}[version]
        signature = (key or self.key).sign(text, padding.PKCS1v15(), algorithm)
        return {**message, "SignatureVersion": version, "Signature": base64.b64encode(signature).decode()}

    def tell(self, event, at=NOW, **more):
        text = event if isinstance(event, str) else json.dumps(event)
        return inbound(self.sign(self.envelope(Message=text), **more))

    def forge(self, event):
        return self.tell(event, key=self.identity()[0])

    @staticmethod
    def event(kind, word="eventType", **more):
        return {
            word: kind,
            "mail": {
                "timestamp": "2016-10-14T05:02:16.645Z",
                "source": "sender@example.com",
                "sendingAccountId": "123456789012",
                "messageId": AMAZONSES_REF,
                "destination": ["recipient@example.com"],
                "headersTruncated": False,
                "headers": [{"name": "X-SES-MESSAGE-TAGS", "value": f"keepwell_message={OURS}"}],
                "tags": {"ses:configuration-set": ["ConfigSet"], "keepwell_message": [OURS]},
            },
            **more,
        }

    @staticmethod
    def bounce(kind="Permanent", sub="General", status="5.1.1", code="smtp; 550 5.1.1 user unknown"):
        return {
            "bounceType": kind,
            "bounceSubType": sub,
            "bouncedRecipients": [
                {
                    "emailAddress": "recipient@example.com",
                    "action": "failed",
                    "status": status,
                    "diagnosticCode": code,
                }
            ],
            "timestamp": "2017-08-05T00:41:02.669Z",
            "feedbackId": "01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000",
            "reportingMTA": "dsn; mta.example.com",
        }

    AT = "2017-08-05T00:41:02"
    untagged = event("Delivery", "notificationType", delivery={"timestamp": "2016-10-19T23:21:04.133Z"})
    untagged["mail"].pop("tags")
    left = {
        "contactList": "ContactListName",
        "timestamp": "2022-01-12T01:00:17.910Z",
        "source": "UnsubscribeHeader",
        "newTopicPreferences": {"unsubscribeAll": True, "topicSubscriptionStatus": []},
    }
    events = (
        ("Successfully validated SNS topic for Amazon SES event publishing.", []),
        (event("Send", send={}), [("accepted", "2016-10-14T05:02:16", None, False)]),
        (
            event("Delivery", delivery={"timestamp": "2016-10-19T23:21:04.133Z", "smtpResponse": "250 ok"}),
            [("delivered", "2016-10-19T23:21:04", None, False)],
        ),
        (untagged, [("delivered", "2016-10-19T23:21:04", None, False)]),
        (event("Bounce", bounce=bounce()), [("failed", AT, "never_again", False)]),
        (
            event("Bounce", bounce=bounce("Transient", "MailboxFull", "5.2.2", "smtp; 552 5.2.2 full")),
            [("failed", AT, None, False)],
        ),
        (
            event("Bounce", bounce=bounce("Transient", "ContentRejected", "5.7.1", "smtp; 550 5.7.1 no")),
            [("failed", AT, "fix", False)],
        ),
        (
            event(
                "Complaint",
                complaint={
                    "complainedRecipients": [{"emailAddress": "recipient@example.com"}],
                    "timestamp": "2017-08-05T00:41:02.669Z",
                    "feedbackId": "01000157c44f053b",
                    "complaintFeedbackType": "abuse",
                },
            ),
            [("complained", AT, None, False)],
        ),
        (
            event("Reject", reject={"reason": "Bad content"}),
            [("failed", "2016-10-14T05:02:16", None, False)],
        ),
        (
            event("Open", open={"ipAddress": "192.0.2.1", "timestamp": "2017-08-09T22:00:19.652Z"}),
            [("opened", "2017-08-09T22:00:19", None, False)],
        ),
        (
            event(
                "Click", click={"link": "http://docs.aws.amazon.com", "timestamp": "2017-08-09T23:51:25.570Z"}
            ),
            [("clicked", "2017-08-09T23:51:25", None, False)],
        ),
        (event("Subscription", subscription=left), [("unsubscribed", "2022-01-12T01:00:17", None, False)]),
        (event("DeliveryDelay", deliveryDelay={"timestamp": "2020-06-16T00:25:40.095Z"}), []),
        (event("SomethingNew"), []),
    )


TELLERS = {
    one.name: one for one in (Postmark, SparkPost, Brevo, Mailjet, Mailgun, SendGrid, Resend, AmazonSes)
}

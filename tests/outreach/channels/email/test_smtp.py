"""The SMTP client and a real server: who is let in, what goes out, what an answer means."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import smtplib
import socket
import ssl

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from keepwell.foundation import clock
from keepwell.outreach.channels.contracts import (
    AccountStoppedError,
    ChannelDownError,
    Envelope,
    Fate,
    Refusal,
    SettingsError,
)
from keepwell.outreach.channels.email import connect
from keepwell.outreach.channels.email.addressing import AddressError, wire
from keepwell.outreach.channels.registry import provider

SENDER = "Keep Well <shop@shop.example>"
ENVELOPE = Envelope("m1", "lin@customer.example", subject="Hi", text="Hello\n.dot", html="<p>Hi</p>")


class Inbox:
    """What the server took; `say` are answers to the next commands, by the command."""

    def __init__(self):
        self.taken, self.say, self.connections = [], {}, 0
        self.trusting = False  # lets the text come although it wants no receiver

    def answer(self, command, usual):
        return self.say[command].pop(0) if self.say.get(command) else usual

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.connections += 1
        return responses[:-1] + self.say.get("EHLO", []) + responses[-1:]

    async def handle_MAIL(self, server, session, envelope, address, options):
        answer = self.answer("MAIL", "250 2.1.0 Ok")
        if answer.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        elif answer.startswith("421"):
            server.transport.close()
        return answer

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.answer("RCPT", "250 2.1.5 Ok")
        if answer.startswith("250") or self.trusting:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        answer = self.answer("DATA", "250 2.0.0 Ok: queued as A1")
        if answer.startswith("250"):
            mail = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
            self.taken.append((envelope.rcpt_tos[0], list(envelope.mail_options), mail))
        return answer


class Lenient(SMTP):
    """A server that knows delivery reports (RFC 3461)."""

    async def smtp_MAIL(self, arg):
        kept = [word for word in arg.split() if not word.startswith(("RET=", "ENVID="))]
        self.event_handler.dsn = [word for word in arg.split() if word not in kept]
        await super().smtp_MAIL(" ".join(kept))


@pytest.fixture
def serve():
    """Starts servers; an inbox with its port."""
    started = []

    def make(factory=None, **options):
        inbox = Inbox()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            inbox.port = free.getsockname()[1]
        kind = Controller
        if factory:
            kind = type(
                "Own", (Controller,), {"factory": lambda self: factory(self.handler, **self.SMTP_kwargs)}
            )
        controller = kind(inbox, hostname="127.0.0.1", port=inbox.port, **options)
        controller.start()
        started.append(controller)
        return inbox

    yield make
    for controller in started:
        controller.stop()


@pytest.fixture
def opened():
    """Opens sessions; closes them at the end."""
    sessions = []

    def make(inbox, **options):
        sessions.append(connect(host="127.0.0.1", port=inbox.port, sender=SENDER, timeout=5, **options))
        return sessions[-1]

    yield make
    for session in sessions:
        session.close()


@pytest.fixture(scope="module")
def identity(tmp_path_factory):
    """A certificate for 127.0.0.1 that nobody vouches for, and the context of a server that has it."""
    import ipaddress

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = clock.now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    context.authority = str(folder / "cert.pem")
    return context


def send(session, envelope=ENVELOPE, committing=lambda: None):
    return session.send(envelope, committing=committing)


def test_one_connection_serves_many_messages(serve, opened):
    inbox = serve()
    session = opened(inbox)
    for number in range(5):
        reply = send(session, Envelope(f"m{number}", f"c{number}@customer.example", text="Hi"))
        assert reply.fate is Fate.ACCEPTED
    assert [to for to, _options, _mail in inbox.taken] == [f"c{n}@customer.example" for n in range(5)]
    assert inbox.connections == 1


def test_a_server_that_shuts_a_connection_after_some_messages_is_called_again(serve, opened):
    inbox = serve()
    session = opened(inbox)
    send(session)
    inbox.say["MAIL"] = ["421 4.7.0 Too many messages on this connection"]
    assert send(session).fate is Fate.ACCEPTED
    assert (len(inbox.taken), inbox.connections) == (2, 2)
    inbox.say["MAIL"] = ["421 4.7.0 not now"] * 2
    with pytest.raises(ChannelDownError):
        send(session)


def test_a_server_that_is_down_at_the_first_message_is_down(serve, opened):
    inbox = serve()
    session = opened(inbox)
    inbox.say["MAIL"] = ["421 4.3.2 shutting down"]
    with pytest.raises(ChannelDownError) as error:
        send(session)
    assert not isinstance(error.value, AccountStoppedError)
    assert inbox.connections == 1


def test_wrong_credentials_stop_the_account(serve, opened, identity, monkeypatch):
    def check(server, session, envelope, mechanism, data):
        return AuthResult(success=data.password == b"right", handled=False)

    monkeypatch.setattr(ssl, "create_default_context", lambda: _trusting(identity))
    inbox = serve(authenticator=check, auth_require_tls=True, tls_context=identity)
    with pytest.raises(AccountStoppedError, match="smtp_535"):
        opened(inbox, user="shop", password="wrong", tls="start")
    with pytest.raises(AccountStoppedError):
        opened(inbox, user="shop", password="right")  # not without encryption
    assert send(opened(inbox, user="shop", password="right", tls="start")).fate is Fate.ACCEPTED


def _trusting(identity):
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if identity is None else _with(identity.authority)


def _with(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority)
    return context


def test_a_server_that_wants_to_know_who_we_are_stops_the_account(serve, opened):
    inbox = serve()
    session = opened(inbox)
    inbox.say["MAIL"] = ["530 5.7.0 Authentication required"]
    with pytest.raises(AccountStoppedError):
        send(session)


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(serve, opened, identity):
    inbox = serve(tls_context=identity)
    with pytest.raises(AccountStoppedError, match="certificate"):
        opened(inbox, tls="start")
    assert inbox.taken == []


def test_encryption_that_the_server_does_not_offer_is_not_done_without(serve, opened):
    with pytest.raises(AccountStoppedError, match="not_supported"):
        opened(serve(), tls="start")


def test_nobody_at_home_is_an_outage(opened):
    class Nobody:
        port = 1

    with pytest.raises(ChannelDownError) as error:
        opened(Nobody)
    assert not isinstance(error.value, AccountStoppedError)


@pytest.mark.parametrize(
    ("answer", "fate", "code", "refusal"),
    [
        ("550 5.1.1 no such user", Fate.REFUSED, "5.1.1", Refusal.NEVER_AGAIN),
        ("550 User not found: lin", Fate.REFUSED, "550", Refusal.NEVER_AGAIN),
        ("550 5.7.1 spam", Fate.REFUSED, "5.7.1", Refusal.FIX),
        ("552 5.2.2 mailbox full", Fate.REFUSED, "5.2.2", Refusal.SLOW_DOWN),
        ("451 4.7.1 greylisted", Fate.LATER, "451", Refusal.SLOW_DOWN),
    ],
)
@pytest.mark.parametrize("command", ["RCPT", "DATA"])
@pytest.mark.parametrize("says", [[], ["250-PIPELINING"]])
def test_an_answer_is_what_it_is_wherever_it_comes(serve, opened, command, says, answer, fate, code, refusal):
    inbox = serve()
    inbox.say["EHLO"] = says
    session = opened(inbox)
    inbox.say[command] = [answer]
    reply = send(session)
    assert (reply.fate, reply.code, reply.refusal) == (fate, code, refusal)
    assert send(session).fate is Fate.ACCEPTED


def test_a_server_that_reads_all_at_once_is_told_all_at_once(serve, opened, monkeypatch):
    inbox = serve()
    inbox.say["EHLO"] = ["250-PIPELINING"]
    session = opened(inbox)
    sent = []
    send_on = smtplib.SMTP.send
    monkeypatch.setattr(smtplib.SMTP, "send", lambda self, said: (sent.append(said), send_on(self, said))[1])
    moments = []
    assert send(session, committing=lambda: moments.append(len(sent))).fate is Fate.ACCEPTED
    assert sent[0] == "MAIL FROM:<shop@shop.example>\r\nRCPT TO:<lin@customer.example>\r\nDATA\r\n"
    assert (len(sent), sent[2], moments) == (3, b".\r\n", [2])
    assert send(session).fate is Fate.ACCEPTED
    assert len(inbox.taken) == 2


def test_a_server_that_lets_the_text_come_but_wants_no_receiver_gets_no_word(serve, opened):
    inbox = serve()
    inbox.trusting, inbox.say["EHLO"], inbox.say["RCPT"] = True, ["250-PIPELINING"], ["550 5.1.1 nobody"]
    session = opened(inbox)
    assert send(session).fate is Fate.REFUSED
    assert [mail.get_payload() for _to, _options, mail in inbox.taken] == [""]
    assert send(session).fate is Fate.ACCEPTED
    assert inbox.taken[1][2]["Subject"] == "Hi"


def test_a_server_that_goes_away_among_many_commands_is_down(serve, opened):
    inbox = serve()
    inbox.say["EHLO"], inbox.say["MAIL"] = ["250-PIPELINING"], ["421 4.3.2 closing"]
    with pytest.raises(ChannelDownError):
        send(opened(inbox))
    assert inbox.taken == []


def test_a_domain_beyond_ascii_goes_out_in_ascii(serve, opened):
    inbox = serve()
    assert send(opened(inbox), Envelope("m1", "lin@例子.广告", text="Hi")).fate is Fate.ACCEPTED
    ((to, options, mail),) = inbox.taken
    assert (to, mail["To"]) == ("lin@xn--fsqu00a.xn--4rr70v", "lin@xn--fsqu00a.xn--4rr70v")
    assert "SMTPUTF8" not in options


def test_a_name_beyond_ascii_needs_a_server_that_takes_it(serve, opened):
    wide = Envelope("m1", "林@例子.广告", subject="春天", text="Hi")
    plain, able = serve(enable_SMTPUTF8=False), serve(enable_SMTPUTF8=True)
    committed = []
    reply = send(opened(plain), wide, lambda: committed.append(1))
    assert (reply.fate, reply.code, reply.refusal, committed) == (
        Fate.REFUSED,
        "smtputf8",
        Refusal.FIX,
        [],
    )
    session = opened(able)
    assert send(session, wide).fate is Fate.ACCEPTED
    assert send(session).fate is Fate.ACCEPTED
    (first, second) = able.taken
    assert (first[0], first[2]["To"]) == ("林@xn--fsqu00a.xn--4rr70v", "林@xn--fsqu00a.xn--4rr70v")
    assert ("SMTPUTF8" in first[1], "SMTPUTF8" in second[1]) == (True, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Hi\r\nBcc: all@customer.example"},
        {"subject": "Hi\nBcc: all@customer.example"},
        {"to": "lin@customer.example\r\nRCPT TO:<mei@customer.example>"},
        {"to": "lin@customer.example> ORCPT=x"},
        {"to": "lin@customer.example, mei@customer.example"},
        {"headers": {"X-Mood": "good\r\nBcc: all@customer.example"}},
        {"headers": {"X-Mood: good\r\nBcc": "all@customer.example"}},
        {"headers": {"Bcc": "all@customer.example"}},
        {"headers": {"Subject": "another"}},
        {"language": "en\r\nBcc: all@customer.example"},
    ],
)
def test_nobody_writes_a_header_or_command_through_words(serve, opened, changes):
    inbox = serve()
    usual = {"message_id": "m1", "to": "lin@customer.example", "subject": "Hi", "text": "Hi"}
    reply = send(opened(inbox), Envelope(**{**usual, **changes}))
    assert (reply.fate, reply.code, reply.refusal) == (Fate.REFUSED, "compose", Refusal.FIX)
    assert inbox.taken == []


@pytest.mark.parametrize(
    "address",
    [
        "lin",
        "@customer.example",
        "lin@",
        "a b@x.example",
        "a@b@x.example",
        ".a@x.example",
        "a@x..\u2028y",
        "a@-",
        "x" * 65 + "@x.example",
        "lin@xn--\u0378.example",
    ],
)
def test_what_is_no_address_is_none(address):
    with pytest.raises(AddressError):
        wire(address)


def test_a_server_that_reports_is_told_how_the_message_is_called(serve, opened):
    inbox = serve(factory=Lenient)
    inbox.say["EHLO"] = ["250-DSN"]
    assert send(opened(inbox)).fate is Fate.ACCEPTED
    assert inbox.dsn == ["RET=HDRS", "ENVID=m1"]


def test_amazon_is_told_how_the_message_is_called_and_says_how_it_calls_it(serve):
    inbox = serve()
    inbox.say["DATA"] = ["250 Ok 0000014a-f4d4-4f4f-example-000000"]
    settings = {
        "sender": SENDER,
        "region": "eu-central-1",
        "host": "127.0.0.1",
        "port": str(inbox.port),
        "tls": "",
        "user": "",
        "password": "",
        "configuration_set": "shop",
    }
    session = provider("email.amazon_ses").open(settings)
    reply = send(session)
    session.close()
    assert (reply.fate, reply.provider_ref) == (Fate.ACCEPTED, "0000014a-f4d4-4f4f-example-000000")
    ((_to, _options, mail),) = inbox.taken
    assert mail["X-SES-MESSAGE-TAGS"] == "keepwell_message=m1"
    assert mail["X-SES-CONFIGURATION-SET"] == "shop"


def test_aliyun_signs_in_as_the_sender(monkeypatch):
    asked = {}

    def dial(self, host="", port=0, *args, **options):
        asked.update(host=host, port=port)
        raise smtplib.SMTPAuthenticationError(535, b"no")

    monkeypatch.setattr(smtplib.SMTP_SSL, "__init__", dial)
    with pytest.raises(AccountStoppedError):
        provider("email.aliyun").open({"sender": SENDER, "host": "smtpdm.aliyun.com", "password": "p"})
    assert asked == {"host": "smtpdm.aliyun.com", "port": 465}


@pytest.mark.parametrize(
    ("tls", "answers", "taken"),
    [
        ("", ["93.184.216.34"], False),
        ("", ["10.0.0.5", "93.184.216.34"], False),
        ("", [], False),
        ("", ["10.0.0.5"], True),
        ("", ["127.0.0.1"], True),
        ("start", ["93.184.216.34"], True),
        ("always", [], True),
    ],
)
def test_without_encryption_only_a_server_of_the_own_network_is_taken(monkeypatch, tls, answers, taken):
    """SEC-03: what customers are written does not cross the internet for everybody to read."""
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_asked, **_more: [(2, 1, 6, "", (one, 25)) for one in answers]
    )
    settings = {"sender": SENDER, "host": "mail.tea.example", "port": "25", "tls": tls}
    if taken:
        provider("email.smtp").check(settings)
        return
    with pytest.raises(SettingsError) as error:
        provider("email.smtp").check(settings)
    assert error.value.problems == {"tls": "not_encrypted"}

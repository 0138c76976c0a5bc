"""What a customer gets: values from the rooms that know them, previews on record, tests to oneself."""

from __future__ import annotations

import email
import email.policy
import socket
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from django.core.exceptions import PermissionDenied

from keepwell.foundation.audit.models import AuditEntry
from keepwell.foundation.settings import email as email_settings
from keepwell.history.services import record
from keepwell.outreach.content import queries, services
from keepwell.outreach.content.contracts import ContentError
from tests.outreach.conftest import NOW

EVERYTHING = (
    "{{ customer.name | default: '-' }}|{{ customer.salutation | default: '-' }}|"
    "{{ customer.city | default: '-' }}|"
    "{{ customer.since | default: '-' }}|{{ customer.years | default: '-' }}|{{ topic.last | default: '-' }}|"
    "{{ product.last | default: '-' }}|{{ owner.name | default: '-' }}|{{ owner.email | default: '-' }}|"
    "{{ company.name }}|{{ company.phone }}|{{ today | date: 'long' }}"
)


def spoke(customer_id, subject, days, **more):
    fact = {
        "interaction_id": f"i{days}",
        "customer_id": customer_id,
        "at": NOW - timedelta(days=days),
        "type": "call",
        "subject": subject,
        **more,
    }
    record(table="interactions", fact=fact, source="test")


def test_values_of_a_customer(mei_wang, letter, publish):
    spoke(mei_wang, "茶具配送", 3)
    spoke(mei_wang, "newsletter", 1, type="page_view", interaction_id="v")
    publish(letter(language="zh-hans", body=EVERYTHING))
    made = services.render(template_code="hello", customer_id=mei_wang, now=NOW)
    assert made.text == (
        "王美|王女士|杭州|2021|5|茶具配送|-|Li Chen|li@keepwell-tea.com|"
        "Tea & Co|+86 571 0000 0000|2026年11月23日"
    )
    assert (made.language, made.html, made.brand_version, made.warnings) == ("zh-hans", "", 1, ())
    assert made.variables == tuple(
        sorted(
            [
                "customer.name",
                "customer.salutation",
                "customer.city",
                "customer.since",
                "customer.years",
                "topic.last",
                "product.last",
                "owner.name",
                "owner.email",
                "company.name",
                "company.phone",
                "today",
            ]
        )
    )


def test_somebody_of_whom_nothing_is_known(own, letter, publish, brand):
    publish(letter(body=EVERYTHING))
    made = services.render(template_code="hello", customer_id=own("C-9"), now=NOW)
    assert made.text == "-|-|-|-|-|-|-|-|-|Tea & Co|+86 571 0000 0000|23 November 2026"


def test_a_topic_is_forgotten_after_sixty_days_and_notes_stay_inside(mei_wang, letter, publish):
    from keepwell.customers.services import save_note

    spoke(mei_wang, "long ago", 61)
    save_note(customer_id=mei_wang, kind="call", text="is difficult", actor="lin")
    publish(letter(body="{{ topic.last | default: 'nothing' }}"))
    made = services.render(template_code="hello", customer_id=mei_wang, now=NOW)
    assert made.text == "nothing"


def test_no_gap_is_ever_sent(own, letter, publish):
    """A company that has not said its name: refused rather than sent with a hole."""
    from keepwell.outreach.content.models import BrandVersion

    publish(letter(body="Hello from {{ company.name }}"))
    BrandVersion.objects.all().delete()
    with pytest.raises(ContentError) as caught:
        services.render(template_code="hello", customer_id=own("C-9"), now=NOW)
    assert (caught.value.code, caught.value.figures) == ("missing_value", {"variable": "company.name"})


def test_slang_matters_to_those_who_read_a_foreign_language(mei_wang, own, letter, publish):
    publish(letter(body="Please answer ASAP"))
    foreign = services.render(template_code="hello", customer_id=mei_wang, now=NOW)
    assert [one.code for one in foreign.warnings] == ["other_language", "jargon"]
    native = services.render(template_code="hello", customer_id=own("C-9", language="en"), now=NOW)
    assert native.warnings == ()


def test_the_ready_made_birthday_email(mei_wang):
    made = services.render(
        template_code="birthday_email",
        customer_id=mei_wang,
        now=NOW,
        extra={"message.unsubscribe_url": "https://www.keepwell-tea.com/u/abc"},
    )
    assert made.subject == "Tea & Co祝您生日快乐"
    assert "王女士，生日快乐" in made.html
    assert "自2021年相识至今" in made.text
    assert 'href="https://www.keepwell-tea.com/u/abc"' in made.html
    assert "1 West Lake Road" in made.html
    with pytest.raises(ContentError) as caught:
        services.render(template_code="birthday_email", customer_id=mei_wang, now=NOW)
    assert caught.value.figures == {"variable": "message.unsubscribe_url"}


def test_a_new_look_is_seen_at_once(mei_wang):
    extra = {"message.unsubscribe_url": "https://www.keepwell-tea.com/u"}
    asked = {"template_code": "win_back_email", "customer_id": mei_wang, "now": NOW, "extra": extra}
    before = services.render(**asked)
    services.set_brand(values={"accent": "#b91c1c"}, based_on=1, actor="ada", now=NOW)
    after = services.render(**asked)
    assert "#b91c1c" in after.html
    assert "#b91c1c" not in before.html
    assert (before.brand_version, after.brand_version) == (1, 2)


def test_a_text_is_prepared_once_and_filled_in_for_many(mei_wang, django_assert_num_queries):
    chosen = queries.choose("birthday_sms", mei_wang)
    ready = services.prepare(text_id=chosen.text_id)
    assert ready.variables() == ("company.name", "customer.salutation")
    with django_assert_num_queries(0):
        made = [
            ready.fill({"company.name": "Tea", "customer.salutation": name, "secret": "x"}).text
            for name in ("王女士", "李先生", "")
        ]
    assert [text.partition("，")[0] for text in made] == [
        "【Tea】王女士",
        "【Tea】李先生",
        "【Tea】尊敬的顾客",
    ]
    with pytest.raises(ContentError):
        services.prepare(text_id=0)


def looked(user, customer_id, code="birthday_email"):
    version = queries.published(code)
    template = queries.get(code)
    return services.preview(
        template=template, text=version.texts[0], user=user, customer_id=customer_id, now=NOW
    )


def test_a_preview_asks_for_the_customer_and_is_recorded(mei_wang, people):
    assert "Ms 王" in looked(people.lin, mei_wang).html
    (entry,) = AuditEntry.objects.filter(action="content.preview")
    assert (entry.actor, entry.object_type, entry.object_id) == ("lin", "customer", mei_wang)
    assert entry.details == {"template": "birthday_email", "language": "en"}
    with pytest.raises(PermissionDenied):
        looked(people.mei, mei_wang)
    assert "Ms Wang" in looked(people.mei, "").html
    assert AuditEntry.objects.filter(action="content.preview").count() == 1


@pytest.fixture
def post(settings):
    """A mail server on loopback that keeps what it gets; it listens from the start."""
    received: list[tuple[str, list[str], bytes]] = []

    class Box:
        async def handle_DATA(self, server, session, envelope):
            received.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
            return "250 taken"

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"smtp://127.0.0.1:{port}?from=shop@keepwell-tea.com"
    settings.KEEPWELL_SMTP_URL = url
    for name, value in email_settings(url).items():
        if name != "EMAIL_BACKEND":
            setattr(settings, name, value)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    controller = Controller(Box(), hostname="127.0.0.1", port=port)
    controller.start()
    yield received
    controller.stop()


def tried(user, customer_id="", code="birthday_email", language="zh-hans"):
    text = next(one for one in queries.published(code).texts if one.language == language)
    return services.send_test(
        template=queries.get(code), text=text, user=user, customer_id=customer_id, now=NOW
    )


@pytest.fixture
def ada(people):
    people.ada.email = "ada@keepwell-tea.com"
    people.ada.save()
    return people.ada


def test_a_test_goes_to_oneself_as_a_whole_message(post, ada, mei_wang):
    assert tried(ada, mei_wang) == "ada@keepwell-tea.com"
    ((sender, receivers, content),) = post
    assert (sender, receivers) == ("shop@keepwell-tea.com", ["ada@keepwell-tea.com"])
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert not message.defects
    assert str(message["Subject"]) == "Test: Tea & Co祝您生日快乐"
    assert str(message["To"]) == "ada@keepwell-tea.com"
    assert message["From"].addresses[0].display_name == "Tea & Co"
    assert message["Content-Language"] == "zh-Hans"
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    plain, html = message.iter_parts()
    assert "王女士，生日快乐" in plain.get_content()
    assert "王女士，生日快乐" in html.get_content()
    assert '<html lang="zh-Hans"' in html.get_content()
    assert [len(line) <= 998 for line in content.split(b"\r\n")].count(False) == 0
    entry = AuditEntry.objects.get(action="content.test")
    assert (entry.actor, entry.object_id, entry.details) == (
        "ada",
        "birthday_email",
        {"language": "zh-hans", "with_customer": True},
    )


def test_a_value_with_line_ends_makes_no_header(post, ada, own, letter, publish):
    evil = own("C-7", name="Eve\r\nBcc: victim@tea.com\r\n\r\nhello", language="en")
    code = letter(
        kind="email",
        purpose="service",
        subject="Hello {{ customer.name | default: 'you' }}",
        document=[{"type": "text", "text": "Hi"}],
    )
    publish(code)
    tried(ada, evil, code=code, language="en")
    ((_sender, receivers, content),) = post
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert receivers == ["ada@keepwell-tea.com"]
    assert message["Bcc"] is None
    assert str(message["Subject"]).startswith("Test: Hello Eve Bcc: victim@tea.com")


def test_what_keeps_a_test_from_being_sent(people, ada, mei_wang, settings, post):
    with pytest.raises(PermissionDenied):
        tried(people.lin)
    people.ada.email = ""
    with pytest.raises(ContentError, match="no_own_address"):
        tried(people.ada)
    people.ada.email = "x@y.com\nBcc: z@y.com"
    with pytest.raises(ContentError, match="bad_header"):
        tried(people.ada)
    settings.KEEPWELL_SMTP_URL = ""
    with pytest.raises(ContentError, match="no_mail_server"):
        tried(people.ada)
    assert post == []


def test_a_server_that_is_not_there_is_said(people, ada, settings, brand):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings.KEEPWELL_SMTP_URL = f"smtp://127.0.0.1:{port}"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    with pytest.raises(ContentError) as caught:
        tried(ada)
    assert (caught.value.code, caught.value.figures) == ("not_sent", {"detail": "ConnectionRefusedError"})


def test_a_text_message_is_tested_as_plain_text(post, ada, brand):
    tried(ada, code="birthday_sms")
    message = email.message_from_bytes(post[0][2], policy=email.policy.default)
    assert message.get_content_type() == "text/plain"
    assert message.get_content().startswith("【Tea & Co】")

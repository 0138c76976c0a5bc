"""The first reply goes out for real, within thirty seconds, by a mail server on this machine."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keepwell.outreach.firstreply import services
from keepwell.outreach.firstreply.models import Enquiry
from keepwell.outreach.sending.services import accounts, working
from tests.outreach.conftest import NOW
from tests.outreach.firstreply.test_mail import mail  # noqa: F401 - fixture
from tests.outreach.sending.conftest import inbox  # noqa: F401 - fixture
from tests.outreach.sending.test_delivering import account_values

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = timedelta(seconds=1)


def test_a_letter_has_its_answer_within_thirty_seconds(replies, mail, inbox):  # noqa: F811 - fixtures
    accounts.set_account(provider="email.smtp", values=account_values(inbox), actor="ada", now=NOW)
    replies()
    mail("When do you open?")
    services.reply(now=NOW + SECOND)
    done = working.work(now=lambda: NOW + 3 * SECOND)
    assert done.sent == 1
    letter = inbox.parsed()
    assert letter["Auto-Submitted"] == "auto-replied"
    assert "9 to 5." in letter.get_body(("plain",)).get_content()
    services.watch(now=NOW + 10 * SECOND)
    waited = Enquiry.objects.get().replied_at - NOW
    assert timedelta() < waited <= 30 * SECOND

"""A shop with a brand, a published letter, a segment of people in Oslo, and an account at a mail server."""

from __future__ import annotations

import pytest

from keepwell.insight.segments import services as segments
from keepwell.insight.segments.models import SegmentMember
from keepwell.outreach.content import queries as content
from keepwell.outreach.content import services as texts
from tests.outreach.sending.conftest import NOW, connect, draft, inbox, people  # noqa: F401

BRAND = {
    "company_name": "Tea & Co",
    "legal_address": "1 West Lake Road, Hangzhou",
    "website": "https://www.keepwell-tea.com",
    "email": "hello@keepwell-tea.com",
    "phone": "+86 571 0000 0000",
}
OSLO = {"attribute": "city", "is": "in", "value": ["Oslo"]}


@pytest.fixture
def account(inbox, db, home):  # noqa: F811
    from keepwell.outreach.sending.services.accounts import set_account

    values = {"sender": "Tea <care@tea.example>", "host": "127.0.0.1", "port": str(inbox.port), "tls": ""}
    return set_account(provider="email.smtp", values=values, actor="ada", now=NOW)


@pytest.fixture
def letter(people, settings):  # noqa: F811
    """Publishes an e-mail; its words are given or usual."""
    settings.KEEPWELL_URL = "https://keepwell.example"
    texts.set_brand(values=BRAND, based_on=content.brand().version, actor="ada", now=NOW)

    def publish(
        code="spring", purpose="marketing", words="Hello {{ customer.city | default: 'you' }}, it is spring."
    ):
        texts.create_template(
            code=code,
            name="Spring",
            kind="email",
            purpose=purpose,
            content_type="care",
            language="en",
            actor="ada",
            now=NOW,
        )
        one = content.draft(code).texts[0]
        blocks = [{"type": "text", "text": words}, {"type": "footer"}]
        texts.save_text(
            code=code,
            text_id=one.text_id,
            revision=one.revision,
            subject="Spring in {{ customer.city | default: 'town' }}",
            document=blocks,
            actor="ada",
            now=NOW,
        )
        approved = texts.approve(code=code, revision=content.draft(code).revision, actor="kai", now=NOW)
        texts.publish(code=code, revision=approved.revision, actor="kai", now=NOW)
        return code

    return publish


@pytest.fixture
def oslo(people):  # noqa: F811
    """Makes a segment of so many people in Oslo."""

    def make(count, **more):
        from keepwell.customers import services as customers
        from keepwell.customers.contracts import CustomerRow

        numbers = people(count, **more)
        rows = [CustomerRow(one, city="Oslo", country="NO", language="en") for one in numbers]
        customers.upsert_many(rows=rows, source="crm", at=NOW, actor="ada")
        one = segments.save(name="Oslo", definition=OSLO, author_id=None, actor="ada")
        # What a cycle would have written; filling it takes a cycle's features.
        SegmentMember.objects.bulk_create(
            SegmentMember(segment_id=one.segment_id, customer_id=number, entered_at=NOW) for number in numbers
        )
        return one.segment_id

    return make

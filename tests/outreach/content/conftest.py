"""A shop that has said who it is, and a customer of Lin's with a history."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keepwell.outreach.content import services
from tests.outreach.conftest import NOW

BRAND = {
    "company_name": "Tea & Co",
    "legal_address": "1 West Lake Road, Hangzhou",
    "website": "https://www.keepwell-tea.com",
    "phone": "+86 571 0000 0000",
    "email": "hello@keepwell-tea.com",
}


@pytest.fixture
def brand(db):
    return services.set_brand(values=BRAND, based_on=0, actor="ada", now=NOW)


@pytest.fixture
def mei_wang(people, own, brand):
    from keepwell.accounts.models import User

    User.objects.filter(pk=people.lin.pk).update(
        first_name="Li", last_name="Chen", email="li@keepwell-tea.com"
    )
    return own(
        "C-1",
        people.lin,
        name="王美",
        gender="female",
        language="zh-hans",
        country="CN",
        city="杭州",
        acquired_at=datetime(2021, 3, 1, tzinfo=UTC),
    )


@pytest.fixture
def letter(brand):
    """Writes a template of one text, ready to be approved."""

    def write(code="hello", kind="sms", purpose="service", language="en", **text):
        services.create_template(
            code=code,
            name="Hello",
            kind=kind,
            purpose=purpose,
            content_type="care",
            language=language,
            actor="ada",
            now=NOW,
        )
        from keepwell.outreach.content import queries

        one = queries.draft(code).texts[0]
        given = text or {"body": "Hello {{ customer.name | default: 'you' }}"}
        services.save_text(
            code=code, text_id=one.text_id, revision=one.revision, actor="ada", now=NOW, **given
        )
        return code

    return write


@pytest.fixture
def publish():
    """Puts the draft of a template to use."""

    def put(code, actor="ada"):
        from keepwell.outreach.content import queries

        approved = services.approve(code=code, revision=queries.draft(code).revision, actor=actor, now=NOW)
        return services.publish(code=code, revision=approved.revision, actor=actor, now=NOW)

    return put

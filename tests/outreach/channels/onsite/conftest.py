"""A website that is set up, banners in use, and customers who agreed to see them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # a Monday, eleven at night in Shanghai
SECRET = "a secret of the shop that nobody else knows"
ORIGIN = "https://www.shop.example"


@pytest.fixture
def shop(home, db):
    """Customers C1 and C2, who agreed to marketing on the website; nobody is kept aside."""
    from keepwell.customers import services as customers
    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.privacy import services as privacy
    from keepwell.customers.privacy.contracts import ConsentRow
    from keepwell.outreach.policy.services import set_holdout

    set_holdout(share=0, reason="test", actor="ada", now=NOW - timedelta(days=100))
    rows = [CustomerRow(one, name="Mei <Chen>", country="CN", language="en") for one in ("C1", "C2")]
    customers.upsert_many(rows=rows, source="crm", at=NOW - timedelta(days=90), actor="ada")
    at = NOW - timedelta(days=60)
    said = [
        ConsentRow(one, "web", purpose, True, at, "counter", f"{purpose}/1")
        for one in ("C1", "C2")
        for purpose in ("marketing", "service")
    ]
    privacy.record_consents(rows=said, actor="ada", live=False)


@pytest.fixture
def site(shop):
    from keepwell.outreach.sending.services.accounts import set_account

    values = {"origins": f"{ORIGIN}\nhttps://m.shop.example/", "secret": SECRET, "visits": "2"}
    return set_account(provider="web.site", values=values, actor="ada", now=NOW)


@pytest.fixture
def app(shop):
    from keepwell.outreach.sending.services.accounts import set_account

    return set_account(provider="app.own", values={"secret": SECRET}, actor="ada", now=NOW)


@pytest.fixture
def written(db):
    """Puts a banner or pop-up into use."""
    from keepwell.outreach.content import queries, services

    def make(code="spring", *, kind="banner", purpose="marketing", language="en", **fields):
        at = NOW - timedelta(days=1)
        services.create_template(
            code=code, name=code.title(), kind=kind, purpose=purpose, content_type="offer", language=language,
            actor="ada", now=at,
        )  # fmt: skip
        block = {
            "type": "notice",
            "title": "New tea",
            "text": "",
            "label": "",
            "url": "",
            "image": "",
            "alt": "",
        }
        draft = queries.draft(code)
        services.save_text(
            code=code,
            text_id=draft.texts[0].text_id,
            revision=draft.texts[0].revision,
            document=[{**block, **fields}],
            actor="ada",
            now=at,
        )
        services.approve(code=code, revision=queries.draft(code).revision, actor="bo", now=at)
        services.publish(code=code, revision=queries.draft(code).revision, actor="bo", now=at)
        return code

    return make


@pytest.fixture
def wait():
    """Lets a message wait for a customer; its id."""
    from keepwell.outreach.sending.contracts import Draft
    from keepwell.outreach.sending.recipes import words
    from keepwell.outreach.sending.services import queueing

    def make(customer_id, code="spring", *, key="", channel="web", purpose="marketing", now=NOW, **more):
        worded = words(code, [customer_id], now=now)[customer_id]
        draft = Draft(
            key=key or f"{code}/{customer_id}",
            customer_id=customer_id,
            channel=channel,
            purpose=purpose,
            recipe=worded.recipe,
            language=worded.language,
            content=code,
            **more,
        )
        queueing.queue(drafts=[draft], actor="ada", now=now)
        return queueing.message_id(draft.key)

    return make


@pytest.fixture
def look(site):
    """Somebody opens a page: what it shows."""
    from keepwell.outreach.channels.onsite import services, signing
    from keepwell.outreach.channels.onsite.contracts import Visitor

    def make(customer_id="", *, now=NOW, account=site, origin=ORIGIN, closed=(), language="en"):
        issued = int(now.timestamp())
        signature = signing.sign(SECRET, customer_id, issued) if customer_id else ""
        visitor = Visitor(customer_id, issued, signature, language, tuple(closed))
        return services.ask(key=account.token, origin=origin, visitor=visitor, now=now)

    return make

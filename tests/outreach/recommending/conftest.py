"""A current cycle that recommends products, through the tables that readers ask."""

from __future__ import annotations

from decimal import Decimal

import orjson
import pytest

from tests.outreach.mailings.conftest import account, letter  # noqa: F401
from tests.outreach.sending.conftest import NOW, connect, draft, inbox, people  # noqa: F401

PRODUCTS = {
    "tea": ("Jasmine <tea>", "Tea", Decimal("58"), "CNY", "https://www.keepwell-tea.com/jasmine?a=1&b=2"),
    "tray": ("Bamboo tray", "Kitchen", Decimal("120.50"), "CNY", "https://www.keepwell-tea.com/tray"),
    "cup": ("Cup", "Kitchen", None, "", "http://unsafe.keepwell-tea.com/cup"),
    "pot": ("Pot", "Kitchen", None, "", ""),
    "bare": ("", "", None, "", ""),
}


@pytest.fixture
def suits(db):
    """Makes a cycle the current one in which these products suit these customers, each for the pot."""
    from keepwell.insight.models import CurrentCycle, Cycle, Facet, SuggestedProduct, Suggestion

    def make(wanted, at=NOW, customers=0):
        cycle = Cycle.objects.create(
            cycle_id=f"cycle-{Cycle.objects.count()}",
            as_of=at,
            as_of_given=True,
            status="done",
            started_at=at,
            finished_at=at,
            actor="test",
            thresholds={},
            model_version="1",
            currency="CNY",
        )
        for code, (name, category, price, currency, url) in PRODUCTS.items():
            SuggestedProduct.objects.create(
                cycle=cycle,
                product_id=code,
                name=name,
                category=category,
                price=price,
                currency=currency,
                url=url,
                image=url.replace("?a=1&b=2", ".jpg"),
            )
        for customer, codes in wanted.items():
            items = orjson.dumps([(one, "together", "pot") for one in codes]).decode()
            Suggestion.objects.create(cycle=cycle, customer_id=customer, items=items)
        classes = dict.fromkeys(
            ("status", "tier", "risk_level", "life_stage", "communication_group", "rfm_segment"), "x"
        )
        Facet.objects.create(
            cycle=cycle, customers=customers, expected_loss=0, clv=0, hints=0, reason="", action="", **classes
        )
        CurrentCycle.objects.update_or_create(pk=1, defaults={"cycle": cycle})
        return cycle

    return make


@pytest.fixture
def offered(letter):  # noqa: F811
    """Publishes texts that recommend: an e-mail with the block, a text message with the first product."""
    from keepwell.outreach.content import queries, services

    def publish(code="suits", kind="email", **text):
        services.create_template(
            code=code,
            name="Suits you",
            kind=kind,
            purpose="marketing",
            content_type="product_news",
            language="en",
            actor="ada",
            now=NOW,
        )
        one = queries.draft(code).texts[0]
        block = {"type": "recommendations", "heading": "For you", "instead": text.pop("instead", "")}
        given = text or {
            "subject": "News",
            "document": [{"type": "text", "text": "Hello"}, block, {"type": "footer"}],
        }
        services.save_text(
            code=code, text_id=one.text_id, revision=one.revision, actor="ada", now=NOW, **given
        )
        version = queries.draft(code)
        services.approve(code=code, revision=version.revision, actor="ada", now=NOW)
        services.publish(code=code, revision=queries.draft(code).revision, actor="ada", now=NOW)
        return code

    letter(code="unused")
    return publish

"""No page asks the database once per row: as many questions for fifty rows as for ten."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keepwell.foundation import clock


@pytest.fixture
def asked(ada, settings):
    """How many queries a page makes when it is opened for the second time."""
    settings.KEEPWELL_CONFIDENTIALITY = "off"

    def count(address):
        for _time in range(2):  # the first fills what is remembered
            with CaptureQueriesContext(connection) as queries:
                answer = ada.get(address)
        assert answer.status_code == 200, address
        return len(queries), answer.content.decode()

    return count


@pytest.mark.parametrize("address", ["/at-risk/", "/customers/", "/customers/?order=-clv"])
def test_lists_of_customers(shop, asked, address):
    full, text = asked(address)
    rows = text.count('data-customer="')
    joined = "&" if "?" in address else "?"
    counts = {rows: full}
    for fewer in ("page=2", "page=6", "tier=high", "tier=mid", "tier=low"):
        answer, text = asked(f"{address}{joined}{fewer}")
        counts.setdefault(text.count('data-customer="'), answer)
    few = min(number for number in counts if number)
    assert few < rows, "the shop has no page with fewer rows"
    assert counts[few] == full


def tasks(number, user):
    from keepwell.insight import queries
    from keepwell.insight.contracts import ScoreFilter
    from keepwell.outreach.services.tasks import create

    for score in queries.scores(ScoreFilter(), page_size=number).rows:
        create(
            kind="call",
            customer_id=score.customer_id,
            title="Ask",
            due_at=clock.now(),
            now=clock.now(),
            assignee_id=user.pk,
            actor="ada",
        )


def people(number, user):
    from keepwell.accounts.models import User

    User.objects.bulk_create(User(username=f"u{User.objects.count() + n}") for n in range(number))


def segments(number, user):
    from keepwell.insight.segments.models import Segment
    from keepwell.insight.segments.services import save

    definition = {"attribute": "tier", "is": "in", "value": ["high"]}
    before = Segment.objects.count()
    for count in range(number):
        save(name=f"Segment {before + count}", definition=definition, author_id=user.pk, actor="ada")


@pytest.mark.parametrize(
    ("address", "make"),
    [("/today/", tasks), ("/settings/people/", people), ("/segments/", segments)],
    ids=["today", "people", "segments"],
)
def test_lists_of_other_things(shop, asked, administrator, address, make):
    make(10, administrator)
    ten, short = asked(address)
    make(40, administrator)
    fifty, long = asked(address)
    assert len(long) > len(short), "there are no more rows to see"
    assert fifty == ten

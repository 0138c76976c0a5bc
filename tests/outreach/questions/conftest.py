# ruff: noqa: F811 - fixtures take others by their names
"""Ann is Lin's customer; North is led by Kai; the Store department is led by Ada."""

from __future__ import annotations

import pytest

from keepwell.outreach.questions import services
from keepwell.outreach.questions.contracts import RouteRule, Routing
from tests.outreach.conftest import NOW, nobody_aside, own, people, publish  # noqa: F401 - fixtures


@pytest.fixture
def store(people):
    """A second department, with Sam in it."""
    from keepwell.accounts.models import Team

    team = Team.objects.create(name="Stores", leader=people.ada)
    people.sam.team = team
    people.sam.save()
    return team


@pytest.fixture
def ann(people, own):
    """Lin's customer, who has an e-mail address."""
    return own("C-1", people.lin, name="Ann Example", email="ann@example.com", phone="+447700900001")


@pytest.fixture
def question(ann, people):
    """Opens a question of Ann's, Lin's to answer."""

    def make(**given):
        asked = {
            "customer_id": ann,
            "text": "When does the blue teapot come back?",
            "origin": "call",
            "channel": "phone",
            "topic": "product",
            "importance": "high",
            "owner_id": people.lin.pk,
            "team_id": people.team.pk,
            "actor": "lin",
            "now": NOW,
        }
        return services.open_question(**{**asked, **given})

    return make


@pytest.fixture
def route(people, store):
    """Switches rules on: deliveries to Stores, everything else to North; or other ones."""

    def make(*rules, fallback=True, now=NOW, **given):
        usual = (RouteRule("Deliveries", store.pk, words=("deliver", "快递"), importance="high"),)
        routing = Routing(
            rules=rules or usual, fallback_team_id=people.team.pk if fallback else None, **given
        )
        version = services.save_routing(routing=routing, actor="ada", now=now)
        services.try_routing(version=version.version, actor="ada", now=now)
        services.switch_on(version=version.version, actor="ada", now=now)
        return version

    return make


@pytest.fixture
def hear(ann):
    """A message of Ann's on WeCom arrives."""
    from keepwell.outreach.channels.contracts import Heard, HeardKind
    from keepwell.outreach.channels.sms.contract import CONTRACT
    from keepwell.outreach.sending.services import hearing

    def make(text, key="1", now=NOW):
        one = Heard(kind=HeardKind.MESSAGE, address="+447700900001", at=now, key=key, text=text)
        return hearing.hear(heard=[one], contract=CONTRACT, now=now)

    return make

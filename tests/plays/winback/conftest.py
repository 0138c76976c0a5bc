# ruff: noqa: F811 - fixtures take others by their names
"""Lin looks after Ann (high value, complains); Ada, Kai and Rita may decide more than Lin."""

from __future__ import annotations

from decimal import Decimal

import pytest

from keepwell.accounts.contracts import Role
from tests.outreach.conftest import NOW, nobody_aside, own, people, publish  # noqa: F401 - fixtures


@pytest.fixture
def rita(people):
    """A retention manager."""
    from keepwell.accounts.models import User

    return User.objects.create_user("rita", password="correct horse", roles=[Role.RETENTION_MANAGER])


@pytest.fixture
def rate(publish):
    """Rates customers: worth this much, with orders of 200, of a tier and status."""
    from keepwell.insight.models import Facet, Score

    def make(*numbers, worth=2_000, tier="high", status="at_risk", risk_level="high"):
        publish(dict.fromkeys(numbers, status), loss=lambda _number: worth)
        Score.objects.filter(customer_id__in=numbers).update(
            average_amount=Decimal(200), tier=tier, risk_level=risk_level, silence_days=120
        )
        Facet.objects.update(tier=tier, risk_level=risk_level)

    return make


@pytest.fixture
def ann(people, own, rate, nobody_aside):
    """Lin's customer, rated: at stake 2,000, so up to 500 may be spent."""
    own("C-1", people.lin, name="Ann Example")
    rate("C-1")
    return "C-1"


@pytest.fixture
def case(ann):
    """Opens Ann's case and brings it as far as one likes."""
    from keepwell.plays.winback import services
    from keepwell.plays.winback.contracts import Wanted

    def make(upto="opened", *, measures=None, user=None, causes=("service",)):
        who = {"actor": "lin", "now": NOW}
        number = services.open_case(customer_id=ann, origin="customer", **who)
        if upto == "opened":
            return number
        services.analyse(case_id=number, causes=causes, asked="interview", **who)
        if upto == "analysed":
            return number
        services.plan(case_id=number, wanted=measures or [Wanted("fix_problem", Decimal(30))], **who)
        if upto == "planned":
            return number
        services.start(case_id=number, user=user, **who)
        return number

    return make


@pytest.fixture
def lin_case(case, people):
    """Ann's case, as far as one likes, begun by Lin."""

    def make(upto="contacting", **given):
        return case(upto, user=people.lin, **given)

    return make

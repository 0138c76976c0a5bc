"""Mailings keep a share of those who could get them back as control."""

from __future__ import annotations

import pytest

from keepwell.foundation.audit.queries import AuditFilter, entries
from keepwell.outreach.controls.models import Dealt
from keepwell.outreach.mailings import queries, services
from keepwell.outreach.mailings.contracts import MailingError
from keepwell.outreach.mailings.services import going
from keepwell.outreach.mailings.services.drafting import Plan
from keepwell.outreach.sending.models import Message
from tests.outreach.mailings.test_mailing import NOON, go

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafted(account, letter, oslo):
    def make(count, purpose="marketing", **more):
        plan = Plan("Spring", oslo(count), letter(purpose=purpose), **more)
        return services.create(plan=plan, actor="ada", now=NOON)

    return make


def prepare():
    while services.prepare_next(now=NOON) is not None:
        pass


def test_the_control_gets_nothing_and_is_written_down_with_time_and_probability(drafted, monkeypatch):
    monkeypatch.setattr(going, "PART", 15)
    one = drafted(60, control_share=0.3)
    foreseen = queries.audience(one, now=NOON)
    go(one, 60)
    prepare()
    dealt = dict(Dealt.objects.values_list("customer_id", "is_control"))
    control = {number for number, is_control in dealt.items() if is_control}
    assert len(dealt) == 60
    assert 5 < len(control) < 35
    assert set(Message.objects.values_list("customer_id", flat=True)) == set(dealt) - control
    assert foreseen.outcomes["control"] == len(control)  # who approves sees those who will be kept
    found = queries.mailing(one.mailing_id)
    assert (found.planned, found.control, found.left_out) == (60 - len(control), len(control), 0)
    row = Dealt.objects.filter(is_control=True).first()
    assert (row.probability, row.entered_at) == (0.3, NOON)
    confirmed = entries(AuditFilter(action="mailing.confirm"))[0]
    assert confirmed.details["control"] == 0.3


def test_whoever_could_not_get_it_is_on_neither_side(drafted, account):
    from keepwell.customers.privacy import services as privacy
    from keepwell.customers.privacy.contracts import ConsentRow

    one = drafted(20, control_share=0.5)
    said = ConsentRow("C00000", "email", "marketing", False, NOON, "counter", "marketing/1")
    privacy.record_consents(rows=[said], actor="ada", live=False)
    go(one, 20)
    prepare()
    assert Dealt.objects.count() == 19
    assert not Dealt.objects.filter(customer_id="C00000").exists()


def test_what_is_service_keeps_nobody_back(drafted):
    one = drafted(10, purpose="service")
    assert one.control_share == 0
    go(one, 10)
    prepare()
    assert Message.objects.count() == 10
    assert not Dealt.objects.exists()


def test_preparing_a_part_again_deals_the_same(drafted):
    from keepwell.outreach.mailings.models import Mailing, MailingPart

    one = drafted(30, control_share=0.5)
    go(one, 30)
    prepare()
    before = list(Dealt.objects.order_by("pk").values_list("customer_id", "is_control", "probability"))
    MailingPart.objects.update(done_at=None, lease_until=None)
    Mailing.objects.update(status="preparing")
    prepare()
    again = list(Dealt.objects.order_by("pk").values_list("customer_id", "is_control", "probability"))
    assert again == before
    assert Message.objects.count() == 30 - sum(is_control for _n, is_control, _p in before)


@pytest.mark.parametrize("share", [0.6, -0.1, None])
def test_a_share_that_is_none_is_named(drafted, share):
    with pytest.raises(MailingError) as refused:
        drafted(3, control_share=share)
    assert refused.value.problems == {"control_share": "not_share"}


def test_a_changed_share_is_in_the_audit_log(drafted):
    one = drafted(3, control_share=0.1)
    plan = Plan("Spring", one.segment_id, one.template_code, control_share=0.2)
    services.change(mailing_id=one.mailing_id, revision=one.revision, plan=plan, actor="kai", now=NOON)
    changed = entries(AuditFilter(action="mailing.change"))[0]
    assert changed.details["control"] == [0.1, 0.2]


@pytest.mark.parametrize(("went", "dealt"), [(0, 0), (1, 20)])
def test_a_mailing_that_was_stopped_before_anything_went_is_no_comparison(drafted, went, dealt):
    one = drafted(20, control_share=0.3)
    go(one, 20)
    prepare()
    gone = Message.objects.values_list("pk", flat=True)[:went]
    Message.objects.filter(pk__in=list(gone)).update(status="sent")
    services.stop(mailing_id=one.mailing_id, actor="ada", now=NOON)
    assert Dealt.objects.count() == dealt

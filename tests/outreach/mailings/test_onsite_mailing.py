"""A mailing by banner: nobody needs an address, what is made waits for whoever comes."""

from __future__ import annotations

from datetime import timedelta

from keepwell.customers.privacy import services as privacy
from keepwell.outreach.mailings import queries, services
from keepwell.outreach.mailings.contracts import Status
from keepwell.outreach.mailings.services.drafting import Plan
from keepwell.outreach.sending.contracts import Status as MessageStatus
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.services import working
from tests.outreach.channels.onsite.conftest import look, shop, site, wait, written  # noqa: F401
from tests.outreach.mailings.conftest import oslo  # noqa: F401
from tests.outreach.sending.conftest import NOW, people  # noqa: F401


def test_a_mailing_by_banner_waits_for_those_who_come(oslo, site, written, look):  # noqa: F811
    segment_id = oslo(3)
    for number in ("C00000", "C00001"):
        privacy.set_consent(
            customer_id=number, channel="web", purpose="marketing", given=True, source="till",
            wording="marketing/1", actor="ada",
        )  # fmt: skip
    plan = Plan("Spring", segment_id, written(), "web", keep_trying_days=2, control_share=0)
    one = services.create(plan=plan, actor="ada", now=NOW)
    said = queries.audience(one, now=NOW + timedelta(hours=19))  # eleven at night in Shanghai
    assert dict(said.outcomes) == {"allowed": 2, "not_asked": 1}
    services.confirm(mailing_id=one.mailing_id, revision=one.revision, typed=3, actor="ada", now=NOW)
    while services.prepare_next(now=NOW) is not None:
        pass
    assert working.work(now=lambda: NOW).claimed == 0
    assert look("C00000", now=NOW + timedelta(hours=1)).title == "New tea"
    assert queries.progress(one).statuses == {"sent": 1, "waiting": 2}
    late = NOW + timedelta(days=3)
    working.work(now=lambda: late)
    services.settle(now=late)
    assert queries.mailing(one.mailing_id).status is Status.DONE
    withheld = Message.objects.filter(status=MessageStatus.WITHHELD).values_list("reason", flat=True)
    assert list(withheld) == ["expired", "expired"]

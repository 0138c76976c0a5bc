"""Lists for platforms: who may be on them, in which form, what must be taken out; what campaigns brought."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from keepwell.customers import services as customers
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.identity import services as identity
from keepwell.customers.privacy import services as privacy
from keepwell.customers.privacy.contracts import ConsentRow
from keepwell.foundation import clock
from keepwell.foundation.audit import queries as audit
from keepwell.history import services as history
from keepwell.insight.segments import services as segments
from keepwell.insight.segments.models import SegmentMember
from keepwell.outreach.advertising import core, queries, services
from keepwell.outreach.advertising.contracts import AdvertisingError, Platform
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy.services import set_holdout
from tests.outreach.conftest import NOW

DAY = timedelta(days=1)
OSLO = {"attribute": "city", "is": "in", "value": ["Oslo"]}


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture(autouse=True)
def today(monkeypatch, settings):
    settings.KEEPWELL_CONFIDENTIALITY = "off"
    monkeypatch.setattr(clock, "now", lambda: NOW)


def email(number):
    return f"{number.lower()}@customer.example"


@pytest.fixture
def oslo(people, nobody_aside):
    """120 people in Oslo; all but the last ten agreed to advertising."""
    numbers = [f"C{n:03d}" for n in range(120)]
    rows = [CustomerRow(one, city="Oslo", country="NO", email=email(one)) for one in numbers]
    customers.upsert_many(rows=rows, source="crm", at=NOW - 90 * DAY, actor="ada")
    agree(numbers[:110])
    one = segments.save(name="Oslo", definition=OSLO, shared="all", author_id=None, actor="ada")
    SegmentMember.objects.bulk_create(
        SegmentMember(segment_id=one.segment_id, customer_id=number, entered_at=NOW) for number in numbers
    )
    return one.segment_id


def agree(numbers, *, yes=True, at=NOW - 60 * DAY):
    said = [ConsentRow(one, "ads", "marketing", yes, at, "counter", "marketing/1") for one in numbers]
    privacy.record_consents(rows=said, actor="ada", live=False)


def listed(segment_id, platform="google", use="show"):
    number = services.add(
        name="Oslo", segment_id=segment_id, platform=platform, use=use, actor="ada", now=NOW
    )
    services.refresh(audience_id=number, actor="ada", now=NOW)
    return number


def taken(audience_id, part="all"):
    return services.file_of(audience_id=audience_id, part=part, actor="ada", now=NOW)


def test_only_who_agreed_is_on_the_list_as_a_digest_that_the_platform_can_match(oslo):
    number = listed(oslo)
    one = queries.audience(number, now=NOW)
    assert (one.people, one.added, one.left_out) == (110, 110, {"not_asked": 10})
    name, suffix, lines = taken(number)
    assert (suffix, lines[0], len(lines)) == ("csv", ("Email", "Phone"), 111)
    assert (sha(email("C000")), "") in lines
    assert not any("@" in cell for line in lines for cell in line)
    assert name.startswith("google-")


def test_a_file_is_on_record_with_everybody_who_is_in_it(oslo):
    number = listed(oslo)
    taken(number)
    rows = {row.action: row for row in audit.entries(limit=50)}
    assert len(rows["contact.use"].details["customers"]) == 110
    assert len(rows["advertising.export"].details["customers"]) == 110
    assert rows["advertising.export"].actor == "ada"


def test_holds_stops_and_the_holdout_are_left_out(oslo):
    privacy.place_hold(customer_id="C001", kind="complaint", actor="ada", now=NOW - DAY)
    privacy.place_hold(customer_id="C002", kind="stop", actor="ada", now=NOW - DAY)
    set_holdout(share=0.05, reason="test", actor="ada", now=NOW)
    aside = policy.held_out([f"C{n:03d}" for n in range(110)]) - {"C001", "C002"}
    one = queries.audience(listed(oslo), now=NOW)
    assert aside
    assert one.left_out == {"not_asked": 10, "on_hold": 1, "stopped": 1, "held_out": len(aside)}
    assert one.people == 108 - len(aside)


def test_who_is_left_alone_or_kept_aside_is_spared_the_advertisement(oslo):
    privacy.place_hold(customer_id="C001", kind="complaint", actor="ada", now=NOW - DAY)
    privacy.place_hold(customer_id="C002", kind="stop", actor="ada", now=NOW - DAY)
    set_holdout(share=0.05, reason="test", actor="ada", now=NOW)
    one = queries.audience(listed(oslo, use="spare"), now=NOW)
    assert (one.people, one.left_out) == (109, {"not_asked": 10, "stopped": 1})


def test_a_number_without_a_country_code_is_read_as_one_of_the_customer_s_country(oslo):
    numbers = {"C000": "13800138000", "C001": "2125550123", "C002": "13800138000"}
    rows = [CustomerRow("C001", country="US"), CustomerRow("C002", country="CN")]
    customers.upsert_many(rows=rows, source="crm", at=NOW - DAY, actor="ada")
    for number, phone in numbers.items():
        customers.save_contact_point(customer_id=number, kind="phone", value=phone, actor="ada", source="crm")
    phones = {line[1] for line in taken(listed(oslo))[2][1:]} - {""}
    assert phones == {sha("+12125550123"), sha("+8613800138000")}
    told = next(line for line in taken(listed(oslo))[2] if line[0] == sha(email("C000")))
    assert told[1] == ""


def test_a_list_of_few_people_is_not_given_out(oslo):
    agree([f"C{n:03d}" for n in range(20)], yes=False, at=NOW - DAY)
    number = listed(oslo)
    assert queries.audience(number, now=NOW).people == 0
    with pytest.raises(AdvertisingError) as raised:
        taken(number)
    assert raised.value.code == "too_small"


def test_a_consent_withdrawn_is_a_removal_that_is_due_at_once(oslo):
    number = listed(oslo)
    taken(number)
    agree(["C005"], yes=False, at=NOW - timedelta(hours=1))
    one = queries.audience(number, now=NOW)
    assert (one.people, one.removals, one.due_now) == (110, 1, 1)
    _name, _suffix, lines = taken(number, "removed")
    assert lines[1:] == [(sha(email("C005")), "")]
    assert queries.audience(number, now=NOW).removals == 0
    assert (sha(email("C005")), "") not in taken(number)[2]


def test_changes_since_the_last_file_are_files_of_their_own(oslo):
    number = listed(oslo)
    with pytest.raises(AdvertisingError):
        taken(number, "removed")
    taken(number)
    agree(["C119"], at=NOW - DAY)
    customers.save_contact_point(
        customer_id="C000", kind="email", value="new@c.example", actor="a", source="s"
    )
    services.refresh(audience_id=number, actor="ada", now=NOW)
    added = {line[0] for line in taken(number, "added")[2][1:]}
    assert sha(email("C119")) in added
    with pytest.raises(AdvertisingError):
        taken(number, "added")


def test_nobody_is_taken_out_who_was_never_given(oslo):
    number = listed(oslo)
    agree(["C005"], yes=False, at=NOW - DAY)
    done = services.refresh(audience_id=number, actor="ada", now=NOW)
    assert (done.people, done.removed) == (109, 0)


def test_who_came_back_before_the_removals_were_taken_can_still_be_taken_out(oslo):
    number = listed(oslo)
    taken(number)
    agree(["C005"], yes=False, at=NOW - timedelta(hours=3))
    services.refresh(audience_id=number, actor="ada", now=NOW)
    agree(["C005"], at=NOW - timedelta(hours=2))
    services.refresh(audience_id=number, actor="ada", now=NOW)
    one = queries.audience(number, now=NOW)
    assert (one.people, one.added, one.removals) == (110, 0, 0)  # the platform has them all the time
    agree(["C005"], yes=False, at=NOW - timedelta(hours=1))
    assert taken(number, "removed")[2][1:] == [(sha(email("C005")), "")]


def test_an_address_that_somebody_shares_who_stays_is_not_taken_out(oslo):
    customers.save_contact_point(
        customer_id="C001", kind="email", value=email("C000"), actor="ada", source="crm"
    )
    customers.save_contact_point(
        customer_id="C001", kind="phone", value="+4791234567", actor="ada", source="crm"
    )
    number = listed(oslo)
    taken(number)
    agree(["C001"], yes=False, at=NOW - timedelta(hours=1))
    assert taken(number, "removed")[2][1:] == [("", sha("+4791234567"))]


def test_who_is_merged_with_somebody_of_the_same_address_stays_at_the_platform(oslo):
    customers.save_contact_point(
        customer_id="C001", kind="email", value=email("C000"), actor="ada", source="crm"
    )
    number = listed(oslo)
    taken(number)
    identity.merge(kept_id="C000", merged_id="C001", actor="ada")
    with pytest.raises(AdvertisingError) as raised:
        taken(number, "removed")
    assert raised.value.code == "nothing"
    assert queries.audience(number, now=NOW).removals == 0


def test_who_complained_first_and_then_wanted_no_contact_at_all_is_on_no_list(oslo):
    privacy.place_hold(customer_id="C001", kind="complaint", actor="ada", now=NOW - 2 * DAY)
    privacy.place_hold(customer_id="C001", kind="stop", actor="ada", now=NOW - DAY)
    one = queries.audience(listed(oslo, use="spare"), now=NOW)
    assert one.people == 109


def test_digests_that_were_taken_out_are_forgotten_after_a_month_or_with_their_list(oslo):
    kept, away = listed(oslo), listed(oslo, platform="meta")
    for number in (kept, away):
        taken(number)
    agree(["C005"], yes=False, at=NOW - timedelta(hours=1))
    for number in (kept, away):
        taken(number, "removed")
    assert services.archive(audience_id=away, actor="ada", now=NOW) is False
    taken(away, "removed")
    assert services.archive(audience_id=away, actor="ada", now=NOW) is True
    assert services.tidy(now=NOW) == 110
    assert services.tidy(now=NOW + 29 * DAY) == 0
    assert services.tidy(now=NOW + 31 * DAY) == 1


@pytest.mark.django_db(transaction=True)
def test_who_is_erased_goes_and_the_platform_is_told_without_a_name(oslo, people):
    number = listed(oslo)
    taken(number)
    privacy.request_right(user=people.ada, customer_id="C007", right="erase", confirmation="C007")
    privacy.run_requests()
    one = queries.audience(number, now=NOW)
    assert (one.people, one.removals) == (109, 1)
    assert taken(number, "removed")[2][1:] == [(sha(email("C007")), "")]


@pytest.mark.parametrize(
    ("platform", "said"),
    [
        ("google", {"email": sha("meiwang@gmail.com"), "phone": sha("+8613800138000")}),
        ("meta", {"email": sha("mei.wang@gmail.com"), "phone": sha("8613800138000")}),
        ("tiktok", {"email": sha("mei.wang@gmail.com"), "phone": sha("8613800138000")}),
        ("tencent", {"phone": sha("13800138000")}),
        ("oceanengine", {"phone": sha("13800138000")}),
    ],
)
def test_each_platform_has_its_own_form(platform, said):
    assert core.digests(Platform(platform), email="Mei.Wang@Gmail.com", phone="+8613800138000") == said


def test_a_file_of_numbers_has_no_header_and_no_foreign_ones():
    known = core.digests(Platform.TENCENT, email="", phone="+8613800138000")
    assert core.lines(Platform.TENCENT, [known, known]) == [(sha("13800138000"),)]
    assert core.digests(Platform.TENCENT, email="a@b.example", phone="+4520123456") == {}


# --- campaigns ---------------------------------------------------------------------------------------------


def visit(number, customer, days, **campaign):
    said = ",".join(f'"{name}":"{value}"' for name, value in sorted(campaign.items()))
    fact = {
        "interaction_id": f"I{number}", "customer_id": customer, "at": NOW - days * DAY, "type": "visit",
        "properties": f'{{"campaign":{{{said}}},"path":"/"}}',
    }  # fmt: skip
    history.record(table="interactions", fact=fact, source="test")


def order(number, customer, days, **more):
    fact = {
        "order_id": number, "customer_id": customer, "ordered_at": NOW - days * DAY, "amount": 100,
        "currency": "CNY", "status": "paid", **more,
    }  # fmt: skip
    history.record(table="orders", fact=fact, source="test")


def test_what_a_campaign_brought_stands_beside_what_it_cost(publish, people):
    publish({})
    spring = {"source": "baidu", "medium": "cpc", "name": "spring"}
    visit(1, "C-1", 3, **spring)
    visit(2, "C-1", 3, **spring)  # the same day
    visit(3, "C-2", 2, **spring)
    visit(4, "C-3", 1, source="weibo", medium="cpc", name="spring")
    visit(5, "C-4", 1, source="poster", medium="offline", name="wall")
    visit(6, "C-4", 50, **spring)  # before the span
    order("O1", "C-1", 2, campaign="spring")
    order("O2", "C-9", 1, campaign="spring")
    order("O3", "C-9", 60, campaign="spring")
    order("O4", "C-2", 1, campaign="spring", status="refunded")
    order("O5", "C-9", 1, campaign="spring", amount=999, currency="USD")
    history.flush()
    spend = {"source": "baidu", "medium": "cpc", "campaign": "spring", "actor": "ada", "now": NOW}
    services.note_spend(on=date(2026, 11, 20), amount=Decimal(60), **spend)
    services.note_spend(on=date(2026, 11, 20), amount=Decimal(50), **spend)  # put right
    first, second = queries.results(days=30, now=NOW)
    assert (first.source, first.visits, first.visitors, first.orders, first.fresh) == ("baidu", 2, 2, 3, 1)
    assert (first.revenue, first.currency) == (200, "CNY")
    assert (first.spend, first.cost_per_visit, first.cost_per_fresh) == (50, 25, 50)
    assert (second.source, second.visits, second.orders, second.cost_per_visit) == ("weibo", 1, 0, None)


def test_spend_is_taken_in_from_a_file_and_the_same_file_changes_nothing(publish, people):
    publish({})
    text = (
        'Date,Source,Medium,Campaign,Amount\n2026-11-20,baidu,cpc,spring,"1,200.50"\n'
        "soon,baidu,cpc,spring,1\n2026-11-21,baidu,cpc,,1\n2026-11-21,baidu,cpc,spring,much\n"
    )
    for _time in range(2):
        done = services.import_spend(text=text, actor="ada", now=NOW)
        assert (done.kept, done.refused) == (1, ((3, "date"), (4, "campaign"), (5, "amount")))
    history.flush()
    from keepwell.history.queries import scan

    (cost,) = scan("costs").to_pyarrow().to_pylist()
    assert (cost["kind"], cost["amount"], cost["customer_id"]) == ("acquisition", Decimal("1200.50"), None)
    with pytest.raises(AdvertisingError):
        services.import_spend(text="a,b\n1,2\n", actor="ada", now=NOW)


def test_a_file_with_a_quotation_mark_too_many_is_read_as_far_as_it_can_be(publish, people):
    publish({})
    head = "date,source,medium,campaign,amount\n2026-11-20,baidu,cpc,spring,5\n"
    done = services.import_spend(text=head + '2026-11-21,"' + "x" * 200_000, actor="ada", now=NOW)
    assert (done.kept, done.refused) == (1, ((3, "line"),))
    with pytest.raises(AdvertisingError) as raised:
        services.import_spend(text='"' + "x" * 200_000, actor="ada", now=NOW)
    assert raised.value.code == "columns"


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def test_the_page_makes_a_list_reads_it_and_gives_out_its_files(oslo, people, publish):
    publish({})
    ada = browser(people.ada)
    assert "No list is kept yet" in ada.get("/advertising/").content.decode()
    form = {"name": "Oslo again", "segment": oslo, "platform": "meta", "use": "show"}
    assert ada.post("/advertising/", {**form, "name": ""}).status_code == 400
    ada.post("/advertising/", form)
    (one,) = queries.audiences(now=NOW)
    ada.post(f"/advertising/{one.audience_id}/read/")
    page = ada.get("/advertising/").content.decode()
    assert "110 people" in page
    assert "never asked about advertising" in page
    answer = ada.post(f"/advertising/{one.audience_id}/file/all/")
    assert answer["Content-Disposition"].endswith('.csv"')
    lines = answer.content.decode().splitlines()
    assert lines[0] == "email,phone"
    assert len(lines) == 111
    agree(["C005"], yes=False, at=NOW - timedelta(hours=1))
    assert "must be taken out there" in ada.get("/advertising/").content.decode()
    assert browser(people.lin).post(f"/advertising/{one.audience_id}/file/all/").status_code == 403


def test_a_private_segment_of_somebody_else_is_no_list_and_is_not_told_from_none(oslo, people, publish):
    publish({})
    hidden = segments.save(name="Secret", definition=OSLO, author_id=people.kai.pk, actor="kai").segment_id
    said = {
        browser(people.ada)
        .post("/advertising/", {"name": "X", "segment": number, "platform": "meta", "use": "show"})
        .status_code
        for number in (hidden, 999_999)
    }
    assert said == {400}
    assert queries.audiences(now=NOW) == ()


def test_a_refused_form_leaves_the_others_on_the_page_in_order(oslo, people, publish):
    publish({})
    page = browser(people.ada).post("/advertising/spend/", {"amount": "much"}).content.decode()
    assert '<form method="post" action="/advertising/" class="kw-form">' in page
    assert 'href="/advertising/?days=90"' in page


def test_spend_is_typed_and_pasted_on_the_page(people, publish):
    publish({})
    ada = browser(people.ada)
    said = {"on": "2026-11-20", "source": "baidu", "medium": "cpc", "campaign": "spring", "amount": "50"}
    ada.post("/advertising/spend/", said)
    page = ada.get("/advertising/").content.decode()
    assert "spring" in page
    assert "50" in page
    assert ada.post("/advertising/spend/", {**said, "amount": "much"}).status_code == 400
    pasted = "date,source,medium,campaign,amount\n2026-11-21,baidu,cpc,spring,7\nsoon,a,b,c,1\n"
    shown = ada.post("/advertising/spend/", {"lines": pasted}, follow=True).content.decode()
    assert "Line 3 was left out" in shown
    exported = b"".join(ada.get("/advertising/export.csv").streaming_content).decode()
    assert "baidu,cpc,spring" in exported

"""A mailing by role: to the contact person who has it at each company, in their words, at their address."""

from __future__ import annotations

import email
import email.policy
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keepwell.accounts.models import User
from keepwell.customers import services as customers
from keepwell.customers.identity import services as identity
from keepwell.customers.privacy import services as privacy
from keepwell.customers.privacy.contracts import ConsentRow, PersonAddress
from keepwell.foundation.audit.models import AuditEntry
from keepwell.outreach.channels.contracts import Receipt, ReceiptKind, Refusal
from keepwell.outreach.content import queries as content
from keepwell.outreach.content import services as texts
from keepwell.outreach.content.contracts import Variant
from keepwell.outreach.mailings import queries, services
from keepwell.outreach.mailings.contracts import MailingError
from keepwell.outreach.mailings.models import LeftOut
from keepwell.outreach.mailings.services.drafting import Plan
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending import wording
from keepwell.outreach.sending.models import DeadAddress, Message
from keepwell.outreach.sending.services import receiving, working
from tests.outreach.mailings.test_ways import publish_sms
from tests.outreach.sending.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
NOON = NOW + timedelta(hours=4)
LATER = NOON + timedelta(hours=2)
BY = {"actor": "ada", "source": "typed", "at": NOW}
WORDS = {
    "procurement": "Dear {{ customer.name | default: 'team' }}, the delivery plan for spring.",
    "finance": "Dear {{ customer.name | default: 'team' }}, the accounts of this quarter.",
}


def person(number, role, name, address="", **more):
    return customers.save_company_contact(
        customer_id=number, role=role, name=name, email=address, **{**BY, **more}
    )


@pytest.fixture
def company(oslo, account):
    """Three companies: the first has two roles filled, the second none, the third none with an address."""
    segment = oslo(3)
    at = NOW - timedelta(days=50)
    numbers = [f"C{n:05d}" for n in range(3)]
    said = [ConsentRow(one, "email", "service", True, at, "counter", "service/1") for one in numbers]
    privacy.record_consents(rows=said, actor="ada", live=False)
    ids = {
        "Berit": person("C00000", "procurement", "Berit Moen", "berit@company.example"),
        "Finn": person("C00000", "finance", "Finn Lund", "finn@company.example"),
    }
    person("C00002", "procurement", "Odd Vik")
    return segment, ids


@pytest.fixture
def texts_by_role(letter):
    """Publishes a text for everybody, for procurement and for finance."""
    code = letter(purpose="service")
    texts.begin_draft(code=code, actor="ada", now=NOW)
    for role, words in WORDS.items():
        texts.add_text(code=code, language="en", variant=Variant(role=role), actor="ada", now=NOW)
        one = next(text for text in content.draft(code).texts if text.variant.role == role)
        texts.save_text(
            code=code, text_id=one.text_id, revision=one.revision, subject=f"For {role}",
            document=[{"type": "text", "text": words}, {"type": "footer"}], actor="ada", now=NOW,
        )  # fmt: skip
    approved = texts.approve(code=code, revision=content.draft(code).revision, actor="kai", now=NOW)
    texts.publish(code=code, revision=approved.revision, actor="kai", now=NOW)
    return code


def planned(segment, code, role="procurement", **more):
    plan = Plan(f"News {role}", segment, code, role=role, control_share=0, **more)
    return services.create(plan=plan, actor="ada", now=NOW)


def go(one, members=3, now=NOON):
    services.confirm(mailing_id=one.mailing_id, revision=one.revision, typed=members, actor="ada", now=now)
    while services.prepare_next(now=now) is not None:
        pass


def words_of(inbox):
    found = {}
    for address, raw in inbox.messages:
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        found.setdefault(address, []).append((mail["Subject"], mail.get_body(("plain",)).get_content()))
    return found


def test_procurement_and_finance_of_one_company_each_get_theirs_once(company, texts_by_role, inbox):
    segment, _ids = company
    for role in ("procurement", "finance"):
        one = planned(segment, texts_by_role, role)
        go(one)
        # Who prepares a part again finds its messages there.
        assert services.prepare_next(now=NOON + timedelta(hours=1)) is None
    for minute in range(3):
        working.work(now=lambda minute=minute: NOON + timedelta(minutes=minute))
    found = words_of(inbox)
    assert sorted(found) == ["berit@company.example", "finn@company.example"]
    ((subject, words),) = found["berit@company.example"]
    assert subject == "For procurement"
    assert "Dear Berit Moen, the delivery plan for spring." in words
    ((subject, words),) = found["finn@company.example"]
    assert subject == "For finance"
    assert "Dear Finn Lund, the accounts of this quarter." in words
    # They are messages to the customer all the same: its limits and consents hold.
    assert set(Message.objects.values_list("customer_id", "status")) == {("C00000", "sent")}
    assert queries.progress(queries.mailings()[0]).statuses == {"sent": 1}


def test_the_same_text_goes_to_another_person_and_not_again_to_the_same(company, texts_by_role, inbox):
    segment, _ids = company
    for role in ("procurement", "finance", "procurement"):
        go(planned(segment, texts_by_role, role))
        working.work(now=lambda: NOON)
    assert inbox.to == ["berit@company.example", "finn@company.example"]
    assert queries.progress(queries.mailings()[0]).reasons == {("withheld", "same_content"): 1}
    # What the page and the history say of it is the text alone.
    contents = {one.content for one in policy.contacts("C00000")}
    assert contents == {"spring"}


def test_who_has_nobody_of_the_role_is_left_out_with_the_reason(company, texts_by_role):
    segment, ids = company
    one = planned(segment, texts_by_role)
    found = queries.audience(one, now=NOON)
    assert found.outcomes == {"allowed": 1, "nobody_of_role": 2}
    assert found.examples == {"C00000": ids["Berit"]}
    go(one)
    left = LeftOut.objects.order_by("customer_id").values_list("customer_id", "code")
    assert list(left) == [("C00001", "nobody_of_role"), ("C00002", "nobody_of_role")]
    after = queries.mailing(one.mailing_id)
    assert (after.planned, after.left_out, after.role) == (1, 2, "procurement")


def test_whoever_ends_it_for_the_company_gets_no_more(company, letter, inbox):
    segment, _ids = company
    one = planned(segment, letter())
    go(one)
    said = ConsentRow("C00000", "email", "marketing", False, NOON, "page", "marketing/1")
    privacy.record_consents(rows=[said], actor="ada", live=False)
    assert working.work(now=lambda: NOON + timedelta(minutes=1)).withheld == 1
    assert inbox.to == []


def test_an_address_that_the_server_refuses_is_the_person_s_alone(company, texts_by_role, inbox):
    segment, ids = company
    anne = person("C00000", "procurement", "Anne Dahl", "anne@company.example")
    inbox.answers["berit@company.example"] = "550 5.1.1 no such user"
    go(planned(segment, texts_by_role))
    working.work(now=lambda: NOON)
    assert [row.kind for row in DeadAddress.objects.all()] == ["person_email"]
    assert "C00000" in sending.with_address(["C00000"], "email")
    assert sending.people_of(["C00000"], "procurement")["C00000"].person_id == anne
    assert sending.people_of(["C00000"], "finance")["C00000"].person_id == ids["Finn"]
    go(planned(segment, texts_by_role), now=LATER)
    working.work(now=lambda: LATER)
    assert inbox.to == ["anne@company.example"]
    # A new address is written to again.
    at = LATER + timedelta(minutes=1)
    person("C00000", "procurement", "Berit Moen", "berit.moen@company.example", person_id=ids["Berit"], at=at)
    assert sending.people_of(["C00000"], "procurement")["C00000"].person_id == ids["Berit"]


def test_a_bounce_that_is_told_later_buries_the_person_s_address(company, texts_by_role, inbox):
    segment, _ids = company
    one = planned(segment, texts_by_role)
    again = planned(segment, texts_by_role)
    go(one)
    go(again)
    first = Message.objects.get(origin=one.origin)
    Message.objects.filter(origin=again.origin).update(due_at=LATER)
    working.work(now=lambda: NOON)
    bounce = Receipt(
        ReceiptKind.FAILED, LATER, message_id=first.message_id, key="b1", code="5.1.1",
        refusal=Refusal.NEVER_AGAIN,
    )  # fmt: skip
    first.refresh_from_db()
    receiving.note(receipts=[bounce, bounce], account_id=first.account_id, now=LATER)
    assert [row.kind for row in DeadAddress.objects.all()] == ["person_email"]
    working.work(now=lambda: LATER)
    assert inbox.to == ["berit@company.example"]
    assert Message.objects.get(origin=again.origin).reason == "dead_address"
    # The company's own address takes what goes to the company.
    go(planned(segment, texts_by_role, role=""), now=LATER)
    working.work(now=lambda: LATER)
    assert "c00000@customer.example" in inbox.to


def test_a_bounce_of_an_address_that_was_changed_meanwhile_buries_nothing(company, texts_by_role):
    segment, ids = company
    one = planned(segment, texts_by_role)
    go(one)
    working.work(now=lambda: NOON)
    at = NOON + timedelta(hours=1)
    person("C00000", "procurement", "Berit Moen", "new@company.example", person_id=ids["Berit"], at=at)
    row = Message.objects.get(origin=one.origin)
    bounce = Receipt(
        ReceiptKind.FAILED, LATER, message_id=row.message_id, code="5.1.1", refusal=Refusal.NEVER_AGAIN
    )
    receiving.note(receipts=[bounce], account_id=row.account_id, now=LATER)
    assert not DeadAddress.objects.exists()


def test_a_person_who_was_taken_away_is_not_written_to_nor_the_company_in_their_place(
    company, texts_by_role, inbox
):
    segment, ids = company
    one = planned(segment, texts_by_role)
    go(one)
    customers.remove_item(kind="person", customer_id="C00000", item_id=ids["Berit"], actor="ada", at=NOON)
    working.work(now=lambda: NOON)
    assert inbox.to == []
    row = Message.objects.get(origin=one.origin)
    assert (row.status, row.reason) == ("failed", "no_address")


def test_a_person_goes_with_their_company_when_records_are_merged(company, texts_by_role, inbox):
    segment, _ids = company
    go(planned(segment, texts_by_role))
    identity.merge(kept_id="C00001", merged_id="C00000", actor="ada", now=NOON)
    working.work(now=lambda: NOON)
    assert inbox.to == ["berit@company.example"]


def test_the_present_address_is_used_sealed_at_rest_and_its_use_is_on_record(company, texts_by_role, inbox):
    segment, ids = company
    go(planned(segment, texts_by_role))
    row = Message.objects.get()
    assert wording.person_of(row.body) == ids["Berit"]
    assert "berit@" not in row.body
    at = NOON - timedelta(minutes=1)
    person("C00000", "procurement", "Berit Moen", "b.moen@company.example", person_id=ids["Berit"], at=at)
    working.work(now=lambda: NOON)
    assert inbox.to == ["b.moen@company.example"]
    said = AuditEntry.objects.get(action="contact.use", object_id="person_email")
    assert said.details == {"customers": ["C00000"], "people": [ids["Berit"]]}
    assert not AuditEntry.objects.filter(action="contact.use", object_id="email").exists()


def test_the_address_of_a_person_is_given_only_for_their_own_company(company):
    _segment, ids = company
    asked = {ids["Berit"]: "C00000", ids["Finn"]: "C00001"}
    found = privacy.people_addresses_for(people=asked, actor="keepwell", now=NOON)
    assert list(found) == [ids["Berit"]]
    assert isinstance(found[ids["Berit"]], PersonAddress)
    assert found[ids["Berit"]].value == "berit@company.example"


def test_a_usual_mailing_asks_nothing_of_people(company, texts_by_role):
    segment, _ids = company
    go(planned(segment, texts_by_role, role=""))
    with CaptureQueriesContext(connection) as said:
        working.work(now=lambda: NOON)
    assert Message.objects.filter(status="sent").count() == 3
    assert not [one for one in said.captured_queries if "companycontact" in one["sql"]]


def test_control_group_is_dealt_among_those_who_have_somebody(company, letter):
    segment, _ids = company
    plan = Plan("News", segment, letter(), role="procurement", control_share=0.5)
    one = services.create(plan=plan, actor="ada", now=NOW)
    go(one)
    after = queries.mailing(one.mailing_id)
    assert (after.planned + after.control, after.left_out) == (1, 2)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"role": "janitor"}, "no_role"),
        ({"role": "finance", "others": (("sms", "spring_sms"),)}, "role_by_email"),
        ({"role": "finance", "template_code": "spring_sms"}, "role_by_email"),
    ],
)
def test_what_cannot_go_by_role_is_said_at_the_field(letter, oslo, more, said):
    segment, code = oslo(1), letter()
    publish_sms()
    with pytest.raises(MailingError) as refused:
        services.create(plan=Plan(**{"name": "News", "segment_id": segment, "template_code": code, **more}),
                        actor="ada", now=NOW)  # fmt: skip
    assert refused.value.problems == {"role": said}


def test_the_role_is_chosen_on_the_page_kept_and_said_before_and_after(company, texts_by_role, client):
    segment, _ids = company
    client.force_login(User.objects.create_user("mia", password="x", roles=["retention_manager"]))
    typed = {
        "name": "News", "segment_id": segment, "template_code": texts_by_role, "keep_trying_days": 3,
        "priority": 30, "control_share": "0", "role": "procurement",
    }  # fmt: skip
    answer = client.post("/mailings/new/", typed)
    assert answer.status_code == 302
    one = queries.mailings()[0]
    assert one.role == "procurement"
    page = client.get(f"/mailings/{one.mailing_id}/").content.decode()
    assert '<option value="procurement" selected>' in page
    seen = client.get(f"/mailings/{one.mailing_id}/audience/").content.decode()
    assert "To procurement" in seen
    assert "Berit Moen" in seen
    assert "berit@company.example" not in seen
    assert "nobody there has this role" in seen
    typed |= {"revision": one.revision, "role": "janitor"}
    refused = client.post(f"/mailings/{one.mailing_id}/", typed)
    assert refused.status_code == 422
    assert "Choose a role from the list." in refused.content.decode()
    go(one)
    assert "to procurement" in client.get(f"/mailings/{one.mailing_id}/").content.decode()
    assert "to procurement" in client.get("/mailings/").content.decode()


def test_who_may_not_look_at_the_company_sees_no_example(company, texts_by_role, client):
    segment, _ids = company
    one = planned(segment, texts_by_role)
    client.force_login(User.objects.create_user("ann", password="x", roles=["account_manager"]))
    answer = client.get(f"/mailings/{one.mailing_id}/audience/")
    assert answer.status_code == 200
    assert "Berit Moen" not in answer.content.decode()
    customers.assign_owner(
        customer_ids=["C00000"], owner_id=User.objects.get(username="ann").pk, actor="ada", at=NOW
    )
    assert "Berit Moen" in client.get(f"/mailings/{one.mailing_id}/audience/").content.decode()

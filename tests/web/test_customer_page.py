"""The customer page and what can be changed on it, by whom."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import translation

from keepwell.customers import queries, services
from keepwell.customers.contracts import CustomerRow
from keepwell.foundation import clock
from keepwell.foundation.audit.models import AuditEntry
from tests.web.conftest import PASSWORD

pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true"}
FILE = "/customer-file"


def made(username, *roles, **more):
    from keepwell.accounts.models import Acknowledgement, User
    from keepwell.accounts.queries import confidentiality_version

    user = User.objects.create_user(username, password=PASSWORD, roles=list(roles), **more)
    Acknowledgement.objects.create(
        user=user, version=confidentiality_version(), language="en", text_hash="", at=clock.now()
    )
    return user


@pytest.fixture
def li(db, administrator):
    """An account manager."""
    return made("li", "account_manager", first_name="Wei", last_name="Li")


@pytest.fixture
def wang(db, administrator):
    """Another account manager."""
    return made("wang", "account_manager")


@pytest.fixture
def mei(home):
    """A customer of one's own making, without orders."""
    row = CustomerRow(
        customer_id="C1",
        name="陈美",
        gender="female",
        country="CN",
        phone="+8613800138000",
        language="zh-hans",
    )
    services.upsert_many(
        rows=[row, CustomerRow(customer_id="C2", name="Other")], source="till", at=clock.now(), actor="ada"
    )
    return "C1"


@pytest.fixture
def li_browser(client, li, mei):
    """Li's browser; Li looks after Mei and nobody else."""
    services.assign_owner(customer_ids=[mei], owner_id=li.pk, actor="ada")
    client.force_login(li)
    return client


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def test_the_first_screen_says_what_one_must_know(ada, mei):
    by = {"customer_id": mei, "actor": "li", "source": "conversation"}
    services.save_trait(kind="special_need", code="diet", text="no nuts", **by)
    services.save_note(
        customer_id=mei, kind="service", text="asked for a size table", fields={"emotion": "calm"}, actor="li"
    )
    services.set_field(name="service_type", value="rational", **by)
    page = text_of(ada.get(f"/customers/{mei}/"))
    needs = page.index("no nuts")
    assert needs < page.index("Give gifts in even numbers; never a clock.") < page.index('id="section-notes"')
    assert "asked for a size table" in page
    assert "Rational" in page
    assert "By WeCom. The culture guide proposes it." in page
    assert "+86****00" in page
    assert "13800138000" not in page


def test_the_page_of_somebody_of_whom_nothing_is_known_says_what_to_do(ada, mei):
    page = text_of(ada.get("/customers/C2/"))
    assert "Ask for a telephone number or e-mail address." in page
    assert "The birthday is not known." in page
    assert "Add a special need" in page
    assert "Nothing noted yet." in page


def test_words_are_in_the_customers_language(ada, mei):
    script = ada.get(f"/customers/{mei}/").context["script"]
    assert script.language == "zh-hans"
    with translation.override("en"):
        other = ada.get("/customers/C2/").context["script"]
    assert other.language == "en"
    assert other.call[0] == "Hello Other, this is ada. Do you have two minutes?"


def test_a_field_is_changed_where_it_stands(ada, mei):
    address = f"{FILE}/field/city/{mei}/"
    form = text_of(ada.get(address, **HTMX))
    assert "<form" in form
    assert "<html" not in form
    row = text_of(ada.post(address, {"value": "Suzhou", "source": "interview"}, **HTMX))
    assert "Suzhou" in row
    assert 'data-source="Interview"' in row
    assert queries.get(mei).provenance["city"].source == "interview"
    refused = text_of(
        ada.post(f"{FILE}/field/country/{mei}/", {"value": "China", "source": "online"}, **HTMX)
    )
    assert "two letters" in refused
    assert "China" in refused
    assert ada.post(address, {"value": "Wuxi", "source": "online"}).status_code == 302
    assert queries.get(mei).city == "Wuxi"


ITEMS = {
    "contact": {"kind": "email", "value": "mei@example.com", "source": "registration"},
    "trait": {"kind": "interest", "code": "outdoor", "text": "trail running", "source": "event"},
    "date": {"kind": "exam", "on_date": "2027-06-07", "label": "Gaokao", "source": "conversation"},
    "person": {"name": "Zhao Min", "role": "finance", "phone": "+4930123456", "source": "conversation"},
    "note": {"kind": "interview", "text": "open questions"},
    "product": {"name": "Water filter", "cycle_days": "90", "source": "purchase"},
}
SHOWN = {
    "contact": "m***@example.com",
    "trait": "trail running",
    "date": "Gaokao",
    "person": "Zhao Min",
    "note": "open questions",
    "product": "Water filter",
}


def item_id(kind, mei):
    from keepwell.customers.services.items import ITEMS as MODELS

    return MODELS[kind].every.filter(customer=mei).latest("pk").pk


@pytest.mark.parametrize("kind", ITEMS)
def test_an_item_is_added_changed_taken_away_and_brought_back(ada, mei, kind):
    assert "<form" in text_of(ada.get(f"{FILE}/{kind}/add/{mei}/?kind=interest", **HTMX))
    section = text_of(ada.post(f"{FILE}/{kind}/add/{mei}/", ITEMS[kind], **HTMX))
    assert SHOWN[kind] in section
    here = item_id(kind, mei)
    changing = text_of(ada.get(f"{FILE}/{kind}/{here}/change/{mei}/", **HTMX))
    assert "<form" in changing
    assert "mei@example.com" not in changing
    gone = text_of(ada.post(f"{FILE}/{kind}/{here}/remove/{mei}/", {"kind": "interest"}, **HTMX))
    assert "Undo" in gone
    assert SHOWN[kind] not in gone
    back = text_of(ada.post(f"{FILE}/{kind}/{here}/restore/{mei}/", {"kind": "interest"}, **HTMX))
    assert SHOWN[kind] in back


def test_what_was_typed_is_not_lost_where_it_will_not_do(ada, mei):
    typed = {"kind": "email", "value": "no address", "label": "office", "source": "online"}
    refused = text_of(ada.post(f"{FILE}/contact/add/{mei}/", typed, **HTMX))
    assert "This is not an e-mail address." in refused
    assert 'value="no address"' in refused
    whole = ada.post(f"{FILE}/contact/add/{mei}/", typed)
    assert whole.status_code == 422
    assert "<html" in text_of(whole)


def test_a_file_is_saved_never_shown(ada, mei):
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("报价 2026.pdf", b"%PDF <script>alert(1)</script>", content_type="text/html")
    section = text_of(ada.post(f"{FILE}/attachment/add/{mei}/", {"file": file}, **HTMX))
    assert "报价 2026.pdf" in section
    here = queries.attachments(mei, sensitive=True)[0].attachment_id
    response = ada.get(f"{FILE}/attachment/{here}/file/{mei}/")
    assert response.content == b"%PDF <script>alert(1)</script>"
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    assert AuditEntry.objects.filter(action="customer.attachment_read").count() == 1
    assert ada.get(f"{FILE}/attachment/{here}/file/C2/").status_code == 404
    page = SimpleUploadedFile("page.html", b"<script>", content_type="application/pdf")
    refused = text_of(ada.post(f"{FILE}/attachment/add/{mei}/", {"file": page}, **HTMX))
    assert "This kind of file is not kept." in refused


def test_a_promise_is_made_kept_taken_back_and_broken_with_a_remedy(ada, mei, administrator):
    due = (clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    typed = {"what": "send the table", "due_at": due, "owner_id": administrator.pk}
    assert "send the table" in text_of(ada.post(f"{FILE}/promise/add/{mei}/", typed, **HTMX))
    here = queries.promises(mei)[0].promise_id
    ada.post(f"{FILE}/promise/{here}/keep/{mei}/", **HTMX)
    assert queries.promises(mei)[0].status == "kept"
    ada.post(f"{FILE}/promise/{here}/reopen/{mei}/", **HTMX)
    refused = text_of(ada.post(f"{FILE}/promise/{here}/break/{mei}/", {"reason": "ill"}, **HTMX))
    assert "What makes up for it" in refused
    ada.post(f"{FILE}/promise/{here}/break/{mei}/", {"reason": "ill", "remedy": "gift"}, **HTMX)
    report = text_of(ada.get("/promises/"))
    assert "Promises kept: 0, broken: 1, overdue now: 0." in report
    assert "gift" in report


def test_a_tag_is_added_by_its_name_and_taken_off(ada, mei):
    ada.post(f"{FILE}/tag-add/{mei}/", {"name": "group buyer"}, **HTMX)
    ada.post(f"{FILE}/tag-add/{mei}/", {"name": "GROUP  buyer"}, **HTMX)
    tag = queries.tags_of(mei)[0]
    assert [one.name for one in queries.tags()] == ["group buyer"]
    gone = text_of(ada.post(f"{FILE}/tag-remove/{mei}/", {"tag": tag.tag_id}, **HTMX))
    assert "Undo" in gone
    assert queries.tags_of(mei) == ()


def test_whoever_may_not_change_sees_no_pen_and_passes_no_gate(wen, mei):
    services.save_trait(
        customer_id=mei, kind="interest", code="food", actor="ada", source="conversation", at=clock.now()
    )
    page = text_of(wen.get(f"/customers/{mei}/"))
    assert "Food" in page
    assert FILE + "/field" not in page
    here = item_id("trait", mei)
    for address in (
        f"field/city/{mei}/",
        f"trait/add/{mei}/",
        f"trait/{here}/change/{mei}/",
        f"owner/{mei}/",
    ):
        assert wen.get(f"{FILE}/{address}").status_code == 403
    for address in (f"trait/{here}/remove/{mei}/", f"tag-add/{mei}/", f"promise/1/keep/{mei}/"):
        assert wen.post(f"{FILE}/{address}").status_code == 403
    assert queries.portrait(mei).traits[0].code == "food"


def test_an_account_manager_reaches_own_customers_only(li_browser, mei):
    assert li_browser.get(f"/customers/{mei}/").status_code == 200
    assert li_browser.get(f"{FILE}/behaviour/{mei}/").status_code == 200
    assert li_browser.post(f"{FILE}/trait/add/{mei}/", ITEMS["trait"], **HTMX).status_code == 200
    for address in (
        "/customers/C2/",
        f"{FILE}/behaviour/C2/",
        f"{FILE}/field/city/C2/",
        f"{FILE}/note/add/C2/",
    ):
        assert li_browser.get(address).status_code == 403
    # The item is Mei's: another customer's address does not reach it.
    here = item_id("trait", mei)
    services.assign_owner(customer_ids=["C2"], owner_id=queries.owner_of(mei), actor="ada")
    assert li_browser.get(f"{FILE}/trait/{here}/change/C2/").status_code == 404


def test_sensitive_notes_and_files_are_for_those_who_may_read_them(client, mei, administrator):
    note = services.save_note(
        customer_id=mei, kind="service", text="divorce", is_sensitive=True, actor="ada", at=clock.now()
    )
    file = services.attach(
        customer_id=mei, name="letter.pdf", content=b"x", is_sensitive=True, actor="ada", at=clock.now()
    )
    client.force_login(made("agent", "service_agent"))
    page = text_of(client.get(f"/customers/{mei}/"))
    assert "divorce" not in page
    assert "letter.pdf" not in page
    assert client.get(f"{FILE}/attachment/{file}/file/{mei}/").status_code == 403
    assert client.get(f"{FILE}/note/{note}/change/{mei}/").status_code == 403
    assert client.post(f"{FILE}/note/{note}/remove/{mei}/").status_code == 403
    client.force_login(administrator)
    assert "divorce" in text_of(client.get(f"/customers/{mei}/"))
    assert client.get(f"{FILE}/attachment/{file}/file/{mei}/").status_code == 200


def test_a_handover_goes_from_hand_to_hand(li_browser, client, mei, li, wang):
    services.make_promise(
        customer_id=mei, what="call back", due_at=clock.now() + timedelta(days=1), owner_id=li.pk, actor="li"
    )
    assert li_browser.get(f"{FILE}/owner/{mei}/").status_code == 403
    form = text_of(li_browser.get(f"/handovers/add/?customer={mei}"))
    assert "call back" in form
    typed = {
        "customer": mei,
        "to_owner": wang.pk,
        "due_on": (clock.now() + timedelta(days=3)).date().isoformat(),
        "open_matters": "the call",
    }
    where = li_browser.post("/handovers/add/", typed)["Location"]
    assert "is asked to take over" in text_of(li_browser.get(f"/customers/{mei}/"))
    li_browser.post(f"{where}confirm/")
    assert queries.owner_of(mei) == li.pk
    client.force_login(made("zhao", "account_manager"))
    assert client.get(where).status_code == 403
    client.force_login(wang)
    assert "1 handover waits for you to confirm." in text_of(client.get("/owners/"))
    asked = client.get(where).content.decode()
    assert "the call" in asked
    assert f'href="/customers/{mei}/"' not in asked  # not before it is confirmed
    assert client.get(f"/customers/{mei}/").status_code == 403
    client.post(f"{where}confirm/")
    assert queries.owner_of(mei) == wang.pk
    assert client.get(f"/customers/{mei}/").status_code == 200
    assert f'href="/customers/{mei}/"' in client.get(where).content.decode()


def test_nobody_hands_over_the_customers_of_others(li_browser, wang):
    services.assign_owner(customer_ids=["C2"], owner_id=wang.pk, actor="ada")
    assert li_browser.get("/handovers/add/?customer=C2").status_code == 403
    assert li_browser.get(f"/handovers/add/?from={wang.pk}").status_code == 403
    assert li_browser.post("/owners/assign/", {"customer": "C2", "owner": "1"}).status_code == 403
    assert queries.owner_of("C2") == wang.pk


def test_all_customers_of_somebody_who_leaves_change_hands_at_once(ada, mei, li, wang):
    services.assign_owner(customer_ids=[mei, "C2"], owner_id=li.pk, actor="ada")
    assert "Hand over 2 customers of Wei Li" in text_of(ada.get(f"/handovers/add/?from={li.pk}"))
    typed = {"from": li.pk, "to_owner": wang.pk, "due_on": clock.now().date().isoformat()}
    ada.post("/handovers/add/", typed)
    assert queries.handovers_waiting(user_id=wang.pk)[0].customer_ids == (mei, "C2")


def test_valuable_customers_without_an_owner_are_suggested_and_given_one(ada, shop, li):
    page = ada.get("/owners/")
    suggested = [person.score.customer_id for person in page.context["suggested"]]
    assert suggested
    ada.post("/owners/assign/", {"customer": suggested[:2], "owner": li.pk})
    assert set(queries.owners_of(suggested[:2]).values()) == {li.pk}
    after = ada.get("/owners/").context["suggested"]
    assert not {person.score.customer_id for person in after} & set(suggested[:2])


def test_a_caller_opens_at_the_last_enquiry(ada, mei):
    services.save_note(customer_id=mei, kind="chat", text="about sizes", actor="li", at=clock.now())
    response = ada.get("/lookup/?phone=138%200013%208000")
    assert response["Location"] == f"/customers/{mei}/?call=1"
    page = text_of(ada.get(response["Location"]))
    assert "is calling." in page
    assert "Last enquiry" in page
    services.save_contact_point(
        customer_id="C2", kind="phone", value="13800138000", actor="ada", source="online", at=clock.now()
    )
    assert "2 customers have this number." in text_of(ada.get("/lookup/?phone=13800138000"))
    assert "Nobody you may see has this number." in text_of(ada.get("/lookup/?phone=13900138000"))


def test_the_menu_leads_to_finding_a_caller(ada):
    assert 'href="/lookup/"' in text_of(ada.get("/today/"))


def test_a_caller_who_is_somebody_elses_is_not_named(li_browser):
    services.save_contact_point(
        customer_id="C2", kind="phone", value="13911112222", actor="ada", source="online", at=clock.now()
    )
    page = text_of(li_browser.get("/lookup/?phone=13911112222"))
    assert "Nobody you may see has this number." in page
    assert "Other" not in page


def test_the_culture_guide_is_changed_and_brought_back(ada, mei):
    typed = {
        "topic": "gift",
        "places": "CN, east_asia",
        "text_en": "Ask the store manager first.",
        "is_active": "on",
        "is_warning": "on",
    }
    assert ada.post("/settings/culture/gift-china/", typed).status_code == 302
    page = text_of(ada.get(f"/customers/{mei}/"))
    assert "Ask the store manager first." in page
    assert "never a clock" not in page
    ada.post("/settings/culture/gift-china/reset/")
    assert "never a clock" in text_of(ada.get(f"/customers/{mei}/"))
    refused = ada.post("/settings/culture/add/", {**typed, "places": "Atlantis"})
    assert refused.status_code == 422
    assert "neither a country" in text_of(refused)


def test_a_customers_own_culture_comes_before_the_countrys(ada, mei):
    services.set_field(
        customer_id=mei, name="culture", value="latin_america", actor="ada", source="conversation"
    )
    page = text_of(ada.get(f"/customers/{mei}/"))
    assert "Plan buffer time around an appointment" in page
    assert "Address people by position" not in page


def test_the_vocabulary_of_tags_is_kept_in_the_settings(ada):
    ada.post("/settings/tags/", {"name": "press", "meaning": "writes about us"})
    tag = queries.tags()[0]
    assert "writes about us" in text_of(ada.get("/settings/tags/"))
    ada.post(f"/settings/tags/{tag.tag_id}/", {"name": "press", "meaning": "writes about us"})
    assert queries.tags()[0].is_active is False


def test_whoever_may_not_set_standards_changes_neither_guide_nor_vocabulary(wen):
    assert wen.get("/settings/culture/").status_code == 200
    assert wen.get("/settings/culture/gift-china/").status_code == 403
    assert wen.post("/settings/culture/gift-china/reset/").status_code == 403
    assert wen.post("/settings/tags/", {"name": "press"}).status_code == 403
    assert queries.tags() == ()


def test_purchases_by_category_and_products_with_their_age(ada, shop, worst):
    page = ada.get(f"{FILE}/behaviour/{worst.customer_id}/", **HTMX)
    consumption = page.context["consumption"]
    assert consumption.categories
    assert sum(use.share for use in consumption.categories) == pytest.approx(1)
    amounts = [use.amount for use in consumption.categories]
    assert amounts == sorted(amounts, reverse=True)
    assert all(one.age_days >= 0 for one in page.context["products"])


def test_the_page_asks_as_many_questions_of_the_database_however_much_is_known(
    ada, mei, django_assert_max_num_queries
):
    ada.get(f"/customers/{mei}/")
    for number in range(30):
        services.save_trait(
            customer_id=mei, kind="interest", code="other", text=str(number), actor="a", source="online"
        )
        services.save_note(customer_id=mei, kind="service", text=str(number), actor="a")
    with django_assert_max_num_queries(90):
        assert ada.get(f"/customers/{mei}/").status_code == 200


def test_a_name_of_many_letters_and_markup_stays_text(ada, mei):
    ugly = "<b>" + "漢" * 57
    services.set_field(customer_id=mei, name="name", value=ugly, actor="a", source="online")
    services.save_note(
        customer_id=mei, kind="service", text="<img src=x onerror=alert(1)>", actor="a", at=clock.now()
    )
    page = ada.get(f"/customers/{mei}/").content.decode()
    assert "<b>漢" not in page
    assert "<img src=x" not in page

"""Results on pages and in files: what they say, in which language, and to whom."""

from __future__ import annotations

import csv
import io

import pypdfium2
import pytest
from django.urls import reverse

from keepwell.plays import queries as plays
from keepwell.plays.learning import queries, services
from tests.plays.learning.conftest import AS_OF, DAY, DEALT, append, order

pytestmark = pytest.mark.django_db(transaction=True)
PART = {"HTTP_HX_REQUEST": "true"}
PASSWORD = "correct horse battery"


@pytest.fixture
def ada(client, db):
    """Ada's browser; she may everything."""
    from keepwell.accounts.services import create_first_administrator

    client.force_login(create_first_administrator(username="ada", password=PASSWORD))
    return client


def log_in(client, role):
    """Somebody with one role."""
    from keepwell.accounts.models import User

    client.force_login(User.objects.create_user("wen", password=PASSWORD, roles=[role] if role else []))
    return client


def body(response):
    """All of a file."""
    try:
        return b"".join(response.streaming_content)
    finally:
        response.close()


def text_of(response):
    """The words of a PDF, and how many pages it has."""
    document = pypdfium2.PdfDocument(body(response))
    try:
        pages = [page.get_textpage().get_text_range() for page in document]
        images = [page.render(scale=0.5).to_numpy() for page in document]
    finally:
        document.close()
    return "\n".join(pages), images


def test_the_page_says_how_much_better_and_how_sure(ada, shop_of):
    row = shop_of(4_000, effect=0.15)
    services.run(now=AS_OF)
    whole = ada.get(reverse("play_results", args=[row.pk])).content.decode()
    assert f'hx-get="{reverse("play_results", args=[row.pk])}"' in whole
    part = ada.get(reverse("play_results", args=[row.pk]), **PART).content.decode()
    assert "does better than “Control”" in part
    assert "All days are over" in part
    assert "Yes: it is shown to be better" in part
    assert "chart-play-forest" in part
    assert "Gone quiet" in part  # by cause
    assert "Take back" in part
    assert "<html" not in part


def test_a_play_of_nobody_says_what_will_be_there(ada, play):
    row = play([], status="draft", started_at=None)
    part = ada.get(reverse("play_results", args=[row.pk]), **PART).content.decode()
    assert "Nothing to compare yet" in part
    assert ada.get(reverse("play_results", args=[row.pk + 1])).status_code == 404


def test_little_data_is_too_small_to_tell(ada, shop_of):
    row = shop_of(40, effect=0.3)
    part = ada.get(reverse("play_results", args=[row.pk]), **PART).content.decode()
    assert "Too small to tell" in part
    assert "does better" not in part


def test_a_play_newer_than_the_data_says_so_without_dashes(ada, shop_of):
    from keepwell.plays.experiments import queries as plays
    from keepwell.plays.experiments import results
    from keepwell.web.results import words

    row = shop_of(100, effect=0.1, status="running")
    found = results.results(row.pk, DEALT - DAY)
    said = words.sentence(found, plays.play(row.pk))
    assert "Nothing can be read yet" in said


def test_arms_of_wrong_sizes_are_an_alarm(ada, play):
    row = play([(f"C{n}", "control" if n % 10 == 0 else "a", {}) for n in range(600)])
    part = ada.get(reverse("play_results", args=[row.pk]), **PART).content.decode()
    assert 'role="alert"' in part
    assert "nothing can be read from them" in part


def test_the_figures_come_as_csv_and_excel(ada, shop_of):
    row = shop_of(400, effect=0.2)
    address = reverse("play_results_export", args=[row.pk, "csv"])
    lines = list(csv.DictReader(io.StringIO(body(ada.get(address)).decode("utf-8-sig"))))
    assert {one["metric"] for one in lines} == {
        "retention", "revenue", "margin", "satisfaction", "conversion", "solving_time", "complaints",
        "unsubscribed",
    }  # fmt: skip
    again = next(one for one in lines if one["metric"] == "retention")
    assert int(again["treated"]) + int(again["control"]) == 400
    assert float(again["low"]) < float(again["difference"]) < float(again["high"])
    assert body(ada.get(reverse("play_results_export", args=[row.pk, "xlsx"]))).startswith(b"PK")


@pytest.mark.parametrize(
    ("language", "word"), [("en", "What was measured"), ("zh-hans", "简体"), ("zh-hant", "繁體")]
)
def test_the_report_is_a_pdf_with_words_and_charts(ada, shop_of, language, word, settings):
    row = shop_of(400, effect=0.2, name="Winter letters" if language == "en" else f"冬季 {word} 挽留")
    response = ada.get(reverse("play_results_export", args=[row.pk, "pdf"]), HTTP_ACCEPT_LANGUAGE=language)
    said, images = text_of(response)
    assert word in said
    assert response["Content-Type"] == "application/pdf"
    assert all(0.001 < (image < 200).mean() < 0.5 for image in images)  # something is drawn on every page


def test_a_month_adds_up_what_plays_saved(ada, shop_of):
    shop_of(4_000, effect=0.15)
    services.run(now=AS_OF)
    whole = ada.get(reverse("effects")).content.decode()
    assert f'hx-get="{reverse("effects_plays")}"' in whole
    part = ada.get(reverse("effects_plays"), **PART).content.decode()
    assert "Plays kept" in part
    assert "Winter letters" in part
    assert "2026-07" in part
    groups = ada.get(reverse("effects_plays") + "?month=2026-07&part=groups", **PART).content.decode()
    assert "By value tier" in groups
    assert "Gone quiet" in groups
    empty = ada.get(reverse("effects_plays") + "?month=2026-05", **PART).content.decode()
    assert "No play was looked at in this month." in empty
    for kind, first in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
        assert body(ada.get(reverse("effects_plays_export", args=[kind]))).startswith(first)
    said, _images = text_of(ada.get(reverse("effects_plays_export", args=["pdf"])))
    assert "Winter letters" in said


@pytest.mark.parametrize(("members", "marked"), [(80, True), (600, False)])
def test_a_small_play_says_that_its_shares_stand_as_counted(ada, shop_of, members, marked):
    row = shop_of(members, effect=0.2)
    said = ada.get(reverse("play_results", args=[row.pk]), **PART).content.decode()
    assert "Bought again" in said
    assert ("as counted, not adjusted" in said) == marked


def test_a_month_says_what_was_saved_in_each_currency(ada, shop_of):
    shop_of(1_000, effect=0.15)
    shop_of(1_000, effect=0.15, code="spring", currency="EUR")
    services.run(now=AS_OF)
    said, _images = text_of(ada.get(reverse("effects_plays_export", args=["pdf"])))
    for text in (ada.get(reverse("effects_plays"), **PART).content.decode(), said.replace("\n", " ")):
        assert "Plays kept" in text
        assert "In EUR (plays: 1): margin €" in text


def test_who_is_written_to_in_vain_is_counted(ada, cycle):
    at = AS_OF - 30 * DAY
    status = {"A": "delivered", "B": "opened", "C": "delivered", "D": "withheld"}
    append(
        "contacts",
        [
            {
                "contact_id": f"{who}{n}",
                "customer_id": who,
                "at": at + n * DAY,
                "channel": "email",
                "status": one,
            }
            for who, one in status.items()
            for n in range(3)
        ],
    )
    append("orders", [order(1, "C", at + 5 * DAY, 10)])
    from keepwell.plays.effects import queries as effects
    from keepwell.plays.effects import vain

    (everybody,) = vain.in_vain(as_of=AS_OF)
    assert (everybody.contacted, everybody.vain, everybody.contacts) == (3, 1, 3)
    assert vain.in_vain(as_of=AS_OF, least=4)[0].vain == 0
    assert vain.in_vain(as_of=AS_OF + 90 * DAY)[0].contacted == 0
    assert effects.written_to_in_vain() == (everybody,)
    assert "Written to in vain" in ada.get(reverse("effects_plays"), **PART).content.decode()


def test_who_was_merged_is_one_person_to_whom_it_was_in_vain(cycle):
    """Contacts under both numbers add up, and an order under the number that stays is a sign of life."""
    from keepwell.customers.identity.models import Alias
    from keepwell.plays.effects import vain

    at = AS_OF - 30 * DAY
    for old, kept in (("A2", "A"), ("B2", "B")):
        Alias.objects.create(alias_id=old, canonical_id=kept, kind="merged", since=at)
    append(
        "contacts",
        [
            {
                "contact_id": f"{who}{n}",
                "customer_id": who,
                "at": at,
                "channel": "email",
                "status": "delivered",
            }
            for who, count in (("A", 1), ("A2", 2), ("B2", 3))
            for n in range(count)
        ],
    )
    append("orders", [order(1, "B", at + DAY, 10)])
    (everybody,) = vain.in_vain(as_of=AS_OF)
    assert (everybody.contacted, everybody.vain, everybody.contacts) == (2, 1, 3)


def test_what_was_learned_stands_beside_the_assumptions_and_is_taken_back(ada, shop_of):
    shop_of(4_000, effect=0.14)
    services.run(now=AS_OF)
    page = ada.get(reverse("treatments") + "?treatment=gift").content.decode()
    assert "Measured by plays" in page
    lesson = queries.lessons()[0]
    address = reverse("lesson_take_back", args=[lesson.lesson_id])
    assert ada.get(address).status_code == 405
    assert ada.post(address).status_code == 302
    now = {(one.treatment, one.tier, one.reason_group): one.saved_share for one in plays.assumptions()}
    assert now[("gift", "mid", "silence")] == lesson.before
    assert "taken back" in ada.get(reverse("treatments")).content.decode()
    assert ada.post(reverse("lesson_take_back", args=[0])).status_code == 404


def test_who_may_not_see_the_company_s_figures_does_not(client, shop_of):
    row = shop_of(40, effect=0.0)
    wen = log_in(client, "")
    for address in (
        reverse("play_results", args=[row.pk]),
        reverse("play_results_export", args=[row.pk, "pdf"]),
        reverse("effects_plays"),
        reverse("effects_plays_export", args=["csv"]),
    ):
        assert wen.get(address).status_code == 403
    assert wen.post(reverse("lesson_take_back", args=[1])).status_code == 403


def test_looks_before_the_end_say_that_days_are_missing(ada, shop_of, cycle):
    from keepwell.insight.models import Cycle

    Cycle.objects.update(as_of=DEALT + 30 * DAY)
    row = shop_of(1_000, effect=0.15, status="running")
    part = ada.get(reverse("play_results", args=[row.pk]), **PART).content.decode()
    assert "members still have days to go" in part
    assert "who buys earlier and no more often is not kept" in part

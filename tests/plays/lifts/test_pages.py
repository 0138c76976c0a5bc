"""The effect on the pages of journeys and mailings, its files, and the record of changes beside it."""

from __future__ import annotations

import pytest

from keepwell.outreach.controls.models import Dealt
from keepwell.outreach.journeys import queries as journeys
from keepwell.outreach.journeys import services as acting
from keepwell.outreach.journeys.core.controlling import control_share
from keepwell.outreach.journeys.core.reading import parse
from keepwell.plays.lifts import adjustments, services
from tests.plays.learning.conftest import AS_OF, DEALT
from tests.plays.lifts.test_lifts import shop

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture
def journey(cycle):
    one = journeys.by_code("remind_birthday") or journeys.journeys()[0]
    shop(3_000, effect=0.15, origin=f"journey:{one.journey_id}")
    Dealt.objects.filter(customer_id__gte="C01500").update(version=2)
    services.run(now=AS_OF)
    return one


def test_the_page_of_a_journey_says_what_it_brings_with_interval_and_versions(admin_client, journey):
    page = admin_client.get(f"/journeys/{journey.journey_id}/").content.decode()
    assert f"/journeys/{journey.journey_id}/effect/" in page
    assert "as control" in page
    part = admin_client.get(f"/journeys/{journey.journey_id}/effect/", headers=HX).content.decode()
    assert "It helps: within 60 days" in part
    assert "chart-lift-forest" in part
    assert "By version" in part
    assert "The 60 days are over for" in part
    other = admin_client.get(f"/journeys/{journey.journey_id}/effect/?days=30").content.decode()
    assert "within 30 days" in other


def test_the_effect_and_the_changes_come_as_files(admin_client, journey):
    url = f"/journeys/{journey.journey_id}/effect/"
    text = b"".join(admin_client.get(url + "effect.csv?days=90").streaming_content).decode()
    assert "retention" in text
    assert "margin" in text
    changes = b"".join(admin_client.get(url + "changes.csv").streaming_content).decode()
    assert changes.lstrip("\ufeff").startswith("at,who,what,reason")
    sheet = admin_client.get(url + "effect.xlsx")
    assert b"".join(sheet.streaming_content).startswith(b"PK")
    sheet.close()


def test_before_anybody_was_dealt_the_page_says_so(admin_client, cycle):
    def keeps(one):
        return control_share(parse((one.on or one.draft).definition)) > 0

    one = next(one for one in journeys.journeys() if keeps(one))
    part = admin_client.get(f"/journeys/{one.journey_id}/effect/", headers=HX).content.decode()
    assert "Nobody has been dealt yet" in part
    assert "Nothing was changed yet." in part
    assert admin_client.get("/journeys/99999/effect/").status_code == 404
    assert admin_client.get("/mailings/99999/effect/").status_code == 404


def test_the_month_of_the_page_effects_has_the_journey_in(admin_client, journey):
    part = admin_client.get("/effects/plays/", headers=HX).content.decode()
    assert "What journeys and mailings did" in part
    assert f"/journeys/{journey.journey_id}/effect/" in part
    text = b"".join(admin_client.get("/effects/plays/export.csv").streaming_content).decode()
    assert str(journey.name) in text


def test_changes_stand_with_time_person_and_reason(admin_client, journey, settings):
    steps = {"end": {"kind": "end"}}
    made = acting.create(
        code="own_cart",
        name="Carts",
        definition={"start": {"fact": "orders", "where": []}, "first": "end", "steps": steps},
        actor="kai",
        now=DEALT,
    )
    approved = acting.approve(journey_id=made.journey_id, revision=1, actor="ada", now=DEALT)
    acting.switch_on(
        journey_id=made.journey_id, revision=approved.revision, actor="ada", now=DEALT, reason="spring"
    )
    admin_client.post(f"/journeys/{made.journey_id}/do/pause/", {"reason": "too many complaints"})
    found = adjustments.of(f"journey:{made.journey_id}")
    assert [(one.what, one.reason) for one in found] == [("pause", "too many complaints"), ("on", "spring")]
    assert found[1].version == 1
    part = admin_client.get(f"/journeys/{made.journey_id}/effect/", headers=HX).content.decode()
    assert "too many complaints" in part


def test_the_files_of_the_month_have_journeys_and_mailings_in_as_the_page_has(admin_client, journey):
    from tests.plays.learning.test_pages import text_of

    page = admin_client.get("/effects/plays/", headers=HX).content.decode()
    assert "effects/plays/export.pdf" in page  # though there is no play
    said, _images = text_of(admin_client.get("/effects/plays/export.pdf"))
    for text in (page, said.replace("\r", "").replace("\n", " ")):
        assert str(journey.name) in text
        assert "Journeys and mailings kept" in text


def test_a_cost_that_is_not_known_is_named_nowhere(admin_client, journey):
    import csv
    import io

    from keepwell.plays.lifts.models import Seen

    def lines(url):
        body = b"".join(admin_client.get(url).streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(body)))

    effect = f"/journeys/{journey.journey_id}/effect/effect.csv"
    Seen.objects.update(cost=12.5, cost_known=True)
    assert "12.50" in admin_client.get("/effects/plays/", headers=HX).content.decode()
    whole = [one for one in lines(effect) if not one["version"]]
    assert {one["figure"]: one["cost"] for one in whole} == {
        "retention": "",
        "orders": "",
        "revenue": "",
        "margin": "12.5",
    }
    Seen.objects.update(cost_known=False)
    assert "12.50" not in admin_client.get("/effects/plays/", headers=HX).content.decode()
    assert {one["cost"] for one in lines(effect)} == {""}
    assert {one["cost"] for one in lines("/effects/plays/export.csv")} == {""}


def test_customers_of_a_journey_in_several_currencies_stand_in_the_file_once(admin_client, cycle):
    import csv
    import io

    from tests.plays.learning.conftest import DAY, append, order

    people = shop(400, effect=0.1, origin="journey:1")
    append(
        "orders",
        [order(f"u{n}", one, at + DAY, 5, currency="USD") for n, (one, at) in enumerate(people.items())],
    )
    services.run(now=AS_OF)
    body = b"".join(admin_client.get("/effects/plays/export.csv").streaming_content).decode("utf-8-sig")
    first, second = csv.DictReader(io.StringIO(body))
    assert (first["currency"], second["currency"]) == ("CNY", "USD")
    assert first["treated"]
    assert first["kept"]
    assert not second["treated"]
    assert not second["kept"]
    assert second["margin"]


def test_where_nobody_is_kept_as_control_the_page_promises_no_comparison(admin_client, cycle):
    from keepwell.outreach.mailings.models import Mailing

    one = Mailing.objects.create(
        name="Spring", segment_id=1, template_code="spring", channel="email", purpose="marketing", priority=1,
        keep_trying_days=3, control_share=0, status="going", created_at=DEALT, created_by="ada",
    )  # fmt: skip
    part = admin_client.get(f"/mailings/{one.pk}/effect/", headers=HX).content.decode()
    assert "Nobody is kept as control" in part
    assert "With every cycle the worker compares" not in part
    Mailing.objects.update(control_share=0.1)
    part = admin_client.get(f"/mailings/{one.pk}/effect/", headers=HX).content.decode()
    assert "Nobody has been dealt yet" in part

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import assume, given
from hypothesis import strategies as st

from keepwell.customers import queries, services
from keepwell.customers.contracts import CHANNELS, CULTURES, TOPICS
from keepwell.customers.core import day_keys_between, next_occurrence, same_phone
from keepwell.customers.guide import BUILT_IN, CULTURE_OF_COUNTRY

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def advice(country, culture=""):
    return {entry.code for entry in queries.culture_advice(country=country, culture=culture)}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("country", "expected"),
    [
        ("DE", {"taboo-west", "time-strict", "attachment-names", "channel-germany"}),
        ("US", {"taboo-west", "opening-usa", "attachment-names"}),
        ("JP", {"time-strict", "title-east-asia", "opening-japan", "attachment-names"}),
        ("BR", {"family-welcome", "time-buffer", "warm-brazil", "case-brazil"}),
        ("TH", {"head-thailand-india"}),
        ("IN", {"head-thailand-india", "channel-india"}),
        ("SE", {"taboo-west", "title-nordic", "attachment-names"}),
        ("CN", {"title-east-asia", "gift-china", "channel-china"}),
        ("AE", {"family-welcome", "time-buffer", "gift-middle-east"}),
        ("CH", {"taboo-west", "attachment-names", "case-switzerland"}),
        ("", set()),
        ("ZZ", set()),
    ],
)
def test_each_country_has_its_advice(country, expected):
    assert advice(country) == expected


@pytest.mark.django_db
def test_the_channel_is_proposed_by_culture_and_may_be_changed():
    assert queries.proposed_channel(country="DE") == "email"
    assert queries.proposed_channel(country="IN") == "whatsapp"
    assert queries.proposed_channel(country="FR") == ""
    services.save_culture_entry(
        code="", topic="channel", places=["FR"], texts={"en": "Call."}, channel="phone", actor="a", at=NOW
    )
    assert queries.proposed_channel(country="FR") == "phone"


@pytest.mark.django_db
def test_warnings_stand_first():
    found = queries.culture_advice(country="CN")
    assert [entry.is_warning for entry in found] == sorted((e.is_warning for e in found), reverse=True)


def test_every_entry_speaks_three_languages_and_names_known_places():
    for entry in BUILT_IN.values():
        assert entry.topic in TOPICS
        assert len(set(entry.texts)) >= 2
        assert all(entry.texts)
        assert entry.channel == "" or entry.channel in CHANNELS
        assert all(place in CULTURES or len(place) == 2 for place in entry.places)
    assert {culture for cultures in CULTURE_OF_COUNTRY.values() for culture in cultures} == set(CULTURES)


@pytest.mark.django_db
def test_an_entry_taken_out_of_use_is_not_shown_and_an_unknown_one_not_changed():
    entry = {"topic": "gift", "places": ["CN"], "texts": {"en": "x"}, "actor": "a", "at": NOW}
    services.save_culture_entry(code="gift-china", is_active=False, **entry)
    assert "gift-china" not in advice("CN")
    assert next(e for e in queries.culture_guide() if e.code == "gift-china").is_changed
    services.reset_culture_entry(code="gift-china", actor="a", at=NOW)
    assert "gift-china" in advice("CN")
    for wrong in ({"code": "nobody"}, {"code": "", "places": []}, {"code": "", "texts": {}}):
        with pytest.raises(ValidationError):
            services.save_culture_entry(**{**entry, **wrong})


@given(st.dates(), st.dates(), st.integers(0, 60))
def test_a_yearly_day_that_comes_up_is_found_by_its_key(day, first_on, length):
    """Whatever the day, an occurrence within a span has a key among the span's keys."""
    assume(first_on.year < 9990)
    last_on = first_on + timedelta(days=length)
    coming = next_occurrence(day, is_yearly=True, first_on=first_on)
    if coming is not None:
        assert coming >= first_on
        if coming <= last_on:
            assert f"{day:%m-%d}" in day_keys_between(first_on, last_on)


@given(st.text("0123456789", min_size=6, max_size=12), st.text("0123456789", max_size=4))
def test_the_same_number_is_the_same_with_any_prefix(number, prefix):
    assume(len(number.lstrip("0")) >= 6)
    assert same_phone(number, f"+{prefix}{number}")
    assert same_phone(f"00{prefix}{number}", number)

"""The page of channels and habits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from keepwell.foundation import clock
from keepwell.outreach.habits.channels import ChannelUse
from keepwell.web.views.channel_habits import best_time, sentence


@pytest.fixture
def client(home, db):
    from keepwell.accounts.models import User

    signed_in = Client()
    user = User.objects.create_user("ada", password="correct horse", roles=["administrator"])
    signed_in.force_login(user)
    return signed_in


def test_only_what_the_intervals_part_is_said():
    assert "Too few" in sentence([ChannelUse("sms", 29, 29, 29, 29)])
    assert "No channel" in sentence([ChannelUse("sms", 40, answered=5), ChannelUse("email", 40, answered=4)])
    said = sentence([ChannelUse("sms", 400, answered=100), ChannelUse("email", 400, answered=12)])
    assert "25%" in said
    assert "3%" in said


def test_a_time_is_named_only_where_it_stands_out():
    flat = ChannelUse("sms", 200, answered=20, times={(0, 8): (100, 11), (1, 18): (100, 9)})
    clear = ChannelUse("sms", 200, answered=50, times={(0, 8): (100, 2), (1, 18): (100, 48)})
    few = ChannelUse("sms", 100, answered=2, times={(1, 18): (2, 2)})
    assert (best_time(flat), best_time(few)) == ("", "")
    assert best_time(clear) == "Tuesday, 18:00 to 20:00 (48%)"


@pytest.mark.django_db
def test_the_page_and_the_file_tell_the_contacts(client):
    from keepwell.history import services as history

    assert "Nothing yet" in client.get(reverse("channel_habits")).content.decode()
    fact = {"customer_id": "C1", "at": clock.now() - timedelta(days=1), "channel": "email"}
    facts = [("contacts", {**fact, "contact_id": f"m{n}", "status": "answered"}) for n in range(3)]
    history.record_many(facts=facts, source="shop")
    history.flush()
    assert "too few to tell" in client.get(reverse("channel_habits")).content.decode()
    body = b"".join(client.get(reverse("channel_habits_export", args=["csv"])).streaming_content).decode()
    assert "email,,,3,3,3,3,0" in body


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "status"), [("administrator", 200), ("retention_manager", 200), ("account_manager", 403)]
)
def test_only_who_sees_the_figures_of_all_comes_in(home, role, status):
    from keepwell.accounts.models import User

    other = Client()
    other.force_login(User.objects.create_user(role, password="correct horse", roles=[role]))
    addresses = (reverse("channel_habits"), reverse("channel_habits_export", args=["csv"]))
    assert [other.get(address).status_code for address in addresses] == [status, status]

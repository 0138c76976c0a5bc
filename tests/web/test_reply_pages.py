"""The pages of reply times and of the strategies by stage of life."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from keepwell.outreach.replying import queries


@pytest.fixture
def browser(home, db):
    def sign_in(role):
        from keepwell.accounts.models import User

        client = Client()
        client.force_login(User.objects.create_user(role, password="correct horse", roles=[role]))
        return client

    return sign_in


@pytest.mark.django_db
def test_the_page_sets_a_standard_in_hours_and_says_who_waits(browser):
    client = browser("administrator")
    address = reverse("reply_times")
    assert "No channel has a standard yet." in client.get(address).content.decode()
    client.post(address, {"channel": "email", "hours": "1.5", "is_public": "on"})
    assert queries.promised() == {"email": 90}
    refused = client.post(address, {"channel": "email", "hours": "soon"}, follow=True)
    assert "Please type a number of hours." in refused.content.decode()
    assert queries.promised() == {"email": 90}
    looking = browser("read_only")
    assert looking.post(address, {"channel": "email", "hours": "2"}).status_code == 403
    lines = b"".join(looking.get(reverse("reply_times_export", args=["csv"])).streaming_content).splitlines()
    assert len(lines) == 2


@pytest.mark.django_db
def test_the_pages_of_strategies_say_what_is_missing_and_take_changes(browser, shop):
    from keepwell.outreach.pacing import queries as pacing

    client = browser("retention_manager")
    shown = client.get(reverse("strategies")).content.decode()
    assert "Nobody is responsible." in shown
    address = reverse("strategy", args=["mature"])
    form = {
        "goal": "Stay",
        "most": "3",
        "days": "30",
        "channels": ["email"],
        "journeys": ["after_sales", "none"],
    }
    assert client.post(address, form).status_code == 302
    one = pacing.strategy("mature")
    assert (one.goal, one.most, one.channels, one.journeys) == ("Stay", 3, ("email",), ("after_sales",))
    assert client.post(address, {**form, "most": "0"}).status_code == 400
    assert client.get(reverse("strategy", args=["ancient"])).status_code == 404
    assert pacing.strategy("mature") == one

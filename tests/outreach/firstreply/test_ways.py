"""The channel of an answer: the customer's wish, their habit, where they wrote."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keepwell.customers import services as customers
from keepwell.outreach.firstreply import ways
from keepwell.outreach.models import Task
from keepwell.outreach.services import tasks
from tests.outreach.conftest import NOW

DAY = timedelta(days=1)


@pytest.fixture
def talk(ann, people):
    """Lin calls Ann, who talks with her."""

    def make(at):
        made = tasks.create(
            kind="call", customer_id=ann, channel="phone", assignee_id=people.lin.pk, actor="lin", now=at
        )
        tasks.complete(task_ids=[made.task_id], outcome="staying", actor="lin", now=at)

    return make


def wish(customer_id, channel):
    customers.set_field(
        customer_id=customer_id, name="preferred_channel", value=channel, actor="ada", source="typed", at=NOW
    )


def test_without_wish_or_habit_it_is_where_they_wrote(ann, house):
    assert ways.service_channel(ann, "sms", now=NOW) == "sms"


def test_who_mostly_talks_on_the_phone_is_called_back(ann, house, talk):
    for days in (1, 2, 3):
        talk(NOW - days * DAY)
    assert ways.habit(ann, now=NOW) == "phone"
    assert ways.service_channel(ann, "sms", now=NOW) == "phone"


def test_two_talks_are_no_habit_and_old_ones_are_forgotten(ann, house, talk):
    talk(NOW - DAY)
    talk(NOW - 2 * DAY)
    for days in (200, 201, 202):
        talk(NOW - days * DAY)
    assert ways.habit(ann, now=NOW) == ""


def test_the_customers_wish_comes_first_if_they_can_be_reached_by_it(ann, house, talk):
    for days in (1, 2, 3):
        talk(NOW - days * DAY)
    wish(ann, "email")
    assert ways.service_channel(ann, "sms", now=NOW) == "email"
    wish(ann, "wecom")
    assert ways.service_channel(ann, "sms", now=NOW) == "phone"  # no address for it: the habit


def test_the_task_says_by_which_channel_the_answer_goes(replies, write, talk):
    for days in (1, 2, 3):
        talk(NOW - days * DAY)
    replies()
    enquiry = write("The blue teapot leaks")
    assert enquiry.way == "phone"
    task = Task.objects.get(pk=enquiry.task_id)
    assert task.channel == "phone"
    assert task.title.endswith("answer by Telephone")

# ruff: noqa: F811 - fixtures take others by their names
"""One person is one guest, however many records they had; and each invites only whom they may reach."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keepwell.accounts.contracts import Permission, Reach, Role
from keepwell.accounts.core import GRANTS
from keepwell.customers.identity import services as identity
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending.models import Message
from keepwell.plays.care import access
from keepwell.plays.care.models import Guest
from keepwell.plays.care.queries import activities as queries
from keepwell.plays.care.services import activities, inviting, seating
from tests.plays.care.conftest import NOW
from tests.plays.care.test_guests import AT, USUAL, guest, page_of, party, says, today  # noqa: F401 - fixtures
from tests.plays.care.test_pages import browser, text


def merge(kept, merged):
    return identity.merge(kept_id=kept, merged_id=merged, actor="ada", reason="the same", now=NOW).merge_id


def states(number):
    return [(one.customer_id, one.state) for one in queries.guests(number, owner_ids=None)]


@pytest.mark.parametrize(("kept", "merged"), [("C-1", "C-2"), ("C-2", "C-1")])
def test_two_invitations_of_one_person_hold_one_seat_and_are_one_guest(party, kept, merged):
    says("C-1", party=1)
    says("C-2", at=NOW + timedelta(hours=1))
    assert guest("C-2").state == "waiting"
    merge(kept, merged)
    assert (queries.taken(party), queries.activity(party).coming) == (0, 0)
    assert states(party) == [(kept, "waiting"), ("C-3", "invited")]  # what they said last
    assert queries.activity(party).guests == {"waiting": 1, "invited": 1}
    assert seating.fill_all(now=NOW + timedelta(hours=2)) == 1
    assert (queries.taken(party), says("C-3", at=NOW + timedelta(hours=3))) == (1, "yes")
    assert inviting.remind(now=AT - timedelta(days=7)) == 2


def test_both_said_yes_is_one_yes_and_the_split_gives_back_what_each_had(party):
    says("C-1")
    says("C-2", at=NOW + timedelta(hours=1))
    number = merge("C-1", "C-2")
    assert (queries.taken(party), len(states(party))) == (1, 2)
    assert inviting.remind(now=AT - timedelta(days=7)) == 1
    identity.split(merge_id=number, actor="ada", now=NOW + timedelta(days=1))
    assert states(party) == [("C-1", "yes"), ("C-2", "yes"), ("C-3", "invited")]
    assert queries.taken(party) == 2


def test_a_seat_given_away_meanwhile_is_waited_for_after_a_split(party):
    says("C-1")
    says("C-2", at=NOW + timedelta(hours=1))
    number = merge("C-1", "C-2")
    assert says("C-3", at=NOW + timedelta(hours=2)) == "yes"
    identity.split(merge_id=number, actor="ada", now=NOW + timedelta(days=1))
    assert sorted(state for _who, state in states(party)) == ["waiting", "yes", "yes"]
    assert queries.taken(party) == 2


def test_either_invitation_opens_the_one_answer(party):
    mine, other = page_of("C-1"), page_of("C-2")
    names = guest("C-1").message_id, guest("C-2").message_id
    says("C-1")
    merge("C-1", "C-2")
    from django.test import Client

    for address in (mine, other):
        assert "You come: your seat is kept." in text(Client().get(address))
    assert Client().post(other, {"answer": "no"}).status_code == 303
    assert states(party) == [("C-1", "no"), ("C-3", "invited")]
    assert {queries.by_invitation(one)[1].state for one in names} == {"no"}


def test_the_second_invitation_does_not_go_any_more_and_goes_after_a_split(party):
    first, second = guest("C-1").message_id, guest("C-2").message_id
    number = merge("C-1", "C-2")
    statuses = sorted(sending.message(one).status for one in (first, second))
    assert statuses == ["taken_back", "waiting"]
    identity.split(merge_id=number, actor="ada", now=NOW + timedelta(days=1))
    assert sorted(state for _who, state in states(party)) == ["invited", "invited", "proposed"]
    (again,) = Guest.objects.filter(state="proposed")
    who = {"activity_id": party, "guest_ids": [again.pk], "owner_ids": None, "actor": "ada"}
    assert activities.invite(**who, now=NOW + timedelta(days=2)) == 1
    assert sending.message(guest(again.customer_id).message_id).status == "waiting"


def test_who_is_merged_twice_is_still_one_guest(party):
    for hours, who in enumerate(("C-1", "C-2", "C-3")):
        says(who, "perhaps", at=NOW + timedelta(hours=hours))
    first, second = merge("C-2", "C-3"), merge("C-1", "C-2")
    assert states(party) == [("C-1", "perhaps")]
    identity.split(merge_id=second, actor="ada", now=NOW)
    assert sorted(states(party)) == [("C-1", "perhaps"), ("C-2", "perhaps")]
    identity.split(merge_id=first, actor="ada", now=NOW)
    assert sorted(states(party)) == [("C-1", "perhaps"), ("C-2", "perhaps"), ("C-3", "perhaps")]


@pytest.fixture
def planned(party, people, own, monkeypatch):
    """Lin may invite own customers only; on the list are Ann's and Mei's, who are nobody's guests yet."""
    monkeypatch.setitem(GRANTS[Role.ACCOUNT_MANAGER], Permission.SAVE_PLANS, Reach.OWN)
    monkeypatch.setitem(GRANTS[Role.ACCOUNT_MANAGER], Permission.VIEW_CUSTOMERS, Reach.ALL)
    own("C-8", people.mei, name="Mia Example")
    number = activities.save(values=USUAL, actor="ada", now=NOW)
    for one in ("C-1", "C-8"):
        Guest.objects.create(activity_id=number, customer_id=one)
    return number


def test_only_guests_within_ones_own_reach_can_be_invited(planned, people):
    lin = browser(people.lin)
    address = f"/care/activities/{planned}/"
    mine, others = (Guest.objects.get(activity=planned, customer_id=one).pk for one in ("C-1", "C-8"))
    shown = text(lin.get(address))
    assert "Mia Example" in shown  # may be seen
    assert "Invite 1 proposed guest" in shown
    before = Message.objects.count()
    refused = lin.post(f"{address}invite/", {"guest": [mine, others]})
    assert refused.status_code == 403
    assert Message.objects.count() == before
    assert set(Guest.objects.filter(activity=planned).values_list("state", flat=True)) == {"proposed"}
    assert lin.post(f"{address}invite/", {"guest": [mine]}).status_code == 302
    assert list(Guest.objects.filter(activity=planned, state="invited").values_list("pk", flat=True)) == [
        mine
    ]


def test_the_service_invites_nobody_out_of_reach_even_when_the_owner_changed_just_now(planned, people):
    everybody = list(Guest.objects.filter(activity=planned).values_list("pk", flat=True))
    who = {"activity_id": planned, "guest_ids": everybody, "actor": "lin", "now": NOW}
    assert activities.invite(**who, owner_ids={people.lin.pk}) == 1
    assert Guest.objects.get(activity=planned, customer_id="C-8").state == "proposed"


def test_a_guest_with_two_records_is_reached_by_who_looks_after_the_person(party, people):
    merge("C-1", "C-2")
    for number in Guest.objects.filter(activity=party).values_list("pk", flat=True):
        assert access.access_guest(people.lin, Permission.CHANGE_TASKS, number) == party

"""The loop of `keepwell year` on a shop in memory: who is treated in the world, and who never is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from keepwell.cli.year_loop import OUTCOME_DAYS, Year
from keepwell.cli.year_post import PostOffice
from keepwell.cli.year_world import MONTH_DAYS, World
from keepwell.plays.experiments import queries
from keepwell.plays.experiments.contracts import REACHED, Status

pytestmark = pytest.mark.slow
MONTHS = 3


class Watched(World):
    """A world that remembers what was done in each month."""

    def __init__(self, **values):
        super().__init__(**values)
        self.done = []

    def live(self, treated):
        self.done.append(dict(treated))
        return super().live(treated)


@pytest.fixture
def lived(home, transactional_db, settings):
    settings.KEEPWELL_WEBHOOKS_PRIVATE = True
    settings.KEEPWELL_URL = "https://www.keepwell-tea.com"
    world = Watched(customers=700, seed=3, months=MONTHS, folder=home.root / "year")
    told = []
    with PostOffice() as post:
        year = Year(world, post, months=MONTHS, budget=Decimal(700), tell=lambda *values: told.append(values))
        year.prepare()
        year.run()
    assert [over for over, _treated in told] == [1, 2, 3]
    return year, world, post


def test_only_the_treated_are_treated_once_each_and_plays_are_read_for_good(lived):
    year, world, post = lived
    only_the_treated_are_treated_once_each(year, world, post)
    plays_end_when_their_days_are_over(year, world)


def only_the_treated_are_treated_once_each(year, world, post):
    assert year.plays, "no plan had enough members"
    assert post.refused == 0
    assert set(post.arrived.values()) == {1}, "a message came twice"
    everybody_treated = [customer for month in world.done for customer in month]
    assert len(everybody_treated) == len(set(everybody_treated)), "treated twice within the days of a play"
    reached = 0
    for play in year.plays:
        members = list(queries.iter_members(play.play_id))
        control = {one.customer_id for one in members if one.arm == "control"}
        treated = {one.customer_id for one in members if one.arm != "control"}
        month = world.done[play.month - 1]
        assert control.isdisjoint(month), "somebody of a control was treated"
        assert set(play.treated) <= treated
        assert {month[one] for one in play.treated} == {play.treatment}
        # the world did what the plays say was done, no more and no less
        assert set(play.treated) == {one.customer_id for one in members if one.state in REACHED}
        assert {one.state.value for one in members if one.arm == "control"} == {"withheld"}
        assert abs(len(control) - 0.2 * len(members)) < 6
        reached += len(play.treated)
    assert reached == len(everybody_treated)
    messages = [one.message_id for play in year.plays for one in play.arm if one.message_id]
    assert set(post.arrived) <= set(messages)


def plays_end_when_their_days_are_over(year, world):
    assert (world.market.today - year.plays[0].started_at.date()).days == MONTHS * MONTH_DAYS
    for play in year.plays:
        assert play.month <= MONTHS - OUTCOME_DAYS // MONTH_DAYS + 1
        assert queries.play(play.play_id).status is Status.ENDED
        assert play.results.final
        assert play.results.waiting == 0
        assert len(play.looks) == 2
        assert not play.looks[0].final
        # orders of the world and orders of the history are the same ones
        kept = {one.key: dict(one.funnel)["kept"] for one in play.results.arms}
        assert 0 <= sum(kept.values()) <= play.members
        truth = play.truth
        assert truth.kept_with.shape == truth.kept_without.shape == (play.members - play.control,)
        untouched = [n for n, one in enumerate(play.arm) if one.customer_id not in play.treated]
        assert (truth.kept_with[untouched] == truth.kept_without[untouched]).all()

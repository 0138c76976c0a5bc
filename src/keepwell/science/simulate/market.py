"""A shop from its first day to its last: who bought, complained, answered, left, and why."""

import copy
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from keepwell.science.simulate import care, outreach, shop, truth
from keepwell.science.simulate.calendar import EPOCH
from keepwell.science.simulate.catalogue import Ints, build_catalogue
from keepwell.science.simulate.data import MarketData
from keepwell.science.simulate.dynamics import (
    CONTENT,
    FADING,
    STEP_DAYS,
    StepResult,
    World,
    first_state,
    rates,
    step,
)
from keepwell.science.simulate.journal import DAY_SECONDS, Stream, identifiers
from keepwell.science.simulate.outlook import UNTREATED, Outlook, lengths, outlook
from keepwell.science.simulate.population import CHANNEL_COSTS, draw_population
from keepwell.science.simulate.profiles import customers_table, products_table
from keepwell.science.simulate.subscriptions import Subscriptions
from keepwell.science.simulate.treatments import TREATMENTS

LAST_DAY = date(2026, 11, 1)
DAYS = 1096
# Share of the simulated time at which prices rose and a competitor opened.
PRICE_RISE, RIVAL = 0.55, 0.90
NEWSLETTER_DAYS, SURVEY_DAYS = 30, 91
# What is done beside ordering, by state: content, aggrieved, fading, lost.
BROWSING = np.array([1.0, 0.9, 0.22, 0.01])
LEAVING_CARTS = np.array([1.0, 0.8, 0.5, 0.0])
PRICE_CARTS = 5.0  # who fades because of prices fills carts and leaves them


class Market:
    """A simulated shop with known ground truth.

    The same arguments give the same bytes. Every continuation from the same day shares its luck, so two of
    them that differ only in `treatments` show what the treatments changed.

    Args:
        customers: how many customers the shop wins over the time.
        days: how long the shop has been open at its end.
        end: the first day that is not simulated; times of facts lie before its midnight, UTC.
        seed: of all random numbers.
        days_ahead: how long after `end` the market will be continued; customers go on joining as long.

    >>> from datetime import date
    >>> market = Market(customers=300, days=400, end=date(2026, 3, 1), seed=7)
    >>> data = market.run()
    >>> data.tables["customers"].num_rows, sorted(data.truth)
    (300, ['customers', 'responses'])
    >>> later = market.fork()
    >>> more = later.advance(date(2026, 4, 1), treatments={"C000001": "call_back"})
    >>> more.tables["orders"]["ordered_at"].to_pylist()[0].month
    3
    """

    def __init__(
        self,
        customers: int = 5000,
        days: int = DAYS,
        end: date | None = None,
        seed: int = 0,
        days_ahead: int = 0,
    ) -> None:
        if customers < 1:
            raise ValueError(f"customers must be at least 1, is {customers}")
        if days < 1:
            raise ValueError(f"days must be at least 1, is {days}")
        if days_ahead < 0:
            raise ValueError(f"days_ahead must not be negative, is {days_ahead}")
        self.seed, self.luck = seed, 0
        self.end = end or LAST_DAY
        self.first_day = (self.end - EPOCH).days - days
        self.days = days
        last = self.first_day + days
        rng = self._luck(0, self.first_day)
        self.people = draw_population(rng, customers, self.first_day, last + days_ahead)
        self.world = World(
            build_catalogue(rng), self.first_day + int(PRICE_RISE * days), self.first_day + int(RIVAL * days)
        )
        self.state = first_state(self.people, self.first_day)
        self.customer_ids = identifiers("C", np.arange(1, customers + 1), 6)
        self.acquired_second = shop.moments(rng, self.people.acquired_day, np.ones(customers, dtype=np.int64))
        self._profiles = customers_table(
            self._luck(5, self.first_day), self.people, self.customer_ids, self.acquired_second
        )
        self.last_order_day = np.full(customers, -1)
        self._orders, self._interactions = Stream(shop.ORDERS), Stream(shop.INTERACTIONS)
        self._contacts, self._desk = Stream(outreach.CONTACTS), care.Desk()
        self._subscriptions = Subscriptions(customers)
        self._campaigns = [campaign.name for campaign in outreach.CAMPAIGNS]
        self._opened_with: dict[int, tuple[int, int, int]] = {}

    def _luck(self, purpose: int, day: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, purpose, day, self.luck])

    @property
    def today(self) -> date:
        """The first day that is not yet simulated."""
        return date.fromordinal(EPOCH.toordinal() + self.state.day)

    def fork(self, luck: int | None = None) -> "Market":
        """An independent market in the same state, to continue in another way; with another luck if said."""
        other = copy.deepcopy(self)
        other.luck = self.luck if luck is None else luck
        return other

    def run(self) -> MarketData:
        """Simulate up to `end` and return all that happened, and the truth at the end."""
        return self.advance(self.end)

    def advance(
        self, until: date, treatments: Mapping[str, str] | None = None, *, with_truth: bool = True
    ) -> MarketData:
        """Simulate on from where the market stands.

        Args:
            until: the first day that is no longer simulated.
            treatments: by customer id the code of what is done for that customer at the start, or "holdout".
            with_truth: whether the truth is wanted, which takes a good part of the time.

        Returns:
            The facts since the last call, and the truth on the day `until`.

        Raises:
            ValueError: when `until` does not lie ahead, or a customer or treatment is unknown.
        """
        last = (until - EPOCH).days
        if last <= self.state.day:
            raise ValueError(f"until must lie after {self.today}, is {until}")
        self._treat(treatments or {})
        while self.state.day < last:
            self._step(min(STEP_DAYS, last - self.state.day))
        return self._publish(with_truth=with_truth)

    def outlook(
        self, days: int, treatments: Mapping[str, str] | None = None, pauses: Sequence[int] = ()
    ) -> Outlook:
        """What is expected of each customer from today on, over all luck, in the order of `customer_ids`.

        The difference of two outlooks is the true effect of what they differ in: nothing is drawn.

        Args:
            days: how far.
            treatments: as for `advance`, done today.
            pauses: days from today at which the market will be stopped on the way: a step ends there.

        Raises:
            ValueError: when a customer or treatment is unknown, or days is below 1.
        """
        if days < 1:
            raise ValueError(f"days must be at least 1, is {days}")
        place, codes = self._checked(treatments or {}), list(TREATMENTS)
        chosen = np.full(self.people.size, UNTREATED)
        for customer, code in (treatments or {}).items():
            chosen[place[customer]] = UNTREATED if code == "holdout" else codes.index(code)
        return outlook(self.world, self.people, self.state, chosen, lengths(days, pauses, STEP_DAYS))

    def _checked(self, treatments: Mapping[str, str]) -> dict[str, int]:
        """Places of all customers; raises ValueError for treatments that are not usable."""
        place = {customer: index for index, customer in enumerate(self.customer_ids.to_pylist())}
        unknown = sorted(set(treatments) - set(place))
        if unknown:
            raise ValueError(f"treatments must name customers of this market, not {unknown[0]!r}")
        wrong = sorted(set(treatments.values()) - {*TREATMENTS, "holdout"})
        if wrong:
            raise ValueError(f"treatments must be among {', '.join(TREATMENTS)} or holdout, not {wrong[0]!r}")
        return place

    def _treat(self, treatments: Mapping[str, str]) -> None:
        if not treatments:
            return
        place = self._checked(treatments)
        campaign = self._campaign(f"plan-{self.today:%Y-%m-%d}")
        for number, arm in enumerate((*TREATMENTS, "holdout")):
            who = np.array(
                sorted(place[key] for key, code in treatments.items() if code == arm), dtype=np.int64
            )
            outreach.contact(
                self._contacts, arm, who, self.people, self.state, self._luck(10 + number, self.state.day),
                campaign=campaign, propensity=1.0,
            )  # fmt: skip

    def _campaign(self, name: str) -> int:
        if name not in self._campaigns:
            self._campaigns.append(name)
        return self._campaigns.index(name)

    def _step(self, days: int) -> None:
        day, state = self.state.day, self.state
        self._reach_out(day, days)
        rng = self._luck(2, day)
        calmed = np.flatnonzero((state.state == CONTENT) & (state.ticket >= 0))
        self._desk.end(rng, calmed, self._moments(rng, calmed, day, days), state, settled=True)
        before = state.copy()
        law = rates(self.world, self.people, day, days)
        result = step(law, self.people, state, days, self._luck(1, day))
        self._note_orders(rng, result, before.lift_until > day, day, days)
        self._note_habits(rng, day, days, before.state, before.cause)
        self._note_service(rng, result, day, days)
        self._subscriptions.step(self.people, state, result.lost, rng, day)

    def _reach_out(self, day: int, days: int) -> None:
        passed = (day - self.first_day) / self.days
        ahead = (day + days - self.first_day) / self.days
        rng = self._luck(3, day)
        for index, campaign in enumerate(outreach.CAMPAIGNS):
            if passed <= campaign.at < ahead:
                outreach.run_campaign(
                    self._contacts, campaign, index, self.people, self.state, self.last_order_day, rng
                )
        if (day - self.first_day) % NEWSLETTER_DAYS < days and day > self.first_day:
            name = self._campaign(f"newsletter-{self.today:%Y-%m}")
            outreach.newsletter(self._contacts, name, self.people, self.state, rng)
        if (day - self.first_day) % SURVEY_DAYS < days:
            self._desk.survey(rng, self.people, self.state, days)

    def _moments(self, rng: np.random.Generator, who: Ints, day: int, days: int) -> Ints:
        first = np.maximum(self.people.acquired_day[who], day)
        second = shop.moments(rng, first, np.maximum(day + days - first, 1))
        # Nobody does anything before being won.
        return np.maximum(second, self.acquired_second[who] + 3_600)

    def _joined(self, day: int, days: int) -> Ints:
        return np.flatnonzero((self.people.acquired_day >= day) & (self.people.acquired_day < day + days))

    def _note_orders(
        self, rng: np.random.Generator, result: StepResult, treated: np.ndarray, day: int, days: int
    ) -> None:  # fmt: skip
        again = np.repeat(np.arange(self.people.size), result.orders)
        joined = self._joined(day, days)
        buying = joined[self.people.rate[joined] > 0]
        who = np.concatenate([buying, again])
        second = np.concatenate([self.acquired_second[buying] + 2_700, self._moments(rng, again, day, days)])
        discount = np.where(treated[who], self.state.discount[who], 0.0)
        shop.note_orders(self._orders, self._interactions, rng, who, second, discount)
        np.maximum.at(self.last_order_day, who, second // DAY_SECONDS)
        channel = self.people.channel[joined]
        self._desk.costs.add(
            who=joined, second=self.acquired_second[joined], kind=0, amount=np.array(CHANNEL_COSTS)[channel]
        )

    def _note_habits(
        self, rng: np.random.Generator, day: int, days: int, state: np.ndarray, cause: np.ndarray
    ) -> None:
        part = np.clip(day + days - self.people.acquired_day, 0, days)

        def drawn(rate: np.ndarray) -> tuple[Ints, Ints]:
            who = np.repeat(np.arange(self.people.size), rng.poisson(rate * part))
            return who, self._moments(rng, who, day, days)

        shop.note_browsing(
            self._interactions,
            rng,
            *drawn(self.people.visits * BROWSING[state]),
            len(self.world.catalogue.name),
        )
        dear = np.where((state == FADING) & (cause == 1), PRICE_CARTS, LEAVING_CARTS[state])
        shop.note_carts(self._interactions, rng, *drawn(self.people.carts * dear), self.world.catalogue.price)
        self._desk.talk(rng, *drawn(self.people.chats * care.TALKING[state]), self._interactions)
        self._desk.ask(rng, *drawn(care.question_rates(self.state)))
        angry, second = drawn(care.complaint_rates(self.people, self.state))
        self._desk.complain(rng, angry, second, self._interactions, None)

    def _note_service(self, rng: np.random.Generator, result: StepResult, day: int, days: int) -> None:
        told = result.offended[rng.random(result.offended.size) < self.people.complains[result.offended]]
        self._desk.complain(rng, told, self._moments(rng, told, day, days), self._interactions, self.state)
        settled = self._moments(rng, result.settled, day, days)
        self._desk.end(rng, result.settled, settled, self.state, settled=True)
        later = self._moments(rng, result.faded, day, days) + 14 * DAY_SECONDS
        self._desk.end(rng, result.faded, later, self.state, settled=False)

    def _publish(self, *, with_truth: bool) -> MarketData:
        until, ids = self.state.day * DAY_SECONDS, self.customer_ids
        rng = self._luck(4, self.state.day)
        ordered, done = self._orders.take(until), self._interactions
        first = self._orders.number(ordered["who"].size)
        orders, items = shop.orders_tables(self.world, self.people, ordered, first, until, ids, rng)
        shop.note_reviews(done, rng, ordered, care.mood(self.people, self.state))
        acted, reached = done.take(until), self._contacts.take(until)
        answered, spent = self._desk.answers.take(until), self._desk.costs.take(until)
        tables = {
            "customers": self._profiles.filter(pa.array(self.acquired_second < until)),
            "products": products_table(self.world.catalogue),
            "orders": orders,
            "order_items": items,
            "subscriptions": self._subscriptions.publish(ids),
            "interactions": shop.interactions_table(self.world, acted, done.number(acted["who"].size), ids),
            "contacts": outreach.contacts_table(
                reached, self._contacts.number(reached["who"].size), self._campaigns, ids
            ),
            "tickets": care.tickets_table(self._desk.tickets.take(until), self._opened_with, ids),
            "answers": care.answers_table(answered, self._desk.answers.number(answered["who"].size), ids),
            "costs": care.costs_table(spent, self._desk.costs.number(spent["who"].size), ids),
        }
        if not with_truth:
            return MarketData(tables, {})
        future = truth.futures(self.world, self.people, self.state.day)
        return MarketData(
            tables=tables,
            truth={
                "customers": truth.customers_table(ids, self.people, self.state, future),
                "responses": truth.responses_table(ids, self.people, self.state, future),
            },
        )

"""The simulated shop: plausible, the same every time, and honest about its truth."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from keepwell.history.schemas import ARROW_TYPES, FACT_TABLES
from keepwell.science.simulate import CAUSES, TREATMENTS, Market

pytestmark = pytest.mark.science

END = date(2026, 11, 1)
FACTS = (
    "orders", "order_items", "subscriptions", "interactions", "contacts", "tickets", "answers", "costs",
    "products",
)  # fmt: skip


@pytest.fixture(scope="module")
def shop():
    market = Market(customers=5_000, seed=3)
    return market, market.run()


def column(table, name):
    return np.array(table[name].to_pylist(), dtype=object)


def days(values):
    """Days since 1970 as float, NaN where there is none."""
    return np.array(
        [np.nan if value is None else value.toordinal() - 719_163 for value in values], dtype=float
    )


def test_same_arguments_give_the_same_bytes(tmp_path):
    for kind in ("csv", "parquet"):
        for name, seed in (("first", 5), ("second", 5), ("other", 6)):
            Market(customers=120, days=300, seed=seed).run().write(tmp_path / name, format=kind)
    first, second, other = (
        {
            path.relative_to(tmp_path / name): path.read_bytes()
            for path in sorted((tmp_path / name).rglob("*.*"))
        }
        for name in ("first", "second", "other")
    )
    assert len(first) == 2 * 12
    assert first == second
    assert all(first[path] != other[path] for path in first if path.stem not in ("products",))


@pytest.mark.parametrize("name", FACTS)
def test_tables_follow_the_schema_of_facts(shop, name):
    table, schema = shop[1].tables[name], FACT_TABLES[name]
    assert table.num_rows > 0
    assert table.column_names == [one.name for one in schema.columns]
    for one in schema.columns:
        assert table.schema.field(one.name).type == ARROW_TYPES[one.type], one.name
        if one.required:
            assert table[one.name].null_count == 0, one.name
        if one.choices:
            assert set(pc.unique(table[one.name]).to_pylist()) <= set(one.choices), one.name
    keys = table.select(list(schema.key)).group_by(list(schema.key)).aggregate([])
    assert keys.num_rows == table.num_rows


def test_customers_have_the_columns_of_an_import(shop):
    assert shop[1].tables["customers"].column_names == [
        "customer_id", "name", "email", "phone", "gender", "birth_on", "country", "region", "city",
        "language", "time_zone", "occupation", "acquired_at", "acquisition_channel", "acquisition_cost",
        "tags",
    ]  # fmt: skip


def test_references_lead_somewhere(shop):
    tables = shop[1].tables
    customers = set(tables["customers"]["customer_id"].to_pylist())
    assert len(customers) == 5_000
    for name, table in tables.items():
        if "customer_id" in table.column_names:
            assert set(pc.unique(table["customer_id"]).to_pylist()) <= customers, name
    items, orders = tables["order_items"], tables["orders"]
    assert set(pc.unique(items["order_id"]).to_pylist()) == set(orders["order_id"].to_pylist())
    assert set(pc.unique(items["product_id"]).to_pylist()) <= set(
        tables["products"]["product_id"].to_pylist()
    )
    lines = pc.subtract(pc.multiply(pc.cast(items["unit_price"], pa.float64()), items["quantity"]),
                        pc.cast(items["discount"], pa.float64()))  # fmt: skip
    summed = (
        pa.table({"order_id": items["order_id"], "net": lines})
        .group_by("order_id")
        .aggregate([("net", "sum")])
    )
    joined = orders.join(summed, "order_id")
    assert np.allclose(pc.cast(joined["amount"], pa.float64()), joined["net_sum"], atol=1e-6)


def test_everything_happens_between_acquisition_and_end(shop):
    tables = shop[1].tables
    won = dict(
        zip(*(tables["customers"][name].to_pylist() for name in ("customer_id", "acquired_at")), strict=True)
    )
    for name, time in (
        ("orders", "ordered_at"),
        ("interactions", "at"),
        ("tickets", "at"),
        ("answers", "at"),
    ):
        table = tables[name]
        assert max(table[time].to_pylist()).date() < END
        pairs = zip(table["customer_id"].to_pylist(), table[time].to_pylist(), strict=True)
        assert all(at >= won[customer] for customer, at in pairs), name


def test_truth_is_kept_apart(shop, tmp_path):
    _, data = shop
    hidden = set(data.truth["customers"].column_names) | set(data.truth["responses"].column_names)
    shared = {"customer_id", "cost"}
    for name, table in data.tables.items():
        assert hidden & set(table.column_names) <= shared, name
    files = Market(customers=30, days=90, seed=1).run().write(tmp_path)
    assert {path.parent for path in files} == {tmp_path}
    assert sorted(path.name for path in (tmp_path / "truth").iterdir()) == ["customers.csv", "responses.csv"]


def test_unknown_format_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"^format must"):
        Market(customers=3, days=10).run().write(tmp_path, format="xls")


def test_shares_of_the_lost_and_the_leaving(shop):
    truth = shop[1].truth["customers"]
    state, lost_on = column(truth, "state"), days(truth["lost_on"].to_pylist())
    end = END.toordinal() - 719_163
    lost = (state == "lost").mean()
    leaving = (state == "fading").mean() + (lost_on > end - 60).mean()
    assert 0.25 <= lost <= 0.35
    assert 0.09 <= leaving <= 0.15
    assert set(column(truth, "cause")) == {*CAUSES, None}
    assert np.array_equal(column(truth, "alive").astype(bool), state != "lost")
    assert np.array_equal(~np.isnan(lost_on), state == "lost")


def test_orders_look_like_those_of_a_shop(shop):
    orders = shop[1].tables["orders"]
    counts = orders.group_by("customer_id").aggregate([("order_id", "count")])["order_id_count"].to_numpy()
    assert 7 <= counts.sum() / 5_000 <= 10
    assert 0.55 <= (counts > 1).mean() <= 0.67
    assert 4_900 <= counts.size < 5_000  # a few only registered
    amounts = pc.cast(orders["amount"], pa.float64()).to_numpy()
    low, middle, high = np.percentile(amounts, [5, 50, 95])
    assert 25 <= low <= 60
    assert 150 <= middle <= 300
    assert 600 <= high <= 2_000
    assert (amounts == 0).sum() > 20
    assert 0.3 <= 1 - pc.sum(orders["cost"]).as_py() / pc.sum(orders["amount"]).as_py() <= 0.5


def test_a_few_customers_are_very_big(shop):
    orders = shop[1].tables["orders"]
    spent = orders.group_by("customer_id").aggregate([("amount", "sum")])["amount_sum"].to_pylist()
    spent = np.sort(np.array(spent, dtype=float))[::-1]
    assert spent[:50].sum() > 0.08 * spent.sum()
    assert spent[0] > 50 * np.median(spent)


def test_seasons_show_in_the_revenue(shop):
    orders = shop[1].tables["orders"]
    months = pc.strftime(orders["ordered_at"], format="%Y-%m")
    sums = (
        pa.table({"month": months, "amount": orders["amount"]})
        .group_by("month")
        .aggregate([("amount", "sum")])
    )
    revenue = {
        month: float(total) for month, total in zip(*(one.to_pylist() for one in sums.columns), strict=True)
    }
    assert revenue["2025-11"] > 1.15 * (revenue["2025-10"] + revenue["2025-12"]) / 2
    assert revenue["2026-06"] > 1.25 * (revenue["2026-05"] + revenue["2026-07"]) / 2


def test_names_come_in_three_scripts_and_some_are_ugly(shop):
    customers = shop[1].tables["customers"]
    names = customers["name"].to_pylist()
    assert max(len(name) for name in names if name) == 60
    assert 5 <= sum(name is None for name in names) <= 80
    assert set(customers["language"].to_pylist()) == {"zh-hans", "zh-hant", "en"}
    traditional, simplified = set("陳張劉楊許鄭謝賴蘇葉莊蕭羅簡鍾趙顏孫"), set("张刘陈杨赵黄吴孙马罗郑谢韩")
    for name, country in zip(names, customers["country"].to_pylist(), strict=True):
        if name and country == "CN":
            assert name[0] not in traditional - {"許", "羅", "孫"}
        if name and country in ("HK", "TW"):
            assert name[0] not in simplified - {"黄", "郑"}
    mails = [mail for mail in customers["email"].to_pylist() if mail]
    assert len(set(mails)) == len(mails)
    hosts = {mail.split("@")[1] for mail in mails}
    assert all(host.endswith(("example.com", "example.net", "example.org")) for host in hosts)


def per_year(events, exposure_days):
    return events / exposure_days * 365.25


def test_complaints_precede_leaving_over_service(shop):
    _, data = shop
    truth, tickets = data.truth["customers"], data.tables["tickets"]
    opened = tickets.filter(
        pc.and_(pc.equal(tickets["event"], "opened"), pc.not_equal(tickets["category"], "question"))
    )
    who, at = column(opened, "customer_id"), days(opened["at"].to_pylist())
    fading = dict(zip(truth["customer_id"].to_pylist(), days(truth["fading_since"].to_pylist()), strict=True))
    cause = dict(zip(truth["customer_id"].to_pylist(), truth["cause"].to_pylist(), strict=True))
    before = np.array([fading[customer] for customer in who]) - at
    by_service = np.array([cause[customer] == "service" for customer in who])
    left = sum(value == "service" for value in cause.values())
    left_otherwise = sum(value not in ("service", None) for value in cause.values())
    in_time = (before > 0) & (before <= 60)
    angry = per_year((in_time & by_service).sum(), left * 60)
    calm = per_year((in_time & ~by_service & ~np.isnan(before)).sum(), left_otherwise * 60)
    assert angry > 8 * calm
    assert angry > 3


def test_visits_fall_before_the_end(shop):
    _, data = shop
    truth, acts = data.truth["customers"], data.tables["interactions"]
    looked = acts.filter(pc.is_in(acts["type"], pa.array(["visit", "view", "search", "checkout"])))
    table = looked.select(["customer_id", "at"]).join(
        truth.select(["customer_id", "fading_since", "lost_on", "state"]), "customer_id"
    )
    table = table.filter(pc.equal(table["state"], "lost"))
    at, since, lost = (days(table[name].to_pylist()) for name in ("at", "fading_since", "lost_on"))
    states = truth.filter(pc.equal(truth["state"], "lost"))
    length = days(states["lost_on"].to_pylist()) - days(states["fading_since"].to_pylist())
    before = ((at < since) & (at >= since - 90)).sum() / (states.num_rows * 90)
    fading = ((at >= since) & (at < lost)).sum() / length.sum()
    assert fading < 0.45 * before
    assert (at > lost + 7).sum() < 0.05 * at.size


def test_past_campaigns_kept_a_holdout_by_lot(shop):
    contacts = shop[1].tables["contacts"]
    winback = contacts.filter(pc.equal(contacts["play"], "winback"))
    counts = winback.group_by(["campaign", "arm", "propensity"]).aggregate([("contact_id", "count")])
    rows = counts.to_pylist()
    campaigns = {row["campaign"] for row in rows}
    assert len(campaigns) >= 4
    for campaign in campaigns:
        of = [row for row in rows if row["campaign"] == campaign]
        total = sum(row["contact_id_count"] for row in of)
        assert sum(row["propensity"] for row in of) == pytest.approx(1.0)
        assert "holdout" in {row["arm"] for row in of}
        for row in of:
            spread = 4 * np.sqrt(total * row["propensity"] * (1 - row["propensity"]))
            assert abs(row["contact_id_count"] - total * row["propensity"]) < spread
    withheld = winback.filter(pc.equal(winback["arm"], "holdout"))
    assert set(withheld["status"].to_pylist()) == {"withheld"}


def test_satisfaction_is_lower_among_the_leaving(shop):
    _, data = shop
    answers = data.tables["answers"].join(
        data.truth["customers"].select(["customer_id", "state"]), "customer_id"
    )
    late = answers.filter(
        pc.greater(answers["at"], pa.scalar(pc.max(answers["at"]).as_py() - timedelta(days=200)))
    )
    scores = late.filter(pc.equal(late["metric"], "nps"))
    state, score = column(scores, "state"), scores["score"].to_numpy()
    assert score[state == "content"].mean() > score[state == "fading"].mean() + 0.3


def test_an_unknown_argument_is_named():
    with pytest.raises(ValueError, match=r"^customers must"):
        Market(customers=0)
    with pytest.raises(ValueError, match=r"^days must"):
        Market(days=0)
    market = Market(customers=10, days=50)
    market.run()
    with pytest.raises(ValueError, match=r"^until must"):
        market.advance(market.today)
    with pytest.raises(ValueError, match=r"^treatments must name"):
        market.advance(END + timedelta(days=7), treatments={"nobody": "gift"})
    with pytest.raises(ValueError, match=r"^treatments must be among"):
        market.advance(END + timedelta(days=7), treatments={"C000001": "bribe"})


def test_continuing_tells_each_fact_once():
    market = Market(customers=200, days=400, seed=2)
    first = market.run()
    second = market.advance(END + timedelta(days=90), treatments={"C000001": "gift", "C000002": "holdout"})
    for name in ("orders", "interactions", "tickets", "contacts", "answers", "costs"):
        key = list(FACT_TABLES[name].key)
        both = pa.concat_tables([first.tables[name], second.tables[name]])
        assert both.select(key).group_by(key).aggregate([]).num_rows == both.num_rows, name
    arms = second.tables["contacts"].filter(pc.equal(second.tables["contacts"]["campaign"], f"plan-{END}"))
    assert dict(zip(*(arms[name].to_pylist() for name in ("customer_id", "arm")), strict=True)) == {
        "C000001": "gift",
        "C000002": "holdout",
    }
    starts = second.tables["orders"]["ordered_at"].to_pylist()
    assert min(starts).date() >= END
    assert len(second.truth["customers"]["customer_id"]) == 200


def test_a_fork_leaves_the_market_alone():
    market = Market(customers=100, days=200, seed=2)
    market.run()
    fork = market.fork()
    fork.advance(END + timedelta(days=60), treatments={"C000001": "gift"})
    assert market.today == END
    again = market.fork().advance(END + timedelta(days=60), treatments={"C000001": "gift"})
    assert again.tables["orders"].equals(
        market.advance(END + timedelta(days=60), treatments={"C000001": "gift"}).tables["orders"]
    )


def margin_by_customer(data, ids):
    orders = data.tables["orders"]
    kept = orders.filter(pc.is_in(orders["status"], pa.array(["paid", "placed"])))
    place = {customer: index for index, customer in enumerate(ids)}
    rows = np.array([place[customer] for customer in kept["customer_id"].to_pylist()])
    net = pc.cast(kept["amount"], pa.float64()).to_numpy()
    cost = pc.cast(kept["cost"], pa.float64()).to_numpy()
    paid = net > 0  # free samples carry a cost but no sale
    counts = np.bincount(rows[paid], minlength=len(ids))
    return np.bincount(rows[paid], (net - cost)[paid], minlength=len(ids)), counts


@pytest.mark.slow
def test_simulated_responses_average_to_the_truth():
    market = Market(customers=10_000, days=700, seed=11)
    data = market.run()
    people, truth = data.truth["customers"], data.truth["responses"]
    ids = people["customer_id"].to_pylist()
    # The very big ones are left out: their luck would drown all else.
    usual = people["pieces_per_line"].to_numpy() < 2
    until = END + timedelta(days=365)
    lucks = range(1, 5)
    runs = [margin_by_customer(market.fork(luck).advance(until), ids) for luck in lucks]
    untreated = np.mean([margin for margin, _ in runs], axis=0)
    residual = (untreated - people["expected_margin_12m"].to_numpy())[usual]
    assert abs(residual.mean()) < 4 * residual.std() / np.sqrt(residual.size)
    wanted = people["expected_purchases_12m"].to_numpy().sum()
    # A refunded or cancelled order was an order too.
    assert np.mean([orders.sum() for _, orders in runs]) == pytest.approx(wanted * (1 - 0.045), rel=0.02)
    for code in ("sms_coupon", "personal_visit", "service_recovery", "gift"):
        of = truth.filter(pc.equal(truth["treatment"], code))
        assert of["customer_id"].to_pylist() == ids
        gain = of["gain_12m"].to_numpy()[usual]
        plan = dict.fromkeys(ids, code)
        treated = np.mean(
            [margin_by_customer(market.fork(luck).advance(until, plan), ids)[0] for luck in lucks], axis=0
        )
        seen = (treated - untreated)[usual]
        error = seen.std() / np.sqrt(seen.size)
        assert abs(seen.mean() - gain.mean()) < 4 * error, code
        assert abs(gain.mean()) > 2 * error, f"{code}: too few customers to see anything"


def test_success_is_as_frequent_as_the_truth_says():
    market = Market(customers=6_000, days=600, seed=8)
    data = market.run()
    truth, people = data.truth["responses"], data.truth["customers"]
    away = np.isin(column(people, "state"), ("fading", "lost"))
    ids = np.array(people["customer_id"].to_pylist())[away]
    for code in TREATMENTS:
        chance = truth.filter(pc.equal(truth["treatment"], code))["success_probability"].to_numpy()[away]
        after = market.fork().advance(END + timedelta(days=1), dict.fromkeys(ids.tolist(), code))
        won = np.isin(column(after.truth["customers"], "state"), ("content", "aggrieved"))[away].sum()
        # Of the fading a few come back by themselves on that day.
        assert abs(won - chance.sum()) < 4 * np.sqrt((chance * (1 - chance)).sum()) + 3, code


def test_service_recovery_works_only_where_service_was_the_cause(shop):
    truth = shop[1].truth
    of = truth["responses"].filter(pc.equal(truth["responses"]["treatment"], "service_recovery"))
    cause, state = column(truth["customers"], "cause"), column(truth["customers"], "state")
    chance = of["success_probability"].to_numpy()
    away = np.isin(state, ("fading", "lost"))
    assert (chance[away & (cause != "service")] == 0).all()
    assert (chance[away & (cause == "service")] > 0).all()
    assert (chance[state == "aggrieved"] > 0).all()

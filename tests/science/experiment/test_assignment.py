"""Assignment: anybody can compute it again, and it depends on nothing but salt, unit and split."""

import hashlib

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from keepwell.science.experiment import Split, assign, assign_balanced, in_holdout, uniform

pytestmark = pytest.mark.science

IDS = [f"C-{number}" for number in range(30_000)]
ids = st.lists(st.text(max_size=12), unique=True, min_size=1, max_size=40)
salts = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1, max_size=12)


def even(*names):
    return Split.of(dict.fromkeys(names, 1 / len(names)))


def test_a_number_is_thirteen_digits_of_sha256():
    for unit in ("C-1001", "客户-7", ""):
        digest = hashlib.sha256(f"spring\n{unit}".encode()).hexdigest()
        assert uniform([unit], salt="spring")[0] == int(digest[:13], 16) / 16**13


def test_a_database_finds_the_same_arms():
    given_ids = duckdb.connect().execute("SELECT 'C-' || i AS id FROM range(2000) t(i)").fetchall()
    rows = duckdb.sql(
        """SELECT 'C-' || i, ('0x' || left(sha256('spring' || chr(10) || 'C-' || i), 13))::UBIGINT / 16 ** 13
        FROM range(2000) t(i)"""
    ).fetchall()
    assert [row[0] for row in rows] == [row[0] for row in given_ids]
    numbers = uniform([row[0] for row in rows], salt="spring")
    assert numbers.tolist() == [row[1] for row in rows]


@given(ids, salts, st.randoms(use_true_random=False))
def test_neither_order_nor_company_matters(units, salt, random):
    split = even("control", "mail", "call")
    arm = dict(zip(units, assign(units, split, salt=salt).arm.tolist(), strict=True))
    mixed = units + [f"other {i}" for i in range(5)]
    random.shuffle(mixed)
    again = dict(zip(mixed, assign(mixed, split, salt=salt).arm.tolist(), strict=True))
    assert all(again[unit] == arm[unit] for unit in units)
    alone = [int(assign([unit], split, salt=salt).arm[0]) for unit in units]
    assert alone == list(arm.values())


def test_numpy_strings_are_units_too():
    assert uniform(np.array(["C-1", "C-2"]), salt="s").tolist() == uniform(["C-1", "C-2"], salt="s").tolist()


growth = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.floats(0.01, 0.3)), min_size=1, max_size=8
)


@settings(max_examples=60)
@given(growth)
def test_growing_an_arm_moves_units_from_the_control_alone(steps):
    split = Split.of({"control": 0.9, "a": 0.1})
    numbers = uniform(IDS[:2000], salt="grow")
    names = np.array(split.arms)[split.arm_of(numbers)]
    for arm, more in steps:
        share = split.shares.get(arm, 0.0) + more
        if more > split.shares["control"]:
            with pytest.raises(ValueError, match="of the control"):
                split.grow(arm, share)
            continue
        grown = split.grow(arm, share)
        later = np.array(grown.arms)[grown.arm_of(numbers)]
        moved = later != names
        assert set(names[moved]) <= {"control"}
        assert set(later[moved]) <= {arm}
        assert grown.shares[arm] == pytest.approx(share)
        assert sum(grown.shares.values()) == pytest.approx(1)
        assert Split.from_dict(grown.to_dict()) == grown
        split, names = grown, later


def test_the_whole_control_can_be_given_away():
    grown = Split.of({"control": 0.8, "a": 0.2}).grow("a", 1.0)
    assert grown.shares == {"control": 0.0, "a": pytest.approx(1.0)}
    assert set(grown.arm_of([0.0, 0.5, 1 - 2**-52]).tolist()) == {1}


def test_arms_get_their_shares_and_probabilities_are_told():
    split = Split.of({"control": 0.2, "mail": 0.5, "call": 0.3})
    found = assign(IDS, split, salt="shares")
    counts = np.bincount(found.arm, minlength=3)
    assert stats.chisquare(counts, np.array([0.2, 0.5, 0.3]) * len(IDS)).pvalue > 0.001
    assert found.probability.tolist() == [[0.2, 0.5, 0.3][a] for a in found.arm.tolist()] or np.allclose(
        found.probability, np.array([0.2, 0.5, 0.3])[found.arm]
    )


def test_numbers_are_even():
    assert stats.kstest(uniform(IDS, salt="even"), "uniform").pvalue > 0.001


@pytest.mark.parametrize(("one", "other"), [("spring", "summer"), ("play-1", "play-2"), ("a", "aa")])
def test_experiments_have_nothing_to_do_with_each_other(one, other):
    split = even("control", "a", "b")
    table = np.zeros((3, 3), dtype=int)
    np.add.at(table, (assign(IDS, split, salt=one).arm, assign(IDS, split, salt=other).arm), 1)
    assert stats.chi2_contingency(table).pvalue > 0.001
    held = in_holdout(IDS, 0.05)
    arms = [np.bincount(assign(IDS, split, salt=one).arm[mask], minlength=3) for mask in (held, ~held)]
    assert stats.chi2_contingency(arms).pvalue > 0.001


def test_a_greater_holdout_only_adds_units():
    small, large = in_holdout(IDS, 0.02), in_holdout(IDS, 0.05)
    assert not (small & ~large).any()
    assert large.mean() == pytest.approx(0.05, abs=0.005)


@settings(max_examples=50)
@given(ids, st.integers(1, 4), st.randoms(use_true_random=False), st.floats(0.05, 0.95))
def test_balanced_within_each_stratum_in_any_order(units, count, random, share):
    split = Split.of({"control": 1 - share, "mail": share})
    strata = {unit: f"group {len(unit) % count}" for unit in units}
    found = assign_balanced(units, [strata[unit] for unit in units], split, salt="s")
    for name in set(strata.values()):
        mine = np.array([strata[unit] == name for unit in units])
        assert abs(found.arm[mine].sum() - share * mine.sum()) < 1 + 1e-9
    mixed = list(units)
    random.shuffle(mixed)
    again = assign_balanced(mixed, [strata[unit] for unit in mixed], split, salt="s")
    arms = dict(zip(units, found.arm.tolist(), strict=True))
    assert [arms[unit] for unit in mixed] == again.arm.tolist()


def test_balanced_assignment_gives_everybody_the_share_of_the_arm():
    split = Split.of({"control": 0.3, "mail": 0.7})
    units = [f"C-{i}" for i in range(7)]
    times = sum(assign_balanced(units, ["x"] * 7, split, salt=f"s{i}").arm for i in range(2000))
    np.testing.assert_allclose(times / 2000, 0.7, atol=0.04)


def test_a_known_assignment_stays_as_it_is():
    """What was assigned once must come out the same in every later release."""
    split = Split.of({"control": 0.5, "mail": 0.3, "call": 0.2})
    found = assign([f"C-{number}" for number in range(1000, 1012)], split, salt="spring")
    assert found.arm.tolist() == [0, 0, 0, 1, 2, 2, 1, 1, 0, 0, 0, 2]
    balanced = assign_balanced([f"C-{i}" for i in range(8)], ["a", "b"] * 4, split, salt="spring")
    assert balanced.arm.tolist() == [2, 0, 0, 2, 0, 0, 1, 1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: uniform(["a"], salt=""), "salt must not be empty"),
        (lambda: uniform(["a"], salt="a\nb"), "nor hold a line feed"),
        (lambda: Split.of({"a": 0.5, "b": 0.4}), "must add up to 1"),
        (lambda: Split.of({"a": 1.5, "b": -0.5}), "must not be negative"),
        (lambda: even("a", "b").grow("a", 0.6), "the control cannot grow"),
        (lambda: even("a", "b").grow("b", 0.4), "must not fall"),
        (lambda: even("a", "b").grow("c", 0.6), "of the control"),
        (lambda: assign_balanced(["a", "a"], ["x", "x"], even("a", "b"), salt="s"), "must not come twice"),
        (lambda: assign_balanced(["a"], [], even("a", "b"), salt="s"), "strata has 0 elements"),
        (lambda: in_holdout(["a"], 1.0), "share must be between"),
    ],
)
def test_what_cannot_be_used_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()

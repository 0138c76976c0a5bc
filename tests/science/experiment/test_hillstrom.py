"""A real experiment: 64,000 customers, two e-mails and a control (MineThatData challenge, 2008)."""

import csv

import numpy as np
import pytest
from scipy import stats

from keepwell.science.experiment import compare, lift, mismatch, moments_by_arm

pytestmark = pytest.mark.science

ARMS = ["No E-Mail", "Mens E-Mail", "Womens E-Mail"]


@pytest.fixture(scope="module")
def hillstrom(test_data):
    path = test_data / "hillstrom" / "hillstrom.csv"
    if not path.exists():
        pytest.skip(f"real data not found: {path}")
    with path.open() as file:
        rows = list(csv.DictReader(file))
    numbers = ("visit", "conversion", "spend", "history", "recency", "newbie")
    columns = {name: np.array([float(row[name]) for row in rows]) for name in numbers}
    return columns | {"arm": np.array([ARMS.index(row["segment"]) for row in rows])}


@pytest.mark.parametrize(
    ("metric", "arm", "control", "treated", "difference"),
    [
        # as commonly reported for the challenge (Radcliffe 2008), in per cent and dollars
        ("visit", 1, 10.6, 18.3, 7.66),
        ("visit", 2, 10.6, 15.1, 4.52),
        ("conversion", 1, 0.57, 1.25, 0.68),
        ("conversion", 2, 0.57, 0.88, 0.31),
        ("spend", 1, 0.65, 1.42, 0.77),
        ("spend", 2, 0.65, 1.08, 0.42),
    ],
)
def test_published_figures(hillstrom, metric, arm, control, treated, difference):
    scale = 1 if metric == "spend" else 100
    mine = np.isin(hillstrom["arm"], (0, arm))
    y, given = hillstrom[metric][mine] * scale / scale, hillstrom["arm"][mine] == arm
    found = lift(y, given)
    digits = 1 if metric == "visit" else 2
    assert round(found.control.mean * scale, digits) == control
    assert round(found.treated.mean * scale, digits) == treated
    assert round(found.difference * scale, 2) == difference
    assert found.evidence == "helped"
    wanted = stats.ttest_ind(y[given], y[~given], equal_var=False).confidence_interval()
    near = 0.05 * found.standard_error  # yes and no are read by score intervals
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=near)


def test_arms_are_as_large_as_planned(hillstrom):
    counts = np.bincount(hillstrom["arm"])
    found = mismatch(counts, [1 / 3] * 3)
    assert counts.tolist() == [21_306, 21_307, 21_387]
    assert found.p_value == pytest.approx(stats.chisquare(counts).pvalue)
    assert (found.p_value_any_time, found.alarm) == (1.0, False)


def test_all_arms_together_and_the_best(hillstrom):
    x = np.column_stack([hillstrom["history"], hillstrom["recency"], hillstrom["newbie"]])
    control, men, women = moments_by_arm(hillstrom["visit"], hillstrom["arm"], 3, covariate=x)
    found = compare(control, {"men": men, "women": women})
    assert found.may_be_best == ("men",)
    y = hillstrom["visit"] - np.array([m.mean[0] for m in (control, men, women)])[hillstrom["arm"]]
    fitted = (x - x.mean(axis=0)) @ np.linalg.lstsq(x - x.mean(axis=0), y)[0]
    assert found.lifts["men"].variance_reduction == pytest.approx(fitted.var() / y.var(), abs=0.003)
    for metric in ("conversion", "spend"):
        arms = moments_by_arm(hillstrom[metric], hillstrom["arm"], 3)
        assert compare(arms[0], {"men": arms[1], "women": arms[2]}).may_be_best == ("men",)


def test_no_placebo_effect(hillstrom):
    """What was so before the e-mails differs no more than chance allows: 24 tests, at most four below 5 %."""
    rng = np.random.default_rng(70)
    low = 0
    for metric in ("history", "recency", "newbie"):
        for arm in (1, 2):
            mine = np.isin(hillstrom["arm"], (0, arm))
            low += lift(hillstrom[metric][mine], hillstrom["arm"][mine] == arm).p_value < 0.05
    control = hillstrom["spend"][hillstrom["arm"] == 0]
    for _ in range(18):
        low += lift(control, rng.random(control.size) < 0.5).p_value < 0.05
    assert low <= 4


def test_looking_every_thousand_customers(hillstrom):
    """In the file's order, the men's e-mail is shown to bring visits long before the end, and stays shown."""
    mine = np.isin(hillstrom["arm"], (0, 1))
    y, given = hillstrom["visit"][mine], hillstrom["arm"][mine] == 1
    shown = [lift(y[:n], given[:n], planned_units=4000).low > 0 for n in range(1000, y.size, 1000)]
    first = shown.index(True)
    assert first < 6
    assert all(shown[first:])

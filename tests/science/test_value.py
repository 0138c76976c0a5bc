"""Value: the plain formula, tiers, repeat purchase rate, core customers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.science import value

pytestmark = pytest.mark.science
amounts = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)
shares = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(lambda p: (p[0], p[1] * (1 - p[0])))


def test_the_plain_formula():
    assert value.formula_clv(2400, 5, 1500) == 10_500
    assert value.formula_clv(200, 3, 900) == -300
    assert value.formula_clv([2400, 200], [5, 3], [1500, 900]).tolist() == [10_500, -300]


def test_a_negative_lifetime_is_refused():
    with pytest.raises(ValueError, match="lifetime_years"):
        value.formula_clv(1, -1)


def test_a_short_history_is_not_multiplied():
    assert value.annual_contribution([300, 300, 300], [10 / 365, 1, 3]).tolist() == [300, 300, 100]
    with pytest.raises(ValueError, match="observed_years"):
        value.annual_contribution([1], [-0.1])
    with pytest.raises(ValueError, match="least_years"):
        value.annual_contribution([1], [1], least_years=0)


def test_tiers_by_share_of_value():
    worth = np.array([50.0, 30, 10, 5, 5])
    cutoffs = value.tier_cutoffs(worth, high_share=0.5, mid_share=0.3)
    assert (cutoffs.high_from, cutoffs.mid_from) == (50, 30)
    assert value.tiers(worth, cutoffs).tolist() == [0, 1, 2, 2, 2]


def test_on_the_cutoff_is_above_it_and_equals_stay_together():
    worth = np.array([10.0, 10, 10, 1])
    cutoffs = value.tier_cutoffs(worth, high_share=0.4, mid_share=0.3)
    assert value.tiers(worth, cutoffs).tolist() == [0, 0, 0, 2]


def test_without_positive_value_all_are_low():
    cutoffs = value.tier_cutoffs([0, -5], high_share=0.5, mid_share=0.3)
    assert value.tiers([0, -5], cutoffs).tolist() == [2, 2]


@given(worth=amounts, share=shares)
def test_tiers_partition_and_reach_their_share(worth, share):
    high, mid = share
    cutoffs = value.tier_cutoffs(worth, high_share=high, mid_share=mid)
    found = value.tiers(worth, cutoffs)
    values = np.array(worth)
    assert set(found.tolist()) <= {0, 1, 2}
    assert np.all(np.diff(found[np.argsort(-values, kind="stable")]) >= 0)
    assert (found[values <= 0] == 2).all()
    total = values[values > 0].sum()
    assert values[found == 0].sum() >= high * total * (1 - 1e-9)
    assert values[found <= 1].sum() >= (high + mid) * total * (1 - 1e-9)
    if (found == 0).any():
        # Without the least of them the share would be missed: nobody is high for nothing.
        assert values[(found == 0) & (values > cutoffs.high_from)].sum() <= high * total * (1 + 1e-9)


@pytest.mark.parametrize("share", [(-0.1, 0.5), (0.7, 0.7), (1.1, 0)])
def test_impossible_shares_are_refused(share):
    with pytest.raises(ValueError, match="share"):
        value.tier_cutoffs([1.0], high_share=share[0], mid_share=share[1])


def test_values_must_be_finite():
    with pytest.raises(ValueError, match="finite"):
        value.tier_cutoffs([1.0, np.nan], high_share=0.5, mid_share=0.3)


def test_repeat_purchase_rate():
    assert value.repeat_purchase_rate(400, 148) == pytest.approx(0.37)
    assert value.repeat_purchase_rate(0, 0) is None
    with pytest.raises(ValueError, match="repeat_buyers"):
        value.repeat_purchase_rate(10, 11)


def test_core_customers_keep_buying_again():
    core = value.core_customers([6, 5, 0, 1, 3], [12, 12, 0, 1, 6], [7, 6, 1, 2, 4], rate=0.5)
    assert core.tolist() == [True, False, False, False, True]

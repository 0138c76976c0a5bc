"""CDNOW: published constants and the accuracy of a 39-week holdout."""

from datetime import date

import numpy as np
import pytest

from keepwell.science import metrics
from keepwell.science.clv import BetaGeo, GammaGamma, ModifiedBetaGeo
from keepwell.science.rfm import summarize
from keepwell.science.validation import holdout

pytestmark = pytest.mark.science

SPLIT_ON, END_ON, HORIZON_WEEKS = date(1997, 9, 30), date(1998, 6, 30), 39.0


@pytest.fixture(scope="module")
def weeks(cdnow):
    """Columns of the calibration and the holdout, in weeks."""
    table = holdout(cdnow, SPLIT_ON, END_ON, "W").to_pyarrow()
    return {
        name: table[name].to_numpy().astype(float) for name in table.column_names if name != "customer_id"
    }


def history(weeks):
    return weeks["frequency"], weeks["recency"], weeks["T"]


def test_bg_nbd_as_published(weeks):
    """Fader, Hardie & Lee (2005), table 2."""
    model = BetaGeo().fit(*history(weeks))
    assert {name: round(value, 3) for name, value in model.params_.items()} == {
        "r": 0.243,
        "alpha": 4.414,
        "a": 0.793,
        "b": 2.426,
    }
    assert round(model.log_likelihood_, 1) == -9582.4
    assert model.diagnostics_.codes == ()


def test_conditional_expectation_as_published(weeks):
    """The customer of Fader, Hardie & Lee's note on Excel: x = 2, t_x = 30.43, T = 38.86, 39 weeks: 1.226."""
    model = BetaGeo().fit(*history(weeks))
    assert model.expected_purchases(39, [2], [30.43], [38.86])[0] == pytest.approx(1.226, abs=5e-4)


def test_gamma_gamma_as_published(cdnow):
    """Fader & Hardie (2013): 946 customers with a repeat transaction in the first 39 weeks."""
    table = summarize(cdnow, SPLIT_ON, "W").to_pyarrow()
    frequency, monetary = table["frequency"].to_numpy(), table["monetary"].to_numpy()
    again = frequency > 0
    model = GammaGamma().fit(frequency[again], monetary[again])
    assert again.sum() == 946
    assert {name: round(value, 2) for name, value in model.params_.items()} == {
        "p": 6.25,
        "q": 3.74,
        "v": 15.44,
    }


def test_holdout_accuracy(weeks):
    actual = weeks["actual"]
    returned = actual > 0
    for model in (BetaGeo(), ModifiedBetaGeo()):
        expected = model.fit(*history(weeks)).expected_purchases(HORIZON_WEEKS, *history(weeks))
        assert metrics.auc(returned, expected) >= 0.772
        assert metrics.mae(actual, expected) < 0.79
    alive = ModifiedBetaGeo().fit(*history(weeks)).probability_alive(*history(weeks))
    assert metrics.auc(returned, alive) >= 0.68
    certain = BetaGeo().fit(*history(weeks)).probability_alive(*history(weeks))
    assert np.all(certain[weeks["frequency"] == 0] == 1)
    assert metrics.auc(returned, certain) < 0.5

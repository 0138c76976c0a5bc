"""What invented customers agreed to."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from keepwell.science.simulate import consents

pytestmark = pytest.mark.science
JOINED = datetime(2025, 3, 1, tzinfo=UTC)


def people(count, country="CN"):
    return pa.table(
        {
            "customer_id": [f"C{number:05d}" for number in range(count)],
            "country": [country] * count,
            "acquired_at": pa.array([JOINED] * count, pa.timestamp("us", tz="UTC")),
        }
    )


def share(table, channel, purpose, given):
    rows = table.to_pylist()
    return sum((r["channel"], r["purpose"], r["given"]) == (channel, purpose, given) for r in rows) / 4000


def test_shares_are_as_said_and_the_same_seed_gives_the_same_rows():
    found = consents(people(4000), seed=1)
    assert share(found, "email", "marketing", "yes") == pytest.approx(0.70, abs=0.03)
    assert share(found, "email", "marketing", "no") == pytest.approx(0.03, abs=0.01)
    assert share(found, "phone", "service", "yes") == pytest.approx(0.85, abs=0.03)
    assert found.equals(consents(people(4000), seed=1))
    assert not found.equals(consents(people(4000), seed=2))
    assert set(found["at"].to_pylist()) == {JOINED}


def test_nobody_agrees_to_a_channel_they_do_not_use():
    assert "whatsapp" not in consents(people(100), seed=1)["channel"].to_pylist()
    assert "wecom" not in consents(people(100, "GB"), seed=1)["channel"].to_pylist()

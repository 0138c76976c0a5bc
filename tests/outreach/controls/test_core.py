"""The lot: the same customer draws the same, the share is honoured, a greater one only adds."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.outreach.controls import core

IDS = st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=40, unique=True)
SHARES = st.floats(0.01, 0.5)


@given(ids=IDS, share=SHARES)
def test_a_lot_depends_on_nothing_but_customer_and_share(ids, share):
    salt = core.salt("journey:7", 1)
    whole = core.draw(ids, share, salt=salt)
    assert core.draw(list(reversed(ids)), share, salt=salt) == whole
    for one in ids:
        assert core.draw([one], share, salt=salt)[one] == whole[one]


@given(ids=IDS, share=SHARES, more=SHARES)
def test_a_greater_share_lets_nobody_go(ids, share, more):
    low, high = sorted((share, more))
    salt = core.salt("mailing:3", 1)
    before = {one for one, (is_control, _p) in core.draw(ids, low, salt=salt).items() if is_control}
    after = {one for one, (is_control, _p) in core.draw(ids, high, salt=salt).items() if is_control}
    assert before <= after


@given(share=SHARES, number=st.integers(1, 1_000))
@settings(max_examples=20, deadline=None)
def test_the_share_is_honoured_in_every_lot(share, number):
    count = 5_000
    drawn = core.draw([f"C{n}" for n in range(count)], share, salt=core.salt(f"journey:{number}", 1))
    control = sum(is_control for is_control, _p in drawn.values())
    assert abs(control - share * count) < 5 * math.sqrt(count * share * (1 - share))
    for is_control, probability in drawn.values():
        assert probability == pytest.approx(share if is_control else 1 - share)


def test_two_lots_have_nothing_to_do_with_each_other():
    ids = [f"C{n}" for n in range(20_000)]
    one, two = (core.draw(ids, 0.5, salt=core.salt(origin, 1)) for origin in ("journey:1", "mailing:1"))
    both = sum(one[name][0] and two[name][0] for name in ids)
    assert abs(both - 5_000) < 350


@pytest.mark.parametrize("share", [0, 1, -0.1, math.nan])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match="share"):
        core.draw(["C1"], share, salt="x")

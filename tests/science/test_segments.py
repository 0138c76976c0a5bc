"""Life-cycle stages, communication groups and hints by their stated rules."""

import numpy as np
import pytest

from keepwell.science import segments

pytestmark = pytest.mark.science


def flags(*values):
    return np.array(values, dtype=bool)


def test_life_stages_in_their_order():
    stage = segments.life_stages(
        is_new=flags(1, 0, 0, 0, 0, 0, 0),
        is_lost=flags(1, 1, 0, 0, 0, 0, 0),
        is_silent=flags(1, 0, 1, 0, 0, 0, 0),
        purchases_fell=flags(0, 0, 0, 1, 0, 0, 0),
        purchases_rose=flags(0, 1, 0, 0, 1, 0, 0),
        purchases=[1, 9, 9, 9, 9, 2, 9],
    )
    named = [segments.LIFE_STAGES[code] for code in stage]
    assert named == ["new", "decline", "decline", "decline", "growth", "growth", "mature"]


def test_communication_groups():
    rows = [
        # lost, tier, f, m, alive, contacts, declining, room
        (1, 0, 5, 5, 0.9, 9, 0, 1, "lost"),
        (0, 0, 5, 3, 0.9, 0, 0, 0, "high_value"),
        (0, 2, 4, 4, 0.5, 0, 0, 0, "high_value"),
        (0, 2, 3, 5, 0.9, 3, 0, 0, "high_value"),
        (0, 2, 3, 5, 0.9, 2, 0, 0, "mass"),
        (0, 0, 5, 5, 0.4, 9, 0, 0, "mass"),
        (0, 2, 3, 2, 0.9, 0, 0, 1, "potential"),
        (0, 2, 3, 2, 0.9, 0, 1, 1, "mass"),
        (0, 2, 1, 2, 0.9, 0, 0, 1, "mass"),
        (0, 2, 5, 2, 0.9, 0, 0, 1, "mass"),
    ]
    lost, tier, f, m, alive, contacts, declining, room, expected = zip(*rows, strict=True)
    group = segments.communication_groups(
        is_lost=flags(*lost),
        tier=np.array(tier, dtype=np.int8),
        f_score=np.array(f),
        m_score=np.array(m),
        p_alive=np.array(alive),
        contact_days=np.array(contacts, dtype=float),
        is_declining=flags(*declining),
        has_room=flags(*room),
    )
    assert [segments.COMMUNICATION_GROUPS[code] for code in group] == list(expected)


def test_growth_room():
    assert segments.growth_room(np.array([9.0, 10, 10]), flags(0, 0, 1), 10.0).tolist() == [True, False, True]


def test_hints_are_bits_in_the_order_of_their_names():
    bits = segments.hints(
        f_score=np.array([4, 2, 3, 3, 5, 3]),
        average_score=np.array([2, 5, 3, 3, 1, 3]),
        is_lost=flags(0, 0, 0, 0, 1, 0),
        quantity_rises=flags(0, 0, 1, 0, 1, 0),
        quantity_falls=flags(0, 0, 0, 1, 1, 0),
    )
    named = [[name for place, name in enumerate(segments.HINTS) if bit >> place & 1] for bit in bits.tolist()]
    assert named == [
        ["bundle_offer"],
        ["dedicated_adviser"],
        ["expansion"],
        ["cause_check"],
        ["cause_check"],
        [],
    ]

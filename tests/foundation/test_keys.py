import os
import stat
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.foundation import crypto, money
from keepwell.foundation.keys import KeyMissingError, load_ring


def test_a_ring_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "keys.json"
    first, second = load_ring(path), load_ring(path)
    assert first == second
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_sealed_text_opens_again_and_never_looks_the_same(tmp_path):
    ring = load_ring(tmp_path / "keys.json")
    assert ring.seal("陳小明") != ring.seal("陳小明")
    assert ring.unseal(ring.seal("陳小明")) == "陳小明"


def test_another_ring_does_not_open_it(tmp_path):
    sealed = load_ring(tmp_path / "a.json").seal("secret")
    with pytest.raises(KeyMissingError):
        load_ring(tmp_path / "b.json").unseal(sealed)


def test_an_altered_value_does_not_open(tmp_path):
    ring = load_ring(tmp_path / "keys.json")
    sealed = ring.seal("secret")
    altered = sealed[:10] + ("A" if sealed[10] != "A" else "B") + sealed[11:]
    with pytest.raises(KeyMissingError):
        ring.unseal(altered)


def test_a_pseudonym_is_stable_and_hides_the_address(home):
    first = crypto.pseudonym(" Zoe@Example.com")
    assert first == crypto.pseudonym("zoe@example.com")
    assert first.startswith("p_")
    assert "zoe" not in first  # letters that no number has


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**13), max_value=10**13))
def test_quantized_money_is_within_half_a_quantum(amount):
    assert abs(money.quantize(amount) - amount) <= money.QUANTUM / 2


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("Infinity"), Decimal(10) ** 14])
def test_money_that_cannot_be_held_is_refused(amount):
    with pytest.raises(ValueError, match="out of range"):
        money.quantize(amount)


def test_of_many_who_begin_at_once_all_have_one_ring(tmp_path):
    start = Barrier(8)

    def begin(_number):
        start.wait()
        return load_ring(tmp_path / "home" / "keys.json")

    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(begin, range(8)))
    assert len({one.pseudonym_key for one in rings}) == 1
    assert [one.name for one in (tmp_path / "home").iterdir()] == ["keys.json"]

"""Length of text messages against encoders of the standard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.outreach.content.core import sms

GSM = "".join(sorted(sms.GSM_BASIC | sms.GSM_EXTENDED))


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", "gsm7", 0, 1),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("€" * 80, "gsm7", 160, 1),
        ("€" * 81, "gsm7", 162, 2),
        # 153 is odd: a character of two septets goes over to the next segment as a whole.
        ("€" * 153, "gsm7", 306, 3),
        ("[x]{y}", "gsm7", 10, 1),
        ("你" * 70, "ucs2", 70, 1),
        ("你" * 71, "ucs2", 71, 2),
        ("你" * 134, "ucs2", 134, 2),
        ("你" * 135, "ucs2", 135, 3),
        ("🙂" * 35, "ucs2", 70, 1),
        # 67 is odd too: 33 of these fit into a segment.
        ("🙂" * 67, "ucs2", 134, 3),
        ("a" * 69 + "’", "ucs2", 70, 1),
    ],
)
def test_segments(text, encoding, units, segments):
    found = sms.length(text)
    assert (found.encoding, found.units, found.segments) == (encoding, units, segments)


def test_characters_that_make_it_dear_are_named():
    assert sms.length("It’s “you”").odd == ("’", "“", "”")
    assert sms.length("It's you").odd == ()


@given(st.text(alphabet=GSM, max_size=700))
def test_septets_are_counted_as_a_gsm_encoder_writes_them(text):
    septets = [part for one in text for part in (("\x1b", one) if one in sms.GSM_EXTENDED else (one,))]
    found = sms.length(text)
    assert (found.encoding, found.units) == ("gsm7", len(septets))
    packed, here = 1, []
    if len(septets) > 160:
        for one in text:
            size = ["\x1b", one] if one in sms.GSM_EXTENDED else [one]
            if len(here) + len(size) > 153:
                packed, here = packed + 1, []
            here += size
    assert found.segments == packed
    assert found.left >= 0


@given(st.text(max_size=400).filter(lambda text: any(one not in GSM for one in text)))
def test_code_units_are_counted_as_utf_16_writes_them(text):
    whole = text.encode("utf-16-be", "surrogatepass")
    found = sms.length(text)
    assert (found.encoding, found.units) == ("ucs2", len(whole) // 2)
    assert found.segments == 1 or found.units <= found.segments * 67
    assert (found.segments == 1) == (found.units <= 70)
    assert found.segments <= -(-found.units // 66)


@given(st.text(max_size=600))
def test_a_longer_message_is_never_cheaper_on_the_mainland(text):
    found = sms.mainland_length(text)
    assert sms.mainland_length(text + "a").segments >= found.segments
    assert found.segments == (1 if found.units <= 70 else -(-found.units // 67))

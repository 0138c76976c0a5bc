"""What customers answer: the words that end messages, and all others."""

from __future__ import annotations

import re
import unicodedata

from keepwell.outreach.channels.contracts import ReceiptKind

# Twilio's default opt-out keywords; T, TD, N, R are what mainland messages ask for.
ENDING = frozenset(
    {
        "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT",
        "T", "TD", "N", "R",
        "退订", "退訂", "拒收", "取消订阅", "取消訂閱", "回复T", "回复TD", "回复N", "回复R",
    }
)  # fmt: skip
_SAID = re.compile(r"退订|退訂|拒收|取消订阅|取消訂閱|(?:不要|别|別)再[发發]")
_MARKS = re.compile(r"[\W_]+")


def kind_of(words: str) -> ReceiptKind:
    """Whether an answer ends messages. In doubt it does: "how do I unsubscribe (退订)?" is a wish.

    >>> [str(kind_of(words)) for words in ("td。", "Stop!", "请退订", "tea, please")]
    ['unsubscribed', 'unsubscribed', 'unsubscribed', 'replied']
    """
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", words)).upper()
    ends = plain in ENDING or _SAID.search(words) is not None
    return ReceiptKind.UNSUBSCRIBED if ends else ReceiptKind.REPLIED

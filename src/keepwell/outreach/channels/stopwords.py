"""What people write who want to hear no more."""

from __future__ import annotations

import unicodedata

# Whole messages only: somebody who writes "stop by tomorrow" has not asked us to stop.
WORDS = frozenset(
    {
        "stop", "stop all", "stopall", "unsubscribe", "opt out", "optout", "opt-out", "cancel", "end", "quit",
        "t", "td", "退订", "退訂", "取消订阅", "取消訂閱", "停止", "不要再发", "不要再發", "拒收",
    }
)  # fmt: skip


def asks_to_stop(text: str) -> bool:
    """Whether the whole message says so; width, case, blanks and punctuation at its ends aside.

    >>> asks_to_stop(" Stop! "), asks_to_stop("退订。"), asks_to_stop("stop by tomorrow")
    (True, True, False)
    """
    return unicodedata.normalize("NFKC", text).casefold().strip(" \t\r\n.!?。！？,，'\"“”") in WORDS

"""What a mail server's words mean for the address: RFC 3463 codes first, then what servers are known to say.

Servers that use no extended codes, or only 5.0.0 and 5.5.0, say it in words; the hints are those of the
large providers, Chinese ones included. Whoever is not sure is written to again: an address is given up only
where the server says that it does not exist or takes nothing.
"""

from __future__ import annotations

import re

from keepwell.outreach.channels.contracts import Refusal

# What the address itself is wrong about, as against the server, the text or the sender.
DEAD_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
# The sender's own address, size, syntax, policy, spam.
OURS_TO_FIX = ("5.1.7", "5.1.8", "5.2.3", "5.3.4", "5.5.", "5.6.", "5.7.")
VAGUE = frozenset({"", "5.0.0", "5.1.0", "5.2.0", "5.3.0", "5.4.0", "5.5.0", "5.4.1"})
CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_DEAD_WORDS = re.compile(
    r"user unknown|unknown user|no such (?:user|recipient|mailbox)|(?:user|mailbox|recipient|address|account)"
    r" (?:\S+ )?(?:not found|does not exist|doesn't exist|unavailable|disabled|suspended|not exist)"
    r"|recipient address rejected: (?:access denied|user unknown)|unrouteable address|invalid recipient"
    r"|non-existent account|address couldn't be found|wasn't found at|用户不存在|收件人不存在|用户未找到"
    r"|邮箱不存在|帐号不存在|账号不存在|地址不存在|收件人地址错误|使用者不存在|信箱不存在",
    re.IGNORECASE,
)
_FULL_WORDS = re.compile(
    r"mailbox (?:is )?full|over ?quota|quota exceeded|邮箱已满|信箱已滿|邮箱空间不足", re.IGNORECASE
)
_SPAM_WORDS = re.compile(r"spam|blocked|blacklist|policy|垃圾邮件|垃圾郵件|拒收", re.IGNORECASE)


def code_in(text: str) -> str:
    """The first RFC 3463 code in a server's words, such as 5.1.1; "" where there is none."""
    found = CODE.search(text)
    return found[0] if found else ""


def meaning(status: str, words: str = "") -> Refusal | None:
    """What a permanent failure means: never again, ours to fix, or None where neither is sure."""
    if status in DEAD_ADDRESS:
        return Refusal.NEVER_AGAIN
    if status in VAGUE:
        if _FULL_WORDS.search(words):
            return None
        if _DEAD_WORDS.search(words):
            return Refusal.NEVER_AGAIN
        if _SPAM_WORDS.search(words):
            return Refusal.FIX
    return Refusal.FIX if status not in VAGUE and status.startswith(OURS_TO_FIX) else None

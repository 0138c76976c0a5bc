"""What the error codes of the Cloud API mean for a message.

Source: "Error codes" of the WhatsApp Business Platform's documents. What is not here must be mended (FIX).
"""

from __future__ import annotations

from collections.abc import Mapping

from keepwell.outreach.channels.contracts import AccountStoppedError, ChannelDownError, Fate, Refusal, Reply

DAY = 24 * 60
# Everybody must wait: the provider is down, in maintenance, or we were too fast for it.
BUSY = frozenset({1, 2, 4, 80007, 130429, 131016, 131057, 133016})
# A person must see to the account: token, rights, money, a block, quality.
STOPS = frozenset(
    {0, 3, 10, 33, 190, 368, 131005, 131031, 131037, 131042, 131045, 131048, 133010, *range(200, 300)}
)
NEVER = frozenset({131026})  # undeliverable: no WhatsApp there, terms not accepted, too old
OPTED_OUT = 131050  # the customer has switched our marketing off
# Minutes that this one message must wait.
WAITS: Mapping[int, int] = {
    131056: 1,  # too many to this one person
    131000: 5,  # something went wrong
    131049: DAY,  # this person gets no more marketing for now
    130472: DAY,  # this person takes part in an experiment of Meta's
}


def refusal_of(code: int) -> Refusal:
    """What a failure means for what comes next."""
    if code in NEVER:
        return Refusal.NEVER_AGAIN
    if code in WAITS or code in BUSY or code == OPTED_OUT:
        return Refusal.SLOW_DOWN
    return Refusal.STOP if code in STOPS else Refusal.FIX


def refused(code: int, detail: str) -> Reply:
    """The reply for an error; raises ChannelDownError, AccountStoppedError: nothing was taken."""
    if code in BUSY:
        raise ChannelDownError(f"{code} {detail}")
    if code in STOPS:
        raise AccountStoppedError(f"{code} {detail}")
    if code in WAITS:
        return Reply(Fate.LATER, str(code), detail, Refusal.SLOW_DOWN, wait_minutes=WAITS[code])
    return Reply(Fate.REFUSED, str(code), detail, refusal_of(code))

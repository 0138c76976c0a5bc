"""What a channel promises on which a person acts: a task is made, and what came of it is the receipt.

The contact policy is asked when the person begins, for only then is anybody contacted; what it refuses for
good makes no task at all. Nothing is done twice: a message is one task, whoever hands it out how often.
"""

from __future__ import annotations

from keepwell.outreach.channels.contracts import ChannelContract, Mode, Receipts
from keepwell.outreach.contracts import Kind

# By channel: which kind of task it is.
TASKS = {
    "phone": Kind.CALL,
    "visit": Kind.VISIT,
    "store": Kind.VISIT,
    "post": Kind.MESSAGE,
    "parcel": Kind.MESSAGE,
}
# What goes to a postal address, and has a way there.
SHIPPED = ("post", "parcel")
CONTRACTS = {
    channel: ChannelContract(
        code=channel,
        mode=Mode.TASK,
        address={"phone": "phone", "post": "address", "parcel": "address"}.get(channel, ""),
        repeatable=True,
        receipts=Receipts.OUTCOME_FORM,
    )
    for channel in TASKS
}

"""What a person does: calls, visits, talks in the store, writes a letter, packs a gift."""

from keepwell.outreach.channels.person.account import PROVIDERS
from keepwell.outreach.channels.person.contract import CONTRACTS

__all__ = ["CONTRACTS", "PROVIDERS"]

"""The texts that Keepwell brings: written in three languages, ordinary templates from then on."""

from __future__ import annotations

from keepwell.outreach.content.seeds.business import BUSINESS
from keepwell.outreach.content.seeds.calls import CALLS
from keepwell.outreach.content.seeds.greetings import GREETINGS
from keepwell.outreach.content.seeds.guides import GUIDES
from keepwell.outreach.content.seeds.letters import LETTERS
from keepwell.outreach.content.seeds.occasions import OCCASIONS
from keepwell.outreach.content.seeds.offers import OFFERS
from keepwell.outreach.content.seeds.phrases import PHRASES
from keepwell.outreach.content.seeds.recommended import RECOMMENDED
from keepwell.outreach.content.seeds.shape import Seed
from keepwell.outreach.content.seeds.winback import WIN_BACK
from keepwell.outreach.content.seeds.wishes import WISHES

SEEDS: dict[str, Seed] = {
    **GREETINGS, **WIN_BACK, **OFFERS, **BUSINESS, **CALLS, **PHRASES, **OCCASIONS, **GUIDES,
    **LETTERS, **WISHES, **RECOMMENDED,
}  # fmt: skip

__all__ = ["SEEDS", "Seed"]

"""The journeys that Keepwell brings, switched off: to be looked at, changed and switched on."""

from __future__ import annotations

from keepwell.outreach.journeys.seeds.days import DAYS
from keepwell.outreach.journeys.seeds.events import EVENTS
from keepwell.outreach.journeys.seeds.mass import MASS
from keepwell.outreach.journeys.seeds.phases import PHASES
from keepwell.outreach.journeys.seeds.retention import RETENTION
from keepwell.outreach.journeys.seeds.shape import Seed

SEEDS: dict[str, Seed] = {**DAYS, **EVENTS, **RETENTION, **PHASES, **MASS}

__all__ = ["SEEDS", "Seed"]

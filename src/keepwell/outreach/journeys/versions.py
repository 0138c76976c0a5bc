"""Versions as walking wants them: read once, for once on they never change."""

from __future__ import annotations

from functools import lru_cache

import orjson

from keepwell.outreach.journeys.core.graph import Definition
from keepwell.outreach.journeys.core.reading import parse
from keepwell.outreach.journeys.models import JourneyVersion


def definition(version: JourneyVersion) -> Definition:
    """What a version says."""
    return _parsed(orjson.dumps(version.definition))


@lru_cache(maxsize=512)
def _parsed(text: bytes) -> Definition:
    return parse(orjson.loads(text))

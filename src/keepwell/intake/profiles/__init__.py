"""Exports that are recognised by their columns, one file each."""

from __future__ import annotations

from keepwell.intake.profiles import cdnow
from keepwell.intake.profiles.base import Profile
from keepwell.intake.reading.chunks import Source

PROFILES: tuple[Profile, ...] = (cdnow.SAMPLE, cdnow.MASTER)


def recognise(source: Source) -> Profile | None:
    """The first profile that knows this table, or None."""
    return next((profile for profile in PROFILES if profile.recognises(source)), None)


__all__ = ["PROFILES", "Profile", "recognise"]

"""Where somebody's clock stands: their own time zone, else all zones of their country, else the shop's."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Where clocks show another time than the IANA database has for the place: all of China keeps Beijing's.
OFFICIAL = {"CN": ("Asia/Shanghai",)}


@cache
def by_country() -> dict[str, tuple[str, ...]]:
    """Time zones by ISO 3166 country, as the IANA database lists them, the most populous first."""
    listed: dict[str, list[str]] = {}
    text = files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            country, _coordinates, zone, *_comment = line.split("\t")
            listed.setdefault(country, []).append(zone)
    return {country: tuple(zones) for country, zones in listed.items()} | OFFICIAL


def known(name: str) -> bool:
    """Whether there is a time zone of this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def zones_of(time_zone: str, country: str, default: str) -> tuple[ZoneInfo, ...]:
    """The zones in which a customer may be: their own, or each of their country, or the default one.

    >>> [zone.key for zone in zones_of("", "CN", "Europe/Berlin")]
    ['Asia/Shanghai']
    """
    if time_zone and known(time_zone):
        return (ZoneInfo(time_zone),)
    return tuple(ZoneInfo(name) for name in by_country().get(country.upper(), (default,)))

"""People told from machines among openings and clicks: a function of all that is known of one message.

It looks at the set of events, not at their order: what came late changes what was thought before. The rules
and their reasons are written in docs/algorithms/openings-and-clicks.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CLICK_SOON = timedelta(seconds=5)
OPEN_SOON = timedelta(seconds=2)
BURST = timedelta(seconds=5)
BURST_LINKS = 3
TRAP_NEAR = timedelta(seconds=10)
SAME_AGENT_NEAR = timedelta(seconds=60)
TRAP_LINK = 0
# What mail programs' proxies, protective gateways, previews and programs call themselves.
AGENT = re.compile(
    r"googleimageproxy|yahoomailproxy|ymailproxy|barracuda|safelinks|proofpoint|urldefense|mimecast|messagelabs"
    r"|symantec|cloudmark|fireeye|trellix|ironport|sophos|zscaler|forcepoint|trend ?micro|fortinet"
    r"|existence discovery|preview|externalhit|facebookcatalog|whatsapp/"
    r"|headless|phantomjs|puppeteer|playwright|curl/|wget/|python|aiohttp|httpx|go-http-client|java/|libwww|httpclient|node-fetch|axios|scanner"
    r"|crawler|spider|[a-z]bot\b(?<!cubot)|\bbot\b",
    re.IGNORECASE,
)
# Apple's Mail Privacy Protection and some gateways send this and no more.
BARE = frozenset({"", "mozilla/5.0", "mozilla/4.0"})


class What(StrEnum):
    """What happened."""

    OPEN = "open"
    CLICK = "click"
    PAGE = "page"  # the page to unsubscribe was looked at


class Reason(StrEnum):
    """Why something was not a person's doing."""

    AGENT = "agent"
    PREFETCH = "prefetch"
    TOO_SOON = "too_soon"
    TRAP = "trap"
    BURST = "burst"
    SAME_AGENT = "same_agent"


@dataclass(frozen=True)
class Event:
    """One request: `link` counts from 1 for a click, 0 is the trap.

    `prefetch`: it asked by HEAD, or said that it asks in advance. `early`: the message was still on its way.
    """

    what: What
    at: datetime
    agent: str = ""
    link: int = -1
    prefetch: bool = False
    early: bool = False


def is_program(agent: str) -> bool:
    """Whether a request's own word for itself is that of a program, not of somebody's browser."""
    return bool(AGENT.search(agent)) or agent.strip().lower() in BARE


def judge(events: Sequence[Event], *, handed_at: datetime | None, links: int) -> list[Reason | None]:
    """For each event why it was a machine's, None for a person's; in the order of `events`.

    `handed_at` is when the message was handed over, None before that; `links` how many it has to follow.
    """
    found = [_alone(event, handed_at) for event in events]
    seeds: list[Event] = []
    for place in _bursts(events, found, links):
        found[place] = Reason.BURST
        seeds.append(events[place])
    traps = [event for event in events if _is_trap(event)]
    for place, event in enumerate(events):
        if found[place] is not None:
            continue
        if any(_near(event, trap, TRAP_NEAR) for trap in traps) and event.what is not What.OPEN:
            found[place] = Reason.TRAP
        elif any(event.agent == one.agent and _near(event, one, SAME_AGENT_NEAR) for one in [*seeds, *traps]):
            found[place] = Reason.SAME_AGENT
    return found


def _alone(event: Event, handed_at: datetime | None) -> Reason | None:
    """What an event says by itself."""
    if _is_trap(event):
        return Reason.TRAP
    if event.prefetch:
        return Reason.PREFETCH
    if is_program(event.agent):
        return Reason.AGENT
    soon = OPEN_SOON if event.what is What.OPEN else CLICK_SOON
    if event.early or handed_at is None or event.at < handed_at + soon:
        return Reason.TOO_SOON
    return None


def _bursts(events: Sequence[Event], found: Sequence[Reason | None], links: int) -> set[int]:
    """Places of clicks that came with so many others in a few seconds as no hand can do."""
    clicks = sorted(
        (event.at, place)
        for place, event in enumerate(events)
        if event.what is not What.OPEN and found[place] is None
    )
    places: set[int] = set()
    for first, (begin, _place) in enumerate(clicks):
        within = [place for at, place in clicks[first:] if at <= begin + BURST]
        targets = {events[place].link for place in within if events[place].what is What.CLICK}
        looked = any(events[place].what is What.PAGE for place in within)
        # Every link, the page to unsubscribe with another, or many of them.
        if len(targets) >= BURST_LINKS or (looked and targets) or (links > 1 and len(targets) >= links):
            places.update(within)
    return places


def _is_trap(event: Event) -> bool:
    return event.what is What.CLICK and event.link == TRAP_LINK


def _near(one: Event, other: Event, span: timedelta) -> bool:
    return abs(one.at - other.at) <= span

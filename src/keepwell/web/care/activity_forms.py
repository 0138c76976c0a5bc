"""The form of an activity, as values and back."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from django.utils.translation import gettext as _

from keepwell.insight.segments import queries as segments
from keepwell.outreach import users
from keepwell.plays.care import invitations
from keepwell.plays.care.contracts import ActivityView, CareError
from keepwell.web.care import forms

FIELDS = (
    "name", "kind", "at", "place", "capacity", "budget", "owner", "segment", "interest", "channel", "subject",
    "text", "closes_at", "minutes", "party_max", "remind", "hosts",
)  # fmt: skip
USUAL = {"minutes": "120", "party_max": "0", "remind": "7, 1"}


def fields(request: HttpRequest, found: ActivityView | None, *, typed: bool) -> dict[str, Any]:
    """What stands in the form: what was typed, else the activity."""
    post = request.POST
    if typed:
        texts = {code: post.get(f"text_{code}", "") for code in invitations.LANGUAGES}
        taken_up = [int(one) for one in post.getlist("taken_up") if one.isdecimal()]
        return {**{name: post.get(name, "") for name in FIELDS}, "texts": texts, "taken_up": taken_up}
    if found is None:
        usual = {**dict.fromkeys(FIELDS, ""), **USUAL}
        return {**usual, "owner": str(request.user.pk), "texts": {}, "taken_up": []}
    zone = users.zone_of(cast(Any, request.user))
    return {
        "name": found.name,
        "kind": found.kind,
        "at": found.at.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
        "place": found.place,
        "capacity": str(found.capacity),
        "budget": forms.plain(found.budget) if found.budget else "",
        "owner": str(found.owner_id or ""),
        "segment": str(found.segment_id or ""),
        "interest": found.interest,
        "channel": found.channel,
        "subject": found.subject,
        "text": found.text,
        "closes_at": found.closes_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if found.closes_at else "",
        "minutes": str(found.minutes),
        "party_max": str(found.party_max),
        "remind": ", ".join(str(one) for one in found.remind_days),
        "hosts": found.hosts,
        "texts": dict(found.texts),
        "taken_up": list(found.taken_up),
    }


def values(request: HttpRequest) -> dict[str, Any]:
    """What the form says, for `services.activities.save`; CareError for nonsense."""
    post, user = request.POST, cast(Any, request.user)
    zone = users.zone_of(user)
    segment_id = forms.number(post.get("segment", ""))
    seen = {one.segment_id for one in segments.segments(user)}
    closes_at = post.get("closes_at", "")
    return {
        "name": post.get("name", "").strip(),
        "kind": post.get("kind", ""),
        "at": forms.moment(post.get("at", ""), zone),
        "place": post.get("place", "").strip()[:200],
        "capacity": forms.number(post.get("capacity", "")) or 0,
        "owner_id": forms.number(post.get("owner", "")) or user.pk,
        "budget": forms.amount(post.get("budget", "")),
        "segment_id": segment_id if segment_id in seen else None,
        "interest": post.get("interest", ""),
        "channel": post.get("channel", "email"),
        "subject": post.get("subject", "").strip()[:200],
        "text": post.get("text", "").strip(),
        "texts": {
            code: said for code in invitations.LANGUAGES if (said := post.get(f"text_{code}", "").strip())
        },
        "closes_at": forms.moment(closes_at, zone) if closes_at else None,
        "minutes": _whole(post.get("minutes", ""), 120),
        "party_max": _whole(post.get("party_max", ""), 0),
        "remind_days": _days(post.get("remind", "")),
        "hosts": post.get("hosts", "").strip()[:300],
        "taken_up": sorted({int(one) for one in post.getlist("taken_up") if one.isdecimal()}),
    }


def series_values(request: HttpRequest) -> dict[str, Any]:
    """What the form of a quarterly meeting says."""
    post, user = request.POST, cast(Any, request.user)
    segment_id = forms.number(post.get("segment", ""))
    seen = {one.segment_id for one in segments.segments(user)}
    return {
        "name": post.get("name", "").strip(),
        "segment_id": segment_id if segment_id in seen else None,
        "place": post.get("place", "").strip()[:200],
        "capacity": forms.number(post.get("capacity", "")) or 0,
        "channel": post.get("channel", "email"),
        "hosts": post.get("hosts", "").strip()[:300],
        "owner_id": forms.number(post.get("owner", "")) or user.pk,
    }


def _whole(text: str, usual: int) -> int:
    if not text.strip():
        return usual
    found = forms.number(text.strip())
    if found is None:
        raise CareError(_("Please type a whole number."))
    return found


def _days(text: str) -> list[int]:
    """Days before, as in "7, 1"; in full-width or other commas too."""
    parts = [part.strip() for part in text.replace("，", ",").replace("、", ",").split(",")]
    return sorted({_whole(part, 0) for part in parts if part}, reverse=True)

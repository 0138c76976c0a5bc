"""An activity as an entry of a calendar (RFC 5545)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import icalendar
from django.conf import settings

from keepwell.plays.care import labels
from keepwell.plays.care.contracts import ActivityView


def entry(activity: ActivityView, *, now: datetime) -> bytes:
    """The entry of an activity: the same one again when it was moved, cancelled when it is called off."""
    is_off = activity.status == "cancelled"
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Keepwell//Activities//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if is_off else "PUBLISH")
    event = icalendar.Event()
    host = settings.KEEPWELL_URL.split("://")[-1].split("/")[0].split(":")[0] or "keepwell.invalid"
    event.add("uid", f"activity-{activity.activity_id}@{host}")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("sequence", int(now.timestamp()) // 60)
    event.add("dtstart", activity.at.astimezone(UTC))
    event.add("dtend", (activity.at + timedelta(minutes=activity.minutes)).astimezone(UTC))
    event.add("summary", activity.name)
    event.add("description", str(labels.ACTIVITY[activity.kind]))
    event.add("status", "CANCELLED" if is_off else "CONFIRMED")
    if activity.place:
        event.add("location", activity.place)
    calendar.add_component(event)
    return bytes(calendar.to_ical())

"""Switch journeys on, pause, close and stop them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db import transaction

from keepwell.outreach.controls import services as controls
from keepwell.outreach.journeys import rows, versions, views
from keepwell.outreach.journeys.contracts import RUNNING, JourneyError, JourneyView, Status, VersionStatus
from keepwell.outreach.journeys.core.controlling import control_share
from keepwell.outreach.journeys.models import Journey, Traveller
from keepwell.outreach.journeys.naming import origin
from keepwell.outreach.journeys.services.defining import approved_version, locked, record, require_sound
from keepwell.outreach.sending.services import queueing

STOPPED = "stopped"
REASON_MAX = 200


def switch_on(*, journey_id: int, revision: int, actor: str, now: datetime, reason: str = "") -> JourneyView:
    """Put the approved version to use; who is inside an earlier one finishes on that.

    Its share of control counts for whoever comes in from now on; where it keeps nobody back, those who were
    control may come in, and what was measured ends here. Checked again, for what it refers to may have gone
    since. Raises JourneyError "no_draft", "edited_meanwhile", "not_approved", "has_errors".
    """
    with transaction.atomic():
        journey = locked(journey_id)
        row = approved_version(journey, revision)
        require_sound(row)
        journey.versions.filter(status=VersionStatus.ON).update(status=VersionStatus.FINISHING)
        row.status, row.on_at, row.on_by = VersionStatus.ON, now, actor
        row.save()
        _set(journey, Status.ON, actor, now)
        share = control_share(versions.definition(row))
        if not share:
            controls.give_up(origin=origin(journey_id), now=now)
        more = {"approved_by": row.approved_by, "control": share, **said(reason)}
        record(actor, "on", journey, now, version=row.number, **more)
    return views.journey_view(journey)


def pause(*, journey_id: int, actor: str, now: datetime, reason: str = "") -> JourneyView:
    """Let nobody in, nobody move and no message go. Goals and exits still end passages.

    Raises JourneyError "not_on".
    """
    with transaction.atomic():
        journey = locked(journey_id)
        if journey.status not in RUNNING:
            raise JourneyError("not_on")
        # A tick that moves some of them is waited for: what it queues is held as well.
        due = Traveller.objects.filter(journey=journey, wake_at__lte=now).order_by("pk")
        for _pk in due.select_for_update(of=("self",)).values_list("pk").iterator(chunk_size=20_000):
            pass
        queueing.hold(origin=origin(journey_id), held=True)
        _set(journey, Status.PAUSED, actor, now)
        record(actor, "pause", journey, now, **said(reason))
    return views.journey_view(journey)


def resume(*, journey_id: int, actor: str, now: datetime) -> JourneyView:
    """Go on; what fell due meanwhile is due now. Raises JourneyError "not_paused"."""
    with transaction.atomic():
        journey = locked(journey_id)
        if journey.status != Status.PAUSED:
            raise JourneyError("not_paused")
        queueing.hold(origin=origin(journey_id), held=False)
        is_open = journey.versions.filter(status=VersionStatus.ON).exists()
        _set(journey, Status.ON if is_open else Status.CLOSING, actor, now)
        record(actor, "resume", journey, now)
    return views.journey_view(journey)


def close(*, journey_id: int, actor: str, now: datetime, reason: str = "") -> JourneyView:
    """Let nobody in any more; who is inside finishes. Raises JourneyError "not_on"."""
    with transaction.atomic():
        journey = locked(journey_id)
        if journey.status != Status.ON:
            raise JourneyError("not_on")
        journey.versions.filter(status=VersionStatus.ON).update(status=VersionStatus.FINISHING)
        _set(journey, Status.CLOSING, actor, now)
        record(actor, "close", journey, now, **said(reason))
    return views.journey_view(journey)


def stop(*, journey_id: int, actor: str, now: datetime, reason: str = "") -> JourneyView:
    """End it for everybody; messages that have not gone are taken back. Raises JourneyError "not_on"."""
    with transaction.atomic():
        journey = locked(journey_id)
        if journey.status in (Status.DRAFT, Status.OFF):
            raise JourneyError("not_on")
        inside = Traveller.objects.filter(journey=journey, ended_at=None)
        tallies: dict[int, Counter[tuple[str, str]]] = {}
        # Locked first: a tick that moves some of them is waited for, and what it did is counted once.
        held = inside.select_for_update(of=("self",)).order_by("pk").values_list("version_id", "step")
        for version_id, step in held.iterator(chunk_size=20_000):
            tallies.setdefault(version_id, Counter()).update({(step, "left"): 1, ("", STOPPED): 1})
        inside.update(ended_at=now, outcome=STOPPED, wake_at=None, waits_for="", heard=False)
        rows.count(tallies.items())
        queueing.take_back_all(origin=origin(journey_id), actor=actor, now=now)
        journey.versions.filter(status__in=(VersionStatus.ON, VersionStatus.FINISHING)).update(
            status=VersionStatus.RETIRED
        )
        _set(journey, Status.OFF, actor, now)
        record(actor, "stop", journey, now, **said(reason))
    return views.journey_view(journey)


def said(reason: str) -> dict[str, str]:
    """Why, as the audit log keeps it; nothing where nobody said."""
    return {"reason": reason.strip()[:REASON_MAX]} if reason.strip() else {}


def _set(journey: Journey, status: Status, actor: str, now: datetime) -> None:
    journey.status, journey.updated_at, journey.updated_by = status, now, actor
    journey.error, journey.stalled_until = "", None
    journey.save()

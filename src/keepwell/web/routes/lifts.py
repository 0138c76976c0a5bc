"""What journeys and mailings did beside their control."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web.views import lifts

FILE = r"effect/(?P<what>effect|changes)\.(?P<kind>csv|xlsx)$"

urlpatterns = [
    path("journeys/<int:journey_id>/effect/", lifts.journey, name="journey_effect"),
    path("mailings/<int:mailing_id>/effect/", lifts.mailing, name="mailing_effect"),
    re_path(
        r"^journeys/(?P<journey_id>\d{1,18})/" + FILE, lifts.journey_export, name="journey_effect_export"
    ),
    re_path(
        r"^mailings/(?P<mailing_id>\d{1,18})/" + FILE, lifts.mailing_export, name="mailing_effect_export"
    ),
]

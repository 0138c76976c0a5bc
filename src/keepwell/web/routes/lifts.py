"""What journeys and mailings did beside their control."""

from __future__ import annotations

from django.urls import path

from keepwell.web.views import lifts

urlpatterns = [
    path("journeys/<int:journey_id>/effect/", lifts.journey, name="journey_effect"),
    path("mailings/<int:mailing_id>/effect/", lifts.mailing, name="mailing_effect"),
    path(
        "journeys/<int:journey_id>/effect/<slug:what>.<slug:kind>",
        lifts.journey_export,
        name="journey_effect_export",
    ),
    path(
        "mailings/<int:mailing_id>/effect/<slug:what>.<slug:kind>",
        lifts.mailing_export,
        name="mailing_effect_export",
    ),
]

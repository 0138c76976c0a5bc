"""Journeys: the list, one with its steps, what it would have done, and switching it."""

from __future__ import annotations

from django.urls import path

from keepwell.web.views import journeys

urlpatterns = [
    path("journeys/", journeys.listed, name="journeys"),
    path("journeys/<int:journey_id>/", journeys.journey, name="journey"),
    path("journeys/<int:journey_id>/dry-run/", journeys.dry_run, name="journey_dry_run"),
    path("journeys/<int:journey_id>/do/<slug:action>/", journeys.act, name="journey_act"),
]

"""Journeys: the list, one with its steps, drawing it, what it would have done, switching and watching it."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web.views import festivals, journey_editor, journey_watch, journeys

urlpatterns = [
    path("journeys/", journeys.listed, name="journeys"),
    path("journeys/festivals/", festivals.calendar, name="festivals"),
    path("journeys/festivals/do/<slug:action>/", festivals.act, name="festivals_act"),
    re_path(r"^journeys/festivals/export\.(?P<kind>csv|xlsx)$", festivals.export, name="festivals_export"),
    path("journeys/new/", journey_editor.new, name="journey_new"),
    path("journeys/<int:journey_id>/", journeys.journey, name="journey"),
    path("journeys/<int:journey_id>/dry-run/", journeys.dry_run, name="journey_dry_run"),
    path("journeys/<int:journey_id>/do/<slug:action>/", journeys.act, name="journey_act"),
    path("journeys/<int:journey_id>/edit/", journey_editor.edit, name="journey_edit"),
    path("journeys/<int:journey_id>/edit/do/", journey_editor.change, name="journey_draw"),
    path("journeys/<int:journey_id>/write/", journey_editor.write, name="journey_write"),
    path("journeys/<int:journey_id>/copy/", journey_editor.copy, name="journey_copy"),
    path("journeys/<int:journey_id>/compare/", journey_watch.compared, name="journey_compare"),
    path("journeys/<int:journey_id>/at/<str:step>/", journey_watch.at_step, name="journey_at"),
    path("journeys/<int:journey_id>/people/<path:customer_id>/", journey_watch.person, name="journey_person"),
]

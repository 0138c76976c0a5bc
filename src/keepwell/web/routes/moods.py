"""Feelings in what customers write."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web import mood_panel, panels
from keepwell.web.views import moods

panels.register(mood_panel.PANEL)

urlpatterns = [
    path("feelings/", moods.listed, name="moods"),
    re_path(r"^feelings/export\.(?P<kind>csv|xlsx)$", moods.export, name="moods_export"),
    path("feelings/<int:reading_id>/", moods.correct, name="mood_correct"),
]

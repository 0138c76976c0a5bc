"""Plays: the list, writing one, one with its members, deciding and acting."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web.views import play_acts, play_form, plays

urlpatterns = [
    path("plays/", plays.listed, name="plays"),
    path("plays/new/", play_form.new, name="play_new"),
    path("plays/forecast/", play_form.forecast, name="play_forecast"),
    path("plays/<int:play_id>/", plays.play, name="play"),
    path("plays/<int:play_id>/edit/", play_form.edit, name="play_edit"),
    path("plays/<int:play_id>/outlook/", plays.outlook, name="play_outlook"),
    path("plays/<int:play_id>/members/", plays.members, name="play_members"),
    re_path(
        r"^plays/(?P<play_id>\d{1,18})/members/export\.(?P<kind>csv|xlsx)$", plays.export, name="play_export"
    ),
    path("plays/<int:play_id>/start/", play_acts.start, name="play_start"),
    path("plays/<int:play_id>/decide/<slug:action>/", play_acts.decide, name="play_decide"),
    path("plays/<int:play_id>/do/<slug:action>/", play_acts.act, name="play_act"),
]

"""Offline channels."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web.views import offline

urlpatterns = [
    path("offline/", offline.listed, name="offline"),
    re_path(r"^offline/export\.(?P<kind>csv|xlsx)$", offline.export, name="offline_export"),
    path("offline/<int:spot_id>/", offline.spot, name="offline_spot"),
    path("offline/<int:spot_id>/code.svg", offline.picture, name="offline_picture"),
    path("offline/<int:spot_id>/visit/", offline.visit, name="offline_visit"),
    path("at/<slug:code>", offline.scan, name="offline_scan"),
]

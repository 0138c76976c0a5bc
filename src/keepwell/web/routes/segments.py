"""Segments: the list, the builder, one segment, two side by side, why somebody is in."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web import panels, segment_panel
from keepwell.web.views import segment_builder, segment_pages

panels.register(segment_panel.PANEL)

urlpatterns = [
    path("segments/", segment_pages.listed, name="segments"),
    path("segments/new/", segment_builder.new, name="segment_new"),
    path("segments/build/", segment_builder.build, name="segment_build"),
    path("segments/compare/", segment_pages.compare, name="segment_compare"),
    path("segments/<int:segment_id>/", segment_pages.segment, name="segment"),
    path("segments/<int:segment_id>/edit/", segment_builder.edit, name="segment_edit"),
    path("segments/<int:segment_id>/duplicate/", segment_pages.duplicate, name="segment_duplicate"),
    path("segments/<int:segment_id>/archive/", segment_pages.archive, name="segment_archive"),
    path("segments/<int:segment_id>/restore/", segment_pages.restore, name="segment_restore"),
    path("segments/<int:segment_id>/seasons/", segment_pages.seasons, name="segment_seasons"),
    path("segments/<int:segment_id>/why/", segment_pages.why, name="segment_why"),
    re_path(
        r"^segments/(?P<segment_id>\d{1,18})/export\.(?P<kind>csv|xlsx)$",
        segment_pages.export,
        name="segment_export",
    ),
]

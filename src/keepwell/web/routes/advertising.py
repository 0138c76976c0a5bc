"""Online advertising."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web.views import advertising

urlpatterns = [
    path("advertising/", advertising.listed, name="advertising"),
    path("advertising/spend/", advertising.spend, name="advertising_spend"),
    re_path(r"^advertising/export\.(?P<kind>csv|xlsx)$", advertising.export, name="advertising_export"),
    path("advertising/<int:audience_id>/read/", advertising.read, name="advertising_read"),
    path("advertising/<int:audience_id>/archive/", advertising.archive, name="advertising_archive"),
    path("advertising/<int:audience_id>/file/<slug:part>/", advertising.file, name="advertising_file"),
]

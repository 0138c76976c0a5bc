"""Letters, cards and gifts."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web.views import letters

urlpatterns = [
    path("letters/", letters.listed, name="letters"),
    path("letters/<int:task_id>/", letters.ship, name="letter_ship"),
    path("letters/sheet/", letters.sheet, name="letters_sheet"),
    re_path(r"^letters/export\.(?P<kind>csv|xlsx)$", letters.export, name="letters_export"),
]

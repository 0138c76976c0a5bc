"""Social accounts."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web.views import social

urlpatterns = [
    path("social/", social.matrix, name="social"),
    path("social/take/", social.take, name="social_take"),
    re_path(r"^social/export\.(?P<kind>csv|xlsx)$", social.export, name="social_export"),
    path("social/new/", social.new, name="social_new"),
    path("social/<int:account_id>/", social.account, name="social_account"),
    path("social/<int:account_id>/<slug:what>/", social.keep, name="social_keep"),
]

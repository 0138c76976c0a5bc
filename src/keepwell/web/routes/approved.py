"""Approved templates of an account."""

from __future__ import annotations

from django.urls import path

from keepwell.web.views import approved

urlpatterns = [
    path("settings/channels/<int:account_id>/templates/", approved.templates, name="channel_templates"),
    path(
        "settings/channels/<int:account_id>/templates/<int:approved_id>/remove/",
        approved.remove,
        name="channel_template_remove",
    ),
]

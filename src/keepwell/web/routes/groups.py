"""Groups of colleagues that are told what happens."""

from __future__ import annotations

from django.urls import path

from keepwell.web.views import groups

urlpatterns = [
    path("settings/groups/", groups.listed, name="notice_groups"),
    path("settings/groups/new/", groups.new, name="notice_group_new"),
    path("settings/groups/<int:group_id>/", groups.group, name="notice_group"),
    path("settings/groups/<int:group_id>/do/<slug:action>/", groups.act, name="notice_group_act"),
]

"""Habits: how texts are read, when customers do what, groups side by side, proposals."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web.views import customer_hours, habit_proposals, text_reads

EXPORT = r"export\.(?P<kind>csv|xlsx)$"

urlpatterns = [
    path("reports/proposals/", habit_proposals.proposals, name="habit_proposals"),
    path(
        "reports/proposals/<int:proposal_id>/<slug:action>/", habit_proposals.act, name="habit_proposal_act"
    ),
    path("reports/hours/", customer_hours.hours, name="customer_hours"),
    re_path(r"^reports/hours/" + EXPORT, customer_hours.export_hours, name="customer_hours_export"),
    path("reports/channels/groups/", customer_hours.groups, name="channel_groups"),
    re_path(
        r"^reports/channels/groups/" + EXPORT, customer_hours.export_groups, name="channel_groups_export"
    ),
    path("reports/texts/", text_reads.listed, name="text_reads"),
    re_path(r"^reports/texts/" + EXPORT, text_reads.export, name="text_reads_export"),
    path("reports/texts/<slug:code>/", text_reads.one, name="text_read"),
    re_path(
        r"^reports/texts/(?P<code>[-\w]{1,60})/" + EXPORT, text_reads.export_one, name="text_read_export"
    ),
]

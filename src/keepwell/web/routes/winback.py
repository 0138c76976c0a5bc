"""The win-back desk: the list, one case, its report, its rules."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web import panels
from keepwell.web.views import winback, winback_acts, winback_report, winback_settings
from keepwell.web.winback import panel

panels.register(panel.PANEL)

urlpatterns = [
    path("winback/", winback.desk, name="winback"),
    path("winback/open/", winback.open_case, name="winback_open"),
    path("winback/<int:case_id>/", winback.case, name="winback_case"),
    path("winback/<int:case_id>/<slug:action>/", winback_acts.act, name="winback_act"),
    path("reports/winback/", winback_report.report, name="winback_report"),
    re_path(
        r"^reports/winback/export\.(?P<kind>csv|xlsx)$", winback_report.export, name="winback_report_export"
    ),
    path("settings/winback/", winback_settings.rules, name="winback_rules"),
]

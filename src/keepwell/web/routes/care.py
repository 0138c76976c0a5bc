"""Care plans, activities, packages."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web import panels
from keepwell.web.care import panel
from keepwell.web.views import (
    care,
    care_activities,
    care_assign,
    care_guests,
    care_packages,
    care_plan,
    care_settings,
)

panels.register(panel.PANEL)

urlpatterns = [
    path("care/", care.desk, name="care"),
    re_path(r"^care/export\.(?P<kind>csv|xlsx)$", care.export, name="care_export"),
    path("care/assign/", care_assign.assign, name="care_assign"),
    path("care/undo/", care.undo, name="care_undo"),
    path("care/acts/<int:act_id>/<slug:action>/", care.act, name="care_act"),
    path("care/plan-<slug:action>/<path:customer_id>/", care_plan.act, name="care_plan_act"),
    path("care/customer/<path:customer_id>/", care_plan.plan, name="care_plan"),
    path("care/use-report/<path:customer_id>/", care_packages.use_report, name="care_use_report"),
    path("care/activities/", care_activities.listed, name="care_activities"),
    path("care/activities/series/", care_activities.save_series, name="care_series"),
    path("care/activities/<int:activity_id>/", care_activities.one, name="care_activity"),
    re_path(
        r"^care/activities/(?P<activity_id>\d{1,9})/guests\.(?P<kind>csv|xlsx)$",
        care_guests.export,
        name="care_guests_export",
    ),
    path("care/activities/<int:activity_id>/guests/", care_guests.door, name="care_door"),
    path(
        "care/activities/<int:activity_id>/<slug:action>/",
        care_activities.act,
        name="care_activity_act",
    ),
    path("care/guests/<int:guest_id>/", care_guests.answer, name="care_guest"),
    path("care/guests/<int:guest_id>/in/", care_guests.check_in, name="care_guest_in"),
    path("care/packages/new/<path:customer_id>/", care_packages.new, name="care_package_new"),
    path("care/packages/<int:package_id>/", care_packages.one, name="care_package"),
    path("reports/care/", care.effect, name="care_effect"),
    path("settings/care/", care_settings.settings, name="care_settings"),
    path("settings/care/<slug:action>/", care_settings.save, name="care_settings_save"),
]

"""Every address of the web app."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from keepwell.web.views import cockpit, customer, entry, errors, lists, plan, records, thresholds, treatments

EXPORT = r"export\.(?P<kind>csv|xlsx)$"

urlpatterns = [
    path("welcome/", entry.welcome, name="welcome"),
    path("sign-in/", entry.sign_in, name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("language/", entry.set_language, name="set_language"),
    path("", cockpit.cockpit, name="cockpit"),
    path("at-risk/", lists.at_risk, name="at_risk"),
    re_path(r"^at-risk/" + EXPORT, lists.at_risk_export, name="at_risk_export"),
    path("customers/", lists.customers, name="customers"),
    re_path(r"^customers/" + EXPORT, lists.customers_export, name="customers_export"),
    path("customers/<path:customer_id>/", customer.customer, name="customer"),
    path("plan/", plan.plan, name="plan"),
    path("plan/saved/<int:plan_id>/", plan.saved_plan, name="saved_plan"),
    re_path(r"^plan/saved/(?P<plan_id>\d{1,18})/" + EXPORT, plan.plan_export, name="plan_export"),
    path("settings/thresholds/", thresholds.thresholds, name="thresholds"),
    path("settings/treatments/", treatments.treatments, name="treatments"),
    path("settings/treatments/<slug:code>/", treatments.save_treatment, name="save_treatment"),
    path("settings/limits/<slug:tier>/", treatments.save_limit, name="save_limit"),
    path("settings/assumptions/<slug:code>/", treatments.save_assumptions, name="save_assumptions"),
    path("settings/data/", records.data, name="data"),
    path("settings/cycles/", records.cycles, name="cycles"),
    path("settings/cycles/<str:cycle_id>/", records.cycle, name="cycle"),
    path("settings/definitions/", records.definitions, name="definitions"),
    # The back office is for accounts only; its front page and sign-in are ours.
    path("admin/", RedirectView.as_view(pattern_name="cockpit")),
    path("admin/login/", RedirectView.as_view(pattern_name="sign_in", query_string=True)),
    path("admin/", admin.site.urls),
    path("", include("keepwell.api.urls")),
]

handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.broken

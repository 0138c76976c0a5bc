"""Every address of the web app."""

from django.urls import include, path, re_path
from django.views.generic import RedirectView

from keepwell.web.routes import (
    accounts,
    care,
    content,
    coupons,
    finding,
    groups,
    habits,
    journeys,
    letters,
    onsite,
    operations,
    outreach,
    portrait,
    privacy,
    public,
    results,
    segments,
    sending,
    social,
    winback,
)
from keepwell.web.views import (
    cockpit,
    customer,
    effects,
    errors,
    lists,
    plan,
    recommended,
    records,
    thresholds,
    treatments,
)

EXPORT = r"export\.(?P<kind>csv|xlsx)$"
# The templates of the shell know these names of Django's admin, which itself has no pages here.
SHELL = [
    path("", RedirectView.as_view(pattern_name="cockpit"), name="index"),
    path("login/", RedirectView.as_view(pattern_name="sign_in", query_string=True), name="login"),
    path("logout/", RedirectView.as_view(pattern_name="cockpit"), name="logout"),
    path("password_change/", RedirectView.as_view(pattern_name="account"), name="password_change"),
    path("search/", RedirectView.as_view(pattern_name="find", query_string=True), name="search"),
]

urlpatterns = [
    path("", include(accounts)),
    path("", include(outreach)),
    path("", include(finding)),
    path("", include(segments)),
    path("", include(portrait)),
    path("", include(privacy)),
    path("", include(content)),
    path("", include(sending)),
    path("", include(journeys)),
    path("", include("keepwell.web.routes.lifts")),
    path("", include(habits)),
    path("", include("keepwell.web.routes.touchpoints")),
    path("", include("keepwell.web.routes.questions")),
    path("", include("keepwell.web.routes.moods")),
    path("", include("keepwell.web.routes.firstreply")),
    path("", include("keepwell.web.routes.offline")),
    path("", include("keepwell.web.routes.chats")),
    path("", include("keepwell.web.routes.vip")),
    path("", include("keepwell.web.routes.advertising")),
    path("", include(public)),
    path("", include(results)),
    path("", include(onsite)),
    path("", include(groups)),
    path("", include(letters)),
    path("", include(social)),
    path("", include(coupons)),
    path("", include(winback)),
    path("", include(care)),
    path("", cockpit.cockpit, name="cockpit"),
    path("at-risk/", lists.at_risk, name="at_risk"),
    re_path(r"^at-risk/" + EXPORT, lists.at_risk_export, name="at_risk_export"),
    path("customers/", lists.customers, name="customers"),
    re_path(r"^customers/" + EXPORT, lists.customers_export, name="customers_export"),
    path("customers/<path:customer_id>/", customer.customer, name="customer"),
    path("plan/", plan.plan, name="plan"),
    path("plan/saved/<int:plan_id>/", plan.saved_plan, name="saved_plan"),
    re_path(r"^plan/saved/(?P<plan_id>\d{1,18})/" + EXPORT, plan.plan_export, name="plan_export"),
    path("recommended/", recommended.page, name="recommended"),
    re_path(r"^recommended/" + EXPORT, recommended.export, name="recommended_export"),
    path("effects/", effects.effects, name="effects"),
    re_path(r"^effects/" + EXPORT, effects.export, name="effects_export"),
    path("settings/thresholds/", thresholds.thresholds, name="thresholds"),
    path("settings/treatments/", treatments.treatments, name="treatments"),
    path("settings/treatments/<slug:code>/", treatments.save_treatment, name="save_treatment"),
    path("settings/limits/<slug:tier>/", treatments.save_limit, name="save_limit"),
    path("settings/assumptions/<slug:code>/", treatments.save_assumptions, name="save_assumptions"),
    path("settings/data/", records.data, name="data"),
    path("settings/cycles/", records.cycles, name="cycles"),
    path("settings/cycles/<str:cycle_id>/", records.cycle, name="cycle"),
    path("settings/definitions/", records.definitions, name="definitions"),
    path("admin/", include((SHELL, "admin"), namespace="admin")),
    path("", include("keepwell.web.routes.integrations")),
    path("", include("keepwell.web.routes.approved")),
    path("", include("keepwell.web.routes.plays")),
    path("", include("keepwell.api.urls")),
]

urlpatterns += operations.urlpatterns

handler403 = errors.forbidden
handler429 = errors.too_many
handler404 = errors.not_found
handler500 = errors.broken

"""The website: what its pages ask, and our own page about it."""

from __future__ import annotations

from django.urls import path

from keepwell.web.views import onsite

urlpatterns = [
    path("site/keepwell.js", onsite.script, name="site_script"),
    path("site/ask", onsite.ask, name="site_ask"),
    path("site/event", onsite.event, name="site_event"),
    path("on-site/", onsite.page, name="onsite"),
    path("on-site/<int:account_id>/notices/", onsite.add, name="onsite_add"),
    path("on-site/notices/<int:notice_id>/<slug:action>/", onsite.act, name="onsite_act"),
    path("on-site/<int:account_id>/sample/", onsite.sample, name="onsite_sample"),
    path("on-site/<int:account_id>/sample/notice/", onsite.sample_notice, name="onsite_sample_notice"),
]

"""VIP care."""

from __future__ import annotations

from django.urls import path

from keepwell.web import panels, vip_panel
from keepwell.web.views import vip

panels.register(vip_panel.PANEL)

urlpatterns = [
    path("settings/vip/", vip.rules, name="vip"),
    path("settings/vip/duty/", vip.add, name="vip_duty"),
    path("settings/vip/duty/<int:shift_id>/remove/", vip.remove, name="vip_duty_remove"),
]

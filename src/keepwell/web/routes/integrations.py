"""Other programs: tracking, webhooks, refused messages."""

from __future__ import annotations

from django.urls import path

from keepwell.web.views import integrations, refused

urlpatterns = [
    path("settings/integrations/", integrations.overview, name="integrations"),
    path("settings/integrations/webhooks/", integrations.create, name="create_webhook"),
    path("settings/integrations/webhooks/<str:endpoint_id>/", integrations.endpoint, name="webhook"),
    path(
        "settings/integrations/webhooks/<str:endpoint_id>/<slug:action>/",
        integrations.act,
        name="webhook_act",
    ),
    path("settings/integrations/deliveries/<str:delivery_id>/", integrations.redeliver, name="redeliver"),
    path("settings/integrations/refused/", refused.refused, name="refused_messages"),
    path("settings/integrations/refused/settle/", refused.settle, name="settle_refused"),
    path("settings/integrations/refused/<int:number>/", refused.one, name="refused_message"),
]

"""Mailings, the accounts at providers, and the addresses that providers call."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web.views import channels, hooks, mailings

EXPORT = r"export\.(?P<kind>csv|xlsx)$"

urlpatterns = [
    path("mailings/", mailings.listed, name="mailings"),
    path("mailings/new/", mailings.new, name="mailing_new"),
    path("mailings/<int:mailing_id>/", mailings.mailing, name="mailing"),
    path("mailings/<int:mailing_id>/audience/", mailings.audience, name="mailing_audience"),
    path("mailings/<int:mailing_id>/confirm/", mailings.confirm, name="mailing_confirm"),
    path("mailings/<int:mailing_id>/do/<slug:action>/", mailings.act, name="mailing_act"),
    re_path(r"^mailings/(?P<mailing_id>\d{1,18})/" + EXPORT, mailings.export, name="mailing_export"),
    path("settings/channels/", channels.listed, name="channels"),
    path("settings/channels/new/<str:provider>/", channels.new, name="channel_new"),
    path("settings/channels/<int:account_id>/", channels.account, name="channel_account"),
    path("settings/channels/<int:account_id>/do/<slug:action>/", channels.act, name="channel_act"),
    path("settings/channels/messages/<str:message_id>/", channels.settle, name="message_settle"),
    path("hooks/<str:token>", hooks.take, name="provider_hook"),
]

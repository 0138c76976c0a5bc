"""Groups of customers."""

from __future__ import annotations

from django.urls import path, re_path

from keepwell.web.views import chats

urlpatterns = [
    path("customer-groups/", chats.listed, name="chats"),
    path("customer-groups/read/", chats.read, name="chats_read"),
    path("customer-groups/post/", chats.post, name="chats_post"),
    re_path(r"^customer-groups/export\.(?P<kind>csv|xlsx)$", chats.export, name="chats_export"),
    path("customer-groups/<int:group_id>/", chats.group, name="chat_group"),
    path("customer-groups/post/<int:post_id>/stop/", chats.stop, name="chat_stop"),
]

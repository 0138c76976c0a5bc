"""What people read for codes that several rooms use."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

Label = str | Promise

# Every way in which a customer and the company reach each other, in facts, contact points, tasks, consents.
CHANNEL: dict[str, Label] = {
    "phone": pgettext_lazy("channel", "Telephone"),
    "email": pgettext_lazy("channel", "E-mail"),
    "sms": pgettext_lazy("channel", "Text message"),
    "wecom": pgettext_lazy("channel", "WeCom"),
    "wechat": pgettext_lazy("channel", "WeChat"),
    "whatsapp": pgettext_lazy("channel", "WhatsApp"),
    "app": pgettext_lazy("channel", "App"),
    "web": pgettext_lazy("channel", "Website"),
    "chat": pgettext_lazy("channel", "Chat"),
    "store": pgettext_lazy("channel", "Store"),
    "visit": pgettext_lazy("channel", "Visit"),
    "post": pgettext_lazy("channel", "Post"),
    "parcel": pgettext_lazy("channel", "Parcel"),
    "address": pgettext_lazy("channel", "Delivery address"),
}

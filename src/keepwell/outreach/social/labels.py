"""Words of social accounts."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Label = str | Promise

PLATFORM: dict[str, Label] = {
    "weibo": pgettext_lazy("platform", "Weibo"),
    "douyin": pgettext_lazy("platform", "Douyin"),
    "xiaohongshu": pgettext_lazy("platform", "Xiaohongshu"),
    "wechat_channels": pgettext_lazy("platform", "WeChat Channels"),
    "bilibili": "Bilibili",
    "kuaishou": pgettext_lazy("platform", "Kuaishou"),
    "facebook": "Facebook",
    "instagram": "Instagram",
    "tiktok": "TikTok",
    "x": "X",
    "youtube": "YouTube",
    "linkedin": "LinkedIn",
    "other": pgettext_lazy("platform", "Other"),
}
STATE: dict[str, Label] = {
    "planned": pgettext_lazy("post", "planned"),
    "posted": pgettext_lazy("post", "posted"),
    "dropped": pgettext_lazy("post", "dropped"),
}
TOPIC: dict[str, Label] = {
    "discussion": pgettext_lazy("topic", "Discussion"),
    "survey": pgettext_lazy("topic", "Survey"),
}
PROBLEM: dict[str, Label] = {
    "no_platform": _("Choose a platform."),
    "no_name": _("Give it a name of at most 80 characters."),
    "name_taken": _("There is such an account already."),
    "not_a_link": _("Type an address that begins with https://."),
    "no_owner": _("There is no such colleague."),
    "no_segment": _("There is no such segment."),
    "no_date": _("Type a date."),
    "not_a_number": _("Type a whole number."),
    "no_title": _("Say in at most 200 characters what it is about."),
    "no_template": _("There is no such template."),
    "not_answers": _("Type one line for each answer: words = how many."),
    "no_state": _("Choose one of these."),
    "too_long": _("This is too long."),
    "columns": _("The first line must name the columns platform and name."),
}

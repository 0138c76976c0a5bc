"""Feelings in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

FEELING: dict[str, Any] = {
    "negative": _("Sounds unhappy"),
    "neutral": _("Neither happy nor unhappy"),
    "positive": _("Sounds happy"),
}

"""The bell with the count of what one has not read."""

from __future__ import annotations

from typing import Any

from django import template

from keepwell.outreach.queries import notices

register = template.Library()


@register.inclusion_tag("keepwell/_bell.html", takes_context=True)
def notice_bell(context: template.Context) -> dict[str, Any]:
    """The bell; nothing for those who have not signed in."""
    user = context["request"].user
    return {
        "signed_in": user.is_authenticated,
        "unread": notices.unread(user.pk) if user.is_authenticated else 0,
    }

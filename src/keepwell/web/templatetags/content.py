"""What the checks say, beside the field that it is about."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.inclusion_tag("keepwell/content/_said.html", takes_context=True)
def said_of(context: template.Context, where: str) -> dict[str, Any]:
    """The findings of one field."""
    return {"said": (context.get("by_field") or {}).get(where, ())}

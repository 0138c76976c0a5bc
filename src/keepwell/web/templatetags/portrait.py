"""Tags of the customer page."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def panel(context: template.Context, shown: dict[str, Any]) -> SafeString:
    """One panel of `keepwell.web.panels`, drawn with the page's names and its own."""
    names = {**context.flatten(), **shown["context"]}
    return render_to_string(shown["template"], names, request=context["request"])

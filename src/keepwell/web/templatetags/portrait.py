"""Tags and filters of the customer page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from keepwell.customers.labels import CHANNEL
from keepwell.web import formats
from keepwell.web.portrait import words

register = template.Library()

WORDS: Mapping[str, Mapping[str, Any]] = {
    "channel": CHANNEL,
    "date": words.DATE_KIND,
    "role": words.ROLE,
    "note": words.NOTE_KIND,
    "note_field": words.NOTE_FIELD,
    "urgency": words.URGENCY,
    "promise": words.PROMISE,
    "handover": words.HANDOVER,
    "trend": words.TREND,
}
ARROWS = {"up": "▲", "down": "▼", "flat": "→", "new": "＋", "stopped": "■"}


@register.filter
def word(code: str, kind: str) -> str:
    """What people read for `code`."""
    return str(WORDS[kind].get(code, code))


@register.filter
def arrow(trend: str) -> str:
    """A shape beside the word of a trend."""
    return ARROWS[trend]


@register.filter
def day(text: str) -> str:
    """An ISO date as people write it."""
    return formats.exact(date.fromisoformat(text)) if text else ""


@register.simple_block_tag
def known(content: str, label: Any, source: str = "", at: datetime | None = None, by: str = "") -> SafeString:
    """`content` with where it came from, when and by whom on hover, focus and tap."""
    said = words.source(source) if source else _("not recorded")
    named = CHANNEL.get(str(label)) or words.DATE_KIND.get(str(label)) or label
    return format_html(
        '<span class="kw-def kw-known" tabindex="0" role="button" data-name="{}" data-source="{}" '
        'data-fresh="{}">{}</span>',
        named,
        f"{said} · {by}" if by else said,
        formats.exact(at) if at else "",
        content,
    )


@register.simple_tag(takes_context=True)
def panel(context: template.Context, shown: dict[str, Any]) -> SafeString:
    """One section or one panel of `keepwell.web.panels`, drawn with the page's names and its own."""
    page = context.template
    assert page is not None, "a tag is drawn in a template"
    drawn = page.engine.get_template(shown["template"])
    with context.push(**shown["context"]):
        return drawn.render(context)

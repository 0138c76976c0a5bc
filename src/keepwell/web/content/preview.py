"""What the editor shows beside the form: what the checks say, and how the message looks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest

from keepwell.customers import queries as customers
from keepwell.foundation import clock
from keepwell.outreach.content import labels, queries, services
from keepwell.outreach.content.access import access_preview
from keepwell.outreach.content.contracts import (
    ContentError,
    Finding,
    Rendered,
    Severity,
    TemplateView,
    TextView,
)
from keepwell.web.content import form
from keepwell.web.content.form import Typed

WIDTHS = ("phone", "desk")
STYLE = re.compile(rb"<style[^>]*>(.*?)</style>", re.DOTALL)
COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
# The page loads nothing of other hosts: a reader who blocks pictures sees their words too.
PICTURE = re.compile(r'(<img\b[^>]*?)\ssrc="https://[^"]*"')


@dataclass(frozen=True)
class Said:
    """A finding in words: where it stands in the form, and in which words."""

    where: str
    place: str
    severity: str
    text: str


def said(found: Iterable[Finding | ContentError]) -> list[Said]:
    """Findings and refusals in words."""
    return [
        Said(
            one.where,
            labels.place(one.where) if one.where else "",
            str(getattr(one, "severity", Severity.ERROR)),
            labels.problem(one),
        )
        for one in found
    ]


def context(request: HttpRequest, template: TemplateView, text: TextView, typed: Typed) -> dict[str, Any]:
    """Findings and preview of what is typed, with the values of the customer that was chosen."""
    asked = request.POST if request.method == "POST" else request.GET
    customer_id = asked.get("customer", "").strip()[:64]
    width = asked.get("width", "phone")
    access_preview(request.user, customer_id)
    shown: dict[str, Any] = {
        "width": width if width in WIDTHS else "phone",
        "customer_id": customer_id,
        "customer_name": customers.names([customer_id]).get(customer_id, "") if customer_id else "",
        "made": None,
    }
    now = clock.now()
    if customer_id:
        version = queries.draft(template.code) or queries.published(template.code)
        choice = queries.explain(version.texts, customer_id) if version else None
        if choice is not None:
            shown["gets"], shown["gets_why"] = labels.text_name(choice.text), labels.why(choice)
    try:
        present = form.as_text(typed, text, template.kind)
        found = list(queries.findings(template, present, today=now.date()))
    except ContentError as error:
        return shown | _judged([error])
    try:
        made = services.preview(
            template=template, text=present, user=request.user, customer_id=customer_id, now=now
        )
    except ContentError as error:
        return shown | _judged(found) | {"refusal": labels.problem(error)}
    return shown | _judged([*found, *made.warnings]) | {"made": _without_pictures(made)}


def _judged(found: Iterable[Finding | ContentError]) -> dict[str, Any]:
    spoken = said(found)
    by_field: dict[str, list[Said]] = {}
    for one in spoken:
        by_field.setdefault(one.where, []).append(one)
    return {
        "said": spoken,
        "by_field": by_field,
        "errors": sum(one.severity == "error" for one in spoken),
        "warnings": sum(one.severity == "warning" for one in spoken),
    }


def _without_pictures(made: Rendered) -> Rendered:
    return replace(made, html=PICTURE.sub(r"\1", made.html))


def styles(made: Rendered | None) -> tuple[bytes, ...]:
    """The style elements of a preview, for the policy of the page that frames it."""
    return tuple(STYLE.findall(COMMENT.sub(b"", made.html.encode()))) if made and made.html else ()

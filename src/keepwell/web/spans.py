"""A table over the last so many days: which spans there are, and the table as a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from keepwell.foundation.audit import services as audit
from keepwell.web import exports


def asked(request: HttpRequest, spans: Iterable[int], usual: int) -> int:
    """The span of days that is asked for, else the usual one."""
    typed = (request.POST if request.method == "POST" else request.GET).get("days", "")
    return int(typed) if typed in {str(span) for span in spans} else usual


def context(name: str, days: int, spans: Iterable[int]) -> dict[str, Any]:
    """What the page called `name` offers: the other spans, and its table as a file."""
    return {
        "spans": [(span, span == days) for span in spans],
        "export_csv": reverse(f"{name}_export", args=["csv"]) + f"?days={days}",
        "export_xlsx": reverse(f"{name}_export", args=["xlsx"]) + f"?days={days}",
    }


def export(
    request: HttpRequest,
    kind: str,
    *,
    name: str,
    days: int,
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    file_name: str,
) -> HttpResponseBase:
    """The table of the page called `name` as a file; audited."""
    audit.log(
        actor=request.user.get_username(),
        action=f"{name}.export",
        object_type="report",
        object_id=name,
        details={"days": days},
    )
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(header, rows, file_name)

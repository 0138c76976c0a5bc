"""Files for people: streamed, safe to open in a spreadsheet, without names or contact data."""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.http import FileResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from keepwell.insight import labels, reasons
from keepwell.insight.contracts import ScoreView
from keepwell.plays.contracts import PlanLine, TreatmentView

Row = Sequence[Any]
# What a spreadsheet would run as a formula; a plain number with a sign is none.
FORMULA = re.compile(r"^[=+\-@\t\r\n]")
PLAIN_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?$")
XLSX_ROWS_MAX = 1_048_576
CSV_CHUNK_ROWS = 500


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        """Give it back."""
        return text


def safe(value: Any) -> Any:
    """`value` as a cell that no spreadsheet runs."""
    if isinstance(value, str) and FORMULA.match(value) and not PLAIN_NUMBER.match(value):
        return f"'{value}"
    return value


def text(value: Any) -> str:
    """`value` as text of a CSV cell: ISO dates, plain numbers."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(safe(value))


def csv_response(header: Row, rows: Iterable[Row], name: str) -> StreamingHttpResponse:
    """A streamed CSV, UTF-8 with byte-order mark so that Excel reads Chinese."""
    response = StreamingHttpResponse(_csv_chunks(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _csv_chunks(header: Row, rows: Iterable[Row]) -> Iterator[str]:
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    chunk = ["\ufeff", writer.writerow([text(cell) for cell in header])]
    for row in rows:
        chunk.append(writer.writerow([text(cell) for cell in row]))
        if len(chunk) >= CSV_CHUNK_ROWS:
            yield "".join(chunk)
            chunk.clear()
    yield "".join(chunk)


def xlsx_response(header: Row, rows: Iterable[Row], name: str) -> FileResponse:
    """An Excel file to download."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    write_xlsx(file, header, rows)
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=f"{name}.xlsx")
    response["Cache-Control"] = "private, no-store"
    return response


def write_xlsx(file: IO[bytes], header: Row, rows: Iterable[Row]) -> None:
    """Write an Excel file with bounded memory; text stays text, whatever it begins with."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "remove_timezone": True,
        "default_date_format": "yyyy-mm-dd hh:mm",
    }
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(header) - 1, 16)
        bold = book.add_format({"bold": True})
        for place, cell in enumerate(header):
            sheet.write_string(0, place, str(cell), bold)
        for number, row in enumerate(rows, start=1):
            if number >= XLSX_ROWS_MAX:
                break
            for place, cell in enumerate(row):
                _write(sheet, number, place, cell)


def _write(sheet: Any, row: int, place: int, cell: Any) -> None:
    if cell is None:
        return
    if isinstance(cell, Decimal):
        sheet.write_number(row, place, float(cell))
    elif isinstance(cell, datetime):
        sheet.write_datetime(row, place, cell)
    elif isinstance(cell, str):
        sheet.write_string(row, place, safe(cell))
    else:
        sheet.write(row, place, cell)


def score_header() -> list[str]:
    """The columns of an export of scores, in the active language."""
    return [
        _("Customer number"),
        _("Status"),
        _("Value tier"),
        _("Risk level"),
        _("Churn risk"),
        _("Expected loss"),
        _("Expected 12-month value"),
        _("Currency"),
        _("Orders"),
        _("Total amount"),
        _("Last order"),
        _("Life-cycle stage"),
        _("Communication group"),
        _("RFM segment"),
        _("Reason 1"),
        _("Reason 2"),
        _("Reason 3"),
        _("Recommended action"),
        _("Cost"),
        _("Expected gain (assumption)"),
        _("Cycle"),
    ]


def score_rows(scores: Iterable[ScoreView], treatments: dict[str, TreatmentView]) -> Iterator[Row]:
    """One line per score: pseudonymous, with reasons in words."""
    for score in scores:
        why = [reasons.text(reason) for reason in score.reasons[:3]]
        treatment = treatments.get(score.action) if score.action else None
        yield [
            score.customer_id,
            str(labels.STATUS[score.status]),
            str(labels.TIER[score.tier]),
            str(labels.RISK_LEVEL[score.risk_level]),
            round(score.churn_risk, 4),
            score.expected_loss,
            score.clv,
            score.currency,
            score.orders,
            score.total_amount,
            score.last_order_at,
            str(labels.LIFE_STAGE[score.life_stage]),
            str(labels.COMMUNICATION_GROUP[score.communication_group]),
            str(labels.SEGMENT.get(score.rfm_segment, score.rfm_segment)),
            *(why + [""] * (3 - len(why))),
            treatment.name if treatment else score.action,
            score.action_cost,
            score.action_gain,
            score.cycle_id,
        ]


def plan_header() -> list[str]:
    """The columns of an export of a plan, in the active language."""
    return [
        _("Priority"),
        _("Customer number"),
        _("Treatment"),
        _("Cost"),
        _("Expected gain (assumption)"),
        _("Expected loss"),
        _("Currency"),
        _("Value tier"),
        _("Strongest reason"),
    ]


def plan_rows(
    lines: Iterable[PlanLine], currency: str, treatments: dict[str, TreatmentView]
) -> Iterator[Row]:
    """One line per customer who gets something."""
    for line in lines:
        treatment = treatments.get(line.treatment)
        yield [
            line.priority,
            line.customer_id,
            treatment.name if treatment else line.treatment,
            line.cost,
            line.gain,
            line.expected_loss,
            currency,
            str(labels.TIER.get(line.tier, line.tier)),
            str(labels.REASON.get(line.reason, line.reason)),
        ]

"""Files for people: safe to open, complete, without names."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from keepwell.customers import queries as customers
from keepwell.foundation.audit.models import AuditEntry
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreFilter
from keepwell.plays.services import save_plan
from keepwell.web import exports
from tests.web import factories


def lines(response) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@given(st.text(max_size=30))
def test_no_text_is_run_by_a_spreadsheet(value):
    cell = exports.safe(value)
    assert cell == value or cell == f"'{value}"
    if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n"):
        float(cell)  # only a plain number may begin so


@pytest.mark.parametrize(
    "value", ["=1+1", "+HYPERLINK(1)", "-cmd|'/c'!A0", "@SUM(A1)", "\t=1", "\r=1", "\n=1"]
)
def test_formulas_become_text(value):
    assert exports.safe(value) == f"'{value}"


def test_formulas_survive_neither_csv_nor_excel():
    rows = [['=HYPERLINK("x")', Decimal("1.5"), "+86 138"]]
    response = exports.csv_response(["=a", "b", "c"], rows, "x")
    assert lines(response) == [["'=a", "b", "c"], ['\'=HYPERLINK("x")', "1.5", "'+86 138"]]
    file = io.BytesIO()
    exports.write_xlsx(file, ["=a", "b", "c"], rows)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(file.getvalue())).get_sheet_by_index(0)
    assert sheet.to_python() == [["=a", "b", "c"], ['\'=HYPERLINK("x")', 1.5, "'+86 138"]]


def test_the_list_as_csv_is_the_list(ada, shop):
    response = ada.get("/at-risk/export.csv")
    assert response["Content-Disposition"] == 'attachment; filename="keepwell-at-risk.csv"'
    header, *body = lines(response)
    expected = [score.customer_id for score in insight.iter_scores(ScoreFilter(statuses=("at_risk",)))]
    assert [row[0] for row in body] == expected
    assert all(len(row) == len(header) for row in body)
    assert "Expected gain (assumption)" in header
    assert AuditEntry.objects.get(action="scores.export").details["format"] == "csv"


def test_names_are_in_no_file(ada, shop):
    known = set(customers.names(score.customer_id for score in insight.iter_scores()).values())
    assert known
    text = b"".join(ada.get("/customers/export.csv").streaming_content).decode()
    assert not [name for name in known if name in text]


def test_the_list_as_excel_is_the_list(ada, shop):
    response = ada.get("/customers/export.xlsx?tier=high")
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(response.streaming_content)))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) - 1 == insight.scores(ScoreFilter(tiers=("high",))).total


def test_a_file_speaks_the_language_of_its_reader(ada, administrator, shop):
    administrator.language = "zh-hans"
    administrator.save()
    header = lines(ada.get("/at-risk/export.csv"))[0]
    assert header[0] == "客户编号"


def test_the_lines_of_a_plan_as_files(ada, shop):
    plan = save_plan(budget=Decimal(500), capacities=None, actor="ada")
    body = lines(ada.get(f"/plan/saved/{plan.plan_id}/export.csv"))[1:]
    assert [row[1] for row in body] == [line.customer_id for line in plan.lines]
    assert sum(Decimal(row[3]) for row in body) == plan.spent
    response = ada.get(f"/plan/saved/{plan.plan_id}/export.xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(response.streaming_content)))
    assert len(rows.get_sheet_by_index(0).to_python()) == len(plan.lines) + 1


def test_a_score_without_reasons_or_action_is_a_full_line():
    score = factories.score(reasons=(), action=None, action_cost=None, action_gain=None)
    (row,) = exports.score_rows([score], {})
    assert len(row) == len(exports.score_header())

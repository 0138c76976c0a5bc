import csv
import json
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.cli.errors import CommandError
from keepwell.cli.writers import Column, write
from keepwell.foundation.spreadsheet import safe_cell

COLUMNS = (Column("name"), Column("amount", "money"), Column("share", "number"), Column("at", "time"))
AT = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
ROWS = [
    ["=cmd|' /C calc'!A0", Decimal("-12.5000"), 0.25, AT],
    ['陈小明, "阿明"', Decimal("3.1400"), None, None],
    [None, None, -1.5, AT],
]


def test_csv_is_escaped_utf_8_and_keeps_negative_numbers(tmp_path):
    path = tmp_path / "out.csv"
    assert write(path, COLUMNS, iter(ROWS)) == 3
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["name", "amount", "share", "at"],
        ["'=cmd|' /C calc'!A0", "-12.5000", "0.25", "2026-05-01T12:30:00Z"],
        ['陈小明, "阿明"', "3.1400", "", ""],
        ["", "", "-1.5", "2026-05-01T12:30:00Z"],
    ]


def test_excel_has_numbers_as_numbers_and_no_formula(tmp_path):
    from python_calamine import load_workbook

    path = tmp_path / "out.xlsx"
    assert write(path, COLUMNS, iter(ROWS)) == 3
    rows = load_workbook(str(path)).get_sheet_by_index(0).to_python()
    assert rows[0] == ["name", "amount", "share", "at"]
    assert rows[1] == ["'=cmd|' /C calc'!A0", -12.5, 0.25, "2026-05-01T12:30:00Z"]
    assert rows[2][0] == '陈小明, "阿明"'
    import zipfile

    with zipfile.ZipFile(path) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_parquet_keeps_types_and_text_as_it_is(tmp_path):
    path = tmp_path / "out.parquet"
    assert write(path, COLUMNS, iter(ROWS)) == 3
    table = pq.read_table(path)
    assert table.to_pylist() == [
        dict(zip([column.name for column in COLUMNS], row, strict=True)) for row in ROWS
    ]
    assert str(table.schema.field("amount").type) == "decimal128(18, 4)"


def test_json_lines_have_numbers_for_money(tmp_path):
    path = tmp_path / "out.jsonl"
    assert write(path, COLUMNS, iter(ROWS)) == 3
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[0] == {
        "name": "=cmd|' /C calc'!A0", "amount": -12.5, "share": 0.25, "at": "2026-05-01T12:30:00+00:00",
    }  # fmt: skip
    assert lines[2]["amount"] is None


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet", ".jsonl"])
def test_a_file_without_rows_has_its_columns(tmp_path, ending):
    path = tmp_path / f"out{ending}"
    assert write(path, COLUMNS, iter([])) == 0
    assert path.exists()
    if ending == ".csv":
        assert path.read_text() == "name,amount,share,at\n"


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet", ".jsonl"])
def test_a_failed_export_leaves_the_old_file_and_no_other(tmp_path, ending):
    path = tmp_path / f"out{ending}"
    write(path, COLUMNS, iter(ROWS))
    before = path.read_bytes()

    def breaking():
        yield ROWS[0]
        raise RuntimeError("the store went away")

    with pytest.raises(RuntimeError):
        write(path, COLUMNS, breaking())
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_unknown_endings_and_folders_are_refused(tmp_path):
    with pytest.raises(CommandError) as refused:
        write(tmp_path / "out.pdf", COLUMNS, iter(ROWS))
    assert refused.value.field == "out"
    with pytest.raises(CommandError):
        write(tmp_path / "nowhere" / "out.csv", COLUMNS, iter(ROWS))


@given(st.text())
def test_no_cell_starts_a_formula(text):
    cell = safe_cell(text)
    assert cell.removeprefix("'") == text.removeprefix("'") or cell == text
    if cell[:1] in {"=", "@", "\t", "\r"}:
        raise AssertionError(cell)
    if cell[:1] in {"+", "-"}:
        float(cell)


@pytest.mark.parametrize("number", ["-5", "+3.25", "-1e6", "-.5"])
def test_plain_numbers_stay_numbers(number):
    assert safe_cell(number) == number


@pytest.mark.parametrize(
    "text", ["-1+1", "+cmd", "-", "-1e", "@SUM(A1)", "=1", "\t=1", "-5 apples", "-1\n=2"]
)
def test_everything_else_is_escaped(text):
    assert safe_cell(text) == f"'{text}"

"""Files that want to break the import: a clear error or quarantined rows, nothing half-imported."""

from __future__ import annotations

import gzip
import os
import random
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from keepwell.history import queries as history
from keepwell.intake.reading.opening import survey

HEADER = "order_id,customer_id,ordered_at,amount,currency\n"
ROW = "o{n},c{n},2024-01-05 10:00:00,12.50,EUR\n"


def refused(report, *words):
    """The file's error, which names the file; nothing was imported."""
    assert report.failed
    assert history.versions() == {}
    error = next(file.error for file in report.files if file.error)
    for word in words:
        assert word in str(error)
    return error


def test_binary_junk(run, home, tmp_path):
    path = tmp_path / "junk.csv"
    path.write_bytes(random.Random(1).randbytes(300_000))
    refused(run(path), "junk.csv", "binary")
    assert list(home.staging_dir.iterdir()) == []


def test_a_hundred_thousand_columns(run, tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{n}" for n in range(100_000)) + "\n" + ",".join("1" * 100_000) + "\n")
    refused(run(path), "wide.csv", "100000 columns")


def test_a_quote_never_closed(run, tmp_path):
    path = tmp_path / "quote.csv"
    path.write_text(
        HEADER + "".join(ROW.format(n=n) for n in range(5)) + 'o9,"c9,2024-01-05,1,EUR\n' + ROW.format(n=7)
    )
    assert refused(run(path), "quote.csv", "never closed").line == 7


def test_a_quote_never_closed_in_a_large_file(run, tmp_path):
    path = tmp_path / "quote.csv"
    rows = "".join(ROW.format(n=n) for n in range(100_000)) * 8
    path.write_text(HEADER + 'o9,"c9,2024-01-05,1,EUR\n' + rows)
    assert refused(run(path), "quote.csv", "not closed").line == 2


def test_one_endless_line(run, tmp_path):
    """Of 64 MB; of 2 GB with KEEPWELL_TEST_ENDLESS=2048."""
    path = tmp_path / "endless.csv"
    size_mib = int(os.environ.get("KEEPWELL_TEST_ENDLESS", "64"))
    with path.open("wb") as file:
        file.write(HEADER.encode())
        block = b"x" * (1 << 20)
        for _n in range(size_mib):
            file.write(block)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    error = refused(run(path), "endless.csv", "longer than 16 MiB")
    assert error.line == 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000


def test_a_gzip_bomb_is_left_early(run, tmp_path):
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb") as file:
        block = b"0" * (1 << 20)
        for _n in range(256):
            file.write(block)
    refused(run(path), "bomb.csv.gz", "compression bomb")


def test_a_truncated_gzip(run, tmp_path):
    path = tmp_path / "cut.csv.gz"
    whole = gzip.compress((HEADER + "".join(ROW.format(n=n) for n in range(20_000))).encode())
    path.write_bytes(whole[: len(whole) // 2])
    refused(run(path), "cut.csv.gz", "cut short")


def test_a_gzip_with_a_damaged_middle(run, tmp_path):
    path = tmp_path / "bad.csv.gz"
    whole = bytearray(gzip.compress((HEADER + "".join(ROW.format(n=n) for n in range(20_000))).encode()))
    whole[len(whole) // 2] ^= 0xFF
    path.write_bytes(bytes(whole))
    refused(run(path), "bad.csv.gz", "damaged")


def _workbook(path):
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("orders")
    for n, name in enumerate(HEADER.strip().split(",")):
        sheet.write(0, n, name)
    for n, value in enumerate(["o1", "c1", "2024-01-05 10:00:00", 12.5, "EUR"]):
        sheet.write(1, n, value)
    book.close()


def test_an_excel_file_called_csv_is_read_with_a_note(run, tmp_path):
    _workbook(tmp_path / "book.xlsx")
    path = (tmp_path / "book.xlsx").rename(tmp_path / "orders.csv")
    report = run(path)
    assert report.counts("orders").accepted == 1
    assert report.files[0].format == "excel"
    assert any("named .csv" in warning for warning in report.files[0].warnings)


def test_text_called_xlsx_is_read_with_a_note(run, tmp_path):
    path = tmp_path / "orders.xlsx"
    path.write_text(HEADER + ROW.format(n=1))
    report = run(path)
    assert report.counts("orders").accepted == 1
    assert any("named .xlsx" in warning for warning in report.files[0].warnings)


def test_an_excel_bomb(run, tmp_path, monkeypatch):
    from keepwell.intake import limits

    monkeypatch.setattr(limits, "SHEET_BYTES", 8 << 20)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (16 << 20))
    refused(run(path), "bomb.xlsx", "unpacks to more than")


@pytest.mark.parametrize("name", ["damaged.xlsx", "damaged.xls", "damaged.parquet", "archive.zip.csv"])
def test_damaged_containers(run, tmp_path, name):
    path = tmp_path / name
    heads = {".xlsx": b"PK\x03\x04", ".xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".parquet": b"PAR1"}
    if name.startswith("archive"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.txt", "a")
    else:
        path.write_bytes(heads[path.suffix] + random.Random(2).randbytes(5_000))
    refused(run(path), name)


def test_empty_file(run, tmp_path):
    path = tmp_path / "empty.csv"
    path.write_bytes(b"")
    refused(run(path), "empty.csv", "empty")


def test_blank_file(run, tmp_path):
    path = tmp_path / "blank.csv"
    path.write_text("\n\n  \n")
    refused(run(path), "blank.csv", "no rows")


def test_header_only(run, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(HEADER)
    report = run(path)
    assert not report.failed
    assert report.counts("orders").read == 0
    assert history.versions() == {}


def test_nul_bytes_in_a_row(run, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + ROW.format(n=1) + "o2,c\0 2,2024-01-05,1,EUR\n" + ROW.format(n=3))
    report = run(path)
    assert (report.counts("orders").accepted, report.counts("orders").rejected) == (2, 1)
    assert report.files[0].reasons == {"nul": 1}


def test_mixed_line_endings_keep_line_numbers(run, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_bytes(
        (HEADER + ROW.format(n=1)).encode()
        + b"o2,c2,2024-01-05,2,EUR\r\n"
        + b"o3,c3,2024-01-05,3,EUR\r"
        + b"o4,c4,2024-01-05,nothing,EUR\n"
        + b"\r\n"
        + b'o5,"c\n5",2024-01-05,x,EUR\n'
        + b"o6,c6,2024-01-05,y,EUR"
    )
    report = run(path)
    assert report.counts("orders").accepted == 3
    lines = [
        row.split(",")[1]
        for row in report.quarantine.read_text("utf-8-sig").splitlines()[1:]
        if "orders.csv" in row
    ]
    assert lines == ["5", "7", "9"]


def test_damaged_utf8_in_one_row(run, tmp_path):
    path = tmp_path / "orders.csv"
    good = "".join(f"o{n},客户{n},2024-01-05,1,EUR\n" for n in range(50)).encode()
    path.write_bytes(
        HEADER.encode() + good + b"o90,\xff\xfe\x80,2024-01-05,1,EUR\n" + ROW.format(n=91).encode()
    )
    report = run(path)
    assert report.files[0].encoding == "utf-8"
    assert (report.counts("orders").accepted, report.counts("orders").rejected) == (51, 1)
    assert report.files[0].reasons == {"encoding": 1}
    assert ",52,," in report.quarantine.read_text("utf-8-sig")


def test_a_name_that_comes_twice_is_refused_only_where_it_is_used(run, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("order_id,customer_id,ordered_at,amount,amount\no1,c1,2024-01-05,1,2\n")
    assert refused(run(path), "comes twice").column == "amount"
    path.write_text("order_id,customer_id,ordered_at,amount,note,note\no1,c1,2024-01-05,1,a,b\n")
    assert run(path).counts("orders").accepted == 1


def test_rows_with_too_many_and_too_few_fields(run, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + ROW.format(n=1) + "o2,c2,2024-01-05,1,EUR,more\no3,c3\n" + ROW.format(n=4))
    report = run(path)
    assert (report.counts("orders").accepted, report.counts("orders").rejected) == (2, 2)
    text = report.quarantine.read_text("utf-8-sig")
    assert "6 fields where the header has 5" in text
    assert "2 fields where the header has 5" in text


def test_stray_quotes_are_text(run, facts, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + 'o1,c"1,2024-01-05,1,EUR\no2,"c,2",2024-01-05,1,EUR\no3,c3",2024-01-05,1,EUR\n')
    assert run(path).counts("orders").accepted == 3
    assert facts("orders", "customer_id") == [('c"1',), ("c,2",), ('c3"',)]


def test_one_bad_file_does_not_keep_the_others_out(run, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_text(HEADER + ROW.format(n=1))
    (folder / "b.csv").write_bytes(b"\x00\x01\x02" * 5_000)
    (folder / "truth").mkdir()
    (folder / "truth" / "c.csv").write_text(HEADER + ROW.format(n=3))
    report = run(folder)
    assert report.failed
    assert report.counts("orders").accepted == 1


def test_formulas_in_quarantine_are_text(run, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + "=1+1,c1,2024-01-05,@SUM(1),EUR\n")
    report = run(path)
    text = report.quarantine.read_text("utf-8-sig")
    assert "'@SUM(1)" in text
    assert "'=1+1,c1" in text


def test_characters_across_block_borders_are_no_damage(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("a名字\n".encode() * 1_000 + b"\xff\n")
    for block_bytes in (7, 8, 9, 1_000, 1 << 20):
        assert survey(path, block_bytes=block_bytes).utf8_errors == 1


MEMORY = """
import os, re, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "keepwell.foundation.settings"
import django; django.setup()
from datetime import UTC, datetime
from django.core.management import call_command
from keepwell.foundation.home import Home
from keepwell.intake import services
Home.current().create()
call_command("migrate", verbosity=0)
report = services.import_paths(paths=[sys.argv[1]], actor="anna", now=datetime(2026, 3, 1, tzinfo=UTC))
# Not ru_maxrss: that begins with what the process that started this one held.
print(report.failed, int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) // 1024)
"""


@pytest.mark.one_store
def test_memory_stays_bounded_in_a_process_of_its_own(tmp_path):
    path = tmp_path / "quoted.csv"
    with path.open("w") as file:
        file.write(HEADER + 'o9,"c9\n')
        for _n in range(48):
            file.write("x,y\n" * (1 << 18))
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "KEEPWELL_LAKE")}
    environment["KEEPWELL_HOME"] = str(tmp_path / "home")
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(path)], env=environment, capture_output=True, text=True, check=True
    )
    failed, peak_mib = done.stdout.split()
    assert failed == "True"
    assert int(peak_mib) < 1_024
    assert not list((Path(environment["KEEPWELL_HOME"]) / "staging").iterdir())

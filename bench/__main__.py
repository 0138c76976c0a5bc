"""`python -m bench [--quick] [--only NAME]…`: run every measurement and write docs/benchmarks.md.

Each part is a module with `run(quick) -> list[dict]` whose rows have the keys name, ours, peer, ratio,
requirement, unit, note. Every part runs in a process of its own, so that one does not warm the other up.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
REPORT = REPOSITORY / "docs" / "benchmarks.md"
PARTS = {
    "cdnow": "Accuracy on CDNOW: 2,357 customers, 39 weeks to learn from, 39 weeks held out",
    "clv": "Fitting BG/NBD",
    "rfm": "RFM summary",
    "allocate": "Budget plan",
    "recommend": "Recommendations",
    "experiment": "Experiments: time, coverage and false alarms",
    "plays": "Plays whose truth is known",
    "sentiment": "Feelings in Chinese reviews, held out",
    "intake": "Import",
    "cycle": "A whole cycle, 20 orders a customer",
    "pages": "Server time of pages, 20 orders a customer",
    "api": "Tracking over HTTP",
    "segments": "Counting a segment, 20 orders a customer",
    "sending": "E-mails to a mail server on this machine",
    "mail_million": "A million e-mails planned, rendered and queued",
    "journeys": "A tick of a journey",
}
COLUMNS = ("name", "ours", "peer", "ratio", "unit", "requirement", "note")
RUN_PART = """
import importlib, json, sys
rows = importlib.import_module("bench." + sys.argv[1]).run(quick=sys.argv[2] == "quick")
json.dump(rows, open(sys.argv[3], "w"), default=str)
"""


def run_part(part: str, quick: bool) -> list[dict[str, Any]]:
    """The rows of one part, run in a process of its own."""
    with tempfile.NamedTemporaryFile(suffix=".json") as answer:
        command = [sys.executable, "-c", RUN_PART, part, "quick" if quick else "full", answer.name]
        subprocess.run(command, cwd=REPOSITORY, check=True)
        return json.loads(Path(answer.name).read_text())


def shown(value: Any) -> str:
    """A value as a table cell."""
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return "" if value is None else str(value).replace("|", "\\|")


def table(rows: list[dict[str, Any]]) -> str:
    """Rows as a Markdown table, leaving out columns that are empty throughout."""
    columns = [c for c in COLUMNS if any(row.get(c) not in (None, "") for row in rows)]
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(shown(row.get(c)) for c in columns) + " |" for row in rows]
    return "\n".join(lines)


def heading() -> str:
    """What the figures mean and where they were taken."""
    return (
        "# Benchmarks\n\n"
        "Written by `make bench`. Times on shared cores are CPU seconds of user and system together unless a "
        "row says otherwise; read the ratios, not the seconds: both sides of a ratio ran in the same run.\n\n"
        f"Machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}.\n"
    )


def merged(measured: dict[str, str]) -> str:
    """The report with the sections `measured`, the others as they stand."""
    old = REPORT.read_text() if REPORT.exists() else ""
    known = {block.partition("\n")[0]: f"\n## {block.rstrip()}\n" for block in old.split("\n## ")[1:]}
    return heading() + "".join(measured.get(part) or known.get(title, "") for part, title in PARTS.items())


def main() -> None:
    """Run the parts asked for, print each table, write them to the report where the run was full."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the size; writes nothing")
    parser.add_argument("--only", action="append", choices=PARTS, help="only this part (may be repeated)")
    options = parser.parse_args()
    for part in options.only or PARTS:
        section = f"\n## {PARTS[part]}\n\n{table(run_part(part, options.quick))}\n"
        print(section, flush=True)
        if not options.quick:
            REPORT.write_text(merged({part: section}))
    if not options.quick:
        print(f"written: {REPORT.relative_to(REPOSITORY)}")


if __name__ == "__main__":
    main()

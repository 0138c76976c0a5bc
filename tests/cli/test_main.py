import json
import sys

import pytest

from keepwell.cli.main import COMMANDS, run


def test_help_lists_every_command(capsys):
    assert run(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {name} " in out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name, capsys):
    assert run([name, "-h"]) == 0
    assert "Usage: keepwell " + name in capsys.readouterr().out


def test_help_loads_no_framework():
    heavy = {"django", "duckdb", "pyarrow", "numpy", "ibis", "rich", "granian"}
    import subprocess

    code = (
        "import sys; from keepwell.cli.main import run; run(['--help']); run(['plan', '--help']);"
        f"print(sorted({heavy!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["plan"],
        ["plan", "--budget", "much"],
        ["plan", "--budget", "-1"],
        ["plan", "--budget", "NaN"],
        ["plan", "--budget", "1e15"],
        ["plan", "--budget", "5", "--capacity", "call_back"],
        ["plan", "--budget", "5", "--capacity", "call_back=-2"],
        ["cycle", "--as-of", "31.08.2011"],
        ["at-risk", "--top", "0"],
        ["at-risk", "--language", "tlh"],
        ["export", "everything", "--out", "x.csv"],
        ["export", "scores"],
        ["export", "scores", "--out", "x.csv", "--budget", "5"],
        ["export", "plan", "--out", "x.csv", "--budget", "5", "--plan", "1"],
        ["work", "--cycle-hour", "24"],
        ["import"],
    ],
)
def test_wrong_usage_is_code_2_with_one_line(arguments, capsys):
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("keepwell: ")
    assert captured.err.count("\n") == 1


def test_errors_are_one_json_document_where_json_is_asked_for(capsys):
    assert run(["plan", "--json"]) == 2
    captured = capsys.readouterr()
    error = json.loads(captured.out)["error"]
    assert error["exit_code"] == 2
    assert "--budget" in error["message"]
    assert captured.err.startswith("keepwell: ")


def test_version(capsys):
    from keepwell import __version__

    assert run(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


def test_an_error_is_one_line_and_the_way_to_more(ready):
    answer = ready("at-risk")
    assert answer.code == 1
    assert answer.out == ""
    assert answer.err == "keepwell: there is no finished cycle yet; run: keepwell cycle\n"
    traced = ready("at-risk", KEEPWELL_DEBUG="1")
    assert traced.code == 1
    assert "Traceback" in traced.err


def test_an_unknown_customer_is_told(ready):
    answer = ready("customer", "C404", "--json")
    assert answer.code == 1
    assert answer.json["error"]["field"] == "id"
    assert "C404" in answer.err


def test_a_file_of_no_known_format_is_refused_before_any_work(program):
    answer = program("export", "scores", "--out", "scores.doc")
    assert answer.code == 1
    assert ".xlsx" in answer.err
    assert not program.home.exists()


@pytest.mark.parametrize(
    ("lang", "language"),
    [
        ("zh_CN.UTF-8", "zh-hans"), ("zh_SG", "zh-hans"), ("zh_TW.UTF-8", "zh-hant"), ("zh-HK", "zh-hant"),
        ("de_DE.UTF-8", "en"), ("C", "en"), ("", "en"),
    ],
)  # fmt: skip
def test_the_language_of_the_terminal_is_spoken(lang, language, monkeypatch):
    from keepwell.cli.options import default_language

    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", lang)
    assert default_language() == language
    monkeypatch.setenv("LC_ALL", "zh_TW")
    assert default_language() == "zh-hant"


def test_the_reference_page_is_what_the_program_says():
    from pathlib import Path

    from keepwell.cli.reference import render

    page = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
    assert page.read_text() == render(), "run: python -m keepwell.cli.reference > docs/reference/commands.md"


def test_the_guide_shows_every_command_and_no_other():
    import re
    from pathlib import Path

    guide = (Path(__file__).parents[2] / "docs" / "howto" / "commands.md").read_text()
    shown = set(re.findall(r"keepwell ([a-z-]+)", guide))
    assert shown - {"repository"} == set(COMMANDS)

"""What every template must keep to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import get_template

import keepwell.web
from keepwell.insight.definitions import DEFINITIONS

ROOT = Path(keepwell.web.__file__).parent / "templates"
TEMPLATES = sorted(ROOT.rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_it_compiles(path):
    get_template(str(path.relative_to(ROOT)))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_its_definitions_exist(path):
    text = path.read_text()
    codes = set(re.findall(r'{% define "([a-z_]+)"', text)) | set(re.findall(r'\bcode="([a-z_]+)"', text))
    assert codes <= set(DEFINITIONS)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_its_static_files_exist(path):
    for name in re.findall(r"{% static ['\"]([^'\"]+)['\"]", path.read_text()):
        assert finders.find(name), name


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_it_marks_nothing_safe(path):
    assert not re.search(r"\|\s*safe\b|autoescape off|mark_safe", path.read_text())


def test_no_style_or_script_names_another_host():
    static = Path(keepwell.web.__file__).parent / "static/keepwell"
    for path in (static / name for name in ("keepwell.css", "keepwell.js", "charts.js", "theme.js")):
        assert not re.search(r"https?://", path.read_text()), path.name

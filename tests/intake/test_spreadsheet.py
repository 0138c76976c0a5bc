"""Cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import pytest

from keepwell.foundation.spreadsheet import safe_cell


@pytest.mark.parametrize(
    "cell", ["=1+1", "+SUM(A1)", "-cmd|' /C calc'!A0", "@x", "\t=1", "\r=1", "＝1", "-1+1", "+1=2"]
)
def test_formulas_become_text(cell):
    assert safe_cell(cell) == "'" + cell


@pytest.mark.parametrize(
    "cell", ["", "Ann", "-12.50", "+5", "-1e3", "-5%", "+1,234.50", "a=b", 5, -5.5, None]
)
def test_the_rest_stays(cell):
    assert safe_cell(cell) == cell

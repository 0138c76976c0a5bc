"""What the documents show is what comes out."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

from keepwell.science import experiment

pytestmark = pytest.mark.science

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "algorithms" / "experiments.md"


def test_the_worked_cases():
    found = doctest.testfile(str(DOCUMENT), module_relative=False)
    assert found.attempted > 15
    assert found.failed == 0


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(experiment.__path__)])
def test_examples_of_the_code(name):
    assert doctest.testmod(importlib.import_module(f"keepwell.science.experiment.{name}")).failed == 0


def test_every_public_function_is_described():
    text = DOCUMENT.read_text()
    functions = [
        name for name in experiment.__all__ if callable(getattr(experiment, name)) and name.islower()
    ]
    missing = [name for name in functions if name not in text]
    assert missing == []

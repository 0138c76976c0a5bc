"""Every setting is documented, and nothing documented is gone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from keepwell.foundation import environment

REPOSITORY = Path(__file__).parents[2]
SOURCE = REPOSITORY / "src" / "keepwell"
NAME = re.compile(r"\bKEEPWELL_[A-Z_]*[A-Z]\b")


def names_in_source():
    own = SOURCE / "foundation" / "environment.py"
    texts = [path.read_text() for path in SOURCE.rglob("*.py") if path != own]
    return {name for text in texts for name in NAME.findall(text)}


def test_no_setting_is_read_that_is_not_documented():
    assert names_in_source() - environment.names() == set()


def test_no_setting_is_documented_that_nothing_reads():
    documented = {name for name in environment.names() if name.startswith("KEEPWELL_")}
    assert documented - names_in_source() == set()


def test_the_page_is_what_the_table_says():
    page = REPOSITORY / "docs" / "reference" / "settings.md"
    assert page.read_text() == environment.render(), (
        "run: python -m keepwell.foundation.environment > docs/reference/settings.md"
    )


@pytest.mark.parametrize(
    ("origins", "secure"),
    [("", False), ("https://a.example", True), ("https://a.example,http://b.example", False)],
)
def test_cookies_go_by_tls_where_people_do(origins, secure, tmp_path):
    environment = {
        **os.environ,
        "KEEPWELL_ORIGINS": origins,
        "KEEPWELL_HOME": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "keepwell.foundation.settings",
    }
    script = (
        "from django.conf import settings as s; import sys; "
        "sys.exit(s.SESSION_COOKIE_SECURE + 2 * s.CSRF_COOKIE_SECURE)"
    )
    done = subprocess.run([sys.executable, "-c", script], env=environment)
    assert done.returncode == (3 if secure else 0)

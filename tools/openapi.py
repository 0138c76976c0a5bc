"""Print the OpenAPI document of the API."""

from __future__ import annotations

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keepwell.foundation.settings")
django.setup()

from keepwell.api.app import document  # noqa: E402

sys.stdout.write(document().decode())

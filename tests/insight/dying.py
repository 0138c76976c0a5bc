"""Run cycles in a process of its own; the test kills it."""

import sys
from datetime import datetime

import django

django.setup()

from keepwell.insight import services  # noqa: E402

sys.stdout.write("running\n")
sys.stdout.flush()
services.run_cycle(as_of=datetime.fromisoformat(sys.argv[1]), actor="ann", resume=sys.argv[2] == "resume")

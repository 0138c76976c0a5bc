"""What machines ask. A middleware answers these before anything else; here they have their names."""

from __future__ import annotations

from django.urls import path

from keepwell.operations import probes

urlpatterns = [
    path("healthz", probes.live, name="healthz"),
    path("readyz", probes.ready, name="readyz"),
    path("metrics", probes.figures, name="metrics"),
]

"""SDKs are loaded when something is sent, not when a command starts."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def later(module: str, name: str) -> Callable[..., Any]:
    """`name` of a module below `keepwell.outreach.channels`, which is imported at the first call."""

    def call(*given: Any) -> Any:
        return getattr(import_module(f"keepwell.outreach.channels.{module}"), name)(*given)

    return call

"""Log lines without personal data, as text or as JSON.

What Keepwell says itself is kept, with e-mail addresses and long numbers masked. Of what libraries say only
the template and numbers are kept: their arguments may be a path, a host, a user name. Of exceptions the type
and the places are kept, not the message, for it may quote a value. Request bodies, paths and queries are
never written; the name of the view says where a request went.
"""

from __future__ import annotations

import logging
import re
import traceback
from contextvars import ContextVar
from typing import Any

import orjson

from keepwell.foundation import clock

OWN = "keepwell"
FIELDS = ("view", "method", "status", "duration_ms", "user", "bytes")

request_id: ContextVar[str] = ContextVar("request_id", default="")

_EMAIL = re.compile(r"[^\s@<>\"(),;:]+@[^\s@<>\"'(),;:]+")
_PLACE = re.compile(r'^ *File "([^"]+)", line (\d+)', re.MULTILINE)
_NUMBER = re.compile(r"(?<!\w)(?!\d{4}-\d\d-\d\d)\+?\d[\d ().-]{7,}\d(?!\w)")


def scrub(text: str) -> str:
    """Mask what looks like an e-mail address or a phone number."""
    return _NUMBER.sub("[number]", _EMAIL.sub("[e-mail]", text))


def message(record: logging.LogRecord) -> str:
    """What `record` says, without personal data."""
    if record.name == OWN or record.name.startswith(f"{OWN}."):
        return scrub(record.getMessage())
    if hasattr(record, "request"):
        return f"answered {getattr(record, 'status_code', 'with an error')}"
    template = str(record.msg).partition("\n")[0]  # a traceback that follows quotes values
    if not record.args:
        return scrub(template)
    arguments = record.args if isinstance(record.args, tuple) else (record.args,)
    kept = tuple(value if isinstance(value, int | float) else "…" for value in arguments)
    try:
        return scrub(template % kept)
    except (TypeError, ValueError):  # a template with names, or of another style
        return scrub(template)


def error_of(record: logging.LogRecord) -> dict[str, Any] | None:
    """Type and places of the exception, innermost last."""
    if not record.exc_info or record.exc_info[1] is None:
        places = _PLACE.findall(str(record.msg))
        return (
            {"type": "in a library", "at": [f"{_short(f)}:{n}" for f, n in places[-12:]]} if places else None
        )
    error = record.exc_info[1]
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{_short(frame.filename)}:{frame.lineno}" for frame in frames]
    cause = error.__cause__ or error.__context__
    kinds = [type(error).__name__, *([type(cause).__name__] if cause else [])]
    return {"type": " from ".join(kinds), "at": places[-12:]}


def _short(filename: str) -> str:
    return filename.rpartition("/site-packages/")[2].rpartition("/src/")[2]


def _document(record: logging.LogRecord) -> dict[str, Any]:
    said: dict[str, Any] = {
        "at": clock.now().isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "message": message(record),
    }
    if request_id.get():
        said["request_id"] = request_id.get()
    said.update({name: getattr(record, name) for name in FIELDS if hasattr(record, name)})
    error = error_of(record)
    if error:
        said["error"] = error
    return said


class JsonFormatter(logging.Formatter):
    """One JSON object in one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return orjson.dumps(_document(record), default=str).decode()


class PlainFormatter(logging.Formatter):
    """One line for people; the places of an exception follow it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, or lines."""
        said = _document(record)
        extra = [f"{name}={said[name]}" for name in (*FIELDS, "request_id") if name in said]
        line = " ".join([said["at"], said["level"], f"{said['logger']}: {said['message']}", *extra])
        if "error" in said:
            line += "\n  " + "\n  ".join([said["error"]["type"], *said["error"]["at"]])
        return line

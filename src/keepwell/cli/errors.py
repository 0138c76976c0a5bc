"""Exit codes, and the errors that end a command in one clear line."""

from __future__ import annotations

DONE = 0
FAILED = 1
WRONG_USAGE = 2
DONE_WITH_REJECTED_ROWS = 3


class CommandError(Exception):
    """What a person can understand and act upon; `field` names the argument or setting it is about."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


def explain(error: BaseException) -> tuple[str, str]:
    """One line for a person, and the field it is about, for any error that ends a command."""
    if isinstance(error, CommandError):
        return error.message, error.field
    if hasattr(error, "message_dict"):  # Django's ValidationError that names fields
        field, messages = next(iter(error.message_dict.items()))
        return f"{field}: {' '.join(messages)}", field
    if hasattr(error, "messages"):
        return " ".join(error.messages), ""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror, ""
    text = " ".join(str(error).split())
    return text or type(error).__name__, ""

"""What goes wrong with a whole file."""

from __future__ import annotations

from django.utils.translation import gettext as _


class IntakeError(Exception):
    """A file that cannot be imported; says which, and the line and column where they are known."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "unreadable",
        file: str = "",
        line: int | None = None,
        column: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.file = file
        self.line = line
        self.column = column

    def __str__(self) -> str:
        parts = [self.file] if self.file else []
        if self.line is not None:
            parts.append(_("line %(line)d") % {"line": self.line})
        if self.column is not None:
            parts.append(_("column %(column)s") % {"column": self.column})
        return f"{', '.join(parts)}: {self.message}" if parts else self.message

    def to_dict(self) -> dict[str, object]:
        """JSON for the report."""
        return {"code": self.code, "message": self.message, "line": self.line, "column": self.column}

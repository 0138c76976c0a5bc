"""Uploads that go straight to the staging folder, piece by piece, and stop at a limit."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from keepwell.foundation.home import Home

MIB = 1 << 20
SIZE_MIB_MAX = 4_096
SPARE_BYTES = 256 * MIB


def size_bytes_max() -> int:
    """How much may be uploaded at once: KEEPWELL_UPLOAD_MIB, and what the disk has room for."""
    said = getattr(settings, "KEEPWELL_UPLOAD_MIB", None) or os.environ.get("KEEPWELL_UPLOAD_MIB")
    limit = int(said) * MIB if said else SIZE_MIB_MAX * MIB
    free = shutil.disk_usage(Home.current().staging_dir).free - SPARE_BYTES
    return max(0, min(limit, free))


class StagedFile(UploadedFile):
    """A file that lies in the staging folder under a name of ours; `path` is gone once somebody takes it."""

    def __init__(self, name: str, content_type: str) -> None:
        descriptor, path = tempfile.mkstemp(prefix=".uploading-", dir=Home.current().staging_dir)
        super().__init__(os.fdopen(descriptor, "w+b"), name, content_type, 0)
        self.path = Path(path)

    def close(self) -> None:
        """Close it, and remove it where nobody took it."""
        super().close()
        self.path.unlink(missing_ok=True)


class StagingUploadHandler(FileUploadHandler):
    """Writes each file to the staging folder; more than `limit` bytes in all end the upload."""

    chunk_size = MIB

    def __init__(self, request: HttpRequest, limit: int) -> None:
        super().__init__(request)
        self.limit = limit
        self.received = 0
        self.too_large = False
        self.file: StagedFile | None = None  # Django closes it where an upload is stopped

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *args: Any) -> None:
        """Notice what says itself that it is too large; its first piece then ends the upload."""
        self.too_large = content_length > self.limit + MIB

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super().new_file(*args, **kwargs)
        self.file = StagedFile(self.file_name or "", self.content_type or "")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece."""
        self.received += len(raw_data)
        if self.too_large or self.received > self.limit:
            self.too_large = True
            raise StopUpload(connection_reset=True)
        assert self.file is not None
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> StagedFile | None:
        """End a file."""
        assert self.file is not None
        done, self.file = self.file, None
        done.size = file_size
        done.flush()
        os.fsync(done.fileno())
        return done

    def upload_interrupted(self) -> None:
        """Leave nothing behind."""
        if self.file is not None:
            self.file.close()
            self.file = None

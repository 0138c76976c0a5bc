"""The file: a plain tar, its members compressed where that pays, the last of them the manifest."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from keepwell.operations.backup.manifest import NAME, Manifest, Member
from keepwell.operations.contracts import BackupError

CHUNK = 1 << 20
Tell = Callable[[int], None]
"""Called with the number of bytes just done."""


class Writer:
    """Writes members one after the other and keeps their checksums; `finish` makes the file appear."""

    def __init__(self, path: Path, tell: Tell) -> None:
        self._path = path
        self._partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        self._tell = tell
        self.members: dict[str, Member] = {}
        descriptor = os.open(self._partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        self._tar = tarfile.open(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - with the file

    def add_file(self, name: str, path: Path) -> None:
        """Add the contents of `path`; raises FileNotFoundError where it is gone."""
        with path.open("rb") as source:
            self._add(name, source, os.fstat(source.fileno()).st_size)

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add `content`."""
        self._add(name, io.BytesIO(content), len(content))

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, force everything to the disk, and give the file its name."""
        manifest.members = dict(self.members)
        self.add_bytes(NAME, manifest.to_json())
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        os.replace(self._partial, self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def give_up(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        self._partial.unlink(missing_ok=True)

    def _add(self, name: str, source: IO[bytes], size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        counted = _Hashing(source, size, self._tell)
        self._tar.addfile(info, counted)
        self.members[name] = Member(size, counted.digest.hexdigest())


class _Hashing:
    """Gives exactly `size` bytes of a source, counting and hashing them."""

    def __init__(self, source: IO[bytes], size: int, tell: Tell) -> None:
        self._source, self._left, self._tell = source, size, tell
        self.digest = hashlib.sha256()

    def read(self, wanted: int = -1) -> bytes:
        """The next bytes."""
        wanted = self._left if wanted < 0 else min(wanted, self._left)
        chunk = self._source.read(wanted)
        self._left -= len(chunk)
        self.digest.update(chunk)
        self._tell(len(chunk))
        return chunk


class Reader:
    """Reads a backup; every member is compared with its checksum when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise BackupError(f"there is no backup at {path}: {error.strerror}") from error
        try:
            self._tar = tarfile.open(fileobj=self._file, mode="r:")  # noqa: SIM115 - with the file
            self._infos = {info.name: info for info in self._tar.getmembers()}
            self.manifest = Manifest.from_json(self._manifest())
            missing = self.manifest.members.keys() - self._infos.keys()
            if missing:
                raise BackupError(f"{path} lacks {sorted(missing)[0]}")
        except (tarfile.TarError, OSError) as error:
            self._file.close()
            raise BackupError(f"{path} is not a whole backup: {error}") from error
        except BackupError:
            self._file.close()
            raise

    def _manifest(self) -> bytes:
        if NAME not in self._infos:
            raise BackupError(f"{self.path} is not a whole backup: it has no manifest")
        member = self._tar.extractfile(self._infos[NAME])
        assert member is not None
        return member.read()

    def names(self, prefix: str = "") -> list[str]:
        """The members whose name begins with `prefix`."""
        return [name for name in self.manifest.members if name.startswith(prefix)]

    def size(self) -> int:
        """Bytes of all members."""
        return sum(member.size for member in self.manifest.members.values())

    def read(self, name: str) -> bytes:
        """A small member, checked."""
        return b"".join(self.chunks(name))

    def chunks(self, name: str, tell: Tell | None = None) -> Iterator[bytes]:
        """The contents of a member; raises BackupError at its end where they are not what was written."""
        member = self.manifest.members[name]
        info = self._infos[name]
        digest = hashlib.sha256()
        source = self._tar.extractfile(info)
        if source is None or info.size != member.size:
            raise BackupError(f"{name} in {self.path} is damaged")
        with source:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                if tell:
                    tell(len(chunk))
                yield chunk
        if digest.hexdigest() != member.sha256:
            raise BackupError(f"{name} in {self.path} is damaged")

    def extract(self, name: str, target: Path, tell: Tell | None = None) -> None:
        """Write a member to `target`, durably."""
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for chunk in self.chunks(name, tell):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._tar.close()
        self._file.close()

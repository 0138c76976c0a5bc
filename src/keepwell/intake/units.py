"""Finds the files of an import, opens them, and says what each is."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from django.utils.translation import gettext as _

from keepwell.intake import limits, profiles
from keepwell.intake.contracts import FileReport, Options
from keepwell.intake.errors import IntakeError
from keepwell.intake.matching import match as matching
from keepwell.intake.matching.mapping_file import apply_mapping
from keepwell.intake.matching.match import Match
from keepwell.intake.profiles.base import Profile
from keepwell.intake.reading import encoding
from keepwell.intake.reading.chunks import Source
from keepwell.intake.reading.derived import FirstOf
from keepwell.intake.reading.excel import excel_sources
from keepwell.intake.reading.jsonl import JsonLinesSource
from keepwell.intake.reading.opening import EXTENSIONS, Survey, blocks, survey
from keepwell.intake.reading.parquet import ParquetSource
from keepwell.intake.reading.text import TextSource

VERSION = 1
"""Part of every batch's identity: raise it when the same file would give other facts."""


@dataclass
class Part:
    """One table of one file, matched."""

    source: Source
    match: Match
    profile: Profile | None
    report: FileReport


@dataclass
class Opened:
    """One file and its tables."""

    path: Path
    survey: Survey
    parts: list[Part] = field(default_factory=list)


@dataclass
class Unit:
    """Files that become visible together: mostly one, or all the files of an export that belong together."""

    files: list[Opened]
    profile: Profile | None = None

    @property
    def parts(self) -> list[Part]:
        """All its tables."""
        return [part for file in self.files for part in file.parts]

    def content_id(self, options: Options) -> str:
        """What the unit is, whatever it is called and whenever it comes."""
        said = {
            "version": VERSION,
            "files": sorted(file.survey.sha256 for file in self.files),
            "parts": sorted(
                [
                    p.match.shape.name,
                    p.report.sheet or "",
                    sorted(p.report.columns.items()),
                    sorted(p.match.constants.items()),
                ]
                for p in self.parts
            ),
            "options": [
                options.date_order,
                options.currency,
                options.unknown_customers,
                options.time_zone,
                options.country,
            ],
            "source": [p.report.source for p in self.parts],
        }
        return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]

    def rank(self) -> tuple[int, str]:
        """Products first, then customers, then facts, so that facts find whom they speak of."""
        ranks = {"products": 0, "customers": 1}
        return min((ranks.get(p.match.shape.name, 2) for p in self.parts), default=2), self.files[0].path.name


def collect(paths: Sequence[Path | str]) -> list[Path]:
    """The files to read: those named, and the data files of folders that are named."""
    known = {suffix for suffixes in EXTENSIONS.values() for suffix in suffixes}
    found: list[Path] = []
    for given in paths:
        path = Path(given)
        if path.is_dir():
            found.extend(_data_files(path, known))
        elif path.is_file():
            found.append(path)
        else:
            raise IntakeError(_("no such file or folder"), code="absent", file=str(path))
    if not found:
        raise IntakeError(
            _("no data files in the folder"), code="absent", file=", ".join(str(p) for p in paths)
        )
    if len(found) > limits.FILES:
        raise IntakeError(_("more than %(limit)d files at once") % {"limit": limits.FILES}, code="files")
    return list(dict.fromkeys(found))


def _data_files(folder: Path, known: set[str]) -> Iterator[Path]:
    """Data files in `folder` and its sub-folders, but nothing hidden and nothing under `truth`."""
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder).parts
        if any(part.startswith(".") or part == "truth" for part in inner) or not path.is_file():
            continue
        suffixes = [s.lower() for s in path.suffixes if s.lower() != ".gz"]
        if suffixes and suffixes[-1] in known:
            yield path


def open_file(path: Path, options: Options, scratch: Path) -> Opened:
    """Survey the file, find its tables and match each; raises IntakeError where none can be imported."""
    opened = Opened(path, survey(path))
    sources = list(sources_of(path, opened.survey, scratch))
    errors: list[IntakeError] = []
    for source in sources:
        try:
            opened.parts.append(match_part(path, source, opened.survey, options))
        except IntakeError as error:
            error.file = error.file or path.name
            errors.append(error)
    if not opened.parts:
        raise errors[0] if errors else IntakeError(_("the file holds no table"), code="empty", file=path.name)
    return opened


def sources_of(path: Path, found: Survey, scratch: Path) -> Iterator[Source]:
    """The tables inside a file, each with its columns and first rows."""
    if found.kind in ("parquet", "excel") and found.gzipped:
        path = _unpacked(path, scratch)
    if found.kind == "parquet":
        yield ParquetSource(path)
    elif found.kind == "excel":
        yield from excel_sources(path)
    elif found.kind == "jsonl":
        yield JsonLinesSource(path, found, encoding.detect(found, file=path.name))
    else:
        yield TextSource(path, found, encoding.detect(found, file=path.name))


def _unpacked(path: Path, scratch: Path) -> Path:
    target = scratch / f"unpacked-{path.name.removesuffix('.gz')}"
    with target.open("wb") as out:
        for data in blocks(path, gzipped=True):
            out.write(data)
        if shutil.disk_usage(scratch).free < limits.UNPACKED_FREE_BYTES:
            raise IntakeError(_("too little space to unpack"), code="space", file=path.name)
    return target


def match_part(path: Path, source: Source, found: Survey, options: Options) -> Part:
    """What a table is taken for; raises IntakeError where no table of ours fits."""
    profile = None if options.mapping or options.table else profiles.recognise(source)
    if profile:
        if profile.first_of:
            source = FirstOf(source, profile.first_of)
        match = profile.match(source, file=path.name)
    elif options.mapping:
        match = apply_mapping(options.mapping, source.columns, table=options.table, file=path.name)
    elif options.table:
        match = matching.for_table(source.columns, options.table, file=path.name)
    else:
        match = matching.guess(source.columns, file=path.name)
    report = FileReport(
        file=path.name,
        format=source.format,
        encoding=source.encoding,
        delimiter=source.delimiter,
        profile=profile.name if profile else None,
        sheet=source.sheet,
        source=options.source or (profile.source if profile else _stem(path)),
        table=match.shape.name,
        columns=_columns(source, match.mapping),
        warnings=[*found.notes, *source.notes, *match.notes],
    )
    return Part(source, match, profile, report)


def _columns(source: Source, mapping: Mapping[str, int]) -> dict[str, str]:
    return {
        name: source.columns[position] for name, position in sorted(mapping.items(), key=lambda item: item[1])
    }


def _stem(path: Path) -> str:
    """The default source of a file: its name, so that every fact can be traced."""
    name = path.name
    while (suffix := Path(name).suffix.lower()) and (
        suffix == ".gz" or any(suffix in s for s in EXTENSIONS.values())
    ):
        name = name[: -len(suffix)]
    return name[:80] or "import"


def group(files: Sequence[Opened]) -> list[Unit]:
    """Units in the order in which they are imported."""
    together: dict[str, Unit] = {}
    units: list[Unit] = []
    for file in files:
        joining = next((p.profile for p in file.parts if p.profile and p.profile.joins), None)
        if joining is None:
            units.append(Unit([file], next((p.profile for p in file.parts), None)))
        elif joining.name in together:
            together[joining.name].files.append(file)
        else:
            together[joining.name] = Unit([file], joining)
            units.append(together[joining.name])
    return sorted(units, key=Unit.rank)


def settings_currency() -> str | None:
    """The installation's currency (KEEPWELL_CURRENCY), where one is set."""
    import os

    from django.conf import settings

    value: Any = getattr(settings, "KEEPWELL_CURRENCY", None) or os.environ.get("KEEPWELL_CURRENCY")
    return str(value).upper() if value else None

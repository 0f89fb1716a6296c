"""Raw files before an engine reads them: are they there, are they whole, what are they written in."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from pathlib import Path

from tenure.domain.tables import RawTable
from tenure.errors import SourceError

_PARQUET_MAGIC = b"PAR1"
_NATIVE_ENCODINGS = {"utf-8", "utf_8", "utf8", "utf-8-sig"}
_OTHER_DELIMITERS = (",", ";", "\t", "|")


def check_raw_files(raw: RawTable) -> None:
    """Refuse files that are missing, empty, truncated or visibly written with another delimiter.

    Raises
    ------
    SourceError
        With the file's name, what is wrong, and what to do.
    """
    if not raw.files:
        raise SourceError(f"source `{raw.source}` has no files", hint="check its `path` in the project file.")
    for file in raw.files:
        _check_file(raw, Path(file))


def fingerprint(raw: RawTable) -> tuple[object, ...]:
    """What changes when the files do: names, sizes and times of change, and how they are read."""
    stats = [(file, Path(file).stat().st_size, Path(file).stat().st_mtime_ns) for file in raw.files]
    return (raw.format, raw.delimiter, raw.encoding, *stats)


def readable_files(raw: RawTable, folder: Path) -> Iterator[tuple[str, str]]:
    """Each file as (path to read, what it is called); other encodings are copied to UTF-8 first."""
    for number, (file, name) in enumerate(zip(raw.files, raw.file_names, strict=True)):
        if raw.format == "parquet" or raw.encoding.lower() in _NATIVE_ENCODINGS:
            yield file, name
        else:
            yield _transcode(raw, Path(file), folder / f"{raw.source}-{number}.txt"), name


def csv_header(raw: RawTable, path: str) -> tuple[tuple[str, ...], int]:
    """The names of a file's columns, and how many empty lines stand above them.

    Blanks around a name are taken off. A column without a name is called by its place (``column0``), a
    second one of the same name (in any case) by a number behind it (``id_1``).

    Raises
    ------
    SourceError
        If the file holds nothing but empty lines, or its first line is none of a table.
    """
    n_empty = 0
    try:
        with Path(path).open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            for cells in csv.reader(stream, delimiter=raw.delimiter):
                if cells:
                    return _column_names(cells), n_empty
                n_empty += 1
    except (csv.Error, TypeError) as error:
        name = Path(path).name
        raise SourceError(
            f"source `{raw.source}` cannot be read: the first line of {name} is no header ({error})",
            hint="check the file against `format`, `delimiter` and `encoding` of the source.",
        ) from error
    raise SourceError(
        f"source `{raw.source}`: {Path(path).name} holds empty lines only",
        hint="a file without rows still needs its header line; take the file away or send it again.",
    )


def as_source_error(raw: RawTable, error: Exception) -> SourceError:
    """What an engine says of a file it cannot read, as an error that says what to do.

    Of the file's own text nothing is repeated: it may be private.
    """
    said = str(error)
    line = re.search(r"CSV Error on Line: (\d+)", said)
    where = f" in line {int(line[1]):,}" if line else ""
    for pattern, what, hint in _TROUBLES:
        if found := re.search(pattern, said, re.IGNORECASE):
            return SourceError(
                f"source `{raw.source}` cannot be read{where}: {what.format(*found.groups(), raw=raw)}",
                hint=hint.format(raw=raw),
            )
    return SourceError(
        f"source `{raw.source}` cannot be read{where}: {said.splitlines()[0][:200]}",
        hint="check the file against `format`, `delimiter` and `encoding` of the source.",
    )


_TROUBLES = (
    (
        r"not utf-8 encoded|invalid unicode|codec can't decode|surrogate",
        "it is not written in {raw.encoding}",
        "state its `encoding`, for example `latin-1`, `cp1254` or `utf-16`.",
    ),
    (
        r"Expected Number of Columns: (\d+) Found: (\d+)",
        "{1} cells where the header has {0}",
        "correct the line: cells with a `{raw.delimiter}` in them stand in quotes; or state `delimiter`.",
    ),
    (
        r"unterminated quote|quote should be followed",
        "a quote is opened and not closed",
        "correct the line; a quote inside a quoted cell is written twice.",
    ),
    (
        r"Maximum line size of (\d+) bytes exceeded",
        "a line longer than {0} bytes",
        "a quote that is not closed makes one line of many; cells of that size do not belong in a table.",
    ),
    (
        r"state machine reached an invalid state",
        "quotes or line ends are not the same throughout",
        "write the file with one kind of line end, and cells either quoted whole or not at all.",
    ),
)
"""What engines say, as a pattern; what it means; what to do about it."""


def _column_names(cells: list[str]) -> tuple[str, ...]:
    names: dict[str, str] = {}
    for place, cell in enumerate(cells):
        name = cell.strip() or f"column{place}"
        unique, number = name, 0
        while unique.casefold() in names:
            number += 1
            unique = f"{name}_{number}"
        names[unique.casefold()] = unique
    return tuple(names.values())


def _check_file(raw: RawTable, path: Path) -> None:
    if not path.is_file():
        raise SourceError(
            f"source `{raw.source}`: {path.name} is not a file ({path})",
            hint="check its `path` in the project file.",
        )
    if path.stat().st_size == 0:
        raise SourceError(
            f"source `{raw.source}`: {path.name} is empty (0 bytes)",
            hint="a file without rows still needs its header line; take the file away or send it again.",
        )
    if raw.format == "parquet":
        _check_parquet(raw, path)
    if raw.format == "csv":
        _check_delimiter(raw, path)


def _check_parquet(raw: RawTable, path: Path) -> None:
    with path.open("rb") as stream:
        head = stream.read(4)
        stream.seek(-min(4, path.stat().st_size), 2)
        tail = stream.read(4)
    if head != _PARQUET_MAGIC or tail != _PARQUET_MAGIC:
        raise SourceError(
            f"source `{raw.source}`: {path.name} is not a whole Parquet file "
            f"({path.stat().st_size:,} bytes, begins with {head!r}, ends with {tail!r})",
            hint="it was probably cut off while it was copied: copy it again.",
        )


def _check_delimiter(raw: RawTable, path: Path) -> None:
    with path.open("rb") as stream:
        header = stream.readline(1 << 20).decode(_codec(raw), errors="replace").strip()
    counts = {delimiter: header.count(delimiter) for delimiter in _OTHER_DELIMITERS}
    likely = max(counts, key=lambda delimiter: counts[delimiter])
    if raw.delimiter not in header and counts[likely] > 0:
        raise SourceError(
            f"source `{raw.source}`: {path.name} has no `{raw.delimiter}` in its first line, "
            f"but {counts[likely]} times {likely!r}",
            hint=f"state `delimiter: {likely!r}` for this source.",
        )


def _transcode(raw: RawTable, path: Path, target: Path) -> str:
    try:
        with (
            path.open(encoding=_codec(raw), newline="") as source,
            target.open("w", encoding="utf-8", newline="") as copy,
        ):
            while chunk := source.read(1 << 20):
                copy.write(chunk)
    except UnicodeError as error:
        raise as_source_error(raw, error) from error
    return str(target)


def _codec(raw: RawTable) -> str:
    try:
        return codecs.lookup(raw.encoding).name
    except LookupError as error:
        raise SourceError(
            f"source `{raw.source}`: `{raw.encoding}` is not an encoding",
            hint="use a name such as `utf-8`, `latin-1`, `cp1254` or `utf-16`.",
        ) from error

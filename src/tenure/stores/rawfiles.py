"""Raw files before an engine reads them: are they there, are they whole, what are they written in."""

from __future__ import annotations

import codecs
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


def as_source_error(raw: RawTable, error: Exception) -> SourceError:
    """What an engine says of a file it cannot read, as an error that says what to do."""
    said = " ".join(str(error).split())[:400]
    hint = "check the file against `format`, `delimiter` and `encoding` of the source."
    if "encod" in said.lower() or "unicode" in said.lower() or "utf" in said.lower():
        hint = f"the file is not {raw.encoding}; state its `encoding`, for example `latin-1` or `cp1254`."
    return SourceError(f"source `{raw.source}` cannot be read: {said}", hint=hint)


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

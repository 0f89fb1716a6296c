"""Where a source lies: a file, a glob or a folder, a Delta table, a table of a database."""

from __future__ import annotations

import difflib
from pathlib import Path

from tenure.domain.sources import FileFormat, Source
from tenure.domain.tables import RawTable
from tenure.domain.wording import counted
from tenure.errors import SourceError

_FORMATS = {
    ".csv": FileFormat.CSV,
    ".tsv": FileFormat.CSV,
    ".txt": FileFormat.CSV,
    ".parquet": FileFormat.PARQUET,
    ".pq": FileFormat.PARQUET,
    ".json": FileFormat.JSON,
    ".jsonl": FileFormat.JSON,
    ".ndjson": FileFormat.JSON,
}
_GLOB = frozenset("*?[")
DATABASE = "database"
"""The format of a raw table that is no file."""


def find_files(name: str, source: Source, root: Path) -> RawTable:
    """The raw table of a source: its files in the order of their names, and their format.

    A folder with a ``_delta_log`` is one Delta table: what its log does not name is none of its rows. A
    glob or folder leaves out files whose name begins with a dot or an underscore, and a folder
    those of another format. A file is called by its path below the folder that all of them share.

    Parameters
    ----------
    name
        The source's name.
    source
        What the project file says of it.
    root
        The folder that `path` is relative to.

    Raises
    ------
    SourceError
        If there is no file, or files of several formats where none is declared; if an address is no
        Delta table's, or a Delta table is declared to be something else.
    """
    if source.database is not None:
        database = source.database
        return RawTable(name, (database.variable,), DATABASE, names=(database.name,), query=database.query)
    if _is_delta(name, source, root):
        place = source.path if "://" in source.path else str(root / source.path)
        return RawTable(name, (place,), FileFormat.DELTA)
    base, files = _matching(source, root)
    if not files:
        raise _nothing_there(name, source, root)
    return RawTable(
        name,
        tuple(str(file) for file in files),
        _format_of(name, source, files),
        delimiter=source.delimiter,
        encoding=source.encoding,
        names=tuple(file.relative_to(base).as_posix() for file in files),
    )


def _is_delta(name: str, source: Source, root: Path) -> bool:
    """Whether it is a Delta table, by what is declared or what is in the folder."""
    if source.format is FileFormat.DELTA:
        return True
    if "://" in source.path:
        raise SourceError(
            f"source `{name}`: `{source.path}` is an address; only Delta tables are read from one",
            hint="state `format: delta`, or mount the files, or copy them here.",
        )
    is_delta = (root / source.path / "_delta_log").is_dir()
    if is_delta and source.format is not None:
        raise SourceError(
            f"source `{name}`: `{source.path}` is a Delta table, declared as {source.format}",
            hint="leave `format` away: read as files it would have rows again that were taken out of it.",
        )
    return is_delta


def _matching(source: Source, root: Path) -> tuple[Path, list[Path]]:
    """The folder that files are called from, and the files."""
    path = root / source.path
    if path.is_file():
        return path.parent, [path]
    if path.is_dir():
        found = (file for file in path.rglob("*") if _is_wanted(file, source.format))
        return path, sorted(file for file in found if _is_visible(file, path))
    base, pattern = _split_glob(path)
    matches = base.glob(pattern) if pattern and base.is_dir() else ()
    return base, sorted(file for file in matches if file.is_file() and _is_visible(file, base))


def _split_glob(path: Path) -> tuple[Path, str]:
    """The longest folder without wildcards, and the rest."""
    for depth, part in enumerate(path.parts):
        if _GLOB & set(part):
            return Path(*path.parts[:depth]), str(Path(*path.parts[depth:]))
    return path, ""


def _is_visible(file: Path, base: Path) -> bool:
    return not any(part.startswith((".", "_")) for part in file.relative_to(base).parts)


def _is_wanted(file: Path, declared: FileFormat | None) -> bool:
    known = _FORMATS.get(file.suffix.lower())
    return file.is_file() and known is not None and declared in (None, known)


def _format_of(name: str, source: Source, files: list[Path]) -> str:
    if source.format is not None:
        return source.format
    endings = sorted({file.suffix.lower() for file in files})
    formats = {_FORMATS.get(ending) for ending in endings}
    only = formats.pop()
    if formats or only is None:
        raise SourceError(
            f"source `{name}`: cannot tell the format of {counted(len(files), 'file')} "
            f"ending in {', '.join(endings)}",
            hint=f"state `sources.{name}.format`: {', '.join(FileFormat)}; or narrow its `path`.",
        )
    return only


def _nothing_there(name: str, source: Source, root: Path) -> SourceError:
    folder = _split_glob(root / source.path)[0]
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    there = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    close = difflib.get_close_matches(Path(source.path).name, there, n=1)
    listed = ", ".join(there[:10]) + (f" and {len(there) - 10} more" if len(there) > 10 else "")
    return SourceError(
        f"source `{name}`: there is no file at `{source.path}`; {folder} holds {listed or 'nothing'}",
        hint=f"did you mean `{close[0]}`?" if close else f"check `sources.{name}.path` in the project file.",
    )

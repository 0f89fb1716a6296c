"""A folder -> its tables: files that are read alike, and belong together by their names, are one."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from tenure.domain.sources import FileFormat
from tenure.domain.tables import RawTable
from tenure.drafting.dialects import Dialect, sniff
from tenure.drafting.draft import LeftOut
from tenure.drafting.naming import source_name
from tenure.errors import SourceError
from tenure.ports import Engine

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
_OTHER_TABLES = {
    ".xlsx": "a workbook: save its sheets as CSV",
    ".xls": "a workbook: save its sheets as CSV",
    ".gz": "compressed: unpack it",
    ".zip": "compressed: unpack it",
    ".feather": "save it as Parquet",
    ".sas7bdat": "save it as Parquet or CSV",
    ".dta": "save it as Parquet or CSV",
}
_OWN_FOLDERS = frozenset({"datamart", "models", "reports", "serving", "sql", "node_modules"})
_NUMBERS = re.compile(r"[0-9]+(?:[-_.]?[0-9]+)*")
_MIN_SHARED = 0.5  # share of the columns that two files of one table have in common


@dataclass(frozen=True, slots=True)
class TableFile:
    """One file that can be read, and its columns."""

    path: Path
    name: str
    """Its path below the folder, with forward slashes."""
    format: FileFormat
    dialect: Dialect
    columns: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """Its name with a star for every number."""
        return _NUMBERS.sub("*", glob.escape(self.name))


@dataclass(frozen=True, slots=True)
class FileGroup:
    """Files that are one table."""

    name: str
    """The source's name."""
    path: str
    """A file or a glob, below the folder."""
    files: tuple[TableFile, ...]

    @property
    def first(self) -> TableFile:
        """The first of its files."""
        return self.files[0]

    @property
    def raw(self) -> RawTable:
        """The files as an engine reads them."""
        dialect = self.first.dialect
        return RawTable(
            self.name,
            tuple(str(file.path) for file in self.files),
            self.first.format,
            delimiter=dialect.delimiter,
            encoding=dialect.encoding,
            names=tuple(file.name for file in self.files),
        )


def find_tables(folder: Path, *, engine: Engine) -> tuple[tuple[FileGroup, ...], tuple[LeftOut, ...]]:
    """The tables of a folder and of the folders in it, and the files that are none.

    Files whose names differ in their numbers only, and that share half of their columns, are one table
    with a glob: ``loans_2024-01.csv`` and ``loans_2024-02.csv`` are ``loans_*.csv``. Hidden files, those
    whose names begin with an underscore, and the folders that a project itself writes are passed over.

    Raises
    ------
    SourceError
        If the folder is none, or holds no file that can be read.
    """
    if not folder.is_dir():
        raise SourceError(
            f"there is no folder at {folder}", hint="name the folder that holds the raw files: --from FOLDER."
        )
    names = _names_in(folder)
    looked = [_look(folder, name, engine) for name in names if PurePosixPath(name).suffix.lower() in _FORMATS]
    readable = [file for file in looked if isinstance(file, TableFile)]
    left_out = [file for file in looked if isinstance(file, LeftOut)]
    if not readable:
        raise _nothing_to_read(folder, names, left_out)
    return tuple(_named(group_files(readable))), (*left_out, *_unreadable_kinds(names))


def group_files(files: Sequence[TableFile]) -> list[tuple[str, tuple[TableFile, ...]]]:
    """Each table's path (a name or a glob) with its files, in the order of the files.

    Parameters
    ----------
    files
        All that can be read: a glob is only used where it matches no file of another table.
    """
    groups: list[list[TableFile]] = []
    for file in files:
        home = next((group for group in groups if _belongs(file, group[0])), None)
        if home is None:
            groups.append([file])
        else:
            home.append(file)
    return [each for group in groups for each in _paths(group, files)]


def _belongs(file: TableFile, first: TableFile) -> bool:
    alike = (file.pattern, file.format, file.dialect) == (first.pattern, first.format, first.dialect)
    ours, theirs = set(file.columns), set(first.columns)
    return alike and "*" in file.pattern and len(ours & theirs) >= _MIN_SHARED * len(ours | theirs)


def _paths(
    group: Sequence[TableFile], files: Sequence[TableFile]
) -> Iterator[tuple[str, tuple[TableFile, ...]]]:
    """The group under one glob that matches nothing else; else each of its files alone."""
    names = {file.name for file in group}
    pattern = group[0].pattern
    for each in (pattern, pattern.replace("*", "[0-9]*")):
        matched = {file.name for file in files if _matches(file.name, each)}
        if len(group) > 1 and matched == names:
            yield each, tuple(group)
            return
    yield from ((file.name, (file,)) for file in group)


def _matches(name: str, pattern: str) -> bool:
    parts, patterns = name.split("/"), pattern.split("/")
    return len(parts) == len(patterns) and all(map(fnmatchcase, parts, patterns))


def _named(groups: Iterable[tuple[str, tuple[TableFile, ...]]]) -> Iterator[FileGroup]:
    taken: list[str] = []
    for path, files in groups:
        name = source_name(_stem(path, files), taken)
        taken.append(name)
        yield FileGroup(name, path, files)


def _stem(path: str, files: tuple[TableFile, ...]) -> str:
    """What a table is called: its files without their numbers, or the folder that holds them."""
    if len(files) == 1:
        return PurePosixPath(path).stem
    parts = [re.sub(r"(\[0-9\])?\*", "", part) for part in PurePosixPath(path).with_suffix("").parts]
    words = [part.strip("-_. =") for part in parts if "=" not in part]
    stems = [word for word in words if word and word.lower() not in {"part", "data", "raw", "file"}]
    return stems[-1] if stems else "table"


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(_visible(folder))
    except OSError as error:
        raise SourceError(
            f"{error.filename or folder} cannot be listed: {error.strerror or error}",
            hint="give yourself the right to read it, or name another folder.",
        ) from error


def _visible(folder: Path) -> Iterator[str]:
    """The files below the folder by name, without what is hidden, a project's own, or a Delta table."""
    for path in folder.iterdir():
        if path.name.startswith((".", "_")):
            continue
        if path.is_file():
            yield path.name
        elif _is_searched(path):
            yield from (f"{path.name}/{name}" for name in _visible(path))


def _is_searched(path: Path) -> bool:
    is_table = (path / "_delta_log").is_dir()
    return path.is_dir() and not path.is_symlink() and path.name not in _OWN_FOLDERS and not is_table


def _look(folder: Path, name: str, engine: Engine) -> TableFile | LeftOut:
    path = folder / name
    kind = _FORMATS[path.suffix.lower()]
    try:
        if path.stat().st_size == 0:
            return LeftOut(name, "empty (0 bytes)")
        dialect = sniff(path) if kind is FileFormat.CSV else Dialect()
        if path.suffix.lower() == ".txt" and not _is_table(path, dialect):
            return LeftOut(name, "text without columns")
        raw = RawTable(
            name, (str(path),), kind, delimiter=dialect.delimiter, encoding=dialect.encoding, names=(name,)
        )
        return TableFile(path, name, kind, dialect, engine.raw_columns(raw)[name])
    except (SourceError, OSError) as error:
        return LeftOut(name, error.message if isinstance(error, SourceError) else str(error))


def _is_table(path: Path, dialect: Dialect) -> bool:
    with path.open(encoding=dialect.encoding, errors="replace") as stream:
        return dialect.delimiter in stream.readline(1 << 16)


def _unreadable_kinds(names: Iterable[str]) -> tuple[LeftOut, ...]:
    endings = ((name, _OTHER_TABLES.get(PurePosixPath(name).suffix.lower())) for name in names)
    return tuple(LeftOut(name, why) for name, why in endings if why)


def _nothing_to_read(folder: Path, names: Sequence[str], left_out: Sequence[LeftOut]) -> SourceError:
    reasons = [*left_out, *_unreadable_kinds(names)][:10]
    there = "; ".join(f"{each.file}: {each.why}" for each in reasons) or (
        f"it holds {', '.join(names[:10])}" if names else "it is empty"
    )
    return SourceError(
        f"{folder} has no file that can be read: {there}",
        hint=f"a draft is made of files ending in {', '.join(_FORMATS)}.",
    )

"""Which columns raw files have, against those that the project file and earlier periods know."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tenure.domain.columns import BOOKKEEPING, declared_columns, rule_of, undeclared_columns
from tenure.domain.reading import received_names
from tenure.domain.sources import Source
from tenure.errors import MissingColumnsError, SourceError


def needed_columns(source: Source) -> tuple[str, ...]:
    """Declared columns that a file must have: all but those with ``required: false``."""
    indispensable = {*source.keys, source.event_time, source.known_at}
    return tuple(
        name for name in declared_columns(source) if name in indispensable or rule_of(name, source).required
    )


def time_columns(source: Source) -> tuple[str, ...]:
    """The columns without which no row can be dated."""
    return tuple(each for each in (source.event_time, source.known_at) if each is not None)


def missing_columns(columns: Sequence[str], needed: Iterable[str], source: Source) -> tuple[str, ...]:
    """Those needed columns that are there under none of their names.

    Examples
    --------
    >>> rules = {"Income": {"renamed_from": ("Pay",)}}
    >>> source = Source(path="x.csv", keys=("id",), columns=rules)
    >>> missing_columns(["id", "Pay"], ["id", "Income"], source)
    ()
    """
    return tuple(name for name in needed if not received_names(columns, name, rule_of(name, source)))


def check_columns(
    name: str, files: Mapping[str, tuple[str, ...]], needed: tuple[str, ...], source: Source
) -> None:
    """Refuse files that lack a needed column, or have one with a name that bronze keeps for itself.

    Raises
    ------
    MissingColumnsError
        For the first such file, with every column that it lacks.
    SourceError
        If a column has the name of a bookkeeping column, in any case.
    """
    for file, columns in files.items():
        taken = [column for column in columns if column.lower() in BOOKKEEPING]
        if taken:
            raise SourceError(
                f"source `{name}`: {file} has a column `{taken[0]}`, which bronze keeps for itself",
                hint=f"rename it in the file; {', '.join(sorted(BOOKKEEPING))} cannot be used.",
            )
        missing = missing_columns(columns, needed, source)
        if missing:
            raise MissingColumnsError(
                name, missing, columns, hint=_missing_hint(file, missing, columns, source)
            )


def _missing_hint(file: str, missing: Sequence[str], columns: Sequence[str], source: Source) -> str:
    meant = [f"`{close}` for `{name}`" for name, close in _close_names(missing, columns, source)]
    listed = ", ".join(f"`{column}`" for column in columns[:12]) + (" ..." if len(columns) > 12 else "")
    question = f"did you mean {', '.join(meant)}? " if meant else ""
    if len(columns) == 1:
        question += f"Only one column: is `{source.delimiter}` its delimiter? "
    return (
        f"{question}{file} has {listed}. State other names a column has in `renamed_from`, "
        f"or `required: false` if a file may lack it."
    )


def _close_names(missing: Iterable[str], columns: Iterable[str], source: Source) -> Iterator[tuple[str, str]]:
    free = {column.strip().casefold(): column for column in undeclared_columns(columns, source)}
    for name in missing:
        for close in difflib.get_close_matches(name.casefold(), list(free), n=1):
            yield name, free[close]

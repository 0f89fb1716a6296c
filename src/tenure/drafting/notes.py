"""What a person should know of a source's files before trusting its draft."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tenure.drafting.looks import SourceLook
from tenure.drafting.wording import as_number

_DATA = re.compile(r"[-+]?[0-9.]+|[0-9]{4}-[0-9]{2}-[0-9]{2}.*")
_UNNAMED = re.compile(r"column[0-9]+|Unnamed: [0-9]+")
_GUESSED_ENCODINGS = frozenset({"cp1252", "cp1254"})


def notes_on(look: SourceLook) -> tuple[str, ...]:
    """Notes on how the files were read; none where there is nothing to say."""
    return tuple(_notes(look))


def _notes(look: SourceLook) -> Iterator[str]:
    if look.step > 1:
        yield f"values were looked at in 1 of {look.step} rows; rows and keys were counted in all"
    if look.raw.encoding in _GUESSED_ENCODINGS:
        yield f"the file is not UTF-8; {look.raw.encoding} is a guess: look at its letters"
    names = [column.name for column in look.columns]
    if sum(bool(_DATA.fullmatch(name)) for name in names) * 2 > len(names):
        yield "the first line looks like data, not like names: add a header line to the file"
    unnamed = [name for name in names if _UNNAMED.fullmatch(name)]
    if unnamed:
        yield f"`{unnamed[0]}` has no name in the file: probably a row number that was written with it"
    if look.partial:
        listed = ", ".join(f"`{name}` ({as_number(n)})" for name, n in list(look.partial.items())[:5])
        yield f"of {len(look.raw.files)} files only some have {listed}: perhaps a column was renamed"

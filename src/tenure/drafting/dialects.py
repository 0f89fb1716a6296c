"""How a text file is written, from its bytes: encoding and delimiter."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = 1 << 20
_MOST_BLOCKS = 64
_LONGEST_LINE = 1 << 18
_DELIMITERS = (",", ";", "\t", "|")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# İ ı Ş ş Ğ ğ in Turkish files; in western ones these bytes are Ý ý Þ þ Ð ð, which hardly any has.
_TURKISH = frozenset(b"\xdd\xfd\xde\xfe\xd0\xf0")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file is written."""

    delimiter: str = ","
    encoding: str = "utf-8"


def sniff(file: Path) -> Dialect:
    """The encoding and the delimiter that a file is most probably written with.

    Bytes that are UTF-8 throughout the first 64 MB are taken for it. Others are taken for Windows'
    Turkish code page where its letters occur, and for its western one where they do not: no program can
    tell those apart for certain, so a draft says that it guessed.
    """
    encoding = sniff_encoding(_blocks(file))
    with file.open(encoding=encoding, errors="replace", newline="") as stream:
        header = stream.readline(_LONGEST_LINE)
    return Dialect(sniff_delimiter(header), encoding)


def sniff_encoding(blocks: Iterator[bytes]) -> str:
    """The encoding of a file's first bytes.

    Examples
    --------
    >>> sniff_encoding(iter(["ağaç".encode()])), sniff_encoding(iter(["ağaç".encode("cp1254")]))
    ('utf-8', 'cp1254')
    >>> sniff_encoding(iter(["café".encode("latin-1")]))
    'cp1252'
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    first = next(blocks, b"")
    marked = next((name for mark, name in _MARKS if first.startswith(mark)), None)
    if marked:
        return marked
    block: bytes | None = first
    while block is not None:
        try:
            decoder.decode(block, final=len(block) < _BLOCK)
        except UnicodeDecodeError:
            return "cp1254" if _TURKISH & set(block) else "cp1252"
        block = next(blocks, None)
    return "utf-8"


def sniff_delimiter(header: str) -> str:
    r"""The character that parts a header line into most names; a comma where none does.

    Examples
    --------
    >>> sniff_delimiter("a;b;c\n"), sniff_delimiter('"a;b",c\n'), sniff_delimiter("a\n")
    (';', ',', ',')
    """
    counts = {delimiter: _n_fields(header, delimiter) for delimiter in _DELIMITERS}
    return max(_DELIMITERS, key=lambda delimiter: counts[delimiter])


def _n_fields(header: str, delimiter: str) -> int:
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_LINE))
    return sum(len(row) for row in csv.reader([header.strip("\r\n\ufeff")], delimiter=delimiter))


def _blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        for _ in range(_MOST_BLOCKS):
            if not (block := stream.read(_BLOCK)):
                return
            yield block

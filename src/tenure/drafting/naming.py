"""Names: of files as sources, of columns as words, of columns in SQL."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from sqlglot.dialects import DuckDB

_TURKISH = str.maketrans("ıİşŞğĞçÇöÖüÜ", "iIsSgGcCoOuU")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYWORDS = frozenset(keyword.split()[0] for keyword in DuckDB.Tokenizer.KEYWORDS)
_TAKEN = frozenset({"population", "features"})
"""Names that SQL features know for something else."""


def source_name(stem: str, taken: Collection[str] = ()) -> str:
    """A name that a project file accepts for a source, made from a file's; not one of `taken`.

    Examples
    --------
    >>> source_name("2023 Konut İlanları"), source_name("loans", ["Loans"]), source_name("population")
    ('table_2023_Konut_Ilanlari', 'loans_2', 'population_rows')
    """
    name = re.sub(r"[^A-Za-z0-9]+", "_", folded(stem)).strip("_") or "table"
    name = name if name[0].isalpha() else f"table_{name}"
    name = f"{name}_rows" if name.lower() in _TAKEN else name
    used = {each.lower() for each in taken}
    numbered = (f"{name}_{number}" for number in range(2, len(used) + 3))
    return next(each for each in (name, *numbered) if each.lower() not in used)


def project_name(folder: str) -> str:
    """A name that a project file accepts for the project.

    Examples
    --------
    >>> project_name("Cash loans (2024)"), project_name("2024")
    ('cash-loans-2024', 'project-2024')
    """
    name = re.sub(r"[^a-z0-9]+", "-", folded(folder).lower()).strip("-")
    return name if name and name[0].isalpha() else f"project-{name}".rstrip("-")


def folded(text: str) -> str:
    """The text in ASCII letters as far as there are any; Turkish ones by their look.

    Examples
    --------
    >>> folded("Isıtma Tipi, İlçe, Größe")
    'Isitma Tipi, Ilce, Grosse'
    """
    plain = unicodedata.normalize("NFKD", text.translate(_TURKISH).replace("ß", "ss"))
    return plain.encode("ascii", errors="ignore").decode("ascii")


def words_of(name: str) -> tuple[str, ...]:
    """The words that a column's name is made of, in small letters.

    Examples
    --------
    >>> words_of("applicationDate"), words_of("SK_ID_CURR"), words_of("Credit.Mix 2")
    (('application', 'date'), ('sk', 'id', 'curr'), ('credit', 'mix', '2'))
    """
    return tuple(word.lower() for word in _WORD.findall(folded(name)))


def quoted(name: str) -> str:
    """A column or table as SQL of DuckDB's dialect names it; quoted only where it must be.

    Examples
    --------
    >>> quoted("Age"), quoted("Oda Sayısı"), quoted("order")
    ('Age', '"Oda Sayısı"', '"order"')
    """
    if _PLAIN.fullmatch(name) and name.upper() not in _KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def common_prefix(names: Collection[str]) -> str:
    """What all names begin with and a number follows: ``fe_`` of ``fe_1`` and ``fe_2``; else empty.

    Examples
    --------
    >>> common_prefix(["fe_1", "fe_2", "fe_10"]), common_prefix(["fe_1", "age"])
    ('fe_', '')
    """
    prefixes = {re.sub(r"[0-9]+$", "", name) for name in names}
    numbered = all(name[-1:].isdigit() for name in names)
    return prefixes.pop() if numbered and len(prefixes) == 1 else ""

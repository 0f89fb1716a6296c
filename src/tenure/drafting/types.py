"""What a column holds: a rule over counts, which can be tested with three numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tenure.domain.sources import ColumnType
from tenure.domain.wording import counted
from tenure.drafting.dirt import Dirt
from tenure.drafting.draft import TimeFormat
from tenure.drafting.looks import ColumnLook, Held
from tenure.drafting.naming import words_of
from tenure.drafting.vocabulary import COUNTED, NO_IDENTIFIERS
from tenure.drafting.wording import as_share, as_value, as_values

_MOST = 0.95  # of the values must be of a type
_MIN_SPANS = 0.9
_MIN_PADDED = 0.5
_LONGEST_INTEGER = 18
_FEW_CATEGORIES = 50
_MANY_CATEGORIES = 1_000
_ROWS_PER_CATEGORY = 20
_FEW_ROWS = 30
_LONGEST_CATEGORY = 80
_MIN_IDENTIFIERS = 20
_ROWS = frozenset({"row", "index", "rowid", "row_id", "row_number"})
_DIRECT = {
    Held.BOOLEAN: ColumnType.BOOLEAN,
    Held.INTEGER: ColumnType.INTEGER,
    Held.NUMBER: ColumnType.NUMBER,
}


@dataclass(frozen=True, slots=True)
class TypeGuess:
    """What a column holds, and what that rests on."""

    type: ColumnType | None
    seen: str = ""
    is_feature: bool = True
    is_identifier: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers that may have absurd ones among them."""
        return self.type in {ColumnType.INTEGER, ColumnType.NUMBER}


def guess_type(look: ColumnLook, dirt: Dirt, time: TimeFormat | None) -> TypeGuess:
    """What the column holds.

    - nothing, or lists and structures: no type, no feature;
    - times, where `time` reads them; spans such as ``10 Years and 9 Months``: months;
    - numbers, where at least 95 % of the values that do not mean null are, decoration aside; integers
      where all of them are whole. Digits with leading zeros are codes, and stay text;
    - booleans: ``true`` and ``false`` only (yes and no stay categories);
    - categories: at most 50 values, each twice on average, or at most 1,000, each in 20 rows;
    - text, else: not a feature.

    Parameters
    ----------
    look
        The column.
    dirt
        What means null in it.
    time
        How its times are written; None where it holds none.
    """
    n_rest = look.n_values - dirt.n_null
    if look.held is Held.OTHER:
        return TypeGuess(None, "a list or a structure: no model reads it", is_feature=False)
    if n_rest <= 0:
        return TypeGuess(None, f"no value in {counted(look.n_rows, 'row')}", is_feature=False)
    if time is not None or look.held is Held.TIME:
        return TypeGuess(ColumnType.DATE, time.seen if time is not None else "")
    if look.held in _DIRECT:
        return _marked(TypeGuess(_DIRECT[look.held]), look)
    return _marked(_of_text(look, dirt, n_rest), look)


def is_identifier(name: str) -> bool:
    """Whether a column's name says that it tells one thing from another.

    Examples
    --------
    >>> [is_identifier(name) for name in ("SK_ID_CURR", "loanId", "underwritingid", "account_no", "row")]
    [True, True, True, True, True]
    >>> [is_identifier(name) for name in ("isPaid", "installment_no", "Num_of_Loan", "phone_number")]
    [False, False, False, False]
    """
    words = words_of(name)
    last = words[-1] if words else ""
    is_number = last in {"no", "nr", "num", "number"} and len(words) > 1 and not set(words) & COUNTED
    is_joined = last.endswith("id") and len(last) > 4 and not last.endswith(tuple(NO_IDENTIFIERS))
    return "id" in words or last in {"key", "uuid", "guid", "ref"} or is_number or is_joined or name in _ROWS


def _marked(guess: TypeGuess, look: ColumnLook) -> TypeGuess:
    """The guess, marked where the column is an identifier; with many values it is no feature."""
    is_plain = guess.type in {ColumnType.INTEGER, ColumnType.TEXT, ColumnType.CATEGORY}
    is_signed = any(value.value.startswith("-") for value in look.top)
    if not is_plain or is_signed or not is_identifier(look.name):
        return guess
    if look.n_distinct <= _MIN_IDENTIFIERS:
        return replace(guess, is_identifier=True)
    seen = f"{look.n_distinct:,} different values: an identifier"
    return TypeGuess(guess.type, seen, is_feature=False, is_identifier=True)


def _of_text(look: ColumnLook, dirt: Dirt, n_rest: int) -> TypeGuess:
    if look.n_spans >= _MIN_SPANS * n_rest:
        return TypeGuess(ColumnType.MONTHS, f"such as `{as_value(look.top[0].value)}`")
    n_padded = look.n_padded
    if look.n_numbers + dirt.n_stripped >= _MOST * n_rest and n_padded < _MIN_PADDED * n_rest:
        is_whole = look.n_whole == look.n_numbers + look.n_decorated and look.longest <= _LONGEST_INTEGER
        return TypeGuess(ColumnType.INTEGER if is_whole else ColumnType.NUMBER)
    n_separated = look.patterns.get("separated", 0)
    if n_separated and n_separated + look.n_numbers >= _MOST * n_rest:
        example = next((as_value(v.value) for v in look.odd if "," in v.value), "")
        seen = f"numbers with commas (`{example}`) cannot be read as such"
        return TypeGuess(ColumnType.TEXT, seen, is_feature=False)
    meant = [v for v in look.top if v not in dirt.null_values]
    if look.n_distinct <= len(look.top) and {v.value.lower() for v in meant} <= {"true", "false"}:
        return TypeGuess(ColumnType.BOOLEAN, as_values(meant))
    return _category_or_text(look, dirt, n_rest)


def _category_or_text(look: ColumnLook, dirt: Dirt, n_rest: int) -> TypeGuess:
    n_distinct = max(look.n_distinct - len(dirt.null_values), 0)
    meant = [v for v in look.top if v.value not in {null.value for null in dirt.null_values}]
    is_few = n_distinct <= _FEW_CATEGORIES and 2 * n_distinct <= n_rest
    is_frequent = n_distinct <= _MANY_CATEGORIES and n_rest >= _ROWS_PER_CATEGORY * n_distinct
    if (is_few or is_frequent) and look.longest <= _LONGEST_CATEGORY:
        return TypeGuess(ColumnType.CATEGORY, f"{counted(n_distinct, 'value')}: {as_values(meant)}")
    if n_rest < _FEW_ROWS and look.longest <= _LONGEST_CATEGORY:
        return TypeGuess(ColumnType.CATEGORY, f"{counted(n_rest, 'value')}: too few rows to tell")
    share = as_share(n_distinct / n_rest)
    return TypeGuess(ColumnType.TEXT, f"{n_distinct:,} different texts ({share}): too many for categories")

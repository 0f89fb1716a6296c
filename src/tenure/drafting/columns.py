"""The looks of a source's columns -> their rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tenure.domain.sources import Column, ColumnType
from tenure.drafting.dates import candidate_formats, count_formats, settle_format
from tenure.drafting.dirt import Dirt, find_dirt
from tenure.drafting.draft import ColumnDraft, TimeFormat
from tenure.drafting.looks import ColumnLook, Extreme, Held, NumberLook, SourceLook
from tenure.drafting.numbers import look_at_numbers, n_outside, numbers_of, tail_of, without
from tenure.drafting.personal import personal_data
from tenure.drafting.ranges import find_fences, find_sentinel, suggest_range
from tenure.drafting.types import TypeGuess, guess_type
from tenure.drafting.wording import as_number, as_share, as_value
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True, slots=True)
class NumberGuess:
    """What is known of a column's numbers."""

    look: NumberLook
    sentinel: Extreme | None = None
    between: tuple[float, float] | None = None
    n_outside: int = 0


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """Everything that was guessed of a column, before it is put together."""

    look: ColumnLook
    dirt: Dirt
    time: TimeFormat | None
    type: TypeGuess
    number: NumberGuess | None = field(default=None)


def draft_columns(look: SourceLook, values: ir.Table, *, engine: Engine) -> tuple[ColumnDraft, ...]:
    """The rule of every column of a source.

    Parameters
    ----------
    look
        The source.
    values
        Its distinct values, as `looking.look_at` gives them.
    engine
        Where it is looked.
    """
    dirt = [find_dirt(column) if column.held is Held.TEXT else Dirt() for column in look.columns]
    times = _times(look.columns, dirt, values, engine)
    types = [guess_type(*each) for each in zip(look.columns, dirt, times, strict=True)]
    numbers = _numbers(types, dirt, values, engine)
    return tuple(
        draft_column(
            ColumnGuess(column, dirt[n], times[n], types[n], numbers.get(str(n))), n_partial=look.partial
        )
        for n, column in enumerate(look.columns)
    )


def draft_column(guess: ColumnGuess, *, n_partial: Mapping[str, int]) -> ColumnDraft:
    """The rule of a column, with what it rests on.

    Parameters
    ----------
    guess
        Everything that was guessed of it.
    n_partial
        How many files have it, for columns that some files lack.
    """
    personal = personal_data(guess.look)
    n_having = n_partial.get(guess.look.name)
    rule = _reading(guess, is_personal=bool(personal)) | _use(guess, is_personal=bool(personal))
    seen = [f"personal data: {personal}"] if personal else _seen(guess)
    if n_having is not None:
        rule["required"] = False
        seen.append(f"only in {n_having} of the files")
    return ColumnDraft(
        guess.look.name,
        Column(**rule),
        tuple(seen),
        guess.time,
        guess.number.look if guess.number else None,
        is_identifier=guess.type.is_identifier,
    )


def _reading(guess: ColumnGuess, *, is_personal: bool) -> dict[str, Any]:
    """How the column is read and repaired; what is personal stays the text it is, dates aside."""
    rule: dict[str, Any] = {}
    if not is_personal or guess.type.type is ColumnType.DATE:
        rule["type"] = guess.type.type
    if guess.dirt.strip and guess.type.is_number:
        rule["strip"] = guess.dirt.strip
    if nulls := _null_values(guess):
        rule["null_values"] = nulls
    if guess.number is not None and guess.number.between is not None and not is_personal:
        rule["between"] = guess.number.between
    if guess.time is not None and guess.time.stated:
        rule["format"] = guess.time.stated
    return rule


def _use(guess: ColumnGuess, *, is_personal: bool) -> dict[str, Any]:
    """What the column is not used for."""
    if is_personal:
        return {"pii": True}
    return {} if guess.type.is_feature else {"feature": False}


def _times(
    columns: Sequence[ColumnLook], dirt: Sequence[Dirt], values: ir.Table, engine: Engine
) -> list[TimeFormat | None]:
    wanted = {str(n): candidate_formats(column) for n, column in enumerate(columns)}
    counts = count_formats(values, {n: each for n, each in wanted.items() if each}, engine=engine)
    return [
        settle_format(column.n_values - dirt[n].n_null, counts[str(n)], [v.value for v in column.top])
        if str(n) in counts
        else None
        for n, column in enumerate(columns)
    ]


def _numbers(
    types: Sequence[TypeGuess], dirt: Sequence[Dirt], values: ir.Table, engine: Engine
) -> dict[str, NumberGuess]:
    """The numbers of each column that holds any, by its position."""
    columns = [str(n) for n, each in enumerate(types) if each.is_number and each.is_feature]
    if not columns:
        return {}
    nulls = [(n, value.value) for n in columns for value in dirt[int(n)].null_values]
    numbers = numbers_of(values, columns, nulls, engine=engine)
    first = look_at_numbers(numbers, engine=engine)
    sentinels = {n: found for n, look in first.items() if (found := find_sentinel(look)) is not None}
    rest = without(numbers, {n: each.value for n, each in sentinels.items()}, engine=engine)
    looks = look_at_numbers(rest, engine=engine) if sentinels else first
    ranges = {n: cut for n, look in looks.items() if (cut := _range(n, look, rest, engine)) is not None}
    outside = n_outside(rest, ranges, engine=engine)
    return {
        n: NumberGuess(look, sentinels.get(n), ranges.get(n), outside.get(n, 0)) for n, look in looks.items()
    }


def _range(column: str, look: NumberLook, numbers: ir.Table, engine: Engine) -> tuple[float, float] | None:
    fences = find_fences(look)
    if not fences:
        return None
    upper = (
        tail_of(numbers, column, look.q90, is_upper=True, engine=engine) if fences.high is not None else []
    )
    lower = (
        tail_of(numbers, column, look.q10, is_upper=False, engine=engine) if fences.low is not None else []
    )
    return suggest_range(look, fences, lower=lower, upper=upper)


def _null_values(guess: ColumnGuess) -> tuple[str, ...]:
    found = [value.value for value in guess.dirt.null_values]
    if guess.number is not None and guess.number.sentinel is not None:
        found.append(f"{guess.number.sentinel.value:.15g}")
    return tuple(found)


def _seen(guess: ColumnGuess) -> list[str]:
    """What was seen of a column that is not personal, the most telling first."""
    look, number = guess.look, guess.number
    seen = [guess.type.seen] if guess.type.seen else []
    if number is not None:
        seen += _seen_numbers(number)
    if guess.dirt.n_stripped and guess.type.is_number:
        seen.append(f"{guess.dirt.n_stripped:,} in decoration, such as `{_decorated(guess)}`")
    seen += [f"`{as_value(value.value)}` {value.n:,} times" for value in guess.dirt.null_values[:3]]
    if look.n_values < look.n_rows and look.n_values:
        seen.append(f"{as_share(look.null_share)} null")
    return seen


def _seen_numbers(number: NumberGuess) -> list[str]:
    look = number.look
    if look.n_distinct == 1:
        return [f"always {as_number(look.q50)}"]
    seen = [f"{as_number(look.low.value)}..{as_number(look.high.value)}, half of them {_middle(look)}"]
    if number.between is not None:
        seen.append(f"{as_share(number.n_outside / look.n)} outside")
    if number.sentinel is not None:
        share = number.sentinel.n / (look.n + number.sentinel.n)
        seen.append(f"{as_number(number.sentinel.value)} in {as_share(share)} of the rows stands far outside")
    return seen


def _middle(look: NumberLook) -> str:
    low, high = as_number(look.q25), as_number(look.q75)
    return low if low == high else f"{low}..{high}"


def _decorated(guess: ColumnGuess) -> str:
    nulls = {value.value for value in guess.dirt.null_values}
    values = (v.value for v in guess.look.odd if v.number is not None and v.value not in nulls)
    return as_value(next(values, ""))

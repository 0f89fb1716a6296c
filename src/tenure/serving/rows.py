"""A request's body → the values of a row, or every problem of it by field."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias

from pydantic_core import CoreSchema, SchemaValidator, ValidationError, core_schema, from_json

from tenure.bundle import BundleSchema
from tenure.domain.features import FeatureKind
from tenure.domain.tables import EVENT_TIME
from tenure.serving.refusals import FieldProblem, Refusal

Row: TypeAlias = dict[str, Any]

LARGEST = 3.4028234663852886e38
"""The largest float32: beyond it a number is none for the model."""
LONGEST_TEXT = 10_000
"""Characters of a category, text or key."""

_NUMBER_TYPES = frozenset({float, int, bool, type(None)})
_TEXT_TYPES = frozenset({str, type(None)})
_KEY_TYPES = frozenset({str, int, float, type(None)})
_NUMBER = "a finite number between -3.4e38 and 3.4e38, true or false, or null"
_TEXT = f"a text of at most {LONGEST_TEXT:,} characters, or null"
_KEY = f"a text of at most {LONGEST_TEXT:,} characters, an integer, or null"
_PROBLEMS_AT_MOST = 20

_TEXT_SCHEMA = core_schema.str_schema(strict=True, max_length=LONGEST_TEXT)


def _whole(number: float) -> int:
    """In JSON, 7.0 is an integer."""
    if not number.is_integer():
        raise ValueError("no whole number")
    return int(number)


_WHOLE_SCHEMA = core_schema.no_info_after_validator_function(
    _whole, core_schema.float_schema(strict=True, allow_inf_nan=False, gt=-(2**63), lt=2**63)
)
_KEY_SCHEMA = core_schema.union_schema(
    [
        _TEXT_SCHEMA,
        core_schema.int_schema(strict=True, gt=-(2**63), lt=2**63),
        _WHOLE_SCHEMA,
    ],
    mode="left_to_right",
)
_NUMBER_SCHEMA = core_schema.union_schema(
    [
        core_schema.float_schema(strict=True, allow_inf_nan=False, ge=-LARGEST, le=LARGEST),
        core_schema.bool_schema(strict=True),
    ],
    mode="left_to_right",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One row as a client sent it, checked."""

    values: Row
    """Every feature, null where the client left it out."""
    given: Row
    """What the client sent: features, keys, event time."""
    stored: Row = field(default_factory=dict)
    """Features that the online store added."""
    about: Row = field(default_factory=dict)
    """What the answer says of where the features come from."""


class RowReader:
    """What rows of one bundle look like, worked out once.

    Parameters
    ----------
    schema
        Of the bundle that will score them.
    required
        Features that a row must have; those that the model does not know are nobody's business.
    keys_suffice
        Whether a row may have only its entity's keys: others look up its features then, and `whole` looks
        whether the required ones are there.
    """

    def __init__(
        self, schema: BundleSchema, *, required: Sequence[str] = (), keys_suffice: bool = False
    ) -> None:
        self.numbers = tuple(f.name for f in schema.features if f.kind is FeatureKind.NUMBER)
        self.texts = tuple(f.name for f in schema.features if f.kind is not FeatureKind.NUMBER)
        features = dict.fromkeys(spec.name for spec in schema.features)
        identity = [name for name in (*schema.keys, EVENT_TIME) if name not in features]
        self.identity = tuple(dict.fromkeys(identity))
        self.required = tuple(name for name in required if name in features)
        self._nulls: Row = features | dict.fromkeys(self.identity)
        self.keys = schema.keys
        self.features = features.keys()
        self.keys_suffice = keys_suffice and bool(schema.keys)
        self._validator = SchemaValidator(self._schema())

    def one(self, body: bytes) -> Reading:
        """The row that a body of JSON holds.

        Raises
        ------
        Refusal
            400 when it is not JSON, 422 with every field that is not as expected.
        """
        try:
            given: Row = self._validator.validate_json(body)
        except ValidationError:
            return self.check(parse(body))
        return self._reading(given, None)

    def many(self, parsed: object, *, max_rows: int) -> list[Reading]:
        """The rows of an array.

        Raises
        ------
        Refusal
            413 for too many rows, 422 for the first row that is not as expected, with its number.
        """
        if not isinstance(parsed, list):
            raise Refusal(422, "not_an_array", f"a batch is an array of rows; this is {_kind(parsed)}")
        if not parsed:
            raise Refusal(422, "no_rows", "a batch has one row or more")
        if len(parsed) > max_rows:
            raise Refusal(413, "too_many_rows", f"a batch has at most {max_rows:,} rows, not {len(parsed):,}")
        return [self.check(row, place=place) for place, row in enumerate(parsed)]

    def check(self, parsed: object, *, place: int | None = None) -> Reading:
        """A parsed row, checked; `place` is its number in a batch, from 0.

        Raises
        ------
        Refusal
            422 with every field that is not as expected.
        """
        if type(parsed) is not dict:
            where = "" if place is None else f" (row {place})"
            raise Refusal(
                422, "not_a_row", f"a row is an object of features by name; this is {_kind(parsed)}{where}"
            )
        try:
            given: Row = self._validator.validate_python(parsed)
        except ValidationError:
            self._refuse(parsed, place)
        return self._reading(given, place)

    def whole(self, reading: Reading, *, place: int | None = None) -> Reading:
        """The row, after its features were looked up.

        Raises
        ------
        Refusal
            422 with every required feature that is null.
        """
        missing = [name for name in self.required if reading.values.get(name) is None]
        if missing:
            self._refuse_for([FieldProblem(name, "required") for name in missing], place)
        return reading

    def as_sent(self, stored: Mapping[str, Any], *, without: Collection[str]) -> Row:
        """The model's features of a stored row as a client would send them, but those of `without`."""
        numbers = {name: stored.get(name) for name in self.numbers if name not in without}
        texts = {name: _as_text(stored.get(name)) for name in self.texts if name not in without}
        return {name: _plain(value) for name, value in numbers.items()} | texts

    def _reading(self, given: Row, place: int | None) -> Reading:
        if given.keys().isdisjoint(self.features) and not self._has_keys(given):
            self._refuse(given, place)
        return Reading({**self._nulls, **given}, given)

    def _has_keys(self, given: Mapping[str, Any]) -> bool:
        return self.keys_suffice and all(given.get(name) is not None for name in self.keys)

    def _schema(self) -> CoreSchema:
        """What is right; what is wrong with a row, and how to say so, `_problems` knows."""
        kinds = {
            **dict.fromkeys(self.identity, _KEY_SCHEMA),
            **dict.fromkeys(self.texts, _TEXT_SCHEMA),
            **dict.fromkeys(self.numbers, _NUMBER_SCHEMA),
        }
        fields = {}
        for name, kind in kinds.items():
            must = name in self.required and not self.keys_suffice
            there = kind if must else core_schema.nullable_schema(kind)
            fields[name] = core_schema.typed_dict_field(there, required=must)
        return core_schema.typed_dict_schema(fields, extra_behavior="forbid")

    def _refuse(self, given: Row, place: int | None) -> NoReturn:
        self._refuse_for(list(self._problems(given)), place)

    def _refuse_for(self, problems: Sequence[FieldProblem], place: int | None) -> NoReturn:
        more = "" if len(problems) <= _PROBLEMS_AT_MOST else f", of which {_PROBLEMS_AT_MOST} are told"
        where = "" if place is None else f" of row {place}"
        n = len(problems)
        count = "one field" if n == 1 else f"{n:,} fields"
        message = f"{count}{where} cannot be taken{more}"
        raise Refusal(422, "invalid_row", message, fields=tuple(problems[:_PROBLEMS_AT_MOST]), row=place)

    def _problems(self, given: Row) -> list[FieldProblem]:
        checks: Mapping[str, tuple[Any, str]] = {
            **dict.fromkeys(self.identity, (_is_key, _KEY)),
            **dict.fromkeys(self.texts, (_is_text, _TEXT)),
            **dict.fromkeys(self.numbers, (_is_number, _NUMBER)),
        }
        found = []
        for name, value in given.items():
            if name not in checks:
                found.append(FieldProblem(_shown(name), "no such field: this model does not know it"))
            elif not checks[name][0](value):
                found.append(FieldProblem(name, f"expected {checks[name][1]}; got {_kind(value)}"))
        if not self.keys_suffice:
            found += [FieldProblem(name, "required") for name in self.required if given.get(name) is None]
        if given.keys().isdisjoint(self.features) and not self._has_keys(given):
            instead = ", or every key of its entity" if self.keys_suffice else ""
            found.append(FieldProblem("", f"expected at least one feature of the model{instead}"))
        return found


def parse(body: bytes) -> object:
    """What a body of JSON holds.

    Raises
    ------
    Refusal
        400 when it is not JSON, or nested too deeply to be a row.
    """
    try:
        return from_json(body, cache_strings="keys")
    except ValueError as error:
        said = str(error).partition(" at line")
        where = f" at line{said[2]}" if said[2] else ""
        raise Refusal(400, "not_json", f"the body is not JSON: {said[0]}{where}") from error


def _plain(value: Any) -> Any:
    """A stored number as JSON would bring it; a decimal is none."""
    return value if value is None or isinstance(value, int | float) else float(value)


def _as_text(value: Any) -> str | None:
    """A stored category as the text that it is for the model, as Arrow casts it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _is_number(value: object) -> bool:
    return type(value) in _NUMBER_TYPES and (value is None or abs(value) <= LARGEST)  # type: ignore[arg-type]


def _is_text(value: object) -> bool:
    return type(value) in _TEXT_TYPES and (value is None or len(value) <= LONGEST_TEXT)  # type: ignore[arg-type]


def _is_key(value: object) -> bool:
    if type(value) is str:
        return len(value) <= LONGEST_TEXT
    if type(value) is float and not value.is_integer():
        return False
    return type(value) in _KEY_TYPES and (value is None or abs(value) < 2**63)  # type: ignore[arg-type]


def _kind(value: object) -> str:
    """What a value is, without showing it."""
    if isinstance(value, float) and not abs(value) <= LARGEST:
        return "a number that is not finite or too large"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST:
        return "a number that is too large"
    names = {bool: "true or false", str: "text", dict: "an object", list: "an array", type(None): "null"}
    return names.get(type(value), "a number")


def _shown(name: str) -> str:
    """The name of a field that nobody knows, bounded: it is the client's own."""
    return name if len(name) <= 100 else f"{name[:100]}…"

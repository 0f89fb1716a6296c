"""Queries that users write, in DuckDB's dialect → the same question in Spark's.

What is let through has been compared: every construct and function in the two lists below gives the same
on both engines, or is rewritten so that it does. Anything else is refused by name, since a function that
both engines have need not mean the same in both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis
import sqlglot
import sqlglot.expressions as exp
from ibis.backends.sql.datatypes import DuckDBType
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from tenure.errors import ProjectError
from tenure.stores.spark.compiler import TenureSpark, ieee_quotient

_STRUCTURE: tuple[type[exp.Expression], ...] = (
    *(exp.Select, exp.Subquery, exp.With, exp.CTE, exp.From, exp.Join, exp.Where, exp.Group, exp.Having),
    *(exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Distinct, exp.Qualify, exp.SetOperation),
    *(exp.Table, exp.TableAlias, exp.Identifier, exp.Column, exp.Star, exp.Alias, exp.Tuple, exp.Paren),
    *(exp.Window, exp.WindowSpec, exp.Filter, exp.Case, exp.If, exp.Interval, exp.Var),
    *(exp.Null, exp.Boolean, exp.Literal, exp.DataType, exp.DataTypeParam),
    *(exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Is, exp.In),
    *(exp.Between, exp.Like, exp.ILike, exp.Exists, exp.NullSafeEQ, exp.NullSafeNEQ),
    *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.DPipe, exp.Cast, exp.TryCast),
)
_FUNCTIONS: tuple[type[exp.Func], ...] = (
    *(exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least),
    *(exp.Abs, exp.Ceil, exp.Floor, exp.Round, exp.Sqrt, exp.Exp, exp.Ln, exp.Pow, exp.Sign),
    *(exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Median, exp.Stddev, exp.StddevSamp, exp.Variance),
    *(exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead),
    *(exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Substring, exp.Replace, exp.Left, exp.Right),
    *(exp.DateTrunc, exp.TimestampTrunc, exp.DateDiff, exp.Extract, exp.Year, exp.Month, exp.Day),
    *(exp.TimestampFromParts, exp.DateFromParts),
)
_ALLOWED = frozenset({*_STRUCTURE, *_FUNCTIONS})
_COMPARED: tuple[type[exp.Expression], ...] = (exp.Cast, exp.TryCast, exp.Sub, exp.Sum)
"""What is rewritten by the types of its operands."""
_WRITTEN: Mapping[type[exp.Func], str] = {
    exp.DenseRank: "dense_rank",
    exp.RowNumber: "row_number",
    exp.StddevSamp: "stddev_samp",
    exp.DateDiff: "date_diff",
    exp.DateTrunc: "date_trunc",
    exp.Pow: "power",
    exp.TimestampTrunc: "date_trunc",
    exp.TimestampFromParts: "make_timestamp",
    exp.DateFromParts: "make_date",
}

_Types = Mapping[int, exp.DataType]


def translate(query: str, schemas: Mapping[str, ibis.Schema], names: Mapping[str, str]) -> str:
    """A query over bound tables as Spark's own.

    Parameters
    ----------
    query
        In DuckDB's dialect, over tables by the names in `schemas`, as `tenure.stores.usersql.bind_tables`
        gives it.
    schemas
        The columns of each table.
    names
        What each table is called in Spark.

    Raises
    ------
    ProjectError
        If it has a construct that is not known to mean the same in Spark, or a column that is not there.

    Examples
    --------
    >>> loans = ibis.schema({"id": "int64", "debt": "float64", "income": "float64"})
    >>> translate("SELECT id FROM t AS loans ORDER BY debt", {"t": loans}, {"t": "view_1"})
    'SELECT id FROM view_1 AS loans ORDER BY debt NULLS LAST'
    """
    tree = sqlglot.parse_one(query, dialect="duckdb")
    for node in tree.walk():
        _refuse_unknown(node)
    types = _operand_types(tree, schemas)
    for table in tree.find_all(exp.Table):
        if table.name in names:
            table.set("this", exp.to_identifier(names[table.name]))
    for node in reversed(list(tree.walk())):  # what a node is made of comes before it
        rewrite = _REWRITES.get(type(node))
        if rewrite is not None:
            node.replace(rewrite(node, types))
    return str(tree.sql(dialect=TenureSpark, comments=False))


def known_functions() -> tuple[str, ...]:
    """The functions that a query may use on Spark, by the names that sqlglot has for them, sorted."""
    named = {_WRITTEN.get(each, each.__name__).lower() for each in _FUNCTIONS}
    return tuple(sorted(named))


def _refuse_unknown(node: exp.Expression) -> None:
    is_known = type(node) in _ALLOWED or isinstance(node, exp.SetOperation)
    if is_known and not any(differs(node) for differs in _EXCEPTIONS):
        return
    said = node.sql(dialect="duckdb")[:60]
    raise ProjectError(
        f"the query has `{said}`, which Spark is not known to answer as DuckDB does",
        hint=f"say it otherwise, with {', '.join(known_functions())}; or use `engine: duckdb`.",
    )


def _picks_any(node: exp.Expression) -> bool:
    """Whether it keeps one of several rows, whichever: ``DISTINCT ON``."""
    return isinstance(node, exp.Distinct) and node.args.get("on") is not None


def _adds_a_column(node: exp.Expression) -> bool:
    """Whether it is ``*`` beside QUALIFY, which is written for Spark with a column more."""
    return isinstance(node, exp.Select) and node.args.get("qualify") is not None and node.is_star


def _is_other_unit(node: exp.Expression) -> bool:
    """Whether it cuts a time, or takes a part of one, that the engines count differently, such as ``dow``."""
    if not isinstance(node, exp.Extract | exp.DateTrunc | exp.TimestampTrunc):
        return False
    unit = node.this if isinstance(node, exp.Extract) else node.args.get("unit")
    return str(unit).lower().strip("'\"") not in (_PARTS if isinstance(node, exp.Extract) else _UNITS)


def _is_odd_place(node: exp.Expression) -> bool:
    """Whether it cuts text at a place that is no positive number: the engines count it differently."""
    if not isinstance(node, exp.Substring | exp.Left | exp.Right):
        return False
    place = node.args.get("start" if isinstance(node, exp.Substring) else "expression")
    return not (isinstance(place, exp.Literal) and place.is_int and int(place.this) > 0)


def _is_escaped(node: exp.Expression) -> bool:
    """Whether a pattern of LIKE holds a backslash, which Spark takes for an escape, or is no constant."""
    if not isinstance(node, exp.Like | exp.ILike):
        return False
    return not (isinstance(node.expression, exp.Literal) and "\\" not in node.expression.this)


_PARTS = frozenset({"year", "quarter", "month", "day", "hour", "minute"})
_UNITS = _PARTS | {"week", "second"}
_EXCEPTIONS: tuple[Callable[[exp.Expression], bool], ...] = (
    _picks_any,
    _adds_a_column,
    _is_other_unit,
    _is_odd_place,
    _is_escaped,
)
"""What means something else in Spark although its kind is known."""


def _operand_types(tree: exp.Expression, schemas: Mapping[str, ibis.Schema]) -> _Types:
    """The types of what is computed with, by the number that a node is given here.

    They are found on a copy, in which every column has its table and its type.
    """
    nodes = [node for node in tree.walk() if isinstance(node, _COMPARED)]
    for number, node in enumerate(nodes):
        node.meta["number"] = number
    columns = {
        name: {column: DuckDBType.to_string(kind) for column, kind in schema.items()}
        for name, schema in schemas.items()
    }
    try:
        resolved = annotate_types(
            qualify(tree.copy(), schema=columns, dialect="duckdb"), columns, dialect="duckdb"
        )
    except SqlglotError as error:
        raise ProjectError(
            f"the query does not run: {str(error).splitlines()[0]}",
            hint="it may use these columns: "
            + "; ".join(", ".join(schema.names[:12]) for schema in schemas.values()),
        ) from error
    unknown = exp.DataType.build("unknown")
    return {
        node.meta["number"]: node.this.type or unknown for node in resolved.walk() if "number" in node.meta
    }


def _divide(node: exp.Expression, _: _Types) -> exp.Expression:
    return ieee_quotient(node.this, node.expression)


def _remainder(node: exp.Expression, _: _Types) -> exp.Expression:
    """Null where it is divided by zero; Spark stops with an error."""
    return exp.Anonymous(this="TRY_MOD", expressions=[node.this, node.expression])


def _cast(node: exp.Expression, types: _Types) -> exp.Expression:
    """A float as an integer is rounded half to even, a decimal half away from zero; Spark cuts both."""
    value = types.get(node.meta.get("number", -1), exp.DataType.build("unknown"))
    to: exp.DataType = node.args["to"]
    if to.is_type(*exp.DataType.TEXT_TYPES) and value.is_type(*exp.DataType.FLOAT_TYPES):
        raise ProjectError(
            f"the query has `{node.sql(dialect='duckdb')[:60]}`: engines write fractions as text differently",
            hint="round it to an integer first.",
        )
    if not to.is_type(*exp.DataType.INTEGER_TYPES):
        return node
    if value.is_type("unknown"):
        raise ProjectError(
            f"the query has `{node.sql(dialect='duckdb')[:60]}` of a value whose type is not known",
            hint="engines round or cut a fraction: CAST it AS DOUBLE first.",
        )
    if value.is_type(*exp.DataType.FLOAT_TYPES):
        node.set("this", exp.Anonymous(this="RINT", expressions=[node.this]))
    elif value.is_type("decimal"):
        node.set("this", exp.Round(this=node.this))
    return node


def _subtract(node: exp.Expression, types: _Types) -> exp.Expression:
    """Of two dates the days between them; Spark gives an interval."""
    left = types.get(node.meta.get("number", -1))
    is_date = left is not None and left.is_type("date")
    if is_date and not isinstance(node.expression.unnest(), exp.Interval | exp.Mul):
        return exp.Sub(this=_days_of(node.this), expression=_days_of(node.expression))
    return node


def _days_of(value: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this="UNIX_DATE", expressions=[exp.cast(value.copy(), "date")])


def _sum(node: exp.Expression, types: _Types) -> exp.Expression:
    """Booleans are summed as 0 and 1."""
    value = types.get(node.meta.get("number", -1))
    if value is not None and value.is_type("boolean"):
        node.set("this", exp.cast(node.this, "int"))
    return node


def _round(node: exp.Expression, _: _Types) -> exp.Expression:
    """To decimals as DuckDB does it: the multiple is rounded; Spark rounds the written number."""
    digits = node.args.get("decimals")
    if digits is None:
        return node
    if not (isinstance(digits, exp.Literal) and digits.is_int):
        raise ProjectError(f"the query has `{node.sql(dialect='duckdb')[:60]}`", hint="state the digits.")
    scale = exp.cast(exp.Literal.string(f"1e{digits.this}"), "double")
    moved = exp.Round(this=exp.Mul(this=exp.cast(node.this, "double"), expression=scale))
    return exp.Paren(this=exp.Div(this=moved, expression=scale.copy()))


def _difference(node: exp.Expression, _: _Types) -> exp.Expression:
    """How many ends of a unit lie between two times."""
    unit = str(node.args.get("unit") or "day").lower().strip("'\"")
    if unit not in _COUNTED:
        raise ProjectError(
            f"the query has `{node.sql(dialect='duckdb')[:60]}`; on Spark differences are in "
            f"{', '.join(_COUNTED)}",
            hint="take the difference in days.",
        )
    count = _COUNTED[unit]
    return exp.Paren(this=exp.Sub(this=count(node.this), expression=count(node.expression)))


def _months_of(value: exp.Expression) -> exp.Expression:
    year = exp.Mul(this=exp.Year(this=value.copy()), expression=exp.Literal.number(12))
    return exp.Paren(this=exp.Add(this=year, expression=exp.Month(this=value.copy())))


_COUNTED: Mapping[str, Callable[[exp.Expression], exp.Expression]] = {
    "day": _days_of,
    "month": _months_of,
    "year": lambda value: exp.Year(this=value.copy()),
}

_REWRITES: Mapping[type[exp.Expression], Callable[[exp.Expression, _Types], exp.Expression]] = {
    exp.Div: _divide,
    exp.Mod: _remainder,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Sub: _subtract,
    exp.Sum: _sum,
    exp.Round: _round,
    exp.DateDiff: _difference,
}

r"""Ibis expressions → queries that Spark answers as DuckDB does.

Ibis's own compiler for Spark, less where the two engines would differ:

- ``isnull`` is null alone, and not NaN;
- a division by zero is infinite (NaN for zero by zero), where Spark stops with an error;
- a float as an integer is rounded (half to even), where Spark cuts;
- a whole float as text is ``10000000.0``, where Spark writes ``1.0E7``;
- blanks that are taken off are those of DuckDB, where Spark reads ``\v`` as the letter v;
- infinite is what equals infinity, where Ibis's compiler compares its own objects and writes FALSE;
- the greatest of one value is that value, where Spark wants two;
- timestamps have microseconds and no zone, and a truncated date is a date.
"""

from __future__ import annotations

from typing import Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.base import SQLGlotCompiler
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.backends.sql.datatypes import PySparkType
from sqlglot.dialects.spark import Spark

_LARGEST_WHOLE = 10**15
"""Below this a whole float is written with all its digits by either engine."""


class TenureSpark(Spark):
    """Spark's dialect, with the escapes that it knows."""


_UNKNOWN_TO_SPARK = ("\a", "\f", "\v")
TenureSpark.ESCAPED_SEQUENCES = {
    raw: written for raw, written in Spark.ESCAPED_SEQUENCES.items() if raw not in _UNKNOWN_TO_SPARK
}


class _Types(PySparkType):  # type: ignore[misc]
    """Types as Spark writes them: it knows no precision of a timestamp."""

    @classmethod
    def _from_ibis_Timestamp(cls, _: dt.Timestamp) -> sge.DataType:  # noqa: N802 - named by Ibis
        return sge.DataType(this=sge.DataType.Type.TIMESTAMPNTZ)


class SparkCompiler(PySparkCompiler):  # type: ignore[misc]
    """Ibis's compiler for Spark, made to mean what DuckDB means."""

    __slots__ = ()
    dialect = TenureSpark
    type_mapper = _Types

    # What is not compiled as NaN being null needs no setting of a connected backend either.
    visit_IsNull = SQLGlotCompiler.visit_IsNull  # noqa: N815 - named by Ibis
    visit_NotNull = SQLGlotCompiler.visit_NotNull  # noqa: N815 - named by Ibis
    visit_Field = SQLGlotCompiler.visit_Field  # noqa: N815 - named by Ibis

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: dt.DataType) -> Any:  # noqa: N802
        """A constant."""
        if dtype.is_floating():
            return SQLGlotCompiler.visit_NonNullLiteral(self, op, value=value, dtype=dtype)
        return super().visit_NonNullLiteral(op, value=value, dtype=dtype)

    def visit_Strip(self, _: Any, *, arg: Any) -> Any:  # noqa: N802
        """Text without the blanks at both ends."""
        return sge.Trim(this=arg, expression=sge.convert(" \t\n\r\v\f"))

    def visit_Divide(self, op: Any, *, left: Any, right: Any) -> Any:  # noqa: N802
        """A quotient by the rules of IEEE 754."""
        if isinstance(op.right, ops.Literal) and op.right.value:
            return sge.Div(this=left, expression=right)
        return ieee_quotient(left, right)

    def visit_IsInf(self, op: Any, *, arg: Any) -> Any:  # noqa: N802
        """Whether a number is infinite, either way."""
        if not op.arg.dtype.is_floating():
            return sge.false()
        return self.f.abs(arg).eq(sge.cast(sge.convert("Infinity"), sge.DataType.build("double")))

    def visit_Greatest(self, _: Any, *, arg: tuple[Any, ...]) -> Any:  # noqa: N802
        """The largest of some values, or of one."""
        return self.f.greatest(*arg) if len(arg) > 1 else arg[0]

    def visit_Least(self, _: Any, *, arg: tuple[Any, ...]) -> Any:  # noqa: N802
        """The smallest of some values, or of one."""
        return self.f.least(*arg) if len(arg) > 1 else arg[0]

    def visit_Cast(self, op: Any, *, arg: Any, to: dt.DataType) -> Any:  # noqa: N802
        """A value as another type."""
        has_fraction = op.arg.dtype.is_floating() or op.arg.dtype.is_decimal()
        if has_fraction and to.is_integer():
            return self.cast(self.f.anon.rint(arg), to)
        if op.arg.dtype.is_floating() and to.is_string():
            whole = self.f.concat(self.cast(self.cast(arg, dt.int64), to), sge.convert(".0"))
            is_whole = (self.f.anon.rint(arg).eq(arg)) & (self.f.abs(arg) < sge.convert(_LARGEST_WHOLE))
            return self.if_(is_whole, whole, self.cast(arg, to))
        return super().visit_Cast(op, arg=arg, to=to)

    def visit_DateTruncate(self, op: Any, *, arg: Any, unit: Any) -> Any:  # noqa: N802
        """The first day of a unit."""
        return self.cast(self.visit_TimestampTruncate(op, arg=arg, unit=unit), dt.date)


def ieee_quotient(left: sge.Expression, right: sge.Expression) -> sge.Expression:
    """`left` / `right` as numbers of double precision; infinite, or NaN, where `right` is zero."""
    double = sge.DataType.build("double")
    top, bottom = sge.cast(left.copy(), double), sge.cast(right.copy(), double)
    infinite = sge.Mul(this=top, expression=sge.cast(sge.convert("Infinity"), double))
    is_zero = sge.EQ(this=bottom.copy(), expression=sge.Literal.number(0))
    quotient = sge.Div(this=top.copy(), expression=bottom)
    return sge.Paren(this=sge.If(this=is_zero, true=infinite, false=quotient))


def type_name(dtype: dt.DataType) -> str:
    """What Spark calls a type.

    Examples
    --------
    >>> type_name(dt.Timestamp(scale=6)), type_name(dt.int64)
    ('TIMESTAMP_NTZ', 'BIGINT')
    """
    return str(_Types.from_ibis(dtype).sql(dialect=TenureSpark))


def compile_query(expression: ir.Table) -> str:
    """The query of an expression.

    Examples
    --------
    >>> import ibis
    >>> rows = ibis.table({"x": "float64"}, name="rows")
    >>> compile_query(rows.filter(rows.x.isnull()))
    'SELECT * FROM `rows` AS `t0` WHERE `t0`.`x` IS NULL'
    """
    return str(_COMPILER.to_sqlglot(expression).sql(dialect=TenureSpark))


_COMPILER = SparkCompiler()

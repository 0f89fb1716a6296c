"""values → the cells of a payday lender's files: ``8.0``, ``True``, ``2016-02-23T17:29:01.940000``."""

from __future__ import annotations

from datetime import date
from typing import Literal

import numpy as np
import pyarrow as pa

from tenure.simulate.arrays import Flags, Floats


def as_flags(values: Flags) -> pa.Array:
    """``True`` and ``False`` as words.

    Examples
    --------
    >>> as_flags(np.array([True, False])).to_pylist()
    ['True', 'False']
    """
    return pa.array(np.where(values, "True", "False"))


def as_decimals(rows: pa.Table) -> pa.Table:
    """The rows with every fractional number written with its point, whole ones too; nulls stay.

    Examples
    --------
    >>> as_decimals(pa.table({"x": [8.0, None, 978.27]}))["x"].to_pylist()
    ['8.0', None, '978.27']
    """
    for place, field in enumerate(rows.schema):
        if pa.types.is_floating(field.type):
            values = rows[field.name].combine_chunks()
            texts = values.to_numpy(zero_copy_only=False).astype(str)
            missing = values.is_null().to_numpy(zero_copy_only=False)
            rows = rows.set_column(place, field.name, pa.array(texts, pa.string(), mask=missing))
    return rows


def timestamps(days: Floats, first_day: date, *, unit: Literal["s", "us"]) -> pa.Array:
    """Moments that lie so many days after the first, to the millisecond.

    Examples
    --------
    >>> timestamps(np.array([1.5]), date(2016, 2, 22), unit="us").to_pylist()
    ['2016-02-23T12:00:00.000000']
    """
    moments = np.datetime64(first_day, "ms") + np.rint(days * 86_400_000).astype("timedelta64[ms]")
    return pa.array(np.datetime_as_string(moments, unit=unit))

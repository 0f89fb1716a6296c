"""Values → JSON with one spelling: the same content gives the same bytes, hence the same hash."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from tenure.errors import BundleError


def canonical_json(value: Any) -> bytes:
    r"""The value as UTF-8 JSON: keys sorted, indented by one, newline at the end.

    Numbers that are not finite become null (JSON has no other word for them), dates ISO text, NumPy
    scalars and arrays plain numbers and lists, dataclasses objects.

    Raises
    ------
    BundleError
        If it holds anything else.

    Examples
    --------
    >>> canonical_json({"b": float("nan"), "a": (1, np.float64(0.5))})
    b'{\n "a": [\n  1,\n  0.5\n ],\n "b": null\n}\n'
    """
    text = json.dumps(_plain(value), sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_plain(part) for part in value]
    raise BundleError(f"a bundle holds JSON; {value!r:.80} is {type(value).__name__}")

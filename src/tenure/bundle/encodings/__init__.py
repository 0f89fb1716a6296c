"""How categories and texts become numbers, beside one 0/1 column per category.

``hashed``: a column per bucket. ``target``: shares of classes. ``embedded``: numbers that are alike where
texts look alike. ``reading``: how each is written into a row. All of them are plain data, learned in
training and kept in the bundle's ``encodings.json``; reading them needs NumPy alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from tenure.bundle.encodings.embedded import EmbeddedText
from tenure.bundle.encodings.hashed import HashedCategory, bucket_of
from tenure.bundle.encodings.reading import Coded, Marks, Reader, distinct_values
from tenure.bundle.encodings.target import TargetShares

__all__ = [
    "Coded",
    "EmbeddedText",
    "HashedCategory",
    "Marks",
    "Reader",
    "TargetShares",
    "TextEncoding",
    "bucket_of",
    "distinct_values",
    "encoding_settings",
    "read_encoding",
]

TextEncoding: TypeAlias = HashedCategory | TargetShares | EmbeddedText

_BY_METHOD: Mapping[str, type[TextEncoding]] = {
    each.method: each for each in (HashedCategory, TargetShares, EmbeddedText)
}


def encoding_settings(encoding: TextEncoding) -> dict[str, Any]:
    """What ``schema.json`` says of an encoding: its method, and what the method needs beside its table."""
    return {"method": encoding.method, **encoding.settings()}


def read_encoding(settings: Mapping[str, Any], table: Mapping[str, Any]) -> TextEncoding:
    """The encoding of such settings, with its table from ``encodings.json``.

    Raises
    ------
    KeyError, TypeError, ValueError
        If something is missing, or the method is none of this version's.
    """
    return _BY_METHOD[settings["method"]].read(settings, table)

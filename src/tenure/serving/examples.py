"""A bundle → a row that it could be asked, made of what its features looked like in training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tenure.bundle import Bundle
from tenure.domain.features import FeatureKind


def example_row(bundle: Bundle) -> dict[str, Any]:
    """A typical row: the mean of each number, the most frequent category of each text.

    It is of nobody: each value is an aggregate of many rows, rounded to four digits. A feature of which the
    bundle's profile says nothing is 0, or its first category.
    """
    profile = bundle.profile
    numbers, categories = profile.get("numbers", {}), profile.get("categories", {})
    return {
        spec.name: _typical_number(numbers.get(spec.name, {}))
        if spec.kind is FeatureKind.NUMBER
        else _typical_category(categories.get(spec.name, {}), spec.categories)
        for spec in bundle.schema.features
    }


def _typical_number(profile: Mapping[str, Any]) -> float | None:
    if not profile:
        return 0.0
    mean = profile.get("mean")
    return None if mean is None else float(f"{mean:.4g}")


def _typical_category(profile: Mapping[str, Any], known: tuple[str, ...]) -> str | None:
    """The category with most rows that the model knows; any where its encoding lists none."""
    counted = zip(profile.get("counts", ()), profile.get("top", ()), strict=False)
    frequent = [name for _, name in sorted(counted, reverse=True) if not known or name in known]
    return next(iter([*frequent, *known]), None)

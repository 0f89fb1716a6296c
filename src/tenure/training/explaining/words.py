"""Features and the words of the project file → how each feature is spoken of in reasons."""

from __future__ import annotations

from collections.abc import Sequence

from tenure.bundle.encoding import FeatureSpec
from tenure.bundle.reasons import Wording
from tenure.domain.features import FeatureColumn


def wordings_of(specs: Sequence[FeatureSpec], columns: Sequence[FeatureColumn]) -> tuple[Wording, ...]:
    """How each feature of a model is spoken of.

    Features with the same declared reason are of one cause; so are those without that come from the same
    column of a source, such as its aggregates over several windows.

    Examples
    --------
    >>> from tenure.domain.features import FeatureKind
    >>> spec = FeatureSpec("ledger_debt_mean_3m", FeatureKind.NUMBER)
    >>> column = FeatureColumn(spec.name, spec.kind, "ledger", ("ledger.debt",), "mean of debt")
    >>> wordings_of([spec], [column])[0].cause
    'ledger.debt'
    """
    known = {column.name: column for column in columns}
    return tuple(_wording(spec, known.get(spec.name)) for spec in specs)


def _wording(spec: FeatureSpec, column: FeatureColumn | None) -> Wording:
    readable = spec.name.replace("_", " ").strip()
    if column is None:
        return Wording(readable, spec.name)
    words = readable if column.words in {"", spec.name} else column.words
    told = column.reason
    if told is None:
        cause = column.inputs[0] if len(column.inputs) == 1 else spec.name
        return Wording(words, cause)
    return Wording(words, "; ".join(told.texts), told.high, told.low, told.missing)

"""What a bundle predicts, and from what: ``schema.json``, and the tables of ``encodings.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from tenure.bundle.encoding import FeatureSpec
from tenure.bundle.encodings import encoding_settings, read_encoding
from tenure.domain.cuts import LabelCuts
from tenure.domain.evaluations import Task
from tenure.domain.features import FeatureKind
from tenure.errors import BundleError

FORMAT = 1
"""Version of the bundle's layout; a bundle of another one is refused."""


@dataclass(frozen=True, slots=True)
class BundleSchema:
    """What a model predicts, and from what.

    Parameters
    ----------
    project
        The project it belongs to.
    task
        Binary or multiclass.
    classes
        In the order of the probabilities; for a binary task the positive class is the last.
    threshold
        Least score of the positive class that counts as positive; None for more than two classes.
    keys
        Columns that, with the event time, identify a row.
    features
        In the order of the matrix that the model takes.
    algorithm
        What was fitted.
    as_of
        The period in which it was trained.
    cuts
        Where the label, a number, was cut into the classes; None where labels are classes.

    Raises
    ------
    BundleError
        If task, classes and threshold do not fit each other, or a feature is listed twice.
    """

    project: str
    task: Task
    classes: tuple[str, ...]
    threshold: float | None
    keys: tuple[str, ...]
    features: tuple[FeatureSpec, ...]
    algorithm: str
    as_of: date
    cuts: LabelCuts | None = None

    def __post_init__(self) -> None:
        """Refuse what no model can be."""
        for problem in _problems(self):
            raise BundleError(f"schema of a bundle of `{self.project}`: {problem}")

    @property
    def positive_class(self) -> str:
        """The last class: the positive one of a binary task."""
        return self.classes[-1]

    def to_json(self) -> dict[str, Any]:
        """What ``schema.json`` holds."""
        return {
            "format": FORMAT,
            "project": self.project,
            "task": str(self.task),
            "classes": list(self.classes),
            "threshold": self.threshold,
            "keys": list(self.keys),
            "features": [_feature_to_json(spec) for spec in self.features],
            "algorithm": self.algorithm,
            "as_of": self.as_of.isoformat(),
            "cuts": _cuts_to_json(self.cuts),
        }

    def encodings(self) -> dict[str, Any]:
        """What ``encodings.json`` holds: a table by feature, of those whose encoding was learned."""
        return {spec.name: spec.encoding.table() for spec in self.features if spec.encoding is not None}

    @classmethod
    def from_json(
        cls, content: Mapping[str, Any], encodings: Mapping[str, Any] = MappingProxyType({})
    ) -> BundleSchema:
        """The schema that ``schema.json`` holds.

        Parameters
        ----------
        content
            Of ``schema.json``.
        encodings
            Of ``encodings.json``; nothing where the bundle has no such file.

        Raises
        ------
        BundleError
            If it is of another format, or something is missing or wrong.
        """
        if content.get("format") != FORMAT:
            raise BundleError(
                f"schema.json is of format {content.get('format')}; this version reads {FORMAT}",
                hint="train again with this version, or use the version that wrote the bundle.",
            )
        try:
            return cls(
                project=content["project"],
                task=Task(content["task"]),
                classes=tuple(content["classes"]),
                threshold=content["threshold"],
                keys=tuple(content["keys"]),
                features=tuple(_feature_from_json(part, encodings) for part in content["features"]),
                algorithm=content["algorithm"],
                as_of=date.fromisoformat(content["as_of"]),
                cuts=_cuts_from_json(content.get("cuts")),
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BundleError(f"schema.json is not complete: {error!r}") from error


def _problems(schema: BundleSchema) -> list[str]:
    names = [spec.name for spec in schema.features]
    problems = []
    if len(schema.classes) < 2 or len(set(schema.classes)) < len(schema.classes):
        problems.append(f"it needs two or more different classes, not {schema.classes}")
    if schema.task is Task.BINARY and (len(schema.classes) != 2 or schema.threshold is None):
        problems.append(f"a binary task has two classes and a threshold, not {schema.classes}"
                        f" and {schema.threshold}")  # fmt: skip
    if schema.task is Task.MULTICLASS and schema.threshold is not None:
        problems.append(f"a multiclass task has no threshold, not {schema.threshold}")
    if schema.cuts is not None and set(schema.cuts.classes) != set(schema.classes):
        problems.append(f"its cuts make the classes {schema.cuts.classes}, and it has {schema.classes}")
    if not names or len(set(names)) < len(names):
        problems.append(f"it needs one or more features, each once; it lists {len(names)}")
    return problems


def _cuts_to_json(cuts: LabelCuts | None) -> dict[str, Any] | None:
    return None if cuts is None else {"edges": list(cuts.edges), "classes": list(cuts.classes)}


def _cuts_from_json(part: Mapping[str, Any] | None) -> LabelCuts | None:
    if part is None:
        return None
    try:
        return LabelCuts(tuple(part["edges"]), tuple(part["classes"]))
    except ValueError as error:
        raise BundleError(f"schema.json has cuts that are none: {error}") from error


def _feature_to_json(spec: FeatureSpec) -> dict[str, Any]:
    feature = {"name": spec.name, "kind": str(spec.kind), "categories": list(spec.categories)}
    return feature if spec.encoding is None else {**feature, "encoding": encoding_settings(spec.encoding)}


def _feature_from_json(part: Mapping[str, Any], encodings: Mapping[str, Any]) -> FeatureSpec:
    settings = part.get("encoding")
    encoding = read_encoding(settings, encodings[part["name"]]) if settings is not None else None
    return FeatureSpec(part["name"], FeatureKind(part["kind"]), tuple(part["categories"]), encoding)

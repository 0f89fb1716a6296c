from datetime import date

import pytest

from tenure.bundle import BundleSchema, FeatureSpec
from tenure.domain.evaluations import Task
from tenure.domain.features import FeatureKind

SPECS = (
    FeatureSpec("age", FeatureKind.NUMBER),
    FeatureSpec("job", FeatureKind.CATEGORY, ("doctor", "lawyer")),
    FeatureSpec("income", FeatureKind.NUMBER),
)


@pytest.fixture
def specs():
    return SPECS


@pytest.fixture
def schema():
    return BundleSchema(
        project="loans",
        task=Task.BINARY,
        classes=("good", "bad"),
        threshold=0.4,
        keys=("id",),
        features=SPECS,
        algorithm="logistic_regression",
        as_of=date(2024, 1, 1),
    )

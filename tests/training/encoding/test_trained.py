from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tenure.bundle import load_bundle
from tenure.bundle.reasons import load_explainer
from tenure.domain.artefacts import Audit
from tenure.domain.evaluations import evaluation_on
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.ports import Silent
from tenure.training import candidate, recording
from tenure.training.config import AlgorithmName, ModelConfig
from tenure.training.export import TOLERANCE
from tenure.training.preparing import prepare
from tenure.training.rows import LabelledRows

COLUMNS = (
    FeatureColumn("income", FeatureKind.NUMBER, "test"),
    FeatureColumn("street", FeatureKind.CATEGORY, "test"),
    FeatureColumn("district x heating", FeatureKind.CATEGORY, "cross"),
    FeatureColumn("city", FeatureKind.CATEGORY, "test"),
    FeatureColumn("note", FeatureKind.TEXT, "test"),
)
ENCODING = {
    "min_rows": 3,
    "features": {
        "street": {"method": "hash", "max_columns": 24},
        "*x*": "target",
        "city": "target",
        "note": {"method": "embedding", "dimensions": 4, "buckets": 128},
    },
}


def rows_of(n_rows: int = 900) -> LabelledRows:
    """A street, a cross and a word of a note tell the class, as a city does not."""
    rng = np.random.default_rng(11)
    first = datetime(2023, 1, 1)
    days = np.sort(rng.integers(0, 365, n_rows))
    street, heating, city = (
        rng.integers(0, 60, n_rows),
        rng.integers(0, 5, n_rows),
        rng.integers(0, 30, n_rows),
    )
    is_sad = rng.random(n_rows) < 0.4
    logit = (street % 3 == 0) * 2.0 + (street // 10 + heating) % 4 - 3 + 2.0 * is_sad
    late = rng.random(n_rows) < 1 / (1 + np.exp(-logit))
    streets = [None if n % 19 == 0 else f"Şehit {number} Sokağı" for n, number in enumerate(street.tolist())]
    notes = [f"{'geç ödeme' if sad else 'zamanında ödeme'} {n % 7}" for n, sad in enumerate(is_sad.tolist())]
    return LabelledRows(
        pa.table(
            {
                "customer": pa.array(range(n_rows)),
                "event_time": pa.array([first + timedelta(days=int(day)) for day in days]),
                "label_known_at": pa.array([first + timedelta(days=int(day) + 20) for day in days]),
                "label": np.where(late, "late", "good"),
                "income": rng.normal(size=n_rows),
                "street": pa.array(streets, pa.string()),
                "district x heating": [f"{s // 10} x {h}" for s, h in zip(street, heating, strict=True)],
                "city": [f"city {number}" for number in city],
                "note": pa.array([None if n % 23 == 0 else note for n, note in enumerate(notes)]),
            }
        ),
        ("customer",),
    )


@pytest.mark.parametrize("algorithm", list(AlgorithmName))
def test_what_is_trained_is_what_answers_unknown_values_and_nulls_included(
    algorithm: AlgorithmName, quick: Callable[..., ModelConfig], tmp_path: Path
) -> None:
    model = quick(algorithms=[algorithm], tuning={"trials": 1}, n_estimators=20, encoding=ENCODING)
    prepared = prepare(rows_of(), COLUMNS, model=model)
    made = candidate.make(prepared, folder=tmp_path, model=model, seed=1, jobs=1, progress=Silent())
    folder, _ = recording.write_candidate(
        made,
        project="loans",
        keys=("customer",),
        columns=COLUMNS,
        audit=Audit(date(2024, 1, 1), ()),
        model=model,
        seed=1,
    )
    bundle = load_bundle(folder)
    assert made.best.max_export_difference <= TOLERANCE

    test = prepared.sides["test"].rows.table
    np.testing.assert_allclose(
        bundle.score(test), made.best.model.probabilities(prepared.sides["test"].matrix), atol=TOLERANCE
    )
    strange = [
        {"income": 1.0, **dict.fromkeys(("street", "district x heating", "city", "note"), value)}
        for value in (None, "öğrenilmemiş", "")
    ]
    matrix = np.concatenate([bundle._encoder.encode_row(row) for row in strange])
    answers = [bundle.score_row(row) for row in strange]
    np.testing.assert_allclose(answers, made.best.model.probabilities(matrix), atol=TOLERANCE)

    explainer = load_explainer(bundle)
    assert explainer is not None
    for row in strange:
        explained = explainer.explain(row)
        assert explained.base + explained.contributions.sum() == pytest.approx(explained.margin, abs=1e-9)
        assert {reason.feature for reason in explainer.reasons(row)} <= {column.name for column in COLUMNS}

    importance = made.best.profile.importance
    assert sorted(importance) == sorted(column.name for column in COLUMNS)
    assert sum(importance.values()) == pytest.approx(1)
    assert sorted(made.best.profile.categories) == ["city", "district x heating", "street"]
    assert evaluation_on(made.best.evaluations, "test").value("roc_auc") > 0.6


def test_strangers_are_among_the_rows_that_model_and_export_must_agree_on(
    quick: Callable[..., ModelConfig],
) -> None:
    prepared = prepare(rows_of(), COLUMNS, model=quick(encoding=ENCODING))
    starts = np.cumsum([0, *(spec.width for spec in prepared.encoder.specs)])
    null, unknown = np.split(prepared.strange, 2)
    assert len(null) == len(unknown) == 32
    city = starts[3]
    assert np.unique(null[:, city]).size == np.unique(unknown[:, city]).size == 1
    assert not null[:, starts[1] : starts[2]].any()
    compared = candidate._rows_to_compare(prepared, seed=0)["made-up"]
    assert {row.tobytes() for row in prepared.strange} <= {row.tobytes() for row in compared}


def test_an_encoding_changes_the_fingerprint_of_a_training(quick: Callable[..., ModelConfig]) -> None:
    prints = {
        prepare(rows_of(), COLUMNS, model=quick(encoding={"min_rows": 3, **more})).fingerprint
        for more in ({}, {"features": {"city": "target"}}, {"features": {"city": "hash"}})
    }
    assert len(prints) == 3

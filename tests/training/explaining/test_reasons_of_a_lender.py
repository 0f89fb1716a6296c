"""Reasons of models that a training made of a simulated lender."""

from collections.abc import Callable, Mapping
from itertools import combinations
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tenure.bundle import Bundle, load_bundle
from tenure.bundle.encoding import Encoder
from tenure.bundle.reasons import Explainer, load_explainer
from tenure.domain.tables import FEATURES
from tenure.testing import write_small_bundle

SLOW = [
    pytest.param(name, marks=pytest.mark.slow)
    for name in ("lightgbm", "random_forest", "logistic_regression", "scorecard")
]


@pytest.fixture(scope="module")
def trained(
    make_bench: Callable, lender: Callable, quick: Callable
) -> Callable[..., tuple[Bundle, pa.Table]]:
    made: dict[str, tuple[Bundle, pa.Table]] = {}

    def train(*algorithms: str, **changes: Any) -> tuple[Bundle, pa.Table]:
        key = repr((algorithms, changes))
        if key not in made:
            simulated = lender(n_classes=3) if changes.get("task") == "multiclass" else lender()
            bench = make_bench(simulated)
            candidate = bench.train(quick(algorithms=list(algorithms), **changes))
            rows = bench.store.read(FEATURES)
            made[key] = load_bundle(bench.registry.bundle(candidate.version.version)), rows
        return made[key]

    return train


def explainer_of(bundle: Bundle) -> Explainer:
    found = load_explainer(bundle)
    assert found is not None
    return found


def plain_rows(bundle: Bundle, rows: pa.Table) -> list[Mapping[str, object]]:
    return rows.select([spec.name for spec in bundle.schema.features]).to_pylist()


def log_odds(shares: np.ndarray) -> np.ndarray:
    return np.log(shares[:, -1] / shares[:, 0])


@pytest.mark.parametrize("algorithm", ["xgboost", *SLOW])
def test_taking_a_reasons_cause_away_lowers_the_score_of_every_refused_row(trained, algorithm):
    bundle, rows = trained(algorithm)
    explainer = explainer_of(bundle)
    encoder = Encoder(bundle.schema.features)
    refused = [
        values
        for values in plain_rows(bundle, rows)[:200]
        if bundle.score_row(values)[-1] >= bundle.schema.threshold
    ]
    assert len(refused) > 20
    n_reasons = 0
    for values in refused:
        reasons = explainer.reasons(values)
        falls = explainer.falls(encoder.encode_row(values), [reason.features for reason in reasons], code=1)
        assert (falls > 0).all()
        assert all(reason.contribution > 0 for reason in reasons)
        explained = explainer.explain(values)
        n_reasons += len(reasons)
        assert reasons or explained.margin <= explained.base
    assert n_reasons > 0


@pytest.mark.parametrize("algorithm", ["xgboost", *SLOW[:1], *SLOW[2:]])
def test_contributions_are_the_shapley_values_of_the_graph_over_all_coalitions_of_features(
    trained, algorithm
):
    bundle, rows = trained(algorithm)
    explainer = explainer_of(bundle)
    specs = bundle.schema.features
    background = explainer._background
    encoder = Encoder(specs)
    players = np.repeat(np.arange(len(specs)), [spec.width for spec in specs])
    for values in plain_rows(bundle, rows)[:5]:
        row = encoder.encode_row(values)

        def worth(coalition: set[int], row: np.ndarray = row) -> float:
            mixed = np.where(np.isin(players, list(coalition)), row, background.matrix).astype(np.float32)
            return float(background.weights @ log_odds(bundle.score_matrix(mixed)))

        n = len(specs)
        coalitions = [set(some) for size in range(n + 1) for some in combinations(range(n), size)]
        worths = {frozenset(some): worth(some) for some in coalitions}
        expected = np.zeros(n)
        for some in coalitions:
            for player in some:
                share = factorial(len(some) - 1) * factorial(n - len(some)) / factorial(n)
                expected[player] += share * (worths[frozenset(some)] - worths[frozenset(some - {player})])
        explained = explainer.explain(values)
        assert explained.contributions == pytest.approx(expected, abs=2e-5)
        assert explained.base == pytest.approx(worth(set()), abs=2e-5)
        assert explained.margin == pytest.approx(worth(set(range(n))), abs=2e-5)


@pytest.mark.slow
def test_of_more_than_two_classes_the_contributions_add_up_to_the_centred_logarithm_of_the_share(trained):
    bundle, rows = trained("lightgbm", task="multiclass", positive=None)
    explainer = explainer_of(bundle)
    for values in plain_rows(bundle, rows)[:20]:
        logs = np.log(bundle.score_row(values))
        for code in range(3):
            explained = explainer.explain(values, code=code)
            assert explained.margin == pytest.approx(logs[code] - logs.mean(), abs=1e-5)
            assert explained.base + explained.contributions.sum() == pytest.approx(explained.margin, abs=1e-9)


@pytest.mark.slow
def test_of_a_forest_the_contributions_add_up_to_the_share(trained):
    bundle, rows = trained("random_forest")
    explainer = explainer_of(bundle)
    for values in plain_rows(bundle, rows)[:20]:
        assert explainer.explain(values).margin == pytest.approx(bundle.score_row(values)[-1], abs=1e-6)


def test_a_bundle_holds_no_row_of_anybody(trained):
    bundle, rows = trained("xgboost")
    explainer = explainer_of(bundle)
    encoder = Encoder(bundle.schema.features)
    people = np.concatenate([encoder.encode_row(values) for values in plain_rows(bundle, rows)])
    for row in explainer._background.matrix:
        same = (people == row) | (np.isnan(people) & np.isnan(row))
        assert not same.all(axis=1).any()


def test_a_feature_that_may_not_be_shown_is_named_without_its_value(trained):
    bundle, rows = trained("xgboost")
    explainer = explainer_of(bundle)
    values = next(
        v for v in plain_rows(bundle, rows) if explainer.reasons(v) and explainer.reasons(v)[0].value
    )
    (strongest,) = explainer.reasons(values, top=1)
    (hidden,) = explainer.reasons(values, top=1, hidden={strongest.feature})
    assert (strongest.value, hidden.value) == (values[strongest.feature], None)
    assert hidden.reason == strongest.reason


def test_a_bundle_written_without_reasons_has_no_explainer(tmp_path: Path):
    write_small_bundle(tmp_path / "bundle")
    assert load_explainer(load_bundle(tmp_path / "bundle")) is None

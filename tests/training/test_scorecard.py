from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from math import log
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import chi2_contingency
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from tenure.bundle import encode, encoded_names, load_bundle
from tenure.domain.models import Candidate, Office
from tenure.errors import TrainingError
from tenure.render import read_card, read_history, render_card
from tenure.training.algorithms import Growth, Sample
from tenure.training.algorithms.binning import BinPolicy, Pool, bin_column, chi_squared, pooled
from tenure.training.algorithms.scorecard import ScorecardModel, evidence, fit_scorecard
from tenure.training.algorithms.space import defaults
from tenure.training.algorithms.spaces import SPACES
from tenure.training.config import AlgorithmName, ModelConfig, ScorecardPolicy
from tenure.training.export import check_export, export, probe_rows

GROWTH = Growth(n_estimators=20, every=20, seed=1)
POLICY = BinPolicy(max_bins=6, min_share=0.05)


def fit(sample: Sample, growth: Growth = GROWTH, **changes: float) -> ScorecardModel:
    return fit_scorecard(sample, defaults(SPACES[AlgorithmName.SCORECARD]) | changes, growth)


def noisy(*, n_rows: int = 4000, seed: int = 0, slope: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n_rows).astype(np.float32)
    codes = (rng.random(n_rows) < 1 / (1 + np.exp(1.5 - slope * values))).astype(np.int64)
    values[rng.random(n_rows) < 0.1] = np.nan
    return values, codes


def on_paper(model: ScorecardModel, matrix: np.ndarray, names: list[str]) -> np.ndarray:
    """What somebody gets who has ``scorecard.csv``, ``scorecard.json`` and a pencil."""
    bins = list(csv.DictReader(io.StringIO(model.native()["scorecard.csv"].decode())))
    scale = json.loads(model.native()["scorecard.json"])
    shares = []
    for row in matrix:
        score = 0.0
        for each in bins:
            value = row[names.index(each["feature"])]
            low = np.float32(each["low"]) if each["low"] else -np.inf
            high = np.float32(each["high"]) if each["high"] else np.inf
            within = np.isnan(value) if each["bin"] == "null" else low <= value < high
            score += float(each["points"]) if within else 0.0
        shares.append(1 / (1 + np.exp((score - scale["offset"]) / scale["factor"])))
    return np.array(shares)


def test_the_points_of_one_column_are_those_that_a_hand_gets() -> None:
    # 800 safe rows and 200 events; below 1: 600 and 50, from 1 on: 200 and 150
    values = np.repeat(np.float32([0, 0, 1, 1]), [600, 50, 200, 150])
    codes = np.repeat([0, 1, 0, 1], [600, 50, 200, 150])
    model = fit(Sample(values[:, None], codes, np.ones(1000), 2), C=1e6)
    (card,) = model.characteristics
    assert card.binning.woe.tolist() == pytest.approx([log(3), log(1 / 3), 0])
    # alone, evidence adds up exactly: the log odds against the event are the bin's own, 12 and 4/3 to 1
    factor = 20 / log(2)
    expected = [600 + factor * log(12 / 50), 600 + factor * log((4 / 3) / 50)]
    assert card.points[:2].tolist() == pytest.approx(expected, abs=1e-3)
    assert model.probabilities(np.float32([[0], [1]]))[:, 1].tolist() == pytest.approx(
        [1 / 13, 3 / 7], abs=1e-5
    )


def test_twice_the_odds_are_as_many_points_more_as_the_project_file_says(
    sample: Callable[..., Sample],
) -> None:
    rows = sample()
    policy = ScorecardPolicy(points=1000, odds=1, points_to_double=50)
    model = fit(rows, replace(GROWTH, scorecard=policy))
    positive = model.probabilities(rows.matrix)[:, 1]
    np.testing.assert_allclose(model.score(rows.matrix), 1000 + 50 * np.log2((1 - positive) / positive))
    np.testing.assert_allclose(positive, fit(rows).probabilities(rows.matrix)[:, 1], atol=1e-6)


@pytest.mark.parametrize("slope", [1.0, -1.0, 0.15])
@pytest.mark.parametrize("direction", [0, 1, -1])
def test_event_rates_go_one_way_in_bins_that_are_few_and_large(slope: float, direction: int) -> None:
    values, codes = noisy(slope=slope)
    binning = bin_column(values, codes, POLICY, direction=direction)
    rates = binning.events[:-1] / binning.rows[:-1]
    sign = direction or np.sign(slope)
    assert (sign * np.diff(rates) > 0).all()
    assert len(rates) <= POLICY.max_bins
    assert binning.rows[:-1].min() >= POLICY.min_share * len(values)
    assert binning.rows.sum() == len(values)
    assert binning.rows[-1] == np.isnan(values).sum()


def test_a_direction_against_the_data_leaves_one_bin() -> None:
    values, codes = noisy()
    assert len(bin_column(values, codes, POLICY, direction=-1).edges) == 0
    assert len(bin_column(values, codes, POLICY).edges) >= 2


def test_rows_are_counted_in_the_bin_that_they_are_assigned_to() -> None:
    values, codes = noisy()
    binning = bin_column(values, codes, POLICY)
    bins = binning.assign(values)
    np.testing.assert_array_equal(np.bincount(bins, minlength=len(binning.rows)), binning.rows)
    np.testing.assert_array_equal(np.bincount(bins, codes, minlength=len(binning.rows)), binning.events)


def test_weight_of_evidence_is_the_logarithm_of_shares_and_information_their_difference_times_it() -> None:
    values, codes = noisy()
    binning = bin_column(values, codes, POLICY)
    bins, information = binning.assign(values), 0.0
    for number, woe in enumerate(binning.woe):
        safe = np.mean(bins[codes == 0] == number)
        event = np.mean(bins[codes == 1] == number)
        assert woe == pytest.approx(log(safe / event))
        information += (safe - event) * log(safe / event)
    assert binning.information == pytest.approx(information)


def test_pools_are_the_levels_of_scikit_learns_isotonic_regression() -> None:
    rng = np.random.default_rng(3)
    events, rows = rng.integers(0, 20, 40), rng.integers(20, 60, 40)
    counts = list(zip(rows.tolist(), events.tolist(), strict=True))
    for direction in (1, -1):
        fine = [Pool(n - e, e, number) for number, (n, e) in enumerate(counts)]
        pools = pooled(fine, direction)
        levels = (
            IsotonicRegression(increasing=direction > 0)
            .fit(np.arange(40), events / rows, rows)
            .predict(np.arange(40))
        )
        starts = [0, *(np.flatnonzero(np.abs(np.diff(levels)) > 1e-12) + 1)]
        assert [pool.first for pool in pools] == starts
        rates = [pool.events / (pool.events + pool.others) for pool in pools]
        assert rates == pytest.approx(levels[starts].tolist())


def test_fine_bins_of_one_event_rate_are_one_pool_whatever_the_direction() -> None:
    fine = [Pool(8, 2, 0), Pool(40, 10, 1), Pool(4, 1, 2)]
    assert pooled(fine, 1) == pooled(fine, -1) == [Pool(52, 13, 0)]


def test_chi_squared_is_that_of_scipy() -> None:
    table = [[30, 12], [55, 40]]
    expected = chi2_contingency(table, correction=False).statistic
    assert chi_squared(Pool(30, 12, 0), Pool(55, 40, 1)) == pytest.approx(expected)


def test_null_of_which_there_are_few_or_none_says_nothing() -> None:
    values, codes = noisy()
    values = np.nan_to_num(values)
    assert bin_column(values, codes, POLICY).woe[-1] == 0
    values[:20] = np.nan
    assert bin_column(values, codes, POLICY).woe[-1] == 0
    values[:400] = np.nan
    assert bin_column(values, np.where(np.isnan(values), 1, codes), POLICY).woe[-1] == 0  # of one class
    assert bin_column(values, np.where(np.arange(4000) < 300, 1, codes), POLICY).woe[-1] < -1


@pytest.mark.parametrize("weighted", [False, True])
def test_probabilities_are_those_of_scikit_learn_on_weights_of_evidence(
    weighted: bool, sample: Callable[..., Sample]
) -> None:
    rows = sample(n_rows=1500)
    if weighted:
        rows = replace(rows, weights=np.where(rows.codes == 1, 3.0, 1.0))
    model = fit(rows)
    kept = [each.column for each in model.characteristics]
    woe = evidence(rows.matrix[:, kept], [each.binning for each in model.characteristics])
    peer = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(
        woe, rows.codes, sample_weight=rows.weights
    )
    assert len(kept) >= 3
    np.testing.assert_allclose(
        [-each.coefficient for each in model.characteristics], peer.coef_[0], atol=1e-4
    )
    np.testing.assert_allclose(model.probabilities(rows.matrix), peer.predict_proba(woe), atol=1e-5)


def test_evidence_is_never_turned_around_and_a_column_that_would_be_is_left_out() -> None:
    # the second column repeats the first with errors that depend on the class: fitted freely, it gets
    # the wrong sign
    rng = np.random.default_rng(4)
    truth = rng.normal(size=3000)
    codes = (truth + rng.logistic(size=3000) > 0.5).astype(np.int64)
    copy = truth + rng.normal(size=3000) - 0.9 * codes
    matrix = np.column_stack([truth, copy + 0.7 * truth]).astype(np.float32)
    rows = Sample(matrix, codes, np.ones(3000), 2)
    binnings = [bin_column(column, codes, POLICY) for column in matrix.T]
    free = LogisticRegression(C=1.0).fit(evidence(matrix, binnings), codes)
    assert all(binning.information > 0.02 for binning in binnings)
    assert free.coef_[0, 1] > 0 > free.coef_[0, 0]
    assert [each.column for each in fit(rows).characteristics] == [0]


def test_the_scorecard_on_paper_says_what_the_model_and_its_export_say(sample: Callable[..., Sample]) -> None:
    rows = replace(sample(n_rows=1500), names=tuple(f"feature {number}" for number in range(10)))
    model, unseen = fit(rows), sample(seed=9, n_rows=100).matrix
    asked = np.concatenate([unseen, probe_rows(unseen, seed=1)])
    expected = on_paper(model, asked, list(rows.names))
    np.testing.assert_allclose(model.probabilities(asked)[:, 1], expected, rtol=1e-9)
    assert check_export(model, export(model), {"asked": asked}) < 1e-6


def test_a_value_on_an_edge_is_in_the_upper_bin_and_so_it_is_in_the_export(
    sample: Callable[..., Sample],
) -> None:
    rows = sample(n_rows=1500)
    model = fit(rows)
    for each in model.characteristics:
        for edge in each.binning.edges:
            row = np.repeat(rows.matrix[:1], 2, axis=0)
            row[:, each.column] = [np.nextafter(edge, np.float32(-np.inf)), edge]
            below, on = each.binning.assign(row[:, each.column])
            assert on == below + 1
            assert check_export(model, export(model), {"edge": row}) < 1e-6


def test_columns_that_tell_nothing_make_a_scorecard_that_says_the_share_of_events() -> None:
    rng = np.random.default_rng(0)
    matrix, codes = np.zeros((500, 3), np.float32), (rng.random(500) < 0.3).astype(np.int64)
    matrix[:, 1] = np.nan
    model = fit(Sample(matrix, codes, np.ones(500), 2))
    assert model.probabilities(matrix)[:, 1] == pytest.approx(codes.mean(), abs=1e-5)
    assert model.importance().tolist() == [0, 0, 0]
    assert check_export(model, export(model), {"rows": matrix}) < 1e-6


def test_no_more_columns_are_used_than_asked_for(sample: Callable[..., Sample]) -> None:
    model = fit(sample(n_rows=1500), n_features=2)
    assert [each.column for each in model.characteristics] == [0, 5]


def test_three_classes_are_refused_by_the_project_file_and_by_the_fit(sample: Callable[..., Sample]) -> None:
    with pytest.raises(ValidationError, match="`scorecard` tells two classes apart; the task is multiclass"):
        ModelConfig.model_validate({"task": "multiclass", "algorithms": ["scorecard"]})
    with pytest.raises(TrainingError, match="`scorecard` tells two classes apart; there are 3"):
        fit(sample(n_classes=3))
    assert AlgorithmName.SCORECARD not in ModelConfig.model_validate({"task": "multiclass"}).algorithms


@pytest.fixture(scope="module")
def trained(
    make_bench: Callable[..., Any], lender: Callable[..., Any], quick: Callable[..., ModelConfig]
) -> tuple[Any, Candidate]:
    bench = make_bench(lender(seed=1))
    settings = quick(algorithms=["scorecard"], monotone={"income": "increasing"}, calibration="none")
    return bench, bench.train(settings)


def test_a_training_leaves_a_scorecard_with_the_names_of_features_and_categories(
    trained: tuple[Any, Candidate],
) -> None:
    bench, candidate = trained
    folder = bench.registry.bundle(candidate.version.version)
    lines = list(
        csv.DictReader(io.StringIO((folder / "native" / "scorecard.csv").read_text(encoding="utf-8")))
    )
    assert candidate.algorithm == "scorecard"
    assert {"income", "debt", "job=cook"} <= {line["feature"] for line in lines}
    by_feature = {line["feature"]: line for line in lines if line["bin"] == "null"}
    n_rows = {
        name: sum(int(line["rows"]) for line in lines if line["feature"] == name) for name in by_feature
    }
    assert set(n_rows.values()) == {candidate.split.train.n_rows}


def test_the_model_card_shows_every_bin_with_its_points(trained: tuple[Any, Candidate]) -> None:
    bench, candidate = trained
    office = Office(candidate.version, candidate.as_of)
    card = read_card(
        bench.registry.bundle(candidate.version.version),
        office=office,
        history=read_history(bench.store, as_of=candidate.as_of),
        as_of=candidate.as_of,
    )
    page = render_card(card)
    assert "The scorecard" in page
    assert card.scorecard is not None
    for each in card.scorecard.bins:
        assert f'<td>{each.bin}</td><td class="n">{each.n_rows:,}</td>' in page
        assert f'<td class="n">{each.points:.2f}</td></tr>' in page


def test_the_bundle_says_what_its_scorecard_says(
    trained: tuple[Any, Candidate], lender: Callable[..., Any]
) -> None:
    bench, candidate = trained
    folder = bench.registry.bundle(candidate.version.version)
    bundle = load_bundle(folder)
    native = {file.name: file.read_bytes() for file in (folder / "native").iterdir()}
    features = lender(seed=5).features.to_pandas()
    columns = {spec.name: features[spec.name].to_numpy() for spec in bundle.schema.features}
    matrix = encode(columns, bundle.schema.features)[:100]

    class Paper:
        def native(self) -> dict[str, bytes]:
            return native

    expected = on_paper(Paper(), matrix, list(encoded_names(bundle.schema.features)))  # type: ignore[arg-type]
    np.testing.assert_allclose(bundle.score_matrix(matrix)[:, 1], expected, atol=1e-6)

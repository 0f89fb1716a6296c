"""What the example on real listings promises: text prices, Turkish names, listings that stand there twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tenure.bundle import load_bundle
from tenure.domain.tables import FEATURES, LABELS
from tenure.flow import step_named
from tenure.running.period import open_period, run_period
from tenure.running.runtime import Runtime

pytestmark = pytest.mark.slow
AS_OF = date(2023, 9, 30)
NUMBER = "Unnamed: 0"
AROUND = ("n_listings", "mean_area", "mean_rooms", "old_share", "new_share", "mortgage_share")
"""What `neighbourhood.sql` says, among other things."""


def listings(shared_data: Path) -> pd.DataFrame:
    """The listings that say something of their own, as pandas reads them."""
    raw = pd.read_csv(shared_data / "housing_turkey" / "emlakjet_turkey_raw.csv")
    return raw.drop_duplicates(subset=[name for name in raw.columns if name not in {NUMBER, "_city_file"}])


def test_every_listing_of_every_city_is_there_once(
    open_example: Callable[[str], Runtime], shared_data: Path
) -> None:
    runtime = open_example("housing/tenure.yaml")
    run_period(open_period(AS_OF, runtime=runtime), runtime=runtime, through=step_named("build"))
    features = runtime.store.read(FEATURES).to_pandas()
    once = listings(shared_data)
    assert sorted(features[NUMBER]) == sorted(once[NUMBER])
    assert features["district"].nunique() == (once["Sehir"] + once["Ilce"]).nunique()
    ages = once.set_index(NUMBER)["Binanın Yaşı"].loc[features[NUMBER]].to_numpy()
    assert (features["age"][ages == "21 Ve Üzeri"] == 30).all()
    assert (features["age"][ages == "0 (Yeni)"] == 0).all()
    assert features["age"].notna().all()


def test_istanbul_is_told_in_classes_whose_cuts_no_test_row_has_seen(
    open_example: Callable[[str], Runtime], shared_data: Path
) -> None:
    runtime = open_example("housing/istanbul.yaml")
    artefacts = dict(run_period(open_period(AS_OF, runtime=runtime), runtime=runtime))
    candidate = artefacts["candidate"]
    assert artefacts["promotion"] is not None
    assert candidate.test.value("f1") >= 0.81
    assert candidate.test.value("roc_auc") >= 0.94
    once = listings(shared_data)
    assert (
        sum(side.n_rows for side in (candidate.split.train, candidate.split.validation, candidate.split.test))
        == (once["Sehir"] == "İstanbul").sum()
    )
    prices = runtime.store.read(LABELS).to_pandas().set_index(NUMBER)["label"]
    cuts = load_bundle(runtime.registry.bundle(candidate.version.version)).schema.cuts
    assert cuts is not None
    assert cuts == candidate.cuts
    of_all = np.quantile(prices.loc[once.loc[once["Sehir"] == "İstanbul", NUMBER]], [0.4, 0.8])
    assert cuts.edges == pytest.approx(of_all, rel=0.05)
    assert dict(candidate.test.class_counts).keys() == {"low", "medium", "high"}
    require_answers_for_a_place_never_seen(runtime, candidate.version.version)


def require_answers_for_a_place_never_seen(runtime: Runtime, version: int) -> None:
    """A district nobody has heard of, and a neighbourhood of which nothing is offered, through the bundle."""
    bundle = load_bundle(runtime.registry.bundle(version))
    seen = runtime.store.read(FEATURES).slice(0, 50)
    unseen = seen
    for spec in bundle.schema.features:
        if "district" in spec.name:
            words = [f"Atlantis / {number}" for number in range(seen.num_rows)]
        elif spec.name in AROUND:
            words = [None] * seen.num_rows
        else:
            continue
        place = unseen.column_names.index(spec.name)
        unseen = unseen.set_column(place, spec.name, pa.array(words, seen.schema.field(spec.name).type))
    assert not unseen.equals(seen)
    answers = bundle.score(unseen)
    assert np.isfinite(answers).all()
    assert answers.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert not np.allclose(answers, bundle.score(seen))


def test_all_cities_together_are_told_nearly_as_well_as_one(
    open_example: Callable[[str], Runtime],
) -> None:
    runtime = open_example("housing/tenure.yaml")
    artefacts = dict(run_period(open_period(AS_OF, runtime=runtime), runtime=runtime))
    candidate = artefacts["candidate"]
    assert artefacts["promotion"] is not None
    assert candidate.test.n_rows > 20_000
    assert candidate.test.value("f1") >= 0.775
    assert candidate.test.value("roc_auc") >= 0.92

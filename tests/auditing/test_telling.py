"""LEAK009: what one feature tells, against what all the others do."""

from datetime import datetime

import numpy as np
import pyarrow as pa

from tenure.auditing.config import AuditPolicy
from tenure.auditing.rows import AuditedRows
from tenure.auditing.telling import check_information
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.findings import Outcome

N = 4_000
POLICY = AuditPolicy()


def rows_of(label, **columns) -> AuditedRows:
    cells = {"label": pa.array([str(value) for value in label])}
    cells |= {name: pa.array(values) for name, values in columns.items()}
    kinds = tuple(
        FeatureColumn(
            name,
            FeatureKind.CATEGORY if pa.types.is_string(cells[name].type) else FeatureKind.NUMBER,
            "block",
            (),
        )
        for name in columns
    )
    times = pa.array([datetime(2024, 1, 1)] * len(label), pa.timestamp("us"))
    return AuditedRows(pa.table(cells).append_column("event_time", times), ("id",), kinds)


def draw_lender(seed: int = 0, *, strength: float = 0.35, n_weak: int = 8):
    """Labels, and weak honest columns that each know a little of them."""
    rng = np.random.default_rng(seed)
    label = (rng.random(N) < 0.4).astype(int)
    weak = {f"weak_{k}": rng.normal(size=N) + strength * label for k in range(n_weak)}
    return rng, label, weak


def test_a_count_that_goes_on_after_the_event_is_found_though_it_ranks_far_from_perfectly():
    rng, label, weak = draw_lender()
    payments = rng.poisson(np.where(label == 1, 2, 5)) * 1.0
    found = list(check_information(rows_of(label, payments=payments, **weak), policy=POLICY))
    assert [(f.code, f.column, f.blocks) for f in found] == [("LEAK009", "payments", True)]


def test_a_flag_that_is_often_wrong_is_found_as_a_number_and_as_a_word():
    rng, label, weak = draw_lender(strength=0.2)
    flag = np.where(rng.random(N) < 0.85, 1 - label, label)
    words = np.array(["no", "yes"])[flag].tolist()
    rows = rows_of(label, number=flag * 1.0, word=words, **weak)
    assert {f.column for f in check_information(rows, policy=POLICY)} == {"number", "word"}


def test_the_best_of_many_honest_columns_is_suspected_and_not_found():
    rng, label, weak = draw_lender(strength=0.5)
    best = rng.normal(size=N) + 0.85 * label
    rows = rows_of(label, best=best, **weak)
    assert list(check_information(rows, policy=POLICY)) == []
    alone = rows_of(label, best=best, **{f"noise_{k}": rng.normal(size=N) for k in range(8)})
    assert [f.column for f in check_information(alone, policy=POLICY)] == ["best"]


def test_leaks_do_not_hide_each_other():
    rng, label, weak = draw_lender(strength=0.2)
    leaks = {f"leak_{k}": rng.normal(size=N) + (1.2 + 0.3 * k) * label for k in range(5)}
    found = {f.column for f in check_information(rows_of(label, **leaks, **weak), policy=POLICY)}
    assert found == set(leaks)


def test_a_feature_with_hardly_any_company_is_skipped_and_never_passed():
    rng, label, _ = draw_lender()
    found = list(check_information(rows_of(label, x=rng.normal(size=N) + 2 * label), policy=POLICY))
    assert [(f.outcome, f.blocks) for f in found] == [(Outcome.SKIPPED, False)]
    assert "only 0 others" in found[0].message


def test_a_few_rows_prove_nothing():
    rng, label, weak = draw_lender(strength=0.0)
    few = slice(0, 60)
    rows = rows_of(
        label[few], x=(rng.normal(size=N) + 0.9 * label)[few], **{k: v[few] for k, v in weak.items()}
    )
    assert list(check_information(rows, policy=POLICY)) == []


def test_nulls_are_a_group_of_their_own():
    rng, label, weak = draw_lender(strength=0.2)
    closed = np.where(rng.random(N) < np.where(label == 1, 0.9, 0.2), np.nan, rng.normal(size=N))
    found = list(check_information(rows_of(label, closed=closed, **weak), policy=POLICY))
    assert [f.column for f in found] == ["closed"]


def test_more_classes_than_two_are_not_applicable_and_one_has_nothing_to_betray():
    rng, _, weak = draw_lender()
    label = rng.integers(0, 3, N)
    found = list(check_information(rows_of(label, x=label * 1.0, **weak), policy=POLICY))
    assert [f.outcome for f in found] == [Outcome.NOT_APPLICABLE]
    assert list(check_information(rows_of(np.zeros(N, int), **weak), policy=POLICY)) == []


def test_one_telling_column_among_noise_is_a_warning_and_blocks_nothing():
    rng, label, noise = draw_lender(strength=0.0)
    income = rng.normal(size=N) + 2.0 * label
    (found,) = check_information(rows_of(label, income=income, **noise), policy=POLICY)
    assert (found.code, found.column, found.blocks) == ("LEAK009", "income", False)

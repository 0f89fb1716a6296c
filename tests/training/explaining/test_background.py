import numpy as np
import pytest

from tenure.bundle import FeatureSpec
from tenure.domain.features import FeatureKind
from tenure.training.explaining.background import LEAST_ROWS, MOST_GROUPS, background_of

NUMBERS = tuple(FeatureSpec(f"x{n}", FeatureKind.NUMBER) for n in range(5))
JOB = FeatureSpec("job", FeatureKind.CATEGORY, ("cook", "clerk", "nurse"))


def people(n_rows, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(50_000, 20_000, size=(n_rows, 5)).astype(np.float32)


def make(matrix, specs=NUMBERS, scores=None, n_boxes=10, seed=1):
    said = matrix[:, 0].astype(np.float64) if scores is None else scores
    return background_of(matrix, said, specs, n_boxes=n_boxes, seed=seed)


@pytest.mark.parametrize("n_rows", [20, 39, 40, 333, 5000])
def test_every_row_of_the_background_stands_for_twenty_people_or_more(n_rows):
    background = make(people(n_rows))
    assert background.n_rows.min() >= LEAST_ROWS
    assert background.n_rows.sum() == n_rows
    assert len(background.matrix) <= min(MOST_GROUPS, n_rows // LEAST_ROWS)


def test_no_row_of_the_background_has_even_two_numbers_of_the_same_person():
    matrix = people(3000)
    for row in make(matrix).matrix:
        assert (matrix == row).sum(axis=1).max() <= 1


def test_a_number_of_the_background_has_four_digits_at_most():
    said = make(people(3000)).matrix.astype(np.float64).ravel()
    assert said.tolist() == [float(f"{value:.4g}") for value in said]


def test_fewer_people_than_a_group_needs_give_no_background():
    assert make(people(LEAST_ROWS - 1)) is None


def test_the_same_seed_gives_the_same_background_and_score_bands_keep_their_share():
    matrix = people(4000)
    first, second = make(matrix), make(matrix)
    assert np.array_equal(first.matrix, second.matrix)
    deciles = np.quantile(matrix[:, 0], [0.25, 0.75])
    outside = ((first.matrix[:, 0] < deciles[0]) | (first.matrix[:, 0] > deciles[1])) @ first.weights
    assert outside == pytest.approx(0.5, abs=0.1)
    assert first.matrix[:, 0] @ first.weights == pytest.approx(matrix[:, 0].mean(), rel=0.02)


def test_a_category_is_one_that_most_of_the_group_have_and_never_two():
    rng = np.random.default_rng(0)
    jobs = np.eye(4)[rng.choice(4, p=[0.5, 0.2, 0.1, 0.2], size=1000)][:, :3]
    matrix = np.column_stack([jobs, rng.normal(size=1000)]).astype(np.float32)
    background = make(matrix, (JOB, NUMBERS[0]), scores=matrix[:, 3].astype(np.float64))
    marks = background.matrix[:, :3]
    assert set(np.unique(marks)) <= {0.0, 1.0}
    assert marks.sum(axis=1).max() == 1
    assert marks[:, 0].mean() >= 0.4
    assert marks[:, 0].sum() > 3 * marks[:, 2].sum()


def test_what_most_do_not_have_is_null():
    matrix = people(400)
    matrix[:, 2] = np.nan
    matrix[:50, 2] = 7.0
    background = make(matrix)
    assert np.isnan(background.matrix[:, 2]).mean() > 0.8
    assert np.isfinite(background.matrix[:, 0]).all()


def test_a_large_model_is_compared_with_fewer_groups():
    assert len(make(people(5000), n_boxes=100_000).matrix) == 16
    assert len(make(people(5000), n_boxes=10_000_000).matrix) == 8

import numpy as np
import pytest

from tenure.drafting.looks import Extreme, NumberLook
from tenure.drafting.ranges import Fences, find_fences, find_sentinel, round_between, suggest_range


def look_at(numbers):
    """What the engine would see, from NumPy's quantiles of the same definition."""
    values, counts = np.unique(numbers, return_counts=True)
    quantiles = np.quantile(numbers, [0.1, 0.25, 0.5, 0.75, 0.9], method="inverted_cdf")
    return NumberLook(
        len(numbers),
        len(values),
        Extreme(values[0], counts[0], values[min(1, len(values) - 1)]),
        Extreme(values[-1], counts[-1], values[max(-2, -len(values))]),
        *(float(q) for q in quantiles),
    )


def tails_of(numbers, look):
    values, counts = np.unique(numbers, return_counts=True)
    pairs = [(float(v), int(n)) for v, n in zip(values, counts, strict=True)]
    return [p for p in pairs if p[0] <= look.q10][::-1], [p for p in pairs if p[0] >= look.q90]


def range_of(numbers):
    look = look_at(numbers)
    fences = find_fences(look)
    lower, upper = tails_of(numbers, look)
    return suggest_range(look, fences, lower=lower, upper=upper) if fences else None


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def with_dirt(bulk, rng, *, low, high, share=0.02):
    n = int(share * len(bulk))
    return np.concatenate([bulk[n:], rng.integers(low, high, n)])


@pytest.mark.parametrize(
    "honest",
    [
        lambda rng: rng.normal(50, 10, 20_000),
        lambda rng: rng.exponential(300, 20_000),
        lambda rng: rng.lognormal(8, 1.0, 20_000),
        lambda rng: rng.poisson(3, 20_000).astype(float),
        lambda rng: rng.uniform(-5, 5, 20_000),
        lambda rng: rng.standard_t(4, 20_000),
        lambda rng: rng.integers(0, 2, 20_000).astype(float),
    ],
    ids=["normal", "exponential", "log-normal", "poisson", "uniform", "student", "flag"],
)
def test_an_honest_column_gets_no_range(honest, rng):
    assert range_of(honest(rng)) is None


def test_a_heavy_tail_that_continues_the_bulk_is_not_cut(rng):
    pareto = (rng.pareto(1.5, 50_000) + 1) * 1_000
    assert find_fences(look_at(pareto)), "the tail is far enough to be looked at"
    assert range_of(pareto) is None


def test_an_absurd_tail_is_cut_off_close_to_the_bulk(rng):
    ages = with_dirt(rng.integers(18, 61, 12_500), rng, low=200, high=8_679)
    low, high = range_of(ages)
    assert low == 0
    assert 60 < high < 120
    n_outside = np.mean((ages < low) | (ages > high))
    assert n_outside == pytest.approx(0.02, abs=1e-3), "all the dirt, and nothing else"


def test_a_dense_tail_without_any_gap_is_cut_off_too(rng):
    rates = with_dirt(rng.integers(1, 35, 400_000), rng, low=35, high=5_800, share=0.05)
    low, high = range_of(rates)
    assert 0 <= low <= 1
    assert 34 <= high < 250


def test_an_absurd_tail_on_both_sides_is_cut_off_on_both(rng):
    bulk = rng.integers(14, 57, 10_000)
    both = np.concatenate([bulk, np.full(90, -500), rng.integers(500, 9_000, 200)])
    low, high = range_of(both)
    assert (low, high) == (0, 80)


def test_one_enormous_value_is_reason_enough(rng):
    balances = np.append(rng.normal(350, 100, 10_000).clip(0), -3.3e26)
    low, high = range_of(balances)
    assert low == 0
    assert high > balances.max()


def test_a_few_large_amounts_are_no_dirt(rng):
    incomes = np.append(rng.lognormal(11, 0.4, 10_000), 2.5e6)
    assert incomes.max() > find_fences(look_at(incomes)).high
    assert range_of(incomes) is None


def test_a_range_always_holds_the_bulk(rng):
    for scale in (0.001, 1, 1e6):
        bulk = rng.normal(5, 1, 5_000).clip(0) * scale
        dirty = np.concatenate([bulk, rng.uniform(1e3, 1e4, 100) * scale])
        low, high = range_of(dirty)
        assert low <= bulk.min()
        assert bulk.max() <= high < 1e3 * scale


def test_a_number_that_stands_far_outside_in_many_rows_is_a_sentinel(rng):
    days = np.concatenate([-rng.integers(1, 17_000, 8_000), np.full(1_800, 365_243)])
    sentinel = find_sentinel(look_at(days))
    assert sentinel is not None
    assert (sentinel.value, sentinel.n) == (365_243, 1_800)


def test_the_end_of_a_range_is_no_sentinel(rng):
    capped = np.minimum(rng.exponential(100, 10_000), 300)
    assert find_sentinel(look_at(capped)) is None
    assert find_sentinel(look_at(np.array([0.0] * 900 + [1.0] * 100))) is None


def test_nothing_is_said_of_shares_few_values_or_one_number(rng):
    assert find_fences(look_at(np.append(rng.beta(1, 80, 5_000), 0.99))) == Fences(None, None)
    assert find_fences(look_at(np.array([1.0] * 99 + [1e9]))) == Fences(None, None)
    assert find_fences(look_at(np.concatenate([np.zeros(9_000), np.arange(1_000)]))) == Fences(None, None)


@pytest.mark.parametrize(
    ("bulk", "beyond"), [(34, 71), (0.3, 0.9), (-20, -800), (9, 10), (99, 100.5), (5, 1e6)]
)
def test_a_round_number_lies_between_bulk_and_tail(bulk, beyond):
    found = round_between(bulk, beyond)
    assert min(bulk, beyond) <= found <= max(bulk, beyond)
    assert found != beyond

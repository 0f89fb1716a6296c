"""Categories that are counted: what the reference says of those it does not have."""

import numpy as np
import pytest

from tenure.stats.words import choose_words, count_words


def zipf(n_rows, seed, *, n_values=600, falling=1.1):
    weights = np.arange(1, n_values + 1) ** -falling
    codes = np.random.default_rng(seed).choice(n_values, n_rows, p=weights / weights.sum())
    names, counts = np.unique(codes, return_counts=True)
    return {f"employer {name}": int(n) for name, n in zip(names, counts, strict=True)}


def test_rows_that_stand_alone_are_as_many_as_a_new_sample_has_of_unknown_categories():
    """Good and Turing: 40 samples of 500 rows, within three standard errors."""
    reference = zipf(2_000, 0)
    then = count_words(reference, choose_words(reference))
    unseen = [count_words(zipf(500, seed), then).counts[-2] / 500 for seed in range(1, 41)]
    error = np.hypot(np.std(unseen) / np.sqrt(40), np.sqrt(then.left_out[-2]) / 2_000)
    assert then.left_out[-2] / 2_000 == pytest.approx(np.mean(unseen), abs=3 * error)
    assert then.counts[-2] == 0


def test_rows_stay_as_many_and_only_those_that_stand_alone_move():
    counts = {**{f"often {n}": 50 - n for n in range(20)}, "twice": 2, "once": 1, "alone": 1, None: 4}
    words = count_words(counts, choose_words(counts))
    assert words.counts[-3:] == (4, 0, 4)
    assert words.left_out[-3:] == (2, 2, 4)
    assert words.left_out[:-3] == words.counts[:-3]


def test_a_frequent_category_that_one_row_has_stands_alone_too():
    words = count_words({"a": 9, "b": 1}, choose_words({"a": 9, "b": 1}))
    assert words.left_out == (9, 0, 0, 1, 0)


def test_what_two_parts_have_once_each_is_an_upper_bound_of_what_both_have_once():
    counts = {f"often {n}": 50 for n in range(20)} | {"rare": 2}
    then = choose_words(counts)
    part = count_words({"rare": 1}, then)
    assert part.merge(part).n_once == 2
    assert count_words({"rare": 2}, then).n_once == 0

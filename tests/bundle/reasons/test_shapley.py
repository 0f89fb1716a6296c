from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.bundle.reasons import Boxes, Line
from tenure.bundle.reasons.line import LineGame
from tenure.bundle.reasons.shapley import MOST_FEATURES, BoxGame
from tenure.errors import BundleError


def random_boxes(rng, *, n_columns, n_outputs, n_trees, depth):
    """The leaves of random trees, null sent at random at each node."""
    bounds, values = [], []

    def grow(each, level):
        if level == depth or (level and rng.random() < 0.2):
            bounds.append(each)
            values.append(rng.normal(size=n_outputs))
            return
        column, limit, null_left = rng.integers(n_columns), rng.choice([-0.5, 0.0, 0.5]), rng.random() < 0.5
        low, high, null = each.get(column, (-np.inf, np.inf, True))
        grow({**each, column: (low, min(high, limit), null and null_left)}, level + 1)
        grow({**each, column: (max(low, limit), high, null and not null_left)}, level + 1)

    for _ in range(n_trees):
        grow({}, 0)
    rows = [(box, column, *each[column]) for box, each in enumerate(bounds) for column in sorted(each)]
    box, column, low, high, null = zip(*rows, strict=True)
    return Boxes(
        np.array(box),
        np.array(column),
        np.array(low, np.float32),
        np.array(high, np.float32),
        np.array(null),
        np.array(values),
        rng.normal(size=n_outputs),
    )


def random_rows(rng, n_rows, n_columns):
    rows = rng.choice([-1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0], size=(n_rows, n_columns))
    rows[rng.random(rows.shape) < 0.2] = np.nan
    return rows.astype(np.float32)


def shapley(worth, n_players):
    """The definition: a sum over every coalition (Shapley 1953)."""
    found = np.zeros(n_players)
    for player in range(n_players):
        others = [other for other in range(n_players) if other != player]
        for size in range(n_players):
            share = factorial(size) * factorial(n_players - size - 1) / factorial(n_players)
            for coalition in combinations(others, size):
                found[player] += share * (worth({*coalition, player}) - worth(set(coalition)))
    return found


def hybrids(row, background, players, coalition):
    ours = np.isin(players, list(coalition))
    return np.where(ours, row, background)


@st.composite
def games(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    widths = draw(st.lists(st.integers(1, 3), min_size=1, max_size=6))
    players = np.repeat(np.arange(len(widths)), widths)
    n_background = draw(st.integers(1, 6))
    weights = rng.dirichlet(np.ones(n_background))
    return rng, players, random_rows(rng, n_background, players.size), weights


@given(games(), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_what_a_feature_adds_in_trees_is_its_shapley_value_over_all_coalitions(game, depth):
    rng, players, background, weights = game
    boxes = random_boxes(rng, n_columns=players.size, n_outputs=2, n_trees=3, depth=depth)
    row, direction = random_rows(rng, 1, players.size), rng.normal(size=2)

    def worth(coalition):
        return float(weights @ boxes.outputs(hybrids(row, background, players, coalition)) @ direction)

    found = BoxGame(boxes, background, weights, players).attribute(row, direction)
    assert found == pytest.approx(shapley(worth, int(players.max()) + 1), abs=1e-9)


@given(games())
@settings(max_examples=40, deadline=None)
def test_what_a_feature_adds_in_a_line_is_its_shapley_value_over_all_coalitions(game):
    rng, players, background, weights = game
    line = Line(rng.normal(size=(players.size, 2)), rng.normal(size=(players.size, 2)), rng.normal(size=2))
    row, direction = random_rows(rng, 1, players.size), rng.normal(size=2)

    def worth(coalition):
        return float(weights @ line.outputs(hybrids(row, background, players, coalition)) @ direction)

    found = LineGame(line, background, weights, players).attribute(row, direction)
    assert found == pytest.approx(shapley(worth, int(players.max()) + 1), abs=1e-9)


@pytest.mark.parametrize("depth", [3, 9])
def test_contributions_and_base_add_up_to_what_the_trees_say(depth):
    rng = np.random.default_rng(depth)
    boxes = random_boxes(rng, n_columns=30, n_outputs=1, n_trees=20, depth=depth)
    background, players = random_rows(rng, 40, 30), np.arange(30)
    game = BoxGame(boxes, background, np.full(40, 1 / 40), players)
    for row in random_rows(rng, 30, 30):
        added = game.attribute(row[None], np.ones(1))
        assert added.sum() + game.base[0] == pytest.approx(boxes.outputs(row[None])[0, 0], abs=1e-9)


def test_a_feature_that_no_tree_asks_about_adds_nothing():
    rng = np.random.default_rng(1)
    boxes = random_boxes(rng, n_columns=3, n_outputs=1, n_trees=5, depth=3)
    background = random_rows(rng, 5, 4)
    game = BoxGame(boxes, background, np.full(5, 0.2), np.arange(4))
    assert game.attribute(random_rows(rng, 1, 4), np.ones(1))[3] == 0


def test_a_row_of_the_background_alone_differs_from_it_in_nothing():
    rng = np.random.default_rng(2)
    boxes = random_boxes(rng, n_columns=4, n_outputs=1, n_trees=5, depth=3)
    row = random_rows(rng, 1, 4)
    assert BoxGame(boxes, row, np.ones(1), np.arange(4)).attribute(row, np.ones(1)).tolist() == [0] * 4


def test_a_leaf_with_conditions_on_more_features_than_there_are_bits_is_refused():
    n = MOST_FEATURES + 1
    boxes = Boxes(
        np.zeros(n, np.int64),
        np.arange(n),
        np.full(n, -np.inf, np.float32),
        np.zeros(n, np.float32),
        np.ones(n, np.bool_),
        np.ones((1, 1)),
        np.zeros(1),
    )
    with pytest.raises(BundleError, match="conditions on 65 features"):
        BoxGame(boxes, np.zeros((1, n), np.float32), np.ones(1), np.arange(n))

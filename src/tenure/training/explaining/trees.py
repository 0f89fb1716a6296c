"""Trees of an exported graph → boxes: what each leaf asks of a row, and what it adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper

from tenure.bundle.reasons import Boxes, Link
from tenure.errors import TrainingError

OPERATOR = "TreeEnsembleClassifier"
LINKS = {"NONE": Link.SHARES, "LOGISTIC": Link.LOGISTIC, "SOFTMAX": Link.SOFTMAX}
AT_MOST, BELOW, LEAF = "BRANCH_LEQ", "BRANCH_LT", "LEAF"

Bound = tuple[float, float, bool]
"""Of a column within a leaf: above the first, at most the second, and whether null is in."""
ANY: Bound = (-np.inf, np.inf, True)


@dataclass(frozen=True, slots=True)
class _Node:
    column: int
    limit: float
    """A value is sent the one way if it is at most that."""
    yes: tuple[int, int]
    no: tuple[int, int]
    null_is_yes: bool


def trees_of(graph: onnx.ModelProto, *, n_classes: int) -> tuple[Link, Boxes]:
    """The trees of an exported model, and how their sum becomes shares.

    Read from the operator that scores, so that what is explained is what answers.

    Parameters
    ----------
    graph
        With one `OPERATOR`.
    n_classes
        How many classes there are.

    Raises
    ------
    TrainingError
        If the graph has another form.
    """
    ensembles = [node for node in graph.graph.node if node.op_type == OPERATOR]
    if len(ensembles) != 1:
        raise TrainingError(f"a graph of trees has one {OPERATOR}; this one has {len(ensembles)}")
    told = {item.name: helper.get_attribute_value(item) for item in ensembles[0].attribute}
    link = LINKS.get(told.get("post_transform", b"NONE").decode())
    if link is None:
        raise TrainingError(
            f"no reasons can be told of trees whose sum goes through {told['post_transform']}"
        )
    values, intercept = _values(told, n_classes, link)
    return link, _boxes(_nodes(told), values, intercept)


def _nodes(told: Mapping[str, Any]) -> dict[tuple[int, int], _Node | None]:
    """Each node by tree and number; None for a leaf."""
    names = ("treeids", "nodeids", "modes", "featureids", "values", "truenodeids", "falsenodeids")
    null_is_yes = told.get("nodes_missing_value_tracks_true") or [0] * len(told["nodes_nodeids"])
    rows = zip(*(told[f"nodes_{name}"] for name in names), null_is_yes, strict=True)
    found: dict[tuple[int, int], _Node | None] = {}
    for tree, number, mode, column, limit, yes, no, null in rows:
        at_most = _limit(mode.decode(), limit)
        if at_most is None:
            found[tree, number] = None
        else:
            found[tree, number] = _Node(column, at_most, (tree, yes), (tree, no), bool(null))
    return found


def _limit(mode: str, limit: float) -> float | None:
    """The largest float32 that is sent the one way; None for a leaf.

    Examples
    --------
    >>> _limit("BRANCH_LEQ", 0.5), _limit("BRANCH_LT", 0.5), _limit("LEAF", 0.0)
    (0.5, 0.4999999701976776, None)
    """
    if mode == LEAF:
        return None
    if mode not in {AT_MOST, BELOW}:
        raise TrainingError(f"no reasons can be told of trees with a node of kind {mode}")
    single = np.float32(limit)
    return float(np.nextafter(single, np.float32(-np.inf)) if mode == BELOW else single)


def _values(
    told: Mapping[str, Any], n_classes: int, link: Link
) -> tuple[dict[tuple[int, int], npt.NDArray[np.float64]], npt.NDArray[np.float64]]:
    """What each leaf adds, by tree and number, and what every row has.

    Of two classes an operator may list the weights of one alone: those of the last.
    """
    only_last = n_classes == 2 and len(set(told["class_ids"])) == 1
    n_outputs = 1 if only_last else n_classes
    values: dict[tuple[int, int], npt.NDArray[np.float64]] = {}
    rows = zip(*(told[f"class_{name}"] for name in ("treeids", "nodeids", "ids", "weights")), strict=True)
    for tree, node, code, weight in rows:
        values.setdefault((tree, node), np.zeros(n_outputs))[0 if only_last else code] += weight
    intercept = np.zeros(n_outputs)
    base = np.asarray(told.get("base_values", []), dtype=np.float64)
    intercept += base[-n_outputs:] if base.size else 0.0
    if link is Link.LOGISTIC and not only_last:
        raise TrainingError("no reasons can be told of trees that add to both of two log odds")
    if link is Link.SHARES and only_last:
        return {leaf: np.array([-each[0], each[0]]) for leaf, each in values.items()}, np.array(
            [1 - intercept[0], intercept[0]]
        )
    return values, intercept


def _boxes(
    nodes: Mapping[tuple[int, int], _Node | None],
    values: Mapping[tuple[int, int], npt.NDArray[np.float64]],
    intercept: npt.NDArray[np.float64],
) -> Boxes:
    children = {child for node in nodes.values() if node is not None for child in (node.yes, node.no)}
    kept: list[Mapping[int, Bound]] = []
    added = []
    total = intercept.copy()
    for root in (place for place in nodes if place not in children):
        for leaf, bounds in _leaves(nodes, root):
            value = values.get(leaf, np.zeros_like(intercept))
            if bounds:
                kept.append(bounds)
                added.append(value)
            else:
                total += value
    return boxes_of(kept, np.array(added).reshape(len(kept), intercept.size), total)


def boxes_of(
    bounds: Sequence[Mapping[int, Bound]],
    values: npt.NDArray[np.float64],
    intercept: npt.NDArray[np.float64],
) -> Boxes:
    """Boxes from their bounds by column, one or more each."""
    rows = [(number, column, *each[column]) for number, each in enumerate(bounds) for column in sorted(each)]
    box, column, low, high, null = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return Boxes(
        box=np.array(box, np.int64),
        column=np.array(column, np.int64),
        low=np.array(low, np.float32),
        high=np.array(high, np.float32),
        null=np.array(null, np.bool_),
        values=values,
        intercept=intercept,
    )


def _leaves(
    nodes: Mapping[tuple[int, int], _Node | None], root: tuple[int, int]
) -> Iterator[tuple[tuple[int, int], dict[int, Bound]]]:
    """Each leaf that a row can reach, with its bounds."""
    waiting: list[tuple[tuple[int, int], dict[int, Bound]]] = [(root, {})]
    while waiting:
        place, bounds = waiting.pop()
        node = nodes[place]
        if node is None:
            yield place, bounds
            continue
        low, high, null = bounds.get(node.column, ANY)
        yes = (low, min(high, node.limit), null and node.null_is_yes)
        no = (max(low, node.limit), high, null and not node.null_is_yes)
        for child, bound in ((node.no, no), (node.yes, yes)):
            if bound[0] < bound[1] or bound[2]:
                waiting.append((child, {**bounds, node.column: bound}))

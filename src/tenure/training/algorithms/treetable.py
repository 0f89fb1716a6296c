"""scikit-learn's trees as a table, and back: a Parquet file that any tool can read, instead of pickle.

One row per node: ``tree``, ``left``, ``right`` (node numbers within the tree, −1 for a leaf), ``feature``
(column of the matrix), ``threshold`` (to the left if the value is at most that), ``missing_left``
(whether null goes left), impurity, rows, and ``class_0``, ``class_1``, ... (shares of the classes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.tree._tree import Tree

_NODE_FIELDS = {
    "left": "left_child",
    "right": "right_child",
    "feature": "feature",
    "threshold": "threshold",
    "missing_left": "missing_go_to_left",
    "impurity": "impurity",
    "n_rows": "n_node_samples",
    "weight": "weighted_n_node_samples",
}
_N_COLUMNS = b"n_columns"
_N_CLASSES = b"n_classes"


def trees_to_bytes(trees: Sequence[DecisionTreeClassifier]) -> bytes:
    """The nodes of fitted trees as a Parquet file; the same trees give the same bytes."""
    tables = [_nodes(number, tree) for number, tree in enumerate(trees)]
    metadata = {
        _N_COLUMNS: str(trees[0].n_features_in_).encode(),
        _N_CLASSES: str(trees[0].tree_.value.shape[2]).encode(),
    }
    sink = pa.BufferOutputStream()
    pq.write_table(pa.concat_tables(tables).replace_schema_metadata(metadata), sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def trees_from_bytes(content: bytes) -> list[DecisionTreeClassifier]:
    """The fitted trees that such a file holds: they predict what those that were written predict."""
    table = pq.read_table(pa.BufferReader(content))
    n_columns, n_classes = (int(table.schema.metadata[key]) for key in (_N_COLUMNS, _N_CLASSES))
    columns = {name: table[name].to_numpy() for name in table.column_names}
    starts = np.append(np.flatnonzero(np.diff(columns["tree"], prepend=-1)), table.num_rows)
    return [
        _tree({name: values[start:end] for name, values in columns.items()}, n_columns, n_classes)
        for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    ]


def forest_of(trees: Sequence[DecisionTreeClassifier]) -> RandomForestClassifier:
    """A forest that averages the trees' shares."""
    forest = RandomForestClassifier(n_estimators=len(trees), n_jobs=1)
    first = trees[0]
    forest.estimators_ = list(trees)
    forest.classes_ = first.classes_
    forest.n_classes_ = first.n_classes_
    forest.n_features_in_ = first.n_features_in_
    forest.n_outputs_ = 1
    return forest


def missing_goes_left(trees: Sequence[DecisionTreeClassifier]) -> npt.NDArray[np.bool_]:
    """For every node of every tree, in order, whether null goes left."""
    parts = [tree.tree_.__getstate__()["nodes"]["missing_go_to_left"] for tree in trees]
    return np.concatenate(parts).astype(np.bool_)


def null_goes_left(trees: Sequence[DecisionTreeClassifier]) -> list[DecisionTreeClassifier]:
    """The same trees, with null going to the left of every split: as a value below all others."""
    again = trees_from_bytes(trees_to_bytes(trees))
    for tree in again:
        state = tree.tree_.__getstate__()
        nodes = state["nodes"].copy()
        nodes["missing_go_to_left"] = 1
        tree.tree_.__setstate__({**state, "nodes": nodes})
    return again


def _nodes(number: int, tree: DecisionTreeClassifier) -> pa.Table:
    nodes = tree.tree_.__getstate__()["nodes"]
    values = tree.tree_.value[:, 0, :]
    return pa.table(
        {
            "tree": np.full(nodes.size, number, dtype=np.int64),
            **{name: nodes[field] for name, field in _NODE_FIELDS.items()},
            **{f"class_{code}": values[:, code] for code in range(values.shape[1])},
        }
    )


def _tree(
    columns: Mapping[str, npt.NDArray[np.generic]], n_columns: int, n_classes: int
) -> DecisionTreeClassifier:
    shares = np.column_stack([columns[f"class_{code}"] for code in range(n_classes)])
    inner = Tree(n_columns, np.array([n_classes], dtype=np.intp), 1)
    empty = inner.__getstate__()
    nodes = np.zeros(len(shares), dtype=empty["nodes"].dtype)
    for name, field in _NODE_FIELDS.items():
        nodes[field] = columns[name]
    values = np.ascontiguousarray(shares[:, None, :], dtype=np.float64)
    inner.__setstate__(
        {"max_depth": _depth(nodes), "node_count": nodes.size, "nodes": nodes, "values": values}
    )
    tree = DecisionTreeClassifier()
    tree.tree_ = inner
    tree.classes_ = np.arange(n_classes)
    tree.n_classes_ = n_classes
    tree.n_features_in_ = n_columns
    tree.n_outputs_ = 1
    tree.max_features_ = n_columns
    return tree


def _depth(nodes: npt.NDArray[np.void]) -> int:
    """Edges from the root to the lowest leaf; children come after their parents."""
    depths = np.zeros(nodes.size, dtype=np.int64)
    for node in np.flatnonzero(nodes["left_child"] >= 0).tolist():
        for side in ("left_child", "right_child"):
            depths[nodes[side][node]] = depths[node] + 1
    return int(depths.max(initial=0))

"""The lender of ``benchmarks/serving`` with boosted trees, and many of its rows as a client sends them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import xgboost

from serving import lender
from tenure.bundle import FeatureSpec, encode
from tenure.bundle.columns import feature_columns
from tenure.domain.features import FeatureKind
from tenure.testing import write_small_bundle
from tenure.training.algorithms.xgb import XGBoostModel
from tenure.training.export import export

N_ROWS, N_TREES, DEPTH = 100_000, 300, 6


def table() -> pa.Table:
    """Rows of nobody."""
    parts = [lender.rows(seed) for seed in range(N_ROWS // lender.N_ROWS)]
    return pa.Table.from_pandas(pd.concat(parts, ignore_index=True), preserve_index=False)


def with_dictionaries(rows: pa.Table) -> pa.Table:
    """The same rows, texts as dictionaries: how pandas' categories and Parquet's strings arrive."""
    for name in lender.TEXTS:
        place = rows.column_names.index(name)
        rows = rows.set_column(place, name, rows[name].dictionary_encode())
    return rows


def as_stream(rows: pa.Table) -> bytes:
    """The rows as an Arrow IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())


def as_json(rows: pa.Table) -> bytes:
    """The rows as an array of objects; null where a number is missing."""
    columns = {name: rows[name].to_pylist() for name in rows.column_names}
    listed = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return json.dumps([{k: None if v != v else v for k, v in row.items()} for row in listed]).encode()  # noqa: PLR0124


def write_trees(folder: Path) -> None:
    """A bundle of boosted trees."""
    specs = [FeatureSpec(name, FeatureKind.NUMBER) for name in lender.NUMBERS]
    specs += [FeatureSpec(name, FeatureKind.CATEGORY, tuple(lender.WORDS)) for name in lender.TEXTS]
    rows = pa.Table.from_pandas(lender.rows(), preserve_index=False)
    matrix = encode(feature_columns(rows, specs), specs)
    noise = np.random.default_rng(1).normal(size=len(matrix))
    label = np.nan_to_num(matrix[:, 0]) - np.nan_to_num(matrix[:, 1]) + noise > 0
    settings = {"objective": "binary:logistic", "max_depth": DEPTH, "nthread": 1, "base_score": 0.5}
    booster = xgboost.train(settings, xgboost.DMatrix(matrix, label.astype(float)), N_TREES)
    onnx = export(XGBoostModel(booster, 2))
    write_small_bundle(folder, project="lender", features=tuple(specs), onnx=onnx)


MODELS = {"boosted trees": write_trees, "logistic regression": lender.write_bundle}

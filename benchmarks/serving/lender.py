"""The same model twice: as a scikit-learn pipeline, and as a bundle. 50 numbers and 10 categories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

N_NUMBERS, N_TEXTS, N_ROWS = 50, 10, 5_000
NUMBERS = [f"number_{place}" for place in range(N_NUMBERS)]
TEXTS = [f"text_{place}" for place in range(N_TEXTS)]
WORDS = [f"word {place}" for place in range(8)]


def rows(seed: int = 0) -> pd.DataFrame:
    """Rows of nobody: normal numbers, a tenth of them missing, and words."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(N_ROWS, N_NUMBERS))
    numbers[rng.random(numbers.shape) < 0.1] = np.nan
    texts = rng.choice(WORDS, size=(N_ROWS, N_TEXTS))
    return pd.concat([pd.DataFrame(numbers, columns=NUMBERS), pd.DataFrame(texts, columns=TEXTS)], axis=1)


def pipeline() -> Pipeline:
    """The model as a data scientist would write it, fitted."""
    encode = OneHotEncoder(categories=[WORDS] * N_TEXTS, handle_unknown="ignore")
    impute = SimpleImputer(strategy="constant", fill_value=0.0)
    steps = ColumnTransformer([("numbers", impute, NUMBERS), ("texts", encode, TEXTS)])
    given = rows()
    score = given["number_0"].fillna(0) - given["number_1"].fillna(0) + (given["text_0"] == "word 1")
    label = score + np.random.default_rng(1).normal(size=N_ROWS) > 0
    return Pipeline([("columns", steps), ("model", LogisticRegression(max_iter=500))]).fit(given, label)


def write_bundle(folder: Path) -> None:
    """The same model as a bundle."""
    from tenure.bundle import FeatureSpec  # noqa: PLC0415 - the peer has no product
    from tenure.domain.features import FeatureKind  # noqa: PLC0415
    from tenure.testing import softmax_onnx, write_small_bundle  # noqa: PLC0415

    fitted = pipeline().named_steps["model"]
    specs = [FeatureSpec(name, FeatureKind.NUMBER) for name in NUMBERS]
    specs += [FeatureSpec(name, FeatureKind.CATEGORY, tuple(WORDS)) for name in TEXTS]
    weights = np.column_stack([np.zeros(fitted.coef_.shape[1]), fitted.coef_[0]])
    onnx = softmax_onnx(weights, [0.0, float(fitted.intercept_[0])])
    write_small_bundle(folder, project="lender", features=tuple(specs), onnx=onnx)


def example() -> dict[str, Any]:
    """One row as a client sends it."""
    row = rows(seed=2).iloc[0].to_dict()
    return {str(name): None if value != value else value for name, value in row.items()}  # noqa: PLR0124 - NaN

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from tenure.bundle.encodings import EmbeddedText, HashedCategory, TargetShares
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.training.config import ModelConfig
from tenure.training.encoder import FittedEncoder, fit_encoder
from tenure.training.encoding.policy import EncodingPolicy
from tenure.training.rows import LabelledRows

NUMBER, CATEGORY, TEXT = FeatureKind.NUMBER, FeatureKind.CATEGORY, FeatureKind.TEXT


def fit(policy: dict[str, object], **columns: tuple[FeatureKind, list[object]]) -> FittedEncoder:
    n_rows = len(next(iter(columns.values()))[1])
    times = pa.array(np.arange(n_rows).astype("datetime64[D]").astype("datetime64[us]"))
    table = {"id": range(n_rows), "event_time": times, "label_known_at": times}
    labels = pa.array(["good", "late"] * (n_rows // 2))
    values = {name: pa.array(column) for name, (_, column) in columns.items()}
    rows = LabelledRows(pa.table({**table, "label": labels, **values}), ("id",))
    features = [FeatureColumn(name, kind, "test") for name, (kind, _) in columns.items()]
    return fit_encoder(rows, features, policy=EncodingPolicy.model_validate(policy))


def words(n_distinct: int, n_rows: int = 600) -> list[object]:
    return [f"word {n % n_distinct}" for n in range(n_rows)]


def test_a_method_is_named_alone_or_with_its_settings() -> None:
    encoding = {"features": {"a": "hash", "b": {"method": "target", "smoothing": 5}, "c": "one_hot"}}
    policy = ModelConfig.model_validate({"encoding": encoding}).encoding
    assert policy.features["a"].model_dump() == {"method": "hash", "buckets": 16_384, "max_columns": 256}
    assert policy.features["b"].model_dump() == {"method": "target", "smoothing": 5.0, "folds": 5}
    assert EncodingPolicy.model_validate(policy.model_dump(mode="json")) == policy


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("hsh", "`method` is one of one_hot, hash, target, embedding"),
        ({"buckets": 5}, "`method` is one of"),
        ({"method": "hash", "smoothing": 5}, "Extra inputs are not permitted"),
        ({"method": "embedding", "ngrams": [4, 3]}, "shortest, longest"),
        ({"method": "target", "smoothing": 0}, "greater than 0"),
    ],
)
def test_what_no_method_is_or_takes_is_refused(asked: object, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        EncodingPolicy.model_validate({"features": {"a": asked}})


def test_categories_with_many_values_get_the_default_of_high_cardinality_and_others_one_hot() -> None:
    fitted = fit(
        {"max_categories": 8},
        few=(CATEGORY, words(8)),
        many=(CATEGORY, words(9)),
        rare=(CATEGORY, [f"id {n}" if n % 2 else "same" for n in range(600)]),
    )
    few, many, rare = fitted.specs
    assert (len(few.categories), few.encoding) == (8, None)
    assert isinstance(many.encoding, TargetShares)
    assert rare.categories == ("same",)


def test_the_default_for_many_values_can_be_hash_or_embedding() -> None:
    for asked, kind in (("hash", HashedCategory), ("embedding", EmbeddedText)):
        fitted = fit({"high_cardinality": asked, "max_categories": 8}, street=(CATEGORY, words(20)))
        assert isinstance(fitted.specs[0].encoding, kind)


def test_one_hot_for_many_values_keeps_the_most_frequent() -> None:
    fitted = fit({"max_categories": 8, "high_cardinality": "one_hot"}, street=(CATEGORY, words(9)))
    assert (len(fitted.specs[0].categories), fitted.specs[0].encoding) == (8, None)


def test_a_text_is_left_out_unless_an_embedding_is_asked_for_it() -> None:
    columns = {"note": (TEXT, words(9)), "job": (CATEGORY, words(3))}
    for features in ({}, {"note": "hash"}, {"*": "hash"}):
        fitted = fit({"features": features}, **columns)
        assert [spec.name for spec in fitted.specs] == ["job"]
        assert [(f.code, f.column) for f in fitted.findings] == [("TRN006", "note")]
    fitted = fit({"features": {"no*": "embedding"}}, **columns)
    assert (fitted.specs[0].kind, fitted.specs[0].width) == (TEXT, 9)
    assert not fitted.findings


def test_a_cross_of_many_values_is_hashed_or_told_by_its_shares() -> None:
    cross = [f"{a} x {b}" for a, b in zip(words(20), words(7), strict=True)]
    for asked, kind in (("hash", HashedCategory), ("target", TargetShares)):
        policy = {"features": {"district x heating": asked}, "min_rows": 1}
        fitted = fit(policy, **{"district x heating": (CATEGORY, cross)})
        assert isinstance(fitted.specs[0].encoding, kind)


@pytest.mark.parametrize("method", ["one_hot", "hash", "target"])
def test_a_category_of_which_no_value_is_frequent_enough_is_left_out_whatever_is_asked(method: str) -> None:
    unique = [f"id {n}" for n in range(60)]
    policy = {"features": {"name": {"method": method}}}
    fitted = fit(policy, name=(CATEGORY, unique), x=(NUMBER, list(range(60))))
    assert [(f.code, f.column) for f in fitted.findings] == [("TRN004", "name")]


def test_an_encoding_that_is_asked_for_in_vain_is_told() -> None:
    fitted = fit(
        {"features": {"stret": "hash", "x": "target", "*": "one_hot"}},
        street=(CATEGORY, words(3)),
        x=(NUMBER, list(range(600))),
    )
    told = {finding.column: (finding.code, finding.hint) for finding in fitted.findings}
    assert told["stret"] == ("TRN007", "did you mean `street`?")
    assert told["x"][0] == "TRN007"
    assert "*" not in told

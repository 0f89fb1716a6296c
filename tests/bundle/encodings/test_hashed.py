import subprocess
import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.bundle import Encoder, FeatureSpec, encoded_names
from tenure.bundle.encodings import HashedCategory, bucket_of
from tenure.domain.features import FeatureKind

N_BUCKETS = 16_384


def test_a_bucket_is_the_same_in_another_process_with_another_hash_seed():
    words = ["Kadıköy", "Şişli", "Åse", "北京", "", "a b"]
    code = f"from tenure.bundle.encodings import bucket_of; print([bucket_of(w, 16384) for w in {words!r}])"
    done = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
        ).stdout
        for seed in ("1", "2")
    ]
    assert done[0] == done[1] == f"{[bucket_of(word, N_BUCKETS) for word in words]}\n"


def test_buckets_are_written_into_bundles_so_they_may_never_change():
    assert [bucket_of(word, N_BUCKETS) for word in ("Kadıköy", "Istanbul", "İstanbul")] == [11312, 2252, 35]


@given(st.text())
def test_composed_and_decomposed_spellings_share_a_bucket_and_any_text_has_one(text):
    forms = {bucket_of(unicodedata.normalize(form, text), N_BUCKETS) for form in ("NFC", "NFD")}
    assert len(forms) == 1
    assert 0 <= forms.pop() < N_BUCKETS


def test_the_four_turkish_letters_stay_apart():
    assert len({bucket_of(f"{letter}stanbul", N_BUCKETS) for letter in "İIıi"}) == 4


def test_words_spread_evenly_over_buckets():
    counts = np.bincount([bucket_of(f"street {n}", 64) for n in range(6_400)], minlength=64)
    chi_square = ((counts - 100) ** 2 / 100).sum()
    assert chi_square < 103.4  # the 99.9 % point with 63 degrees of freedom


@pytest.mark.parametrize("value", [None, float("nan"), 5, "a street never seen", "\ud800", "x" * 100_000])
def test_what_is_unknown_null_or_strange_is_zero_in_every_column(value):
    spec = FeatureSpec("street", FeatureKind.CATEGORY, (), HashedCategory(N_BUCKETS, (1, 2, 3)))
    assert not Encoder([spec]).encode_row({"street": value}).any()
    assert not Encoder([spec]).encode({"street": np.array([value], dtype=object)}).any()


def test_columns_are_named_by_their_bucket():
    spec = FeatureSpec("street", FeatureKind.CATEGORY, (), HashedCategory(N_BUCKETS, (7, 812)))
    assert encoded_names([spec]) == ("street#7", "street#812")

"""The model artefact: what training exports → a folder of ONNX and JSON → probabilities.

::

    model.onnx          the model: float32 `features` [n, d] → `probabilities` [n, k]
    native/...          the same model in its library's own format (not for scoring)
    schema.json         what it predicts, from which features, in which order; the threshold
    encodings.json      what was learned about categories and texts that have no 0/1 column each; if any
    profile.json        what the features and scores looked like in the rows it was fitted on
    metrics.json        how well it did
    provenance.json     which rows, tables, seed and versions it was made of
    reasons/...         what answers are explained with: the model in parts, a background, words; if any
    manifest.json       sha256 and size of each file above

The sha256 of ``manifest.json`` is the identity of the bundle. No pickle is written or read, and
scoring needs NumPy, PyArrow and ONNX Runtime only: neither MLflow nor pandas nor scikit-learn.
"""

from tenure.bundle.encoding import Encoder, FeatureSpec, encode, encoded_names
from tenure.bundle.load import Bundle, load_bundle
from tenure.bundle.provenance import audit_record, is_audited, split_of, split_record
from tenure.bundle.schema import BundleSchema
from tenure.bundle.write import write_bundle

__all__ = [
    "Bundle",
    "BundleSchema",
    "Encoder",
    "FeatureSpec",
    "audit_record",
    "encode",
    "encoded_names",
    "is_audited",
    "load_bundle",
    "split_of",
    "split_record",
    "write_bundle",
]

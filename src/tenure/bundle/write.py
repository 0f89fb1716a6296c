"""What training made → a bundle folder, in one step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tenure.bundle.canonical import canonical_json
from tenure.bundle.folder import placed, tidy
from tenure.bundle.manifest import MANIFEST, check_files, is_safe, manifest_of, read_manifest, sha256_of
from tenure.bundle.schema import BundleSchema
from tenure.errors import BundleError, BundleIntegrityError

MODEL = "model.onnx"
SCHEMA = "schema.json"
ENCODINGS = "encodings.json"
PROFILE = "profile.json"
METRICS = "metrics.json"
PROVENANCE = "provenance.json"
NATIVE = "native"


def write_bundle(
    folder: Path,
    *,
    schema: BundleSchema,
    onnx: bytes,
    native: Mapping[str, bytes],
    profile: Mapping[str, Any],
    metrics: Mapping[str, Any],
    provenance: Mapping[str, Any],
    reasons: Mapping[str, bytes] = MappingProxyType({}),
) -> str:
    """The identity (sha256 of the manifest) of the bundle that now lies in `folder`.

    The same content gives the same bytes and the same identity. Writing the bundle that is there
    already changes nothing; another one takes its place. A process killed in between leaves the
    earlier bundle, the new one or nothing, never a part of one.

    Parameters
    ----------
    folder
        Where it goes; parent folders are made.
    schema
        What it predicts, and from what.
    onnx
        The model: float32 ``features`` [n, d] → ``probabilities`` [n, k].
    native
        Files in the library's own format, by name; they go below ``native/``.
    profile, metrics, provenance
        What JSON can hold; NaN becomes null. `provenance` should have what
        `tenure.bundle.provenance` writes, or the gate refuses the model.
    reasons
        The files of `tenure.bundle.reasons` by their path; none for a model that cannot be explained.

    Raises
    ------
    BundleError
        If a file name leaves the folder or a value cannot be written as JSON.
    """
    files = {
        MODEL: onnx,
        SCHEMA: canonical_json(schema.to_json()),
        **({ENCODINGS: canonical_json(encodings)} if (encodings := schema.encodings()) else {}),
        PROFILE: canonical_json(profile),
        METRICS: canonical_json(metrics),
        PROVENANCE: canonical_json(provenance),
        **{_native_path(name): content for name, content in native.items()},
        **reasons,
    }
    manifest = manifest_of(files)
    identity = sha256_of(manifest)
    if holds_bundle(folder, identity):
        tidy(folder)
    else:
        with placed(folder) as draft:
            _write_files(draft, {**files, MANIFEST: manifest})
    return identity


def holds_bundle(folder: Path, sha256: str) -> bool:
    """Whether the bundle of that identity lies in `folder`, whole and unharmed."""
    try:
        identity, hashes = read_manifest(folder)
        check_files(folder, hashes)
    except BundleIntegrityError:
        return False
    return identity == sha256


def _native_path(name: str) -> str:
    path = f"{NATIVE}/{name}"
    if not is_safe(path):
        raise BundleError(f"native model file {name!r:.200} is no name inside a bundle")
    return path


def _write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)

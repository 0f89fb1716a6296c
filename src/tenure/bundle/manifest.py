"""Which files a bundle is made of, and their hashes: ``manifest.json``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from tenure.bundle.canonical import canonical_json
from tenure.errors import BundleIntegrityError

MANIFEST = "manifest.json"

_COPY_AGAIN = "copy the bundle again from the registry, or train again; nothing was loaded from it."


def manifest_of(files: Mapping[str, bytes]) -> bytes:
    """The manifest of files given by their path in the bundle and their content."""
    return canonical_json({"files": {path: _entry(content) for path, content in files.items()}})


def sha256_of(content: bytes) -> str:
    """The SHA-256 of `content` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def is_safe(path: str) -> bool:
    r"""Whether a path from a manifest stays inside the bundle's folder.

    Examples
    --------
    >>> [
    ...     is_safe(path)
    ...     for path in ("model.onnx", "native/model.json", "../x", "/etc/x", "a/../../x", "a\\b", "")
    ... ]
    [True, True, False, False, False, False, False]
    """
    if not path or "\\" in path or "\0" in path or path == MANIFEST:
        return False
    parts = PurePosixPath(path).parts
    return not path.startswith("/") and ".." not in parts and "/".join(parts) == path


def read_manifest(folder: Path) -> tuple[str, dict[str, str]]:
    """The identity of the bundle in `folder`, and the hash of each of its files by path.

    Raises
    ------
    BundleIntegrityError
        If there is no manifest, it cannot be read, or it names a file outside the folder.
    """
    path = folder / MANIFEST
    if not path.is_file() or path.is_symlink():
        raise BundleIntegrityError(f"{folder} is no bundle: it has no {MANIFEST}", hint=_COPY_AGAIN)
    content = path.read_bytes()
    try:
        hashes = {str(file): str(entry["sha256"]) for file, entry in json.loads(content)["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleIntegrityError(f"{path} is no manifest: {error}", hint=_COPY_AGAIN) from error
    for file in hashes:
        if not is_safe(file):
            raise BundleIntegrityError(
                f"{path} names {file!r:.200}, which is not a file of the bundle",
                hint="the bundle was not written by this package; do not use it.",
            )
    return sha256_of(content), hashes


def check_files(folder: Path, hashes: Mapping[str, str], *, contents: bool = True) -> None:
    """Check that the folder holds the files of its manifest, and nothing else.

    Parameters
    ----------
    folder
        The bundle.
    hashes
        The hash of each file by path.
    contents
        Whether to hash each file, or only see that it is there.

    Raises
    ------
    BundleIntegrityError
        For the first file (by path) that is missing, is not listed, is no regular file, or differs.
    """
    there = _files(folder)
    for path in sorted(there | set(hashes)):
        if path not in hashes:
            raise BundleIntegrityError(f"{folder / path} is not in the manifest", hint=_COPY_AGAIN)
        if path not in there:
            raise BundleIntegrityError(f"{folder / path} is missing or no regular file", hint=_COPY_AGAIN)
        if contents and (found := _hash_file(folder / path)) != hashes[path]:
            raise BundleIntegrityError(_differs(folder / path, hashes[path], found), hint=_COPY_AGAIN)


def read_verified(folder: Path, path: str, hashes: Mapping[str, str], *, verify: bool) -> bytes:
    """The content of one file, hashed as read: what is used is what was verified.

    Raises
    ------
    BundleIntegrityError
        If the manifest does not list the file, or it differs.
    """
    if path not in hashes:
        raise BundleIntegrityError(f"{folder} has no {path} in its manifest", hint=_COPY_AGAIN)
    content = (folder / path).read_bytes()
    if verify and (found := sha256_of(content)) != hashes[path]:
        raise BundleIntegrityError(_differs(folder / path, hashes[path], found), hint=_COPY_AGAIN)
    return content


def _entry(content: bytes) -> dict[str, str | int]:
    return {"sha256": sha256_of(content), "n_bytes": len(content)}


def _files(folder: Path) -> set[str]:
    """The regular files below `folder`, and anything that is neither file nor folder."""
    paths = [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]
    return {path.relative_to(folder).as_posix() for path in paths} - {MANIFEST}


def _hash_file(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return "no regular file"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _differs(path: Path, expected: str, found: str) -> str:
    return f"{path} does not match its manifest: sha256 {expected[:12]}… was written, {found[:12]}… is there"

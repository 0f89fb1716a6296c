"""Bundles by content: each lies in a folder named by its identity, so a version's bundle cannot change."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tenure.bundle.folder import placed
from tenure.bundle.manifest import check_files, read_manifest
from tenure.errors import BundleIntegrityError


@dataclass(frozen=True, slots=True)
class BundleShelf:
    """Copies of bundles below one folder.

    Parameters
    ----------
    folder
        Where they go; made when the first one comes.
    """

    folder: Path

    def put(self, bundle: Path, sha256: str) -> Path:
        """Copy a bundle to its place, unless it is there, and give the place.

        Raises
        ------
        BundleIntegrityError
            If `bundle` is not the bundle of that identity, or a file of it was harmed.
        """
        place = self.place(sha256)
        if not place.is_dir():
            _check(bundle, sha256)
            with placed(place) as draft:
                shutil.copytree(bundle, draft, dirs_exist_ok=True)
                _check(draft, sha256)
        return place

    def place(self, sha256: str) -> Path:
        """Where the bundle of that identity lies, or would lie."""
        return self.folder / sha256


def _check(bundle: Path, sha256: str) -> None:
    found, hashes = read_manifest(bundle)
    if found != sha256:
        raise BundleIntegrityError(f"{bundle} holds bundle {found[:12]}…, not {sha256[:12]}…")
    check_files(bundle, hashes)

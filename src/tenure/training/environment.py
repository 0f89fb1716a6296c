"""What a training ran in: every installed package, as one hash."""

from __future__ import annotations

import hashlib
from importlib.metadata import distributions


def environment_sha256() -> str:
    """A hash of the names and versions of all installed packages: equal pins give equal hashes.

    It is told to the tracker and is no part of a bundle: a package that has nothing to do with a model
    must not change the model's identity.
    """
    described = (each.metadata for each in distributions())  # read from disk at each asking
    pins = {f"{each['Name'].lower().replace('_', '-')}=={each['Version']}" for each in described}
    return hashlib.sha256("\n".join(sorted(pins)).encode()).hexdigest()

"""Object stores by address, ``s3://bucket/prefix``: what lies there, and copies of it to read.

Address, region and keys come from the environment, in the names that all S3 clients know:
``AWS_ENDPOINT_URL``, ``AWS_REGION``, ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY`` (or a role of the
machine), and ``AWS_ALLOW_HTTP=true`` for an endpoint without TLS.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tenure.errors import StoreError

if TYPE_CHECKING:
    from pyarrow.fs import S3FileSystem

SCHEME = "s3"
_ENDPOINT = "AWS_ENDPOINT_URL"
_BLOCK = 2**22
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def is_remote(address: str) -> bool:
    """Whether an address is a URL, and not a folder of this machine.

    Examples
    --------
    >>> is_remote("s3://lender/datamart"), is_remote("/data/datamart")
    (True, False)
    """
    return "://" in address


def names_below(address: str) -> tuple[str, ...]:
    """The paths of everything below an ``s3://`` address, relative to it, sorted.

    Raises
    ------
    StoreError
        Transient, if the object store does not answer.
    """
    from pyarrow.fs import FileSelector  # noqa: PLC0415 - the S3 client takes .1 s, and local tables need none

    folder = address.removeprefix(f"{SCHEME}://").rstrip("/")
    try:
        found = _system().get_file_info(FileSelector(folder, recursive=True, allow_not_found=True))
    except OSError as error:
        raise no_answer(address, error) from error
    return tuple(sorted(info.path.removeprefix(folder).lstrip("/") for info in found))


def local_copies(files: Sequence[str], folder: Path) -> tuple[str, ...]:
    """The files as files of this machine: those of an object store are copied into `folder`, once each.

    A file of a table never changes, so a copy is good for ever. Below `folder` it lies as it does in its
    bucket, with the names of its folders, which say what it is a part of.

    Parameters
    ----------
    files
        Paths, or ``s3://`` addresses.
    folder
        Where the copies go; made when absent.

    Raises
    ------
    StoreError
        Transient, if the object store does not answer.
    """
    return tuple(str(_copied(file, folder)) if is_remote(file) else file for file in files)


def _copied(file: str, folder: Path) -> Path:
    key = file.removeprefix(f"{SCHEME}://")
    there = folder / key
    if not there.exists():
        there.parent.mkdir(parents=True, exist_ok=True)
        draft = there.with_name(f".{there.name}.{os.getpid()}")
        try:
            with _system().open_input_stream(key) as source, draft.open("wb") as copy:
                shutil.copyfileobj(source, copy, _BLOCK)
        except OSError as error:
            raise no_answer(file, error) from error
        draft.replace(there)
    return there


@cache
def _client(endpoint: str | None) -> S3FileSystem:
    from pyarrow.fs import S3FileSystem  # noqa: PLC0415 - as above

    return S3FileSystem(endpoint_override=endpoint)


def _system() -> S3FileSystem:
    return _client(os.environ.get(_ENDPOINT) or None)


def no_answer(address: str, error: Exception) -> StoreError:
    """That an object store could not be asked."""
    return StoreError(
        f"{address} cannot be read or written: {_in_short(error)}",
        hint="address and keys of an object store are in the environment: AWS_ENDPOINT_URL, AWS_REGION, "
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY; look whether they are set, and the bucket exists.",
        transient=True,
    )


def _in_short(error: Exception) -> str:
    """The first and the last line of what a client says: what it is, and why."""
    lines = [line.strip(" ↳\t") for line in _COLOURS.sub("", str(error)).splitlines() if line.strip()]
    return ": ".join(dict.fromkeys([lines[0], lines[-1]]))[:300] if lines else type(error).__name__

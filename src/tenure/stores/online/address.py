"""``serve.online`` → the store that it names. Nothing is connected before the first question."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tenure.errors import OnlineStoreError
from tenure.ports import OnlineStore
from tenure.stores.online.sqlite import SqliteOnlineStore

FILE = Path("online", "features.db")
"""Where SQLite's file lies, below the serving folder."""
SQLITE = "sqlite"


def open_online_store(
    where: str,
    *,
    project: str,
    folder: Path,
    seconds: float,
    environment: Mapping[str, str] = os.environ,
) -> OnlineStore:
    """The store at an address.

    Parameters
    ----------
    where
        ``sqlite``, an address, or ``${VARIABLE}``.
    project
        Whose features: projects share a database without meeting in it.
    folder
        The serving folder, for SQLite.
    seconds
        How long a question may take.
    environment
        Where a variable is looked up.

    Raises
    ------
    OnlineStoreError
        If the variable is not set, the address is of another kind, or an extra is missing.
    """
    address = _address(where, environment)
    if address == SQLITE:
        return SqliteOnlineStore(folder / FILE, seconds=seconds)
    if address.startswith(("redis://", "rediss://")):
        from tenure.stores.online.redis import RedisOnlineStore  # noqa: PLC0415 - an extra

        return RedisOnlineStore(address, project=project, seconds=seconds)
    if address.startswith(("postgresql://", "postgresql+psycopg2://")):
        from tenure.stores.online.postgres import PostgresOnlineStore  # noqa: PLC0415 - an extra

        return PostgresOnlineStore(address, project=project, seconds=seconds)
    raise OnlineStoreError(
        f"`serve.online` ({_shown(where)}) holds no address of an online store",
        hint="it is `sqlite`, or begins with redis://, rediss:// or postgresql://.",
    )


def _address(where: str, environment: Mapping[str, str]) -> str:
    if not where.startswith("${"):
        return where
    value = environment.get(where[2:-1])
    if not value:
        raise OnlineStoreError(
            f"the environment variable `{where[2:-1]}` is not set, and `serve.online` names it",
            hint="it holds the address of the online store: redis://user:password@host:6379/0.",
        )
    return value


def _shown(where: str) -> str:
    """What may be told of an address: the variable, or its kind."""
    return where if where.startswith("${") else where.partition(":")[0]

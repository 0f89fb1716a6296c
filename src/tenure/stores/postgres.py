"""Addresses of PostgreSQL databases."""

from __future__ import annotations

_DRIVER = "postgresql+psycopg2://"
_PLAIN = ("postgresql://", "postgres://")


def is_postgres(address: str) -> bool:
    """Whether an address is that of a PostgreSQL database."""
    return address.startswith(("postgresql", "postgres://"))


def with_driver(address: str) -> str:
    """The address with the driver that the extra `postgres` installs; SQLAlchemy 2.1 has another one in mind.

    Examples
    --------
    >>> with_driver("postgresql://lender@db/mlflow"), with_driver("http://mlflow:5000")
    ('postgresql+psycopg2://lender@db/mlflow', 'http://mlflow:5000')
    """
    for plain in _PLAIN:
        if address.startswith(plain):
            return _DRIVER + address.removeprefix(plain)
    return address

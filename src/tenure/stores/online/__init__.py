"""gold/features → the latest row of each entity, where a request finds it within a millisecond.

::

    serve.online: sqlite          sqlite.py     one file below the serving folder
                  redis://…       redis.py      one hash per project; the extra `redis`
                  postgresql://…  postgres.py   one table for all projects; the extra `postgres`
"""

from tenure.stores.online.address import open_online_store

__all__ = ["open_online_store"]

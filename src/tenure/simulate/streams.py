"""Random streams: one per purpose, so that planting an event leaves every other draw as it was."""

from zlib import crc32

import numpy as np


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Return the generator for one purpose of one seed.

    Two simulations that differ only in their events draw the same people, clicks and dirt: what differs
    between them is the event alone (common random numbers; Law, *Simulation Modeling and Analysis*, ch. 11).

    Examples
    --------
    >>> bool(stream(1, "clicks").random() == stream(1, "clicks").random())
    True
    >>> bool(stream(1, "clicks").random() == stream(1, "dirt").random())
    False
    """
    return np.random.default_rng([seed, crc32(purpose.encode())])

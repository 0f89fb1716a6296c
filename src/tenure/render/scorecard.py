"""The files of a scorecard in a bundle → its table as a model card shows it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass

TABLE = "native/scorecard.csv"
SCALE = "native/scorecard.json"


@dataclass(frozen=True, slots=True)
class CardBin:
    """One bin of a feature, and what a row in it is given."""

    feature: str
    """The column of the matrix: a feature, or ``feature=category``."""
    bin: str
    n_rows: int
    """Rows it was fitted on."""
    event_rate: float | None
    """Of the positive class among them; None where there were none."""
    woe: float
    points: float


@dataclass(frozen=True, slots=True)
class CardScorecard:
    """All that it takes to score a row by hand.

    The probability is ``1 / (1 + exp((sum of points − offset) / factor))``.
    """

    offset: float
    factor: float
    bins: tuple[CardBin, ...]


def read_scorecard(files: Mapping[str, bytes]) -> CardScorecard | None:
    r"""The scorecard among a bundle's files; None where the model is none.

    Examples
    --------
    >>> table = b"feature,bin,rows,event_rate,woe,points\nage,any value,9,0.1,0,12.5\nage,null,0,,0,12.5\n"
    >>> card = read_scorecard({TABLE: table, SCALE: b'{"offset": 487.1, "factor": 28.9}'})
    >>> card.bins[1].event_rate is None, card.bins[0].points
    (True, 12.5)
    """
    if not {TABLE, SCALE} <= set(files):
        return None
    scale = json.loads(files[SCALE])
    lines = csv.DictReader(io.StringIO(files[TABLE].decode()))
    return CardScorecard(scale["offset"], scale["factor"], tuple(_bin(line) for line in lines))


def _bin(line: Mapping[str, str]) -> CardBin:
    rate = float(line["event_rate"]) if line["event_rate"] else None
    return CardBin(
        line["feature"], line["bin"], int(line["rows"]), rate, float(line["woe"]), float(line["points"])
    )

"""silver → features, labels: of each event, what was known when it happened, and what came of it.

::

    population SQL -> who is scored          ┐
    source blocks  -> last known, windows    ├─ known_at <= event_time ─> gold/features
    crosses, SQL   -> from features above    ┘
    label SQL      -> event_time + horizon <= as_of ────────────────────> gold/labels
    gold/features  -> the latest row of each entity ────────────────────> the online store, if there is one
"""

from tenure.features.checking import feature_problems
from tenure.features.compute import compute_features
from tenure.features.config import CrossBlock, FeatureBlock, Label, Population, SourceBlock, SqlBlock
from tenure.features.materialising import materialise
from tenure.features.stage import build, rebuild

__all__ = [
    "CrossBlock",
    "FeatureBlock",
    "Label",
    "Population",
    "SourceBlock",
    "SqlBlock",
    "build",
    "compute_features",
    "feature_problems",
    "materialise",
    "rebuild",
]

"""A prediction → everything it rests on; a period's declined → their reasons. Nothing here writes."""

from tenure.lineage.adverse import adverse_actions, as_csv
from tenure.lineage.trace import Lineage, trace
from tenure.lineage.words import lineage_lines

__all__ = ["Lineage", "adverse_actions", "as_csv", "lineage_lines", "trace"]

"""report, gold tables → pages: one HTML file per period, and the card of the model in office.

The only place that imports a plotting library, and only if the extra ``report`` is installed: without
it the pages hold the same numbers as tables.
"""

from tenure.render.card import ModelCard, read_card, render_card
from tenure.render.exploration import render_exploration, write_exploration
from tenure.render.files import write_reports
from tenure.render.history import History, read_history
from tenure.render.html import render_report

__all__ = [
    "History",
    "ModelCard",
    "read_card",
    "read_history",
    "render_card",
    "render_exploration",
    "render_report",
    "write_exploration",
    "write_reports",
]

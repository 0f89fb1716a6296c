"""A folder of raw files -> a first project file, every guess of it with what was seen.

::

    folder -> files -> looks -> guesses -> draft -> tenure.yaml, sql/population.sql, sql/label.sql

Looking is done by the engine; the rules that guess are plain functions of what was seen.
"""

from tenure.drafting.draft import Draft
from tenure.drafting.drawing import draft_project
from tenure.drafting.render import render_draft
from tenure.drafting.writing import write_draft

__all__ = ["Draft", "draft_project", "render_draft", "write_draft"]

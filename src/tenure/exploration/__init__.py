"""Raw files, or a project's sources -> what is in them, column by column, before anything is built.

::

    folder  -> looks, guessed rules   ┐
    project -> looks, declared rules  ┴─> values as read -> summaries, keys, joins -> worries
    project, as of a day -> last known values beside matured labels -> relations, leakage suspects

The engine counts and sorts; what comes to Python is bounded by the number of columns, not of rows.
"""

from tenure.exploration.explore import explore_folder, explore_project
from tenure.exploration.summary import Exploration

__all__ = ["Exploration", "explore_folder", "explore_project"]

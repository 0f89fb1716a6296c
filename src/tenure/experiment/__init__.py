"""served answers, matured labels → who of champion and challenger does better on live requests.

::

    gold/predictions (origin served) ─┬─ rows      the newest pair, one row per entity and event
    gold/labels ──────────────────────┘    │
                                          measuring   each arm, the difference, its interval
                                           │
                                          rule        champion, challenger or not yet; when enough
"""

from tenure.experiment.stage import compare_arms

__all__ = ["compare_arms"]

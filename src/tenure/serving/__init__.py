"""bundle in office, request → answer, written down before it leaves.

::

    tenure serve ─┬─ watcher     asks the registry who is in office      → office.json
                  ├─ worker 1    office.json → bundle, verified and warm → answers + log/
                  └─ worker n    ...

The request path imports neither MLflow nor pandas, Ibis, DuckDB or scikit-learn: only the watcher knows
the registry, and only `tenure.serving.supervisor` reads the project file.
"""

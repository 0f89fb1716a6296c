"""Tenure: a model keeps its job only for as long as it earns it.

::

    raw -> ingest -> validate -> clean -> build -> predict -> monitor -> decide
    report <- promote <- judge <- train <- audit <------- retrain? yes <---'

One project file and a folder of raw tables become a governed model in production that watches
itself, and that is replaced when something better has been proven.
"""

__version__ = "0.1.0"

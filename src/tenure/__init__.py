"""Tenure: a model keeps its job only for as long as it earns it.

::

    raw -> ingest -> validate -> clean -> build -> predict -> monitor -> decide
    report <- promote <- judge <- train <- audit <------- retrain? yes <---'

One project file and a folder of raw tables become a governed model in production that watches
itself, and that is replaced when something better has been proven.
"""

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # or ONNX Runtime keeps a device id below HOME

__version__ = "0.1.0"

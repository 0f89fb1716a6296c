"""The model registry and the training log in MLflow: SQLite in the models folder, or any server.

Only plain files go to MLflow: no flavour of it, hence no pickle. It is imported when it is first
asked, which takes a second; a project without any model is answered without it.
"""

from tenure.stores.mlflow.registry import MlflowRegistry
from tenure.stores.mlflow.tracking import MlflowRun, MlflowTracker

__all__ = ["MlflowRegistry", "MlflowRun", "MlflowTracker"]

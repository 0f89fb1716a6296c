"""tenure.yaml -> `Project`: one file in, one frozen tree out, every problem reported at once."""

from tenure.project.loading import load_project
from tenure.project.schema import DuckDBConfig, Project, SparkConfig

__all__ = ["DuckDBConfig", "Project", "SparkConfig", "load_project"]

"""tenure.yaml -> `Project`: one file in, one frozen tree out, every problem reported at once."""

from tenure.project.loading import load_project
from tenure.project.schema import EngineConfig, Project

__all__ = ["EngineConfig", "Project", "load_project"]

"""project file, gold tables → the governance document: who does what with the model, and what shows it.

Every statement names the artefact that shows it: a key of the project file, a gold table, a file, a command.
"""

from tenure.governance.model import Kind, Requirement, Section, Shown, Sop, Statement, Table
from tenure.governance.sop import write_down

__all__ = ["Kind", "Requirement", "Section", "Shown", "Sop", "Statement", "Table", "write_down"]

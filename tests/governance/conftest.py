"""The lenders of the tests of reports, and small project files."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tenure.project import Project

_SPEC = importlib.util.spec_from_file_location(
    "tenure_tests_lenders_of_governance", Path(__file__).parents[1] / "reporting" / "conftest.py"
)
_LENDERS = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_LENDERS)
datamart, lend, recession = _LENDERS.datamart, _LENDERS.lend, _LENDERS.recession


def project_of(**sections: object) -> Project:
    """A small project file with these sections."""
    columns = {"SSN": {"pii": True}, "Sex": {"protected": True}, "balance": {"feature": False}}
    return Project.model_validate(
        {
            "project": "cash-loans",
            "sources": {"attributes": {"path": "a.csv", "keys": ["id"], "columns": columns}},
            "population": {"select": "SELECT 1"},
            "label": {"select": "SELECT 1", "horizon": "6 months"},
            "features": [{"source": "attributes"}],
            **sections,
        }
    )


@pytest.fixture(scope="session")
def project():
    """Makes a project file."""
    return project_of


@pytest.fixture
def stated():
    """What a project says when it says everything that the document asks for."""
    roles = {role: f"{role} Ayşe" for role in ("owner", "developer", "validator", "approver", "operator")}
    sop = {
        "purpose": "Who gets a loan?", "tier": "2", "roles": roles, "review": "1 year",
        "retention": "7 years", "deployment": ["batch", "shadow"],
    }  # fmt: skip
    return {"deck": {"risks": ["The ledger arrives late in January."]}, "sop": sop}

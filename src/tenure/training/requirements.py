"""What must hold before anything is trained."""

from __future__ import annotations

from tenure.domain.artefacts import Audit
from tenure.domain.findings import blocking
from tenure.domain.wording import counted
from tenure.errors import LeakageError


def require_audit(audit: Audit) -> None:
    """Refuse rows in which the audit found errors.

    Raises
    ------
    LeakageError
        If it did, and they are not muted.
    """
    errors = blocking(audit.findings)
    if errors:
        told = "; ".join(f"{finding.code} {finding.message}" for finding in errors[:5])
        raise LeakageError(
            f"the leakage audit found {counted(len(errors), 'error')} in the rows of {audit.as_of}: {told}",
            hint="mend what is found, or mute a finding by its code in the project file (`audit.mute`).",
        )

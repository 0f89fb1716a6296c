"""What can go wrong, as a tree.

::

    TenureError
    ├── ProjectError            the project file is wrong; every problem of it at once
    ├── SourceError             a raw file is missing or cannot be read
    │   └── MissingColumnsError   a declared column is not in the file
    ├── PeriodStoppedError      validation found errors: the period is not taken in
    ├── LeakageError            the audit found errors: nothing is trained on them
    ├── TrainingError           no model can be fitted
    │   └── NotEnoughLabelsError  too few matured labels, or one class only
    ├── BundleError             a model bundle cannot be used
    │   ├── BundleIntegrityError  a file does not match its hash
    │   └── ExportMismatchError   the exported model and the trained one disagree
    ├── StoreError              a table cannot be read or written
    │   └── OnlineStoreError      the online store does not answer, or was never filled
    ├── RegistryError           the model registry refuses or cannot be reached
    │   └── StaleVersionError     somebody else promoted in between
    ├── BusyError               another run of the project is under way
    ├── StepError               a step failed in a process of its own
    ├── ReplayError             the periods asked for cannot be run in this order
    ├── NotifyError             a channel of alerts, or a sink of metrics, cannot be used
    ├── DashboardError          the dashboard cannot start
    ├── ServingError            the server cannot start, or does not answer as it should
    └── SimulationError         a simulated lender cannot be made or written

Every error says what, where and what is there instead, and carries a ``hint``: what to do.
``transient`` tells an orchestrator whether a retry may help.
"""

from __future__ import annotations

from collections.abc import Sequence


class TenureError(Exception):
    """Base of all errors that this package raises on purpose.

    Parameters
    ----------
    message
        What went wrong, where, and what is there instead: one paragraph.
    hint
        What the reader can do about it.
    transient
        Whether the same call may succeed later without a change.
    """

    def __init__(self, message: str, *, hint: str = "", transient: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.transient = transient

    def __str__(self) -> str:
        """The message and the hint as a person reads them."""
        return f"{self.message}\n\nhint: {self.hint}" if self.hint else self.message


class ProjectError(TenureError, ValueError):
    """The project file is wrong; ``problems`` holds every problem found, not the first one only."""

    def __init__(self, message: str, *, problems: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)


class SourceError(TenureError, ValueError):
    """A raw file or table is missing, empty, or cannot be read as what it is declared to be."""


class MissingColumnsError(SourceError):
    """A source lacks columns that the project file declares."""

    def __init__(
        self, source: str, missing: Sequence[str], present: Sequence[str], *, hint: str = ""
    ) -> None:
        names = ", ".join(f"`{name}`" for name in missing)
        super().__init__(f"source `{source}` has no column {names}; it has {len(present)} columns", hint=hint)
        self.source = source
        self.missing = tuple(missing)
        self.present = tuple(present)


class PeriodStoppedError(TenureError):
    """Validation found errors: nothing of this period was taken in."""


class LeakageError(TenureError):
    """The leakage audit found errors that are not muted: nothing was trained."""


class TrainingError(TenureError, ValueError):
    """No model can be fitted on what there is."""


class NotEnoughLabelsError(TrainingError):
    """Too few matured labels, too few periods of them, or one class only."""


class BundleError(TenureError, ValueError):
    """A model bundle cannot be used."""


class BundleIntegrityError(BundleError):
    """A file of a bundle is missing or does not match the hash in its manifest."""


class ExportMismatchError(BundleError):
    """The exported model and the trained one disagree by more than is allowed."""


class StoreError(TenureError, OSError):
    """A table cannot be read or written."""


class OnlineStoreError(StoreError):
    """The online store of features cannot be reached or used, or nothing was ever put into it."""


class RegistryError(TenureError):
    """The model registry refuses, or cannot be reached."""


class StaleVersionError(RegistryError):
    """The champion is not the one that was expected: somebody else promoted in between."""


class ReplayError(TenureError, ValueError):
    """The periods asked for cannot be run in this order."""


class BusyError(TenureError):
    """Another run of the project is under way."""

    def __init__(self, message: str, *, holder: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint, transient=True)
        self.holder = holder


class StepError(TenureError):
    """A step failed in a process of its own, or the process was killed; then a retry helps."""


class NotifyError(TenureError, OSError):
    """A channel of alerts, or a sink of metrics, cannot be used; no address or secret is told."""


class ServingError(TenureError):
    """The server cannot start, or does not answer as it should."""


class DashboardError(TenureError):
    """The dashboard cannot start."""


class SimulationError(TenureError, ValueError):
    """A simulated lender cannot be made or written; ``problems`` holds every problem found."""

    def __init__(self, message: str, *, problems: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)

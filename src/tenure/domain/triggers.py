"""What set a run off, and who or what it was: on record beside what the run made, and no part of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TriggerKind(StrEnum):
    """What set a run off."""

    TIME = "time"
    """A period ended: cron, `tenure schedule`, the schedule of an orchestrator."""
    NEW_DATA = "new data"
    """Raw tables have changed."""
    CODE_CHANGE = "code change"
    """The project file, its queries or the package have changed."""
    MANUAL = "manual"
    """A person gave the command."""
    DRIFT_DECISION = "drift decision"
    """The loop itself, in another run, decided to retrain."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """What set a run off, and who or what it was: a user, a scheduler and its run."""

    kind: TriggerKind
    by: str

    def __str__(self) -> str:
        """As `read_trigger` reads it."""
        return f"{self.kind.value}: {self.by}"


def read_trigger(text: str, *, otherwise_by: str = "") -> Trigger:
    """The trigger that a text names: ``KIND: WHO``, or ``KIND`` alone.

    Parameters
    ----------
    text
        Such as ``time: cron on db1``; of the kind, blanks, ``-`` and ``_`` are the same.
    otherwise_by
        Who it was, where the text does not say.

    Raises
    ------
    ValueError
        If it begins with no kind of trigger.

    Examples
    --------
    >>> read_trigger("time: airflow scheduled__2024-01-01")
    Trigger(kind=<TriggerKind.TIME: 'time'>, by='airflow scheduled__2024-01-01')
    >>> str(read_trigger("new-data", otherwise_by="jo"))
    'new data: jo'
    >>> read_trigger("airflow: run 7")
    Traceback (most recent call last):
    ValueError: `airflow` is no trigger; there are time, new data, code change, manual, drift decision
    """
    kind, _, by = text.partition(":")
    name = " ".join(kind.lower().replace("-", " ").replace("_", " ").split())
    if name not in set(TriggerKind):
        raise ValueError(f"`{kind.strip()}` is no trigger; there are {', '.join(TriggerKind)}")
    return Trigger(TriggerKind(name), by.strip() or otherwise_by)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a step ran under: nothing of it changes what the step makes but by changing its inputs."""

    trigger: Trigger
    project_sha256: str
    """Of what the project file said."""
    code_sha256: str
    """Of what the project file said, its queries and suites, and the version of the package."""
    raw_sha256: str = ""
    """Of which raw tables there were when they were taken in; empty for steps that take in nothing."""

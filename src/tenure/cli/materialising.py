"""``tenure materialise`` fills the online store anew from gold."""

from __future__ import annotations

from pathlib import Path

from tenure.cli.console import TerminalProgress, out, print_json
from tenure.cli.options import AsOfOption, JsonOption, ProjectOption, as_day
from tenure.cli.stages import resolve_as_of
from tenure.domain.artefacts import Gold
from tenure.domain.wording import counted
from tenure.errors import ReplayError, ServingError
from tenure.features import materialise as materialise_features
from tenure.running.ledger import load_artefacts
from tenure.running.runtime import open_runtime


def materialise(
    project: ProjectOption = Path(),
    as_of: AsOfOption = None,
    json: JsonOption = False,
) -> None:
    """Fill the online store anew from gold, as known at the end of a period: after a loss, or a rollback."""
    runtime = open_runtime(project, progress=TerminalProgress())
    if runtime.online is None:
        raise ServingError(
            "this project has no online store", hint="`serve: {features: online}` in the project file."
        )
    day = resolve_as_of(as_day(as_of), runtime=runtime)
    gold = load_artefacts(day, store=runtime.store).get("gold")
    if not isinstance(gold, Gold):
        raise ReplayError(
            f"the features of {day} have not been built",
            hint=f"`tenure build --as-of {day}`, which fills it.",
        )
    n_entities = materialise_features(
        day, keys=gold.keys, store=runtime.store, engine=runtime.engine, online=runtime.online
    )
    if json:
        print_json({"as_of": str(day), "n_entities": n_entities})
    else:
        out.print(f"{counted(n_entities, 'entity', 'entities')} as of {day}", markup=False, highlight=False)

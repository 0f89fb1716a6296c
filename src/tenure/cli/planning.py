"""``tenure train --plan``: the search as a table, or as one JSON document."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import TypeAdapter

from tenure.cli.console import out, print_json, print_table
from tenure.domain.artefacts import Gold
from tenure.domain.wording import counted
from tenure.running.ledger import load_artefacts, recorded_periods
from tenure.running.runtime import Runtime
from tenure.training.planning import SearchPlan, count_labelled_rows, plan_search
from tenure.training.starting import champion_parameters


def search_plan(as_of: date | None, *, runtime: Runtime) -> SearchPlan:
    """What `tenure train` would search for that period, or the last one that ran; nothing is trained.

    Before any period has run it is the same search, of no period and no rows.
    """
    settings = runtime.settings()
    model, seed = settings["model"], settings["seed"]
    day = as_of or (recorded_periods(store=runtime.store) or (None,))[-1]
    if day is None:
        return plan_search(model, seed=seed, champion={})
    gold = load_artefacts(day, store=runtime.store).get("gold")
    registry, store, engine = (settings[name] for name in ("registry", "store", "engine"))
    n_rows = (
        count_labelled_rows(gold, as_of=day, store=store, engine=engine) if isinstance(gold, Gold) else None
    )
    champion = champion_parameters(model, as_of=day, registry=registry, store=store)
    return plan_search(model, seed=seed, champion=champion, as_of=day, n_rows=n_rows)


def show_search_plan(plan: SearchPlan, *, json: bool) -> None:
    """Print the plan."""
    if json:
        print_json(plan_json(plan))
        return
    for each in plan.algorithms:
        named = [(p.name, p.told, *(start[p.name] for start in each.starts)) for p in each.space]
        columns = ("parameter", "searched", "first trial", "second trial")[: 2 + len(each.starts)]
        print_table(f"{each.algorithm}: {counted(each.n_trials, 'trial')}", columns, named)
    out.print(plan_line(plan), markup=False, highlight=False, soft_wrap=True)


def plan_json(plan: SearchPlan) -> dict[str, Any]:
    """The plan as JSON values."""
    value: dict[str, Any] = TypeAdapter(SearchPlan).dump_python(plan, mode="json")
    return value | {"n_trials": plan.n_trials}


def plan_line(plan: SearchPlan) -> str:
    """The plan in one line.

    Examples
    --------
    >>> plan_line(SearchPlan(None, None, "roc_auc", 60.0, False, 0))
    '0 trials in at most 60 s, compared by roc_auc on validation; seed 0; no labelled rows are known yet'
    >>> plan_line(SearchPlan(None, None, "roc_auc", None, False, 0, workers=2)).partition(" compared")[0]
    '0 trials, 2 of an algorithm at once,'
    """
    limit = "" if plan.seconds is None else f" in at most {plan.seconds:g} s"
    pruned = ", bad ones given up early" if plan.pruning else ""
    together = f", {plan.workers} of an algorithm at once" if plan.workers > 1 else ""
    rows = (
        "no labelled rows are known yet"
        if plan.n_rows is None
        else f"{plan.n_rows:,} labelled rows by {plan.as_of}"
    )
    compared = f"compared by {plan.metric} on validation; seed {plan.seed}"
    return f"{counted(plan.n_trials, 'trial')}{limit}{together}{pruned}, {compared}; {rows}"

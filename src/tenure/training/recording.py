"""A finished training → its bundle, and its record with the tracker."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

import tenure
from tenure.bundle.provenance import audit_record, members_record, split_record
from tenure.bundle.scaling import SCALING, scaling_record
from tenure.bundle.schema import BundleSchema
from tenure.bundle.tradeoff import TRADEOFF
from tenure.bundle.write import write_bundle
from tenure.domain.artefacts import Audit
from tenure.domain.decisions import RetrainDecision
from tenure.domain.evaluations import Evaluation, Task
from tenure.domain.features import FeatureColumn
from tenure.domain.findings import blocking
from tenure.domain.models import Candidate, ModelVersion, Trial
from tenure.ports import TrackedRun
from tenure.stats.evaluate import Outcomes
from tenure.stats.scaling import fit_scaling
from tenure.training.algorithms.space import Parameters, Value
from tenure.training.candidate import Fitted, Made
from tenure.training.config import ImbalancePolicy, ModelConfig
from tenure.training.curves import curves_of, tradeoff, write_curves
from tenure.training.environment import environment_sha256
from tenure.training.explaining import reasons_files
from tenure.training.preparing import Prepared
from tenure.training.recipes import Recipe, Trials, best_trial
from tenure.training.workshop import versions

MAX_TAG = 400
"""Characters of a tag."""


def write_candidate(
    made: Made,
    *,
    project: str,
    keys: tuple[str, ...],
    columns: Sequence[FeatureColumn],
    audit: Audit,
    model: ModelConfig,
    seed: int,
) -> tuple[Path, str]:
    """The folder of the bundle, and its identity: both the same for the same rows, settings and seed."""
    best, prepared = made.best, made.prepared
    schema = BundleSchema(
        project=project,
        task=model.task,
        classes=prepared.classes,
        threshold=best.threshold,
        keys=keys,
        features=prepared.encoder.specs,
        algorithm=best.recipe.algorithm,
        as_of=audit.as_of,
        cuts=prepared.cuts,
    )
    folder = made.workshop.bundle
    identity = write_bundle(
        folder,
        schema=schema,
        onnx=best.exported,
        native=best.model.native(),
        profile=best.profile.to_json(),
        metrics={**metrics_record(best.evaluations), **_readings(best, model)},
        provenance=provenance_record(made, audit=audit, model=model, seed=seed),
        reasons=reasons_files(best.model, prepared, columns=columns, seed=seed),
    )
    return folder, identity


def metrics_record(evaluations: tuple[Evaluation, ...]) -> dict[str, Any]:
    """What ``metrics.json`` holds: values by rows and name, and 95 % intervals likewise."""
    values = {e.rows: {metric.name: metric.value for metric in e.metrics} for e in evaluations}
    intervals = {
        e.rows: {metric.name: [metric.low, metric.high] for metric in e.metrics if metric.low is not None}
        for e in evaluations
    }
    counts = {e.rows: {"n_rows": e.n_rows, "classes": dict(e.class_counts)} for e in evaluations}
    return {**values, "intervals": intervals, "rows": counts}


def _readings(best: Fitted, model: ModelConfig) -> dict[str, Any]:
    """How to read the scores: as probabilities, and what each threshold would have done."""
    kept = tradeoff(best.outcomes["validation"], model.threshold.cost)
    told = {} if kept is None else {TRADEOFF: kept.to_json()}
    return {SCALING: _scaling(best.outcomes), **told}


def _scaling(outcomes: Mapping[str, Outcomes]) -> dict[str, Any]:
    """How the scores are to be read where a probability is wanted: fitted on rows that no model saw."""
    held_out = [outcomes[name] for name in ("validation", "test")]
    codes = np.concatenate([side.codes for side in held_out])
    return scaling_record(fit_scaling(codes, np.concatenate([side.probabilities for side in held_out])))


def provenance_record(made: Made, *, audit: Audit, model: ModelConfig, seed: int) -> dict[str, Any]:
    """What ``provenance.json`` holds: where every number of the bundle comes from."""
    prepared = made.prepared
    return {
        "calibration": made.best.calibration.to_json(),
        "audit": audit_record(muted=audit.muted, n_errors=len(blocking(audit.findings))),
        "contest": made.best.recipe.contest.to_json(),
        "encoder_fitted_on": prepared.encoder.fitted_on,
        "members": members_record(made.best.recipe.members),
        "max_export_difference": made.best.max_export_difference,
        "model": model.model_dump(mode="json"),
        "rows": {name: side.rows.fingerprint for name, side in prepared.sides.items()},
        "seed": seed,
        "split": split_record(prepared.split),
        "trials": {
            name: {
                "n": len(results),
                "n_pruned": sum(result.pruned for result in results),
                "best_score": best_trial(results).score,
            }
            for name, results in made.trials.items()
        },
        "versions": versions(model),
    }


def best_trials(trials: Trials) -> tuple[Trial, ...]:
    """The best trial of each algorithm, the best algorithm first."""
    best = [
        Trial(name.value, len(results), best_trial(results).score, _told(best_trial(results).parameters))
        for name, results in trials.items()
    ]
    return tuple(sorted(best, key=lambda trial: -trial.validation_score))


def candidate_of(made: Made, version: ModelVersion, *, task: Task) -> Candidate:
    """The artefact of the training: the challenger with the evidence it was chosen on."""
    best, prepared = made.best, made.prepared
    return Candidate(
        as_of=version.as_of,
        version=version,
        algorithm=best.recipe.algorithm,
        task=task,
        classes=prepared.classes,
        threshold=best.threshold,
        features=tuple(spec.name for spec in prepared.encoder.specs),
        split=prepared.split,
        evaluations=best.evaluations,
        trials=best_trials(made.trials),
        max_export_difference=best.max_export_difference,
        findings=prepared.findings,
        cuts=prepared.cuts,
    )


def record_training(
    run: TrackedRun, made: Made, *, model: ModelConfig, decision: RetrainDecision, tables: Mapping[str, int]
) -> None:
    """Tell the tracker everything: why, of what, settings, metrics, every trial, curves, checkpoints.

    The versions of the `tables` stand here and not in the bundle: a table that is written again with the
    same rows has another version, and the bundle made of it is the same.
    """
    best = made.best
    why = "; ".join(reason.message for reason in decision.reasons if reason.favours)
    run.log(
        parameters={**_settings(model), **_parameters(best.recipe)},
        metrics=_metrics(best),
        tags={
            "algorithm": best.recipe.algorithm,
            "classes": ", ".join(made.prepared.classes)[:MAX_TAG],
            "why": why[:MAX_TAG],
            "tenure": tenure.__version__,
            "environment_sha256": environment_sha256(),
            **{f"{table.rpartition('/')[2]}_version": str(number) for table, number in tables.items()},
        },
    )
    for name, results in made.trials.items():
        for result in results:
            with run.child(f"{name}-{result.number:03d}") as trial:
                trial.log(
                    parameters={"algorithm": name.value, **dict(_told(result.parameters))},
                    metrics={
                        "score": result.score,
                        "seconds": result.seconds,
                        "pruned": float(result.pruned),
                    },
                )
    for algorithm, fitted in best.recipe.trials.items():
        checkpoints = made.workshop.checkpoints(algorithm, fitted)
        if checkpoints.exists():
            run.log_file(checkpoints, "checkpoints")
    _record_files(run, best, made.prepared)


def _record_files(run: TrackedRun, fitted: Fitted, prepared: Prepared) -> None:
    with tempfile.TemporaryDirectory(prefix="tenure-curves-") as name:
        folder = Path(name)
        for side in ("validation", "test"):
            curves = curves_of(fitted.outcomes[side], prepared.classes)
            write_curves(folder / "curves" / side, curves)
        metrics = json.dumps(metrics_record(fitted.evaluations), indent=1)
        (folder / "metrics.json").write_text(metrics, encoding="utf-8")
        run.log_file(folder / "curves", "curves")
        run.log_file(folder / "metrics.json", "")


def _metrics(fitted: Fitted) -> dict[str, float]:
    measured = {f"{e.rows}_{metric.name}": metric.value for e in fitted.evaluations for metric in e.metrics}
    more = {
        "max_export_difference": fitted.max_export_difference,
        **{f"contest_{name}": score for name, score in fitted.recipe.contest.finite.items()},
    }
    if fitted.threshold is not None:
        more["threshold"] = fitted.threshold
    return {**measured, **more}


def _settings(model: ModelConfig) -> dict[str, str]:
    return {
        "task": model.task.value,
        "tuning_metric": model.tuning.metric.value,
        "imbalance": str(TypeAdapter(ImbalancePolicy).dump_python(model.imbalance, mode="json")),
        "n_trials": str(model.tuning.trials),
        "max_estimators": str(model.n_estimators),
    }


def _parameters(recipe: Recipe) -> dict[str, str]:
    """What the members were fitted with; of a blend or stack, each name after its member's."""
    if len(recipe.members) == 1:
        return dict(_told(recipe.members[0].parameters))
    return {
        f"{member.algorithm}.{name}": value
        for member in recipe.members
        for name, value in (("weight", _short(member.weight)), *_told(member.parameters))
    }


def _told(parameters: Parameters) -> tuple[tuple[str, str], ...]:
    return tuple((name, _short(value)) for name, value in parameters.items())


def _short(value: Value) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)

"""The reference page of metrics: each with its formula, the code that computes it, and its sources."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tenure.monitoring.drift import adjusted_p_values, measure_classes, measure_features
from tenure.monitoring.effects import compare_sensitivity, drift_severity, measure_deciles, score_effect
from tenure.monitoring.estimates import measure_surprises
from tenure.monitoring.performance import measure_calibration, measure_cohort, measure_maturity, measure_value
from tenure.monitoring.rules import measure_rules
from tenure.stats.calibration import expected_calibration_error
from tenure.stats.classification import accuracy, f1_by_class, precision_by_class, recall_by_class
from tenure.stats.delong import delong_interval
from tenure.stats.divergence import js_distance, kl_divergence, wasserstein_from_bins
from tenure.stats.estimation import estimate_metrics
from tenure.stats.fairness import impact_ratio, rate_gap
from tenure.stats.ks import ks_between_classes, ks_from_counts
from tenure.stats.moments import Moments
from tenure.stats.ordering import ScoreGroups
from tenure.stats.probability import brier_score, log_loss
from tenure.stats.proportion import wilson_interval
from tenure.stats.psi import population_stability_index, psi_p_value
from tenure.stats.ranking import gini, roc_auc, roc_auc_macro

_HEAD = """\
# Metrics

What each number is, which code computes it, and where its formula comes from. This page is made from the
code: `python scripts/reference.py` writes it again. Which limits hold, and what follows:
[monitoring](../concepts/monitoring.md). In which table and scope a number stands:
[the gold tables](gold-tables.md#goldmonitoring).

p are the shares of the reference over the bins of a feature (the champion's training rows), q those of the
period; bins are made once, at training, with a place for nulls and one for unseen categories among them. y is
1 where the positive class came true, s the score. TP, FP, FN, TN count rows at the threshold of the version
that gave the score.
"""

Code = Callable[..., Any]
_kendall: Code = ScoreGroups.stability.fget  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Described:
    """Metrics that are told together.

    Parameters
    ----------
    names
        As ``gold/monitoring`` has them.
    formula
        In words and signs; p, q, y and s as the head of the page explains them.
    code
        What computes them; the sources are those of their docstrings.
    """

    names: tuple[str, ...]
    formula: str
    code: tuple[Code, ...]


QUALITY = (
    Described(
        ("roc_auc",),
        "chance that a row of the positive class scores higher than one of the other, ties counted half; of "
        "more than two classes the mean, one against the rest",
        (roc_auc, roc_auc_macro, delong_interval),
    ),
    Described(("gini",), "2·AUC − 1", (gini,)),
    Described(("ks",), "max over t of |TPR(t) − FPR(t)|; of scored rows", (ks_between_classes,)),
    Described(("accuracy",), "(TP + TN) / n", (accuracy, wilson_interval)),
    Described(
        ("precision",),
        "TP / (TP + FP); mean over the classes where there are more than two",
        (precision_by_class,),
    ),
    Described(
        ("recall",), "TP / (TP + FN); mean over the classes where there are more than two", (recall_by_class,)
    ),
    Described(
        ("f1",),
        "2·TP / (2·TP + FP + FN); mean over the classes where there are more than two",
        (f1_by_class,),
    ),
    Described(
        ("brier",), "mean of (s − y)²; summed over the classes where there are more than two", (brier_score,)
    ),
    Described(("log_loss",), "mean of −ln of the probability of what came true", (log_loss,)),
)
DRIFT = (
    Described(
        ("psi",),
        "Σ (q − p) · ln(q / p), with half a row added to each occupied bin",
        (population_stability_index,),
    ),
    Described(
        ("psi_p_value",),
        "chance of so large a PSI without drift: PSI / (1/n + 1/m) is chi-square with bins − 1 degrees of "
        "freedom; adjusted over all features and scores of the period",
        (psi_p_value, adjusted_p_values),
    ),
    Described(("kl",), "Σ q · ln(q / p), in nats", (kl_divergence,)),
    Described(("js",), "square root of the Jensen–Shannon divergence in bits, in [0, 1]", (js_distance,)),
    Described(
        ("ks",),
        "largest gap between the two distribution functions, at the edges of the bins",
        (ks_from_counts,),
    ),
    Described(
        ("wasserstein",),
        "area between the two distribution functions, in the feature's own unit",
        (wasserstein_from_bins,),
    ),
    Described(
        ("mean_shift",),
        "(mean now − mean of the reference) / standard deviation of the reference",
        (measure_features,),
    ),
    Described(("std_shift",), "standard deviation now / that of the reference − 1", (measure_features,)),
    Described(("skew_shift",), "skew now − skew of the reference", (measure_features,)),
    Described(
        ("mean", "std", "min", "max", "skew", "mode", "p05", "p25", "p50", "p75", "p95"),
        "moments and quantiles of the period",
        (Moments,),
    ),
    Described(
        ("null_share", "null_increase"), "share of nulls; that less the reference's", (measure_features,)
    ),
    Described(
        ("new_category_share",),
        "share of rows in categories that the reference does not have",
        (measure_features,),
    ),
    Described(
        ("out_of_range",),
        "share of rows below the least or above the largest value of the reference",
        (measure_features,),
    ),
    Described(
        ("cardinality_ratio",), "different values (bins in use) / those of the reference", (measure_features,)
    ),
    Described(
        ("share", "share_change"),
        "share of rows put into the class; that less the reference's",
        (measure_classes,),
    ),
)
WEIGHT = (
    Described(
        ("score_effect",),
        "Σ (q − p) · mean score of the bin, in standard deviations of the score",
        (score_effect,),
    ),
    Described(
        ("severity",),
        "PSI / (PSI + limit) · (1 − (1 − a)(1 − min(1, |e|))), with a the importance and e the score effect",
        (drift_severity,),
    ),
    Described(
        ("importance",), "share of the champion's importance, as training recorded it", (measure_features,)
    ),
    Described(
        ("importance_now", "importance_shift", "importance_rank_correlation"),
        "share in what the score moves by when the feature is given another row's values; that less the same "
        "at training; Spearman's correlation of both orders",
        (compare_sensitivity,),
    ),
    Described(
        ("mean <decile>", "mean_shift <decile>"),
        "mean of a feature in a tenth of the score; its shift",
        (measure_deciles,),
    ),
)
OUTCOMES = (
    Described(
        ("periods_since", "matured_share"),
        "age of the cohort; labels known / rows scored",
        (measure_maturity,),
    ),
    Described(("observed_share",), "mean of y", (measure_calibration,)),
    Described(
        ("calibration_error",),
        "Σ n_b / n · |mean s − mean y| over ten bins b of the score",
        (expected_calibration_error,),
    ),
    Described(("calibration_gap",), "mean y − mean s", (measure_calibration,)),
    Described(
        ("rank_stability",),
        "Kendall's tau-b between tenths of the score and how often each came true",
        (_kendall,),
    ),
    Described(
        ("accuracy_drop",),
        "(accuracy on test − accuracy of the cohort) / accuracy on test",
        (measure_cohort,),
    ),
    Described(
        ("cost_per_row", "benefit_per_row"),
        "mean cost of the calls by `model.threshold.cost`; the cheaper of calling all and none, less that",
        (measure_value,),
    ),
)
ELSE = (
    Described(
        ("… under the scope `estimate`",),
        "what the metric will be if labels are coins with the scores as their chances",
        (estimate_metrics,),
    ),
    Described(("<metric>_error",), "truth less estimate, of the same rows", (measure_surprises,)),
    Described(("value",), "what the query of `monitor.rules` gave", (measure_rules,)),
    Described(("n_rows", "n_matured"), "events of the period; labels that matured in it", ()),
)
FAIRNESS = (
    Described(
        ("impact ratio",),
        "share of favourable answers of a group / that of the most favoured group",
        (impact_ratio,),
    ),
    Described(
        ("gap",), "recall (or false positive rate) of a group − that of the largest group", (rate_gap,)
    ),
)
PARTS = {
    "How well a model tells classes apart": QUALITY,
    "How far a distribution has moved": DRIFT,
    "What drift weighs": WEIGHT,
    "Cohorts whose labels have matured": OUTCOMES,
    "Estimates, rules, counts": ELSE,
    "Groups of people, at the gate": FAIRNESS,
}
"""The tables of the page, by their headings."""


def render_metrics() -> str:
    """The page, as Markdown."""
    return "\n".join([_HEAD, *(_table(title, rows) for title, rows in PARTS.items())]).rstrip() + "\n"


def sources_in(code: Code) -> tuple[str, ...]:
    """What the section References of a docstring lists.

    Examples
    --------
    >>> sources_in(kl_divergence)
    ('S. Kullback and R. A. Leibler, "On Information and Sufficiency", 1951.',)
    """
    text = inspect.getdoc(code) or ""
    listed = text.partition("References\n----------\n")[2].partition("\n\n")[0]
    return tuple(
        " ".join(part.split()) for part in re.split(r"^\.\. \[\d+\] ", listed, flags=re.MULTILINE) if part
    )


def _table(title: str, rows: tuple[Described, ...]) -> str:
    head = ["| metric | formula | code | source |", "| --- | --- | --- | --- |"]
    return "\n".join([f"## {title}", "", *head, *(_row(row) for row in rows), ""])


def _row(row: Described) -> str:
    names = ", ".join(f"`{name}`" if not name.startswith("…") else name for name in row.names)
    sources = dict.fromkeys(source for code in row.code for source in _sources(code))
    cells = (
        names,
        row.formula,
        ", ".join(f"`{place}`" for place in map(_place, row.code)),
        " ".join(sources),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _sources(code: Code) -> Iterator[str]:
    """Of the function, else of its module."""
    yield from sources_in(code) or sources_in(inspect.getmodule(code))  # type: ignore[arg-type]


def _place(code: Code) -> str:
    return f"{code.__module__}.{code.__qualname__}"

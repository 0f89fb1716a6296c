r"""Columns beside the label -> how well each alone tells it: overall, by period, by bin.

Numbers are ranked. With the rows of each different value counted by class, the area under the ROC curve is

.. math:: \mathrm{AUC} = \frac{1}{P N} \sum_v p_v \Big( \sum_{u < v} n_u + n_v / 2 \Big)

(:math:`p_v, n_v` rows of value v inside and outside the class), the Mann-Whitney statistic [1]_. Null rows
are one group below or above all values, whichever tells more; the better direction counts. So is
`stats.information.column_auc`, which wants the rows in memory; here the engine ranks them.

References
----------
.. [1] J. A. Hanley and B. J. McNeil, "The meaning and use of the area under a ROC curve", 1982.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import ibis.selectors as s
import numpy as np

from tenure.auditing.config import AuditPolicy
from tenure.auditing.target import rows_beyond_chance
from tenure.domain.tables import EVENT_TIME, LABEL
from tenure.drafting.wording import as_number
from tenure.exploration.summary import ClassShare, PeriodStrength, Relation
from tenure.ports import Engine
from tenure.stats.information import cramers_v, information_value
from tenure.stats.purity import null_pattern, pure_row_share

if TYPE_CHECKING:
    import ibis.expr.types as ir

N_BINS = 10
N_CATEGORIES = 30
_FEW_VALUES = 50
_LONGEST = 60
_SECONDS_OF_DAY = 86_400
_ALL = ""
"""The scope of all periods together."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The classes that columns are related to."""

    classes: tuple[str, ...]
    """All of them, sorted."""
    shares: tuple[float, ...]
    """Of each class."""
    targets: tuple[str, ...]
    """Those told from all others: the last of two, each of several."""


def relate_columns(
    rows: ir.Table, outcomes: Outcomes, *, policy: AuditPolicy, engine: Engine
) -> dict[str, Relation]:
    """What each column says of the label, by its name; columns that are neither number nor text are left out.

    Parameters
    ----------
    rows
        ``event_time``, ``label`` and the columns, one row per event.
    outcomes
        The classes.
    policy
        From when on a column is suspected to know the outcome.
    engine
        Where it is ranked and counted.
    """
    names = [name for name in rows.columns if name not in {EVENT_TIME, LABEL}]
    kinds = {name: rows[name].type() for name in names}
    numbers = [name for name in names if _is_number(kinds[name])]
    texts = [name for name in names if kinds[name].is_string()]
    found = dict(_numbers(rows, numbers, outcomes, policy, engine)) if numbers else {}
    found |= dict(_texts(rows, texts, outcomes, policy, engine)) if texts else {}
    return {name: found[name] for name in names if name in found}


def _is_number(dtype: Any) -> bool:
    return bool(dtype.is_numeric() or dtype.is_boolean() or dtype.is_timestamp() or dtype.is_date())


def _numbers(
    rows: ir.Table, names: Sequence[str], outcomes: Outcomes, policy: AuditPolicy, engine: Engine
) -> Iterator[tuple[str, Relation]]:
    values = {str(place): _as_number(rows[name], rows[EVENT_TIME]) for place, name in enumerate(names)}
    groups = engine.cache(_grouped(_long(rows, values), outcomes))
    together = _together(groups)
    aucs = _aucs(groups.union(together), outcomes, engine)
    bins = _by_column(engine.arrow(_binned(together, outcomes)).to_pylist())
    few = _by_column(engine.arrow(_few(together)).to_pylist())
    for place, name in enumerate(names):
        scopes = aucs.get(str(place), {})
        if _ALL in scopes:
            yield name, _of_number(scopes, bins[str(place)], few.get(str(place), []), outcomes, policy)


def _texts(
    rows: ir.Table, names: Sequence[str], outcomes: Outcomes, policy: AuditPolicy, engine: Engine
) -> Iterator[tuple[str, Relation]]:
    values = {str(place): rows[name] for place, name in enumerate(names)}
    groups = engine.cache(_grouped(_long(rows, values), outcomes))
    total = groups.group_by(["column", "value"]).aggregate(n=groups["n"].sum())
    order = [total["value"].isnull(), ibis.desc(total["n"]), total["value"]]
    ranked = total.mutate(rank=ibis.row_number().over(group_by="column", order_by=order))
    named = ranked.select(
        of_column=ranked["column"],
        of_value=ranked["value"],
        place=ibis.cases((ranked["value"].isnull(), -1), else_=ibis.least(ranked["rank"], N_CATEGORIES)),
    )
    is_same = groups["value"].identical_to(named["of_value"])
    joined = groups.inner_join(named, [groups["column"] == named["of_column"], is_same])
    cut = joined.mutate(
        label=ibis.ifelse(joined["place"] < N_CATEGORIES, joined["value"].left(_LONGEST), "others")
    )
    counted = cut.group_by(["column", "scope", "place", "label"]).aggregate(**_sums(cut, outcomes))
    by_column = _by_column(engine.arrow(counted).to_pylist())
    for place, name in enumerate(names):
        if str(place) in by_column:
            yield name, _of_text(by_column[str(place)], outcomes, policy)


def _as_number(value: ir.Value, event: ir.TimestampValue) -> ir.FloatingValue:
    """A number as such, a boolean as 0 or 1, a time as days before the event, as features have it."""
    dtype = value.type()
    if dtype.is_timestamp() or dtype.is_date():
        time = value.cast("timestamp")
        return (event.epoch_seconds() - time.epoch_seconds()).cast("float64") / _SECONDS_OF_DAY
    number = value.cast("int8").cast("float64") if dtype.is_boolean() else value.cast("float64")
    return ibis.ifelse(number.isnan(), ibis.null("float64"), number)


def _long(rows: ir.Table, values: Mapping[str, ir.Value]) -> ir.Table:
    """One row per event and column: ``scope`` (its month), ``label``, ``column``, ``value``."""
    month = rows[EVENT_TIME].truncate("M").cast("string").left(7)
    wide = rows.select(__scope=month, __label=rows[LABEL], **values)
    return wide.pivot_longer(~s.cols("__scope", "__label"), names_to="column", values_to="value").rename(
        scope="__scope", label="__label"
    )


def _grouped(rows: ir.Table, outcomes: Outcomes) -> ir.Table:
    """Rows by column, period and value: ``n`` in all, ``n_<k>`` of the k-th class."""
    counts = {f"n_{k}": (rows["label"] == name).sum() for k, name in enumerate(outcomes.classes)}
    return rows.group_by(["column", "scope", "value"]).aggregate(n=rows.count(), **counts)


def _sums(rows: ir.Table, outcomes: Outcomes) -> dict[str, ir.Scalar]:
    return {name: rows[name].sum() for name in ("n", *(f"n_{k}" for k in range(len(outcomes.classes))))}


def _together(groups: ir.Table) -> ir.Table:
    """The same groups of all periods together."""
    names = [name for name in groups.columns if name.startswith("n")]
    summed = groups.group_by(["column", "value"]).aggregate(**{name: groups[name].sum() for name in names})
    return summed.mutate(scope=ibis.literal(_ALL)).select(*groups.columns)


def _aucs(
    groups: ir.Table, outcomes: Outcomes, engine: Engine
) -> dict[str, dict[str, tuple[dict[str, float | None], Row]]]:
    """The AUC of each column for each target, by scope, with the counts it rests on."""
    scope = ["column", "scope"]
    window = ibis.cumulative_window(group_by=scope, order_by="value")
    known = groups.filter(groups["value"].notnull())
    places = {target: outcomes.classes.index(target) for target in outcomes.targets}
    sums = {}
    for place in places.values():
        inside, outside = known[f"n_{place}"], known["n"] - known[f"n_{place}"]
        below = outside.sum().over(window) - outside
        sums[f"u_{place}"] = (inside * (below + outside / 2)).cast("float64")
    ranked = known.mutate(**sums)
    wins = ranked.group_by(scope).aggregate(**{name: ranked[name].sum() for name in sums})
    counts = groups.group_by(scope).aggregate(
        **_sums(groups, outcomes),
        **{
            f"null_{name}": ibis.ifelse(groups["value"].isnull(), groups[name], 0).sum()
            for name in ("n", *(f"n_{k}" for k in range(len(outcomes.classes))))
        },
    )
    found: defaultdict[str, dict[str, tuple[dict[str, float | None], Row]]] = defaultdict(dict)
    for row in engine.arrow(counts.left_join(wins, scope)).to_pylist():
        aucs = {target: _auc(row, place) for target, place in places.items()}
        found[row["column"]][row["scope"]] = (aucs, row)
    return found


def _auc(row: Row, place: int) -> float | None:
    """The AUC from the wins among rows with a value, nulls put below or above them."""
    inside, n = int(row[f"n_{place}"]), int(row["n"])
    outside = n - inside
    if not inside or not outside:
        return None
    null_in = int(row[f"null_n_{place}"])
    null_out = int(row["null_n"]) - null_in
    wins = float(row[f"u_{place}"] or 0) + null_in * null_out / 2
    below = wins + null_out * (inside - null_in)
    above = wins + null_in * (outside - null_out)
    return max(max(each, 1 - each) for each in (below / (inside * outside), above / (inside * outside)))


def _binned(together: ir.Table, outcomes: Outcomes) -> ir.Table:
    """Rows by tenths of each column's values (ties stay together), nulls apart (-1)."""
    known = together.filter(together["value"].notnull())
    reached = known["n"].sum().over(ibis.cumulative_window(group_by="column", order_by="value"))
    total = known["n"].sum().over(group_by="column")
    middle = (reached - known["n"] / 2) / total
    place = ibis.least((middle * N_BINS).floor().cast("int64"), N_BINS - 1)
    placed = known.mutate(place=place).select("column", "place", "value", *_counted(outcomes))
    null = together.filter(together["value"].isnull()).mutate(place=ibis.literal(-1).cast("int64"))
    rows = placed.union(null.select(*placed.columns))
    return rows.group_by(["column", "place"]).aggregate(
        low=rows["value"].min(), high=rows["value"].max(), **_sums(rows, outcomes)
    )


def _few(together: ir.Table) -> ir.Table:
    """The groups of columns that have few different values."""
    counted = together.mutate(n_values=together.count().over(group_by="column"))
    return counted.filter(counted["n_values"] <= _FEW_VALUES)


def _counted(outcomes: Outcomes) -> list[str]:
    return ["n", *(f"n_{k}" for k in range(len(outcomes.classes)))]


def _by_column(rows: Sequence[Row]) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["column"]].append(row)
    return found


def _of_number(
    scopes: Mapping[str, tuple[Mapping[str, float | None], Row]],
    bins: Sequence[Row],
    few: Sequence[Row],
    outcomes: Outcomes,
    policy: AuditPolicy,
) -> Relation:
    aucs, row = scopes[_ALL]
    target = max(aucs, key=lambda name: aucs[name] or 0.0)
    auc = aucs[target]
    said = f"it alone ranks the outcome with AUC {auc:.3f}" if (auc or 0) > policy.max_column_auc else ""
    suspicion = said or _of_nulls(row, outcomes, policy) or _of_purity(few, outcomes, policy)
    return Relation(
        "AUC",
        auc,
        int(row["n"]),
        int(row["null_n"]),
        target,
        tuple(
            PeriodStrength(scope, int(counts["n"]), each[target])
            for scope, (each, counts) in sorted(scopes.items())
            if scope != _ALL
        ),
        _shares(bins, outcomes.classes.index(target)),
        suspicion,
    )


def _of_text(rows: Sequence[Row], outcomes: Outcomes, policy: AuditPolicy) -> Relation:
    scopes: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        scopes[row["scope"]].append(row)
    groups = _summed(rows, outcomes)
    is_binary = len(outcomes.classes) == 2
    null = [row for row in groups if row["place"] == -1]
    n_null = sum(int(row["n"]) for row in null)
    counts = {f"n_{k}": sum(int(row[f"n_{k}"]) for row in groups) for k in range(len(outcomes.classes))}
    counts |= {f"null_n_{k}": sum(int(row[f"n_{k}"]) for row in null) for k in range(len(outcomes.classes))}
    target = outcomes.targets[-1]
    return Relation(
        "IV" if is_binary else "Cramér's V",
        _strength(groups, outcomes),
        sum(int(row["n"]) for row in groups),
        n_null,
        target,
        tuple(
            PeriodStrength(scope, sum(int(row["n"]) for row in each), _strength(each, outcomes))
            for scope, each in sorted(scopes.items())
        ),
        _shares(groups, outcomes.classes.index(target)),
        _of_nulls(counts, outcomes, policy) or _of_purity(groups, outcomes, policy),
    )


def _summed(rows: Sequence[Row], outcomes: Outcomes) -> list[dict[str, Any]]:
    """Groups of all periods together, in the order of their places; nulls first."""
    found: dict[tuple[int, str | None], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda each: int(each["place"])):
        label = "null" if row["place"] == -1 else row["label"]
        key = (int(row["place"]), label)
        total = found.setdefault(
            key, {"place": key[0], "label": label, **dict.fromkeys(_counted(outcomes), 0)}
        )
        for name in _counted(outcomes):
            total[name] += int(row[name])
    return list(found.values())


def _table(rows: Sequence[Row], outcomes: Outcomes) -> np.ndarray[Any, Any]:
    return np.array([[int(row[f"n_{k}"]) for k in range(len(outcomes.classes))] for row in rows])


def _strength(rows: Sequence[Row], outcomes: Outcomes) -> float | None:
    table = _table(rows, outcomes)
    value = information_value(table) if len(outcomes.classes) == 2 else cramers_v(table)
    return float(value) if np.isfinite(value) else None


def _shares(rows: Sequence[Row], place: int) -> tuple[ClassShare, ...]:
    ordered = sorted(rows, key=lambda row: (int(row["place"]) == -1, int(row["place"])))
    return tuple(ClassShare(_named(row), int(row["n"]), int(row[f"n_{place}"])) for row in ordered)


def _named(row: Row) -> str:
    if row["place"] == -1:
        return "null"
    if "label" in row:
        return str(row["label"])
    low, high = as_number(row["low"]), as_number(row["high"])
    return low if low == high else f"{low} to {high}"


def _of_nulls(row: Row, outcomes: Outcomes, policy: AuditPolicy) -> str:
    """Whether being null, or having a value, tells the class for certain."""
    null = [int(row[f"null_n_{k}"]) for k in range(len(outcomes.classes))]
    present = [int(row[f"n_{k}"]) - null[k] for k in range(len(outcomes.classes))]
    if min(sum(null), sum(present)) < policy.min_pure_rows:
        return ""
    pattern = null_pattern(null, present)
    if not pattern.is_one_sided or pattern.chance > policy.max_chance:
        return ""
    side, told = (
        ("null", pattern.null_class) if pattern.null_purity == 1 else ("filled", pattern.present_class)
    )
    exactly = "exactly" if pattern.is_exact else "only"
    return f"it is {side} {exactly} when the outcome is `{outcomes.classes[told]}`"


def _of_purity(rows: Sequence[Row], outcomes: Outcomes, policy: AuditPolicy) -> str:
    """Whether values that occur with one class only cover a good part of the rows."""
    own = [row for row in rows if row.get("place", 0) != N_CATEGORIES]
    if len(own) < 2:
        return ""
    share = pure_row_share(
        _table(own, outcomes), min_rows=rows_beyond_chance(min(outcomes.shares), policy=policy)
    )
    return (
        f"{share:.0%} of the rows have a value that occurs with one outcome only"
        if share > policy.max_pure_share
        else ""
    )

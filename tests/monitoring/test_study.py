"""What monitors do over many periods: how often they cry wolf, and what they find of what was planted.

Fifty features of a lender, a reference of 2,000 rows, periods of 500.
"""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from tenure.domain.causes import CauseKind
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.measurements import MeasurementVerdict
from tenure.monitoring.causes import find_causes
from tenure.monitoring.config import MonitorPolicy
from tenure.monitoring.drift import Ruler, measure_features
from tenure.stats.profile import reference_profile

N_NUMBERS, N_WORDS = 40, 10
SOURCES = ("clicks", "ledger", "attributes", "bureau")
POLICY = MonitorPolicy()
TOLD = {MeasurementVerdict.ALERT, MeasurementVerdict.WARNING}


def frame(n_rows, generator):
    """Numbers of four shapes (bell, lognormal, count, share), some null, and words of four kinds."""
    columns = {}
    for place in range(N_NUMBERS):
        shape = place % 4
        values = [
            lambda: generator.normal(50, 10, n_rows),
            lambda: generator.lognormal(8, 0.6, n_rows),
            lambda: generator.poisson(3, n_rows).astype(float),
            lambda: generator.beta(2, 5, n_rows),
        ][shape]()
        values[generator.random(n_rows) < 0.05] = np.nan
        columns[f"n{place}"] = values
    for place in range(N_WORDS):
        columns[f"w{place}"] = generator.choice(["a", "b", "c", "d"], n_rows, p=[0.5, 0.3, 0.15, 0.05])
    return pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})


KINDS = {f"n{i}": FeatureKind.NUMBER for i in range(N_NUMBERS)} | {
    f"w{i}": FeatureKind.CATEGORY for i in range(N_WORDS)
}
COLUMNS = tuple(
    FeatureColumn(name, kind, SOURCES[i % 4], (f"{SOURCES[i % 4]}.{name}",))
    for i, (name, kind) in enumerate(KINDS.items())
)


def counted(rows, like):
    return like.count(rows, np.full((rows.num_rows, 2), 0.5), np.array(["0"] * rows.num_rows, dtype=object))


@pytest.fixture(scope="module")
def reference():
    rows = frame(2000, np.random.default_rng(0))
    return reference_profile(
        rows,
        KINDS,
        classes=("0", "1"),
        probabilities=np.full((rows.num_rows, 2), 0.5),
        predicted=np.array(["0"] * rows.num_rows, dtype=object),
        importance=dict.fromkeys(KINDS, 1.0),
    )


def watch(reference, rows):
    """The features told of in a period, by verdict; and the causes that were named."""
    current = counted(rows, reference.empty_like())
    ruler = Ruler(date(2024, 7, 31), rows.num_rows, POLICY, frozenset(reference.numbers))
    measured = list(measure_features(reference, current, ruler))
    told = {
        m.feature: m for m in measured if m.verdict in {MeasurementVerdict.ALERT, MeasurementVerdict.WARNING}
    }
    alerts = {m.feature for m in measured if m.verdict is MeasurementVerdict.ALERT}
    return told, alerts, find_causes(measured, COLUMNS, reference=reference, current=current)


def false_alarms(reference, *, n_periods, n_rows, seed):
    """How many of the features of stationary periods are told of, and are alerts."""
    generator = np.random.default_rng(seed)
    n_told = n_alerts = 0
    for _ in range(n_periods):
        told, alerts, _ = watch(reference, frame(n_rows, generator))
        n_told, n_alerts = n_told + len(told), n_alerts + len(alerts)
    return n_told, n_alerts


@pytest.mark.parametrize("n_rows", [60, 500])
def test_stationary_periods_are_quiet(reference, n_rows):
    n_told, n_alerts = false_alarms(reference, n_periods=20, n_rows=n_rows, seed=n_rows)
    assert n_alerts == 0
    assert n_told <= 0.01 * 20 * len(KINDS) / 10


@pytest.mark.slow
@pytest.mark.parametrize("n_rows", [60, 500, 5000])
def test_two_hundred_stationary_periods_stay_below_the_nominal_rate(reference, n_rows):
    n_told, n_alerts = false_alarms(reference, n_periods=200, n_rows=n_rows, seed=n_rows)
    assert n_alerts <= 2
    assert n_told <= 3 * POLICY.significance * 200  # three families of tests: PSI, means, nulls


def power(reference, plant, *, n_times, seed=7):
    """In what share of periods the planted change is told of, and is an alert; and the causes named."""
    generator = np.random.default_rng(seed)
    found = [watch(reference, plant(frame(500, generator), generator)) for _ in range(n_times)]
    told = np.mean([bool(each[0]) for each in found])
    return told, np.mean([bool(each[1]) for each in found]), [each[2] for each in found]


def shifted(share):
    def plant(rows, _):
        moved = rows["n0"].to_numpy() + share * 10
        return rows.set_column(0, "n0", pa.array(moved, from_pandas=True))

    return plant


@pytest.mark.parametrize(("share", "least", "most"), [(0.1, 0.0, 0.5), (0.25, 0.6, 1.0), (0.5, 1.0, 1.0)])
def test_a_shift_is_told_of_from_a_quarter_of_a_standard_deviation_on(reference, share, least, most):
    told, alerts, _ = power(reference, shifted(share), n_times=12)
    assert least <= told <= most
    assert alerts == 0.0 or share == 0.5


def test_a_source_that_stops_is_named_in_its_period(reference):
    def plant(rows, _):
        gone = {f"n{i}": pa.nulls(rows.num_rows, pa.float64()) for i in range(0, N_NUMBERS, 4)}
        gone |= {
            column.name: pa.nulls(rows.num_rows, pa.string())
            for column in COLUMNS[40:]
            if "clicks" in column.block
        }
        return pa.table({name: gone.get(name, rows[name]) for name in rows.column_names})

    told, alerts, causes = power(reference, plant, n_times=4)
    assert (told, alerts) == (1.0, 1.0)
    assert all([cause.subject for cause in each] == ["clicks"] for each in causes)


def test_a_unit_that_changes_is_named_in_its_period(reference):
    def plant(rows, _):
        monthly = rows["n1"].to_numpy() * 12
        return rows.set_column(1, "n1", pa.array(monthly, from_pandas=True))

    _, alerts, causes = power(reference, plant, n_times=8)
    assert alerts == 1.0
    assert all((c[0].kind, c[0].subject) == (CauseKind.UNIT_CHANGE, "n1") for c in causes)


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_a_category_that_nobody_knew_is_told_of(reference, share):
    def plant(rows, generator):
        new = np.where(
            generator.random(rows.num_rows) < share, "e", rows["w0"].to_numpy(zero_copy_only=False)
        )
        return rows.set_column(rows.column_names.index("w0"), "w0", pa.array(new))

    told, _, _ = power(reference, plant, n_times=6)
    assert told == 1.0

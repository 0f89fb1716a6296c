"""Last known rows and windows against the plainest Python that says what they are."""

from __future__ import annotations

import math
import random
import statistics
from collections import Counter
from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest
import scipy.stats

from tenure.domain.durations import Duration
from tenure.domain.sources import Column, Source
from tenure.features import SourceBlock

START = datetime(2024, 1, 1)
COLUMNS = {"id": pa.string(), "seq": pa.int64(), "x": pa.float64(), "n": pa.int64(), "word": pa.string()}
WORDS = ("a", "b", "ç")
WINDOWS = ("1 month", "10 days", "all")
ALL = ("count", "mean", "std", "min", "max", "sum", "last", "trend", "distinct", "mode", "share")
WORD_RULE = {"word": Column(values=WORDS)}


def draw_time(rng):
    return START + timedelta(days=rng.randrange(90), hours=rng.choice([0, 0, 0, 12]))


def draw_values(rng):
    return {
        "x": rng.choice([None, 0.0, round(rng.gauss(0, 10), 3), round(rng.gauss(0, 10), 3)]),
        "n": rng.choice([None, rng.randrange(5)]),
        "word": rng.choice([None, *WORDS]),
    }


def draw_rows(rng, *, n, unique):
    """Rows of four entities; some corrected once or twice, some known late, many at the same time."""
    rows = []
    for _ in range(n):
        happened = draw_time(rng)
        row = {"id": f"e{rng.randrange(4)}", "seq": rng.randrange(3), "_event_time": happened}
        row["_known_at"] = happened + timedelta(days=rng.choice([0, 0, 1, 20]))
        row["as_of"] = date(2024, 1, 31)
        rows.append(row | draw_values(rng))
        for n_version in range(rng.choice([0, 0, 0, 1, 2])):
            later = row["_known_at"] + timedelta(days=rng.choice([0, 3, 30]))
            corrected = {"_known_at": later, "as_of": date(2024, 2 + n_version, 1)}
            rows.append(row | draw_values(rng) | corrected)
    if unique:
        rows = list({(r["id"], r["_event_time"], r["_known_at"], r["as_of"]): r for r in rows}.values())
    rng.shuffle(rows)
    return rows


def draw_people(rng, n=12):
    events = {(f"e{rng.randrange(5)}", draw_time(rng)) for _ in range(n)}
    return [{"id": who, "event_time": when} for who, when in sorted(events)]


def known_rows(rows, person, *, unique):
    """The rows that count for one event, oldest first."""
    rows = [r for r in rows if r["id"] == person["id"] and r["_known_at"] <= person["event_time"]]
    if unique:
        versions = {}
        for row in sorted(rows, key=lambda r: (r["_known_at"], r["as_of"])):
            versions[row["_event_time"]] = row
        rows = list(versions.values())
    ties = ("seq", "x", "n", "word")
    times = ("_event_time", "_known_at", "as_of")
    return sorted(rows, key=lambda r: tuple(r[t] for t in times) + tuple((r[c] is None, r[c]) for c in ties))


def in_window(rows, person, window):
    if window == "all":
        return rows
    span = Duration.parse(window)
    begin = datetime.combine(span.before(person["event_time"].date()), person["event_time"].time())
    return [row for row in rows if row["_event_time"] > begin]


def months_before(row, person):
    return (row["_event_time"] - person["event_time"]).total_seconds() / 86400 / 30.4375


def slope(points):
    if len({x for x, _ in points}) < 2:
        return None
    return scipy.stats.linregress([x for x, _ in points], [y for _, y in points]).slope


def most_frequent(values):
    counts = Counter(values)
    return min((v for v in counts if counts[v] == max(counts.values())), default=None)


def expected_numbers(rows, person, column):
    points = [(months_before(row, person), float(row[column])) for row in rows if row[column] is not None]
    values = [y for _, y in points]
    return {
        "mean": statistics.fmean(values) if values else None,
        "std": statistics.stdev(values) if len(values) > 1 else None,
        "min": min(values, default=None),
        "max": max(values, default=None),
        "sum": math.fsum(values) if values else None,
        "last": values[-1] if values else None,
        "trend": slope(points),
        "distinct": float(len(set(values))),
    }


def expected_words(rows):
    values = [row["word"] for row in rows if row["word"] is not None]
    shares = {f"share_{word}": values.count(word) / len(values) if values else None for word in WORDS}
    found = {"last": values[-1] if values else None, "mode": most_frequent(values)}
    return {**found, **shares, "distinct": float(len(set(values)))}


def expected_windows(rows, person, *, unique):
    rows = known_rows(rows, person, unique=unique)
    features = {}
    for window in WINDOWS:
        inside = in_window(rows, person, window)
        label = {"1 month": "1m", "10 days": "10d", "all": "all"}[window]
        features[f"s_count_{label}"] = float(len(inside))
        for column in ("x", "n"):
            for name, value in expected_numbers(inside, person, column).items():
                features[f"s_{column}_{name}_{label}"] = value
        for name, value in expected_words(inside).items():
            features[f"s_word_{name}_{label}"] = value
    known_at = max((row["_known_at"] for row in rows), default=None)
    return {**person, "known_at": known_at, **features}


def assert_same(found, expected):
    assert len(found) == len(expected)
    for row, wanted in zip(found, expected, strict=True):
        assert set(row) == set(wanted)
        for name, value in wanted.items():
            if isinstance(value, float):
                assert row[name] == pytest.approx(value, rel=1e-9, abs=1e-9), (name, row, wanted)
            else:
                assert row[name] == value, (name, row, wanted)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("unique", [True, False])
def test_every_aggregate_over_every_window_is_what_plain_python_says(computed, seed, unique):
    rng = random.Random(1000 * unique + seed)  # noqa: S311 - a draw that can be repeated
    rows, people = draw_rows(rng, n=120, unique=unique), draw_people(rng, n=40)
    keys = ("id",) if unique else ("id", "seq")
    source = Source(path="s", keys=keys, event_time="t", unique=unique, columns=WORD_RULE)
    block = SourceBlock(source="s", columns=("x", "n", "word"), windows=WINDOWS, aggregates=ALL)
    found, columns = computed(people, {"s": (source, rows, COLUMNS)}, [block])
    assert_same(found, [expected_windows(rows, person, unique=unique) for person in people])
    assert [column.name for column in columns] == [
        n for n in found[0] if n not in {"id", "event_time", "known_at"}
    ]


@pytest.mark.parametrize("seed", range(8))
def test_the_last_known_row_is_the_one_plain_python_finds(computed, seed):
    rng = random.Random(seed)  # noqa: S311 - a draw that can be repeated
    rows, people = draw_rows(rng, n=60, unique=True), draw_people(rng)
    source = Source(path="s", keys=("id", "t"), event_time="t", columns=WORD_RULE)
    block = SourceBlock(source="s", columns=("x", "word"))
    found, _ = computed(people, {"s": (source, rows, COLUMNS)}, [block])
    expected = []
    for person in people:
        known = known_rows(rows, person, unique=True)
        last = known[-1] if known else {"x": None, "word": None, "_known_at": None}
        values = {"known_at": last["_known_at"], "s_x": last["x"], "s_word": last["word"]}
        expected.append({**person, **values})
    assert_same(found, expected)


@pytest.mark.parametrize("seed", range(4))
def test_rows_known_after_the_event_change_nothing(computed, seed):
    rng = random.Random(seed)  # noqa: S311 - a draw that can be repeated
    rows = draw_rows(rng, n=40, unique=True)
    person = {"id": "e1", "event_time": START + timedelta(days=rng.randrange(10, 80))}
    after = [
        row | draw_values(rng) | {"id": "e1", "_known_at": person["event_time"] + timedelta(seconds=1 + n)}
        for n, row in enumerate(draw_rows(rng, n=20, unique=True))
    ]
    source = Source(path="s", keys=("id",), event_time="t", columns=WORD_RULE)
    blocks = [
        SourceBlock(source="s", columns=("x", "n", "word"), windows=WINDOWS, aggregates=ALL),
        SourceBlock(source="s", columns=("x", "n", "word")),
    ]
    without, _ = computed([person], {"s": (source, rows, COLUMNS)}, blocks)
    with_future, _ = computed([person], {"s": (source, rows + after, COLUMNS)}, blocks)
    assert with_future == without

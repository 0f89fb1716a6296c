"""Fifty features of a lender: how often monitors cry wolf, what they find of what was planted, and when."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

from harness.environments import peer_python
from harness.measuring import BENCHMARKS, measure
from harness.results import Report, table
from monitoring.events import EVENTS, N_MONTHS, N_REPETITIONS, N_ROWS
from monitoring.frames import FEATURES, N_REFERENCE, N_REFERENCES
from tenure.monitoring.config import MonitorPolicy
from tenure.stats.proportion import wilson_interval

HERE, PINS = BENCHMARKS / "monitoring", BENCHMARKS / "drift"
SIZES = ("60", "500", "5000")
N_STATIONARY = "200"
NOMINAL = MonitorPolicy().significance
N_FAMILIES = 6
"""Tests that are each made at the nominal rate in a month: PSI, means, nulls, new categories, each adjusted
over all features; values out of range; and the share of the classes."""
SURE = ("bureau_bell 0.5", "ledger_amount 0.5", "account_count 0.5", "outage", "new 0.05", "new 0.2", "unit")
"""What must be found in its month, every time."""
NEAR = 0.02
"""How near estimates of the AUC must come to what came true, in the mean, while nothing has happened."""

Numbers = Mapping[str, Any]


def run(*, n_runs: int = 1) -> Report:  # noqa: ARG001 - what is repeated is inside: seeds give the same rows
    """Every side on the same months."""
    asked = (N_STATIONARY, *SIZES)
    found: dict[str, Numbers] = {"Tenure": measure(HERE / "product.py", *asked).result}
    for name, package in {"Evidently": "evidently", "NannyML": "nannyml"}.items():
        python = peer_python(package, PINS / f"{package}.txt")
        found[name] = measure(HERE / f"{package}_peer.py", *asked, python=python).result
    return report(found)


def report(found: Mapping[str, Numbers]) -> Report:
    """Three tables, and what does not hold."""
    body = "\n\n".join(
        (
            _WORDS_ALARMS,
            table(
                ("system", "rows a month", "features told of", "95 %", "months with one", "s a month"),
                _alarms(found),
            ),
            _WORDS_EVENTS,
            table(
                ("planted", "Tenure", "as", "cause", "Evidently", "NannyML", "NannyML, 20 chunks"),
                _events(found),
            ),
            _WORDS_FINE,
            table(("planted", "Tenure"), _fine(found["Tenure"])),
            _WORDS_ESTIMATES,
            table(
                ("months", "Tenure", "by chance alone", "NannyML", "told of once labels came"),
                _estimates(found),
            ),
        )
    )
    title = "Fifty features in which nothing happens, and in which something does"
    return Report(title, body, dict(found), tuple(_failures(found)))


def _alarms(found: Mapping[str, Numbers]) -> list[list[str]]:
    kinds = {
        "Tenure": found["Tenure"]["false_alarms"],
        "Evidently": found["Evidently"]["false_alarms"],
        "NannyML": found["NannyML"]["false_alarms"],
        "NannyML, 20 chunks": found["NannyML"]["long_false_alarms"],
    }
    preset = found["Evidently"]["preset"]["seconds"]
    return [
        [
            name,
            f"{each['n_rows']:,}",
            _percent(each["n_features"], each["n_months"] * len(FEATURES)),
            _interval(each["n_features"], each["n_months"] * len(FEATURES)),
            _percent(each["n_months_told"], each["n_months"]),
            f"{each['seconds']:.2f}"
            if "seconds" in each
            else f"{preset:.0f}"
            if each["n_rows"] == N_ROWS
            else "",
        ]
        for name, runs in kinds.items()
        for each in runs
    ]


def _events(found: Mapping[str, Numbers]) -> list[list[str]]:
    ours, peers = (
        found["Tenure"]["events"],
        (("Evidently", "events"), ("NannyML", "events"), ("NannyML", "long_events")),
    )
    return [
        [
            event.words,
            _when([each["delay"] for each in ours[name]]),
            _as(ours[name]),
            _causes(ours[name], event.cause),
            *(_when(found[peer][kind][name]) for peer, kind in peers),
        ]
        for name, event in EVENTS.items()
    ]


def _fine(ours: Numbers) -> list[list[str]]:
    alarms = ours["fine_false_alarms"][0]
    n = alarms["n_months"] * len(FEATURES)
    rows = [
        [EVENTS[name].words, _when([each["delay"] for each in runs])] for name, runs in ours["fine"].items()
    ]
    return [
        *rows,
        [
            "nothing: features told of",
            f"{_percent(alarms['n_features'], n)} ({_interval(alarms['n_features'], n)})",
        ],
    ]


def _estimates(found: Mapping[str, Numbers]) -> list[list[str]]:
    return [
        [
            world,
            _error(runs),
            f"{_chance(runs):.3f}",
            _error(found["NannyML"]["estimates"][world]),
            _told(runs),
        ]
        for world, runs in found["Tenure"]["estimates"].items()
    ]


def _failures(found: Mapping[str, Numbers]) -> list[str]:
    ours = found["Tenure"]
    failures = [
        f"{name} was given other rows" for name in found if found[name]["checksum"] != ours["checksum"]
    ]
    failures += (
        []
        if found["Evidently"]["preset"]["same"]
        else ["Evidently's preset says something else than its tests"]
    )
    for each in (*ours["false_alarms"], *ours["fine_false_alarms"]):
        n = each["n_months"]
        at = f"at {each['n_rows']:,} rows"
        if _low(each["n_features"], n * len(FEATURES)) > NOMINAL:
            failures.append(f"{at} more features are told of than the nominal {NOMINAL:.0%}")
        if _low(each["n_months_told"], n) > N_FAMILIES * NOMINAL:
            failures.append(
                f"{at} more months have a false alarm than the nominal {N_FAMILIES * NOMINAL:.0%}"
            )
    for name in SURE:
        runs = ours["events"][name]
        missed = sum(each["delay"] != 0 for each in runs)
        wrong = sum(not _named(each, EVENTS[name].cause) for each in runs)
        failures += [f"{EVENTS[name].words}: missed in its month {missed} of {len(runs)} times"] * (
            missed > 0
        )
        failures += [f"{EVENTS[name].words}: another cause named {wrong} of {len(runs)} times"] * (wrong > 0)
    off = mean(abs(each["truth"] - each["estimate"]) for each in ours["estimates"]["nothing"])
    return [*failures, *[f"estimates of the AUC are off by {off:.3f}, not {NEAR}"] * (off > NEAR)]


def _when(delays: Sequence[int | str | None]) -> str:
    """In its month, within ten, and the mean number of months later."""
    if "error" in delays:
        return f"ends with an error ({delays.count('error')} of {len(delays)})"
    found = [delay for delay in delays if isinstance(delay, int)]
    later = f", {mean(found):.1f}" if found else ""
    return f"{_percent(found.count(0), len(delays))}, {_percent(len(found), len(delays))}{later}"


def _as(runs: Sequence[Numbers]) -> str:
    found = [each for each in runs if each["delay"] is not None]
    return f"{_percent(sum(each['alert'] for each in found), len(found))} alert" if found else ""


def _causes(runs: Sequence[Numbers], cause: tuple[str, str] | None) -> str:
    found = [each for each in runs if each["delay"] is not None]
    right = sum(_named(each, cause) for each in found)
    named = "none named" if cause is None else f"{cause[0]}, `{cause[1]}`"
    return f"{named}: {right} of {len(found)}"


def _named(each: Numbers, cause: tuple[str, str] | None) -> bool:
    """Whether the causes that were named are the one there is, or none where there is none."""
    return [tuple(one) for one in each.get("causes", [])] == ([] if cause is None else [cause])


def _error(runs: Sequence[Numbers]) -> str:
    errors = [each["truth"] - each["estimate"] for each in runs]
    return f"{mean(map(abs, errors)):.3f} (mean {mean(errors):+.3f})"


def _chance(runs: Sequence[Numbers]) -> float:
    """The mean absolute error if the probabilities were right: of a normal error, sqrt(2 / pi) deviations."""
    deviation: float = mean(each["standard_error"] for each in runs)
    return math.sqrt(2 / math.pi) * deviation


def _told(runs: Sequence[Numbers]) -> str:
    names = sorted({name for each in runs for name in each["alerts"]})
    counts = {name: sum(name in each["alerts"] for each in runs) for name in names}
    return ", ".join(f"`{name}` {_percent(n, len(runs))}" for name, n in counts.items()) or "nothing"


def _percent(n: int, of: int) -> str:
    share = 100 * n / of
    return f"{share:.2f} %" if 0 < share < 1 else f"{share:.0f} %"


def _interval(n: int, of: int) -> str:
    found = wilson_interval(n, of)
    return f"{100 * found.low:.2f}–{100 * found.high:.2f}"


def _low(n: int, of: int) -> float:
    return wilson_interval(n, of).low


_WORDS_ALARMS = (
    f"{len(FEATURES)} features (bells, amounts, counts, shares, mostly zero, mostly null, categories of "
    f"2 to 600 values), {N_REFERENCES} references of {N_REFERENCE:,} rows in turn, {N_STATIONARY} months "
    "in which nothing happened. Told of is a feature that is an alert or a warning; of Evidently and "
    "NannyML, with their defaults, one that has drifted. Tenure's nominal rate is "
    f"{NOMINAL:.0%} of the features that are told of, and {NOMINAL:.0%} of the months for each of "
    f"{N_FAMILIES} families of tests. NannyML learns its limits from chunks of the reference, of which "
    "there are four of 500 rows and none of 5,000; so it is given references of 20 chunks beside them. "
    "The seconds of Evidently are those of `DataDriftPreset`; what it says comes from the tests that it "
    "picks, which were held against it once."
)
_WORDS_EVENTS = (
    f"Planted, {N_ROWS} rows a month, {N_REPETITIONS} times each: found in its month, found within "
    f"{N_MONTHS} months, and after how many months in the mean. A shift is one of the mean, in standard "
    "deviations of the feature. The cause is right where it is named and no other is; where there is "
    "none, where none is named."
)
_WORDS_FINE = (
    "A tenth of a standard deviation is below what monitors are asked to tell (`monitor.mean_shift` "
    "0.2). With 0.05, and 5,000 rows a month:"
)
_WORDS_ESTIMATES = (
    f"The AUC of {2 * N_REPETITIONS} months of {N_ROWS} rows each, estimated before there are labels: "
    "mean absolute error, and mean error. By chance alone is what labels of so few rows would make of the "
    "first if every probability were right. The model knows four of the six features that make people "
    "default. In the recession the same features mean more defaults, which no score can see; it is told "
    "of once labels come."
)

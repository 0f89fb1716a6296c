from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from tenure.auditing.config import AuditPolicy, Mute
from tenure.auditing.contamination import check_duplicates, check_entities
from tenure.auditing.muting import mute
from tenure.auditing.outcome import check_outcome_columns
from tenure.auditing.proxies import check_proxies
from tenure.auditing.rows import AuditedRows
from tenure.auditing.target import check_target
from tenure.auditing.temporal import check_known_at, check_rebuilt, choose_events, rows_of_day
from tenure.domain.cuts import CutPolicy, cuts_of
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.splits import SplitPolicy, entity_codes, split_by_time

N = 600
START = datetime(2024, 1, 1)
POLICY = AuditPolicy()


def number(name, inputs=()):
    return FeatureColumn(name, FeatureKind.NUMBER, "block", inputs)


def category(name):
    return FeatureColumn(name, FeatureKind.CATEGORY, "block")


def make_rows(columns=None, *, label=None, ids=None, horizon=timedelta(days=30), known_at=None):
    """Honest rows over six months, 100 each, with the columns given put in."""
    generator = np.random.default_rng(5)
    times = [START + timedelta(days=30 * (place // 100)) for place in range(N)]
    label = label if label is not None else generator.integers(0, 2, N)
    honest = generator.normal(size=N) + 0.5 * label
    cells = {
        "id": pa.array(ids if ids is not None else [f"c{place}" for place in range(N)]),
        "event_time": pa.array(times, pa.timestamp("us")),
        "known_at": pa.array(known_at or times, pa.timestamp("us")),
        "label_known_at": pa.array([time + horizon for time in times], pa.timestamp("us")),
        "label": pa.array([str(value) for value in label]),
        "honest": pa.array(honest),
    }
    kinds = [number("honest")]
    for name, values in (columns or {}).items():
        cells[name] = pa.array(values)
        kinds.append(category(name) if pa.types.is_string(cells[name].type) else number(name))
    return AuditedRows(pa.table(cells), ("id",), tuple(kinds))


def sides_of(rows, policy=None):
    known = rows.table["label_known_at"].to_numpy()
    codes = entity_codes(rows.table, rows.keys)
    return split_by_time(rows.event_times, known, codes, policy=policy or SplitPolicy())


def codes_of(findings):
    return sorted((f.code, f.column) for f in findings if f.outcome is Outcome.FOUND)


def test_honest_rows_pass_every_check():
    rows = make_rows()
    assert check_known_at(rows).outcome is Outcome.PASSED
    assert codes_of(check_target(rows, policy=POLICY)) == []
    assert check_entities(rows, sides_of(rows)).outcome is Outcome.PASSED
    assert check_duplicates(rows, sides_of(rows), policy=POLICY).outcome is Outcome.PASSED


def test_an_ingredient_known_a_second_after_the_event_is_found():
    times = make_rows().event_times.tolist()
    times[7] = times[7] + timedelta(seconds=1)
    finding = check_known_at(make_rows(known_at=times))
    assert (finding.code, finding.n_rows, finding.blocks) == ("LEAK001", 1, True)
    assert "c7" in finding.examples[0]


def test_rows_without_any_ingredient_use_nothing_from_the_future():
    assert check_known_at(make_rows(known_at=[None] * N)).outcome is Outcome.PASSED


def test_a_feature_that_comes_out_otherwise_without_the_future_is_named():
    rows = make_rows({"clean": np.arange(N) * 1.0, "ahead": np.arange(N) * 1.0})
    stored = rows_of_day(rows.table, date(2024, 1, 1))
    again = stored.set_column(stored.column_names.index("ahead"), "ahead", pa.array([0.5] * 100))
    found = list(check_rebuilt(stored, again, keys=["id"], columns=rows.columns))
    assert codes_of(found) == [("LEAK002", "ahead")]
    assert found[0].n_rows == 100


def test_a_null_that_was_a_value_is_a_difference_and_nan_equals_nan():
    rows = make_rows({"x": [float("nan")] * N, "word": ["a"] * N})
    stored = rows_of_day(rows.table, date(2024, 1, 1))
    assert codes_of(check_rebuilt(stored, stored, keys=["id"], columns=rows.columns)) == []
    word = stored.column_names.index("word")
    again = stored.set_column(word, "word", pa.array([None, *["a"] * 99], pa.string()))
    found = list(check_rebuilt(stored, again, keys=["id"], columns=rows.columns))
    assert codes_of(found) == [("LEAK002", "word")]


def test_a_rebuild_without_rows_is_skipped_and_not_passed():
    rows = make_rows()
    found = list(check_rebuilt(rows.table, rows.table.slice(0, 0), keys=["id"], columns=rows.columns))
    assert [f.outcome for f in found] == [Outcome.SKIPPED]


def test_the_sampled_days_reach_from_the_first_to_the_last():
    days = choose_events(make_rows(), 3)
    assert days[0] == date(2024, 1, 1)
    assert days[-1] == date(2024, 1, 1) + timedelta(days=150)
    assert len(days) == 3


def test_a_column_that_is_the_label_is_found_by_rank_and_by_value():
    label = np.random.default_rng(1).integers(0, 2, N)
    rows = make_rows({"paid_off": (1 - label) * 1.0}, label=label)
    assert codes_of(check_target(rows, policy=POLICY)) == [("LEAK003", "paid_off"), ("LEAK005", "paid_off")]


def test_a_column_null_exactly_for_one_outcome_is_found():
    label = np.random.default_rng(2).integers(0, 2, N)
    noise = np.random.default_rng(3).normal(size=N)
    values = [float(x) if y else None for x, y in zip(noise, label, strict=True)]
    assert ("LEAK004", "closed_on") in codes_of(
        check_target(make_rows({"closed_on": values}, label=label), policy=POLICY)
    )


def test_a_handful_of_nulls_in_one_class_is_no_leak():
    label = np.random.default_rng(2).integers(0, 2, N)
    values = np.random.default_rng(3).normal(size=N).tolist()
    for place in np.flatnonzero(label)[:5]:
        values[place] = None
    assert codes_of(check_target(make_rows({"gap": values}, label=label), policy=POLICY)) == []


def test_a_category_that_betrays_the_outcome_in_a_third_of_the_rows_is_found():
    label = np.random.default_rng(4).integers(0, 2, N)
    words = ["collection" if y and place % 3 else "open" for place, y in enumerate(label)]
    assert codes_of(check_target(make_rows({"state": words}, label=label), policy=POLICY)) == [
        ("LEAK005", "state")
    ]


def test_a_rare_class_does_not_make_every_value_suspicious():
    """With 2 % positives, groups of 30 rows without one are chance, not a leak."""
    generator = np.random.default_rng(8)
    label = (generator.random(N) < 0.02).astype(int)
    words = generator.choice([f"w{i}" for i in range(12)], N).tolist()
    assert codes_of(check_target(make_rows({"word": words}, label=label), policy=POLICY)) == []


def test_three_classes_are_audited_the_same_way():
    label = np.random.default_rng(6).integers(0, 3, N)
    rows = make_rows({"is_two": (label == 2) * 1.0}, label=label)
    assert ("LEAK003", "is_two") in codes_of(check_target(rows, policy=POLICY))


def test_one_class_only_has_nothing_to_betray():
    assert list(check_target(make_rows(label=np.zeros(N, int)), policy=POLICY)) == []


def test_an_entity_seen_again_within_its_outcome_window_is_found():
    ids = [f"c{place % 100}" for place in range(N)]
    rows = make_rows(ids=ids, horizon=timedelta(days=400))
    finding = check_entities(rows, sides_of(rows, SplitPolicy(entity_embargo="never")))
    assert finding.blocks
    assert finding.n_rows > 0


def test_the_entity_embargo_leaves_nothing_to_find():
    ids = [f"c{place % 250}" for place in range(N)]
    rows = make_rows(ids=ids, horizon=timedelta(days=61))
    unguarded = check_entities(rows, sides_of(rows, SplitPolicy(entity_embargo="never")))
    guarded = check_entities(rows, sides_of(rows, SplitPolicy(entity_embargo="overlapping")))
    assert unguarded.blocks
    assert guarded.outcome is Outcome.PASSED


def test_copied_rows_on_both_sides_of_the_split_are_found():
    values = np.random.default_rng(9).normal(size=N)
    label = np.random.default_rng(9).integers(0, 2, N)
    honest = make_rows({"x": values}, label=label)
    values, label = values.copy(), label.copy()
    values[500:520], label[500:520] = values[0:20], label[0:20]
    copied = make_rows({"x": values}, label=label)
    copied = AuditedRows(copied.table, copied.keys, (copied.columns[1],))
    clean = AuditedRows(honest.table, honest.keys, (honest.columns[1],))
    assert check_duplicates(copied, sides_of(copied), policy=POLICY).n_rows == 20
    assert check_duplicates(copied, sides_of(copied), policy=POLICY).blocks
    assert check_duplicates(clean, sides_of(clean), policy=POLICY).outcome is Outcome.PASSED


def test_what_the_label_is_made_of_is_no_feature():
    columns = [number("ledger_overdue", ("ledger.overdue",)), number("income", ("financials.income",))]
    found = list(check_outcome_columns(columns, frozenset({"ledger.overdue", "ledger.due"})))
    assert codes_of(found) == [("LEAK008", "ledger_overdue")]


def test_a_muted_finding_does_not_block_and_its_reason_is_kept():
    leaks = [Finding("LEAK008", Severity.ERROR, "m", column=name) for name in ("a", "b")]
    answer = Mute(code="LEAK008", column="a", reason="balance at month 0 is known at the start")
    findings, muted = mute(leaks, [answer])
    assert [f.blocks for f in findings] == [False, True]
    assert muted == ("LEAK008 a: balance at month 0 is known at the start",)


def test_a_mute_needs_a_reason():
    with pytest.raises(ValueError, match="reason"):
        Mute(code="LEAK008", column="a", reason="")


def test_a_number_and_a_category_that_tell_a_protected_group_are_named():
    generator = np.random.default_rng(1)
    sex = np.where(generator.random(N) < 0.4, "f", "m").astype(object)
    height = 165 + 12 * (sex == "m") + generator.normal(size=N) * 6
    title = np.where(sex == "f", "Mrs", "Mr")
    rows = make_rows({"height": height, "title": title.tolist(), "noise": generator.normal(size=N)})
    sex[:5] = "unknown"
    found = list(check_proxies(rows, {"people_sex": sex}, policy=POLICY))
    assert codes_of(found) == [("FAIR001", "height"), ("FAIR001", "title")]
    assert not any(finding.blocks for finding in found)


def test_features_that_tell_no_group_pass():
    groups = np.where(np.random.default_rng(2).random(N) < 0.5, "f", "m").astype(object)
    found = list(check_proxies(make_rows(), {"people_sex": groups}, policy=POLICY))
    assert [f.outcome for f in found] == [Outcome.PASSED]


def test_a_number_is_audited_as_the_classes_it_is_cut_into():
    price = np.exp(np.random.default_rng(2).normal(size=N))
    rows = make_rows({"tax": 0.2 * price, "noise": np.random.default_rng(3).normal(size=N)})
    priced = rows.table.set_column(rows.table.column_names.index("label"), "label", pa.array(price))
    policy = CutPolicy(quantiles=(0.4, 0.8), classes=("low", "medium", "high"))
    cut = AuditedRows(
        priced, rows.keys, rows.columns, cuts_of(policy, priced["label"], np.arange(N) < N // 2)
    )
    assert cut.classes == ("high", "low", "medium")
    assert codes_of(check_target(cut, policy=POLICY)) == [("LEAK003", "tax")]


@pytest.mark.parametrize("group", ["unknown", "f"])
def test_proxies_of_an_attribute_with_one_group_or_none_are_skipped_and_never_passed(group):
    groups = np.full(N, group, dtype=object)
    found = list(check_proxies(make_rows(), {"people_sex": groups}, policy=POLICY))
    assert [f.outcome for f in found] == [Outcome.SKIPPED]

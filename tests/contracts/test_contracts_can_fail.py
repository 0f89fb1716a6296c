"""A contract that no adapter can break guards nothing: each of these breaks one promise."""

from contextlib import contextmanager

import pyarrow as pa
import pytest

from tenure.domain.entities import entity_id
from tenure.domain.online import OnlineRow
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine
from tenure.stores.memory import MemoryRegistry, MemoryRun, MemoryTracker
from tenure.stores.online.sqlite import SqliteOnlineStore
from tenure.testing import (
    ENGINE_CONTRACT,
    EXPERIMENT_TRACKER_CONTRACT,
    MODEL_REGISTRY_CONTRACT,
    ONLINE_STORE_CONTRACT,
    TABLE_STORE_CONTRACT,
)


class PromotesWhoeverIsInOffice(MemoryRegistry):
    def promote(self, version, *, expected):
        del expected
        self._get(version)
        self._aliases["production"] = version
        self._aliases.pop("staging", None)


class RegistersTwice(MemoryRegistry):
    def register(self, bundle, *, as_of, sha256, tags):
        known, self._versions = self._versions, []
        version = super().register(bundle, as_of=as_of, sha256=sha256, tags=tags)
        self._versions = [*known, version]
        return version


class KeepsNoCopies(MemoryRegistry):
    def register(self, bundle, *, as_of, sha256, tags):
        self.folder = bundle.parent
        version = super().register(bundle, as_of=as_of, sha256=sha256, tags=tags)
        (self.folder / sha256).rename(self.folder / "moved")
        (self.folder / sha256).symlink_to(bundle)
        return version


class NeverGoesOn(MemoryTracker):
    @contextmanager
    def run(self, name, *, as_of):
        run = MemoryRun(name, str(len(self.runs)), as_of)
        self.runs.append(run)
        yield run


class SwallowsErrors(MemoryTracker):
    @contextmanager
    def run(self, name, *, as_of):
        try:
            with super().run(name, as_of=as_of) as run:
                yield run
        except Exception:  # noqa: BLE001, S110 - the fault that is planted
            pass


class ReplacesEverything(DeltaStore):
    def replace(self, table, rows, *, as_of, where=None):
        for period in self.periods(table):
            self.remove(table, as_of=period)
        return super().replace(table, rows, as_of=as_of, where=where)


class ForgetsWhere(DeltaStore):
    def replace(self, table, rows, *, as_of, where=None):
        del where
        return super().replace(table, rows, as_of=as_of)


class ReadsAllPeriods(DeltaStore):
    def read(self, table, *, columns=None, after=None, until=None):
        del after, until
        return super().read(table, columns=columns)


class ReadsFiles(DuckDBEngine):
    def sql(self, query, tables):
        for name, rows in tables.items():
            self._ibis.create_table(name, self.arrow(rows), overwrite=True)
        return self._ibis.sql(query)


class LastWriteWins(SqliteOnlineStore):
    def add(self, rows, *, keys):
        table = rows.read_all()
        with self._writing() as connection:
            names = [(entity_id({"id": name}),) for name in table["id"].to_pylist()]
            connection.executemany("DELETE FROM latest WHERE entity = ?", names)
        return super().add(table.to_reader(), keys=keys)


class WritesRowByRow(SqliteOnlineStore):
    def add(self, rows, *, keys):
        added = 0
        for batch in rows:
            for place in range(batch.num_rows):
                part = batch.slice(place, 1)
                added += super().add(pa.RecordBatchReader.from_batches(part.schema, [part]), keys=keys)
        return added


class RoundsFloats(SqliteOnlineStore):
    def latest(self, entities):
        def rounded(row):
            values = {n: round(v, 9) if isinstance(v, float) else v for n, v in row.values.items()}
            return OnlineRow(row.event_time, row.as_of, values)

        return tuple(row and rounded(row) for row in super().latest(entities))


class CallsEverybodyUnknown(SqliteOnlineStore):
    def latest(self, entities):
        return super().latest(entities) if self.path.exists() else (None,) * len(entities)


def broken_promises(contract, make):
    """The names of the checks that fail; each gets an adapter of its own."""
    broken = set()
    for number, check in enumerate(contract):
        try:
            check(*make(number))
        except Exception:  # noqa: BLE001 - however it shows
            broken.add(check.__name__)
    return broken


@pytest.mark.parametrize(
    ("adapter", "promise"),
    [
        (
            PromotesWhoeverIsInOffice,
            "promoting_against_another_champion_than_expected_changes_nothing",
        ),
        (RegistersTwice, "registering_the_same_bundle_for_the_same_period_again_makes_no_new_version"),
        (
            KeepsNoCopies,
            "a_versions_bundle_is_the_one_that_was_registered_whatever_happens_to_the_original",
        ),
    ],
)
def test_a_registry_that_breaks_a_promise_is_found_out(adapter, promise, tmp_path):
    def make(number):
        work = tmp_path / f"work{number}"
        work.mkdir()
        return adapter("loans", tmp_path / f"registry{number}"), work

    assert promise in broken_promises(MODEL_REGISTRY_CONTRACT, make)


@pytest.mark.parametrize(
    ("adapter", "promise"),
    [
        (NeverGoesOn, "a_run_that_was_cut_off_goes_on_under_the_same_identity"),
        (SwallowsErrors, "an_error_in_a_child_goes_through"),
    ],
)
def test_a_tracker_that_breaks_a_promise_is_found_out(adapter, promise, tmp_path):
    assert promise in broken_promises(EXPERIMENT_TRACKER_CONTRACT, lambda _: (adapter(), tmp_path))


@pytest.mark.parametrize(
    ("adapter", "promise"),
    [
        (ReplacesEverything, "replacing_a_period_leaves_the_others_alone"),
        (ForgetsWhere, "replacing_what_matches_leaves_the_rest_of_the_period"),
        (ReadsAllPeriods, "a_range_of_periods_begins_after_its_first_bound_and_ends_with_its_second"),
    ],
)
def test_a_store_that_breaks_a_promise_is_found_out(adapter, promise, tmp_path):
    def make(number):
        return (adapter(tmp_path / str(number)),)

    assert promise in broken_promises(TABLE_STORE_CONTRACT, make)


@pytest.mark.parametrize(
    ("adapter", "promise"),
    [
        (LastWriteWins, "the_newest_row_stays_in_whatever_order_periods_come"),
        (WritesRowByRow, "a_write_that_breaks_off_leaves_everything_as_it_was"),
        (WritesRowByRow, "who_reads_meanwhile_sees_whole_periods_only"),
        (RoundsFloats, "values_and_their_types_survive_to_the_last_bit"),
        (CallsEverybodyUnknown, "a_store_that_was_never_filled_says_so"),
    ],
)
def test_an_online_store_that_breaks_a_promise_is_found_out(adapter, promise, tmp_path):
    def make(_):
        return (lambda: adapter(tmp_path / "features.db", seconds=5.0),)

    (check,) = (check for check in ONLINE_STORE_CONTRACT if check.__name__ == promise)
    assert broken_promises([check], make) == {promise}


def test_an_engine_whose_queries_can_read_files_is_found_out(tmp_path):
    def make(number):
        work = tmp_path / str(number)
        work.mkdir()
        return ReadsFiles(), work

    assert "a_query_sees_nothing_else" in broken_promises(ENGINE_CONTRACT, make)


def test_the_adapters_in_memory_break_no_promise(tmp_path):
    def make(number):
        work = tmp_path / f"work{number}"
        work.mkdir()
        return MemoryRegistry("loans", tmp_path / f"registry{number}"), work

    assert broken_promises(MODEL_REGISTRY_CONTRACT, make) == set()

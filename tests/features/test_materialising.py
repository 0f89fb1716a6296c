"""gold/features and the online store: the latest row of each entity, in whatever order periods are built."""

from __future__ import annotations

import os
import random
import signal
from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest

from tenure.domain.artefacts import Silver
from tenure.domain.periods import Period, PeriodUnit
from tenure.domain.sources import Source
from tenure.domain.tables import AS_OF, EVENT_TIME, FEATURES, KNOWN_AT, ROW_EVENT_TIME, ROW_KNOWN_AT, silver
from tenure.errors import OnlineStoreError
from tenure.features import Label, Population, SourceBlock, build, materialise
from tenure.features.materialising import materialise_period
from tenure.stores.online.sqlite import SqliteOnlineStore

MONTHS = [date(2024, month, 1) for month in range(1, 7)]
KEYS = ("person", "loan")
PEOPLE = [(f"p{number}", number % 3) for number in range(12)]


@pytest.fixture
def online(tmp_path):
    store = SqliteOnlineStore(tmp_path / "online" / "features.db")
    yield store
    store.close()


def drawn(as_of, draw):
    """Rows of a period: some people, some of them twice, some with an event of long ago."""
    rows = []
    for person, loan in draw.choices(PEOPLE, k=10):
        before = draw.choice([1, 5, 20, 70])
        time = datetime.combine(as_of, datetime.min.time()) - timedelta(
            days=before, seconds=draw.randrange(9)
        )
        row = {"person": person, "loan": loan, EVENT_TIME: time, KNOWN_AT: time}
        rows.append(row | {"x": draw.random(), "word": draw.choice(["a", "ö", None])})
    return list({(row["person"], row[EVENT_TIME]): row for row in rows}.values())


def write(store, as_of, rows):
    kinds = {"person": pa.string(), "loan": pa.int64(), EVENT_TIME: pa.timestamp("us")}
    schema = pa.schema(
        [*kinds.items(), (KNOWN_AT, pa.timestamp("us")), ("x", pa.float64()), ("word", pa.string())]
    )
    store.replace(FEATURES, pa.Table.from_pylist(rows, schema=schema), as_of=as_of)


def expected(store, until=date.max):
    """The latest row of each entity in gold, found by looking at every row."""
    found = {}
    for row in store.read(FEATURES).to_pylist():
        entity, stamp = (row["person"], row["loan"]), (row[EVENT_TIME], row[AS_OF])
        if row[AS_OF] <= until and (entity not in found or stamp > found[entity][:2]):
            found[entity] = (*stamp, {"x": row["x"], "word": row["word"]})
    return found


def kept(online):
    rows = online.latest([{"person": person, "loan": loan} for person, loan in PEOPLE])
    return {
        who: (row.event_time, row.as_of, row.values) for who, row in zip(PEOPLE, rows, strict=True) if row
    }


@pytest.mark.parametrize("seed", range(5))
def test_the_store_is_the_latest_of_gold_after_periods_in_any_order_and_again(seed, store, engine, online):
    draw = random.Random(seed)  # noqa: S311 - a draw for a test
    for as_of in draw.sample(MONTHS, 6) + draw.choices(MONTHS, k=6):
        write(store, as_of, drawn(as_of, draw))
        materialise_period(as_of, keys=KEYS, store=store, engine=engine, online=online)
        assert kept(online) == expected(store)


def test_a_period_that_is_emptied_gives_back_what_was_there_before(store, engine, online):
    for as_of in MONTHS[:2]:
        write(store, as_of, drawn(as_of, random.Random(3)))  # noqa: S311
        materialise_period(as_of, keys=KEYS, store=store, engine=engine, online=online)
    write(store, MONTHS[1], [])
    materialise_period(MONTHS[1], keys=KEYS, store=store, engine=engine, online=online)
    assert kept(online) == expected(store)
    assert {row[1] for row in kept(online).values()} == {MONTHS[0]}


def test_filling_it_anew_takes_gold_as_it_was_known_by_the_day(store, engine, online):
    draw = random.Random(1)  # noqa: S311
    for as_of in MONTHS:
        write(store, as_of, drawn(as_of, draw))
        materialise_period(as_of, keys=KEYS, store=store, engine=engine, online=online)
    n_entities = materialise(MONTHS[2], keys=KEYS, store=store, engine=engine, online=online)
    assert kept(online) == expected(store, until=MONTHS[2])
    assert n_entities == len(kept(online))
    for as_of in MONTHS[3:]:
        materialise_period(as_of, keys=KEYS, store=store, engine=engine, online=online)
    assert kept(online) == expected(store)


def test_without_gold_there_is_nothing_to_fill_it_from(store, engine, online):
    with pytest.raises(OnlineStoreError, match="no table gold/features"):
        materialise(MONTHS[0], keys=KEYS, store=store, engine=engine, online=online)


@pytest.mark.parametrize("n_before", [0, 1, 3])
def test_killed_inside_a_write_and_repeated_it_is_as_if_it_never_was(n_before, store, engine, online):
    draw = random.Random(2)  # noqa: S311
    for as_of in MONTHS[:2]:
        write(store, as_of, drawn(as_of, draw))
    materialise_period(MONTHS[0], keys=KEYS, store=store, engine=engine, online=online)
    before = kept(online)
    online.close()
    rows = store.read(FEATURES, after=MONTHS[0], until=MONTHS[1]).drop([KNOWN_AT])
    child = os.fork()
    if child == 0:  # only SQLite: no thread of the parent lives here

        def batches():
            for place, batch in enumerate(rows.to_batches(max_chunksize=1)):
                if place == n_before:
                    os.kill(os.getpid(), signal.SIGKILL)
                yield batch

        SqliteOnlineStore(online.path).add(
            pa.RecordBatchReader.from_batches(rows.schema, batches()), keys=KEYS
        )
        os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert kept(online) == before
    materialise_period(MONTHS[1], keys=KEYS, store=store, engine=engine, online=online)
    assert kept(online) == expected(store)


class Broken:
    """A store that is filled while it does not answer."""

    def holds(self, as_of):  # noqa: ARG002 - the port asks for it
        return False

    def add(self, rows, *, keys):  # noqa: ARG002
        raise OnlineStoreError("the online store does not answer", transient=True)


def test_a_build_whose_store_does_not_answer_leaves_gold_whole_and_can_be_repeated(
    store, engine, online, tmp_path
):
    time = datetime(2024, 1, 10)
    silver_rows = pa.table(
        {
            "id": ["a"],
            "bad": [0],
            ROW_EVENT_TIME: pa.array([time], pa.timestamp("us")),
            ROW_KNOWN_AT: pa.array([time], pa.timestamp("us")),
        }
    )
    period = Period(date(2024, 2, 1), PeriodUnit.MONTH, first=True)
    store.replace(silver("loans"), silver_rows, as_of=period.as_of)
    asked = "SELECT id, _event_time AS event_time"
    settings = {
        "sources": {"loans": Source(path="l", keys=("id",), event_time="t")},
        "population": Population(select=f"{asked} FROM loans"),
        "label": Label(select=f"{asked}, bad AS label FROM loans", horizon="1 month"),
        "features": (SourceBlock(source="loans", columns=("bad",)),),
    }

    def run(online):
        return build(
            Silver(period, (), ()), **settings, root=tmp_path, store=store, engine=engine, online=online
        )

    with pytest.raises(OnlineStoreError):
        run(Broken())
    assert store.read(FEATURES).num_rows == 1
    gold = run(online)
    (row,) = online.latest([{"id": "a"}])
    assert (row.event_time, row.as_of) == (time, period.as_of)
    assert set(row.values) == {column.name for column in gold.columns}

"""The page on stability in a period of which no drift could be measured, and why."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tenure.domain.tables import MONITORING, RUNS
from tenure.render.deck.files import read_deck
from tenure.render.deck.model import Absence, Plot
from tenure.render.deck.pipeline import plain_text


@pytest.fixture
def unmeasured(lend):
    """A lender with a model in office, in whose last period no feature and no score was measured."""
    made = lend(n_periods=16)
    last = made.periods[-1].as_of
    rows = made.store.read(MONITORING, after=made.periods[-2].as_of, until=last)
    kept = rows.filter(pc.invert(pc.is_in(rows["scope"], pa.array(["feature", "score"]))))
    made.store.replace(MONITORING, kept.drop_columns(["as_of"]), as_of=last)
    return made


def stability(lender, project):
    deck = read_deck(lender.store, project=project(), as_of=lender.periods[-1].as_of)
    return next(page for page in deck.pages if page.topic == "Stability")


def scored(lender, n_rows):
    """The period's prediction is recorded with so many rows."""
    last = lender.periods[-1].as_of
    rows = lender.store.read(RUNS, after=lender.periods[-2].as_of, until=last).drop_columns(["as_of"])
    others = [row for row in rows.to_pylist() if row["step"] != "predict"]
    told = {**others[0], "step": "predict", "artefact": f'{{"slice": {{"n_rows": {n_rows}}}}}'}
    lender.store.replace(RUNS, pa.Table.from_pylist([*others, told], schema=rows.schema), as_of=last)


@pytest.mark.parametrize(("n_rows", "why"), [(0, "No event was scored"), (7, "Too little was scored")])
def test_with_a_model_in_office_the_months_before_are_drawn(unmeasured, project, n_rows, why):
    scored(unmeasured, n_rows)
    page = stability(unmeasured, project)
    assert plain_text(page.headline).startswith(f"{why} this month, so no drift was measured")
    assert [type(figure) for figure in page.figures] == [Plot]


def test_with_nobody_in_office_there_is_nothing_to_draw(lend, project):
    page = stability(lend(n_periods=5), project)
    assert plain_text(page.headline).startswith("Nobody was in office, so no drift was measured")
    assert [type(figure) for figure in page.figures] == [Absence]

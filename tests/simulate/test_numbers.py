from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest, linregress

from tenure.errors import SimulationError
from tenure.simulate import SIMULATORS, NumberStream, simulate_numbers, write_world
from tenure.simulate.numbers import LARGEST_X, LEVEL, SLOPE


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others() -> None:
    assert simulate_numbers(NumberStream()).equals(simulate_numbers(NumberStream()))
    assert not simulate_numbers(NumberStream()).equals(simulate_numbers(NumberStream(seed=1)))


def test_the_target_is_the_line_and_normal_noise() -> None:
    rows = simulate_numbers(NumberStream(n_numbers_per_month=2_000, seed=3)).to_pandas()
    line = linregress(rows.x, rows.y)
    assert line.slope == pytest.approx(SLOPE, abs=4 * line.stderr)
    assert line.intercept == pytest.approx(LEVEL, abs=4 * line.intercept_stderr)
    assert kstest((rows.y - LEVEL - SLOPE * rows.x) / NumberStream().noise, "norm").pvalue > 0.01
    assert kstest(rows.x / LARGEST_X, "uniform").pvalue > 0.01


def test_days_are_in_order_and_every_month_has_as_many() -> None:
    days = pd.to_datetime(simulate_numbers(NumberStream(n_months=3, n_numbers_per_month=50)).to_pandas().day)
    assert days.is_monotonic_increasing
    assert days.dt.month.value_counts().to_dict() == {1: 50, 2: 50, 3: 50}


def test_a_stream_that_cannot_be_is_refused_with_every_problem() -> None:
    with pytest.raises(SimulationError, match="`n_months` is 0") as caught:
        simulate_numbers(NumberStream(n_months=0, noise=-1))
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("name", list(SIMULATORS))
def test_every_simulator_writes_raw_files_and_its_project_keeping_one_that_is_there(
    name: str, tmp_path: Path
) -> None:
    written = write_world(name, tmp_path / "new", seed=1)
    assert all(path.is_file() for path in written)
    assert any(path.suffix == ".csv" for path in written)
    assert (tmp_path / "new" / "tenure.yaml").exists() == (SIMULATORS[name].template is not None)
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "tenure.yaml").write_text("mine")
    write_world(name, kept, seed=1)
    assert (kept / "tenure.yaml").read_text() == "mine"


def test_numbers_are_read_back_as_they_were(tmp_path: Path) -> None:
    (path,) = write_world("numbers", tmp_path, seed=4)
    rows = simulate_numbers(NumberStream(seed=4)).to_pandas()
    np.testing.assert_allclose(pd.read_csv(path)[["x", "y"]], rows[["x", "y"]])

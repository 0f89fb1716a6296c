"""A payday lender's tables: as large, as skewed and as treacherous as those of a real one."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from tenure.errors import SimulationError
from tenure.simulate import PaydayLender, simulate_payday, write_payday
from tenure.simulate.payday_words import BAD, GOOD, NEVER, OPEN, VOIDED

SMALL = PaydayLender(n_loans=12_000, n_payments=15_500, n_reports=1_030, seed=3)
TINY = PaydayLender(n_loans=1_000, n_payments=1_500, n_reports=80)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, pd.DataFrame]:
    """The files as they are read."""
    paths = write_payday(SMALL, tmp_path_factory.mktemp("payday"))
    return {path.stem: pd.read_csv(path) for path in paths}


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return simulate_payday(SMALL).truth.to_pandas()


def test_the_same_lender_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    one, two, other = (tmp_path / name for name in ("one", "two", "other"))
    for folder, lender in ((one, TINY), (two, TINY)):
        write_payday(lender, folder)
    write_payday(PaydayLender(n_loans=1_000, n_payments=1_600, n_reports=80, seed=1), other)
    for file in ("loan.csv", "payment.csv", "clarity.csv"):
        assert (one / file).read_bytes() == (two / file).read_bytes() != (other / file).read_bytes()


def test_the_tables_have_as_many_rows_as_were_asked_for(tables: Mapping[str, pd.DataFrame]) -> None:
    assert {name: len(rows) for name, rows in tables.items()} == {
        "loan": 12_000,
        "payment": 15_500,
        "clarity": 1_030,
    }
    assert PaydayLender().n_loans, PaydayLender().n_payments == (57_768, 68_936)


@pytest.mark.parametrize("table", ["loan", "payment", "clarity"])
def test_columns_and_types_are_those_of_the_true_tables(
    table: str, tables: Mapping[str, pd.DataFrame], shared_data: Path
) -> None:
    true = pd.read_csv(shared_data / "moneylion" / f"{table}_head_raw.csv", dtype=str)
    ours = tables[table]
    assert list(ours.columns) == list(true.columns)
    for name in true.columns.difference(["paymentReturnCode"]):
        shown = true[name].dropna()
        if len(shown):
            pattern = shown.iloc[0].translate(str.maketrans("123456789abcdef", "000000000aaaaaa"))
            assert ours[name].notna().any(), pattern


def test_most_applications_are_withdrawn_and_about_three_in_five_loans_go_bad(
    tables: Mapping[str, pd.DataFrame],
) -> None:
    status = tables["loan"]["loanStatus"].value_counts(normalize=True)
    assert set(status.index) <= {*GOOD, *BAD, OPEN, *VOIDED, *NEVER}
    assert status["Withdrawn Application"] == pytest.approx(0.78, abs=0.03)
    settled = status[[each for each in status.index if each in {*GOOD, *BAD}]]
    assert settled[settled.index.isin(BAD)].sum() / settled.sum() == pytest.approx(0.6, abs=0.06)


def test_joining_the_payments_doubles_the_rows_as_it_does_in_the_true_tables(
    tables: Mapping[str, pd.DataFrame],
) -> None:
    joined = tables["loan"].merge(tables["payment"], on="loanId", how="left")
    assert len(joined) / len(tables["loan"]) == pytest.approx(1_227_094 / 577_682, abs=0.15)


def test_a_report_is_about_one_customer_and_may_belong_to_several_loans(
    tables: Mapping[str, pd.DataFrame],
) -> None:
    loans, reports = tables["loan"], tables["clarity"]
    assert reports["underwritingid"].is_unique
    named = loans.dropna(subset="clarityFraudId")
    assert len(named[["clarityFraudId", "anon_ssn"]].drop_duplicates()) == named["clarityFraudId"].nunique()
    shared = named[named["clarityFraudId"].isin(reports["underwritingid"])]["clarityFraudId"].value_counts()
    assert len(shared) == len(reports)
    assert (shared > 1).sum() > 10
    assert (loans["clarityFraudId"].notna() == loans["hasCF"].astype(bool)).all()


def test_a_report_is_never_younger_than_a_loan_it_belongs_to(tables: Mapping[str, pd.DataFrame]) -> None:
    named = tables["loan"].dropna(subset="clarityFraudId")
    made = named["clarityFraudId"].str[:8].map(lambda digits: int(digits, 16))
    asked = pd.to_datetime(named["applicationDate"]).astype("int64") // 10**6
    assert (made <= asked).all()


def test_every_loan_is_settled_within_eight_months(truth: pd.DataFrame) -> None:
    assert truth["settled_days"].between(1, 240).all()
    assert truth["settled_days"].max() > 170


def test_the_status_says_what_the_loan_came_to_or_that_it_is_open(
    tables: Mapping[str, pd.DataFrame], truth: pd.DataFrame
) -> None:
    both = tables["loan"].merge(truth, on="loanId", validate="one_to_one")
    assert len(both) == len(truth)
    ended = pd.to_datetime(both["applicationDate"]) + pd.to_timedelta(both["settled_days"] + 1, unit="D")
    closed = both[ended < pd.Timestamp(SMALL.last_day)]
    assert set(closed.loc[closed["is_bad"], "loanStatus"]) <= set(BAD)
    assert set(closed.loc[~closed["is_bad"], "loanStatus"]) <= set(GOOD)
    assert (both["loanStatus"] == OPEN).sum() > 50


def test_loans_paid_off_before_are_those_that_had_ended(
    tables: Mapping[str, pd.DataFrame], truth: pd.DataFrame
) -> None:
    loans = tables["loan"].merge(truth, on="loanId", how="left")
    asked = pd.to_datetime(loans["applicationDate"])
    ended = asked + pd.to_timedelta(loans["settled_days"], unit="D")
    good = loans[loans["is_bad"].eq(False)].assign(ended=ended)
    back = loans[loans["nPaidOff"] > 0]
    assert len(back) > 30
    for _, row in back.head(40).iterrows():
        asked_at = pd.Timestamp(row["applicationDate"])
        mine = good[good["anon_ssn"] == row["anon_ssn"]]
        certain = (mine["ended"] + pd.Timedelta(days=1) < asked_at).sum()
        assert certain <= row["nPaidOff"] <= (mine["ended"] - pd.Timedelta(days=1) < asked_at).sum()


def test_payments_after_the_event_know_the_outcome_and_a_flag_of_them_does_not_quite(
    tables: Mapping[str, pd.DataFrame], truth: pd.DataFrame
) -> None:
    paid = tables["payment"].query("paymentStatus == 'Checked'").groupby("loanId").size()
    rejected = tables["payment"].query("paymentStatus == 'Rejected'").groupby("loanId").size()
    closed = truth.set_index("loanId").join(tables["loan"].set_index("loanId")["loanStatus"])
    closed = closed[closed["loanStatus"] != OPEN]
    by_paid = roc_auc_score(~closed["is_bad"], paid.reindex(closed.index).fillna(0))
    by_missed = roc_auc_score(closed["is_bad"], rejected.reindex(closed.index).fillna(0))
    assert 0.7 < by_paid < 0.98
    assert 0.85 < by_missed < 0.999


def test_what_is_known_ranks_the_outcome_and_luck_does_the_rest(truth: pd.DataFrame) -> None:
    assert 0.83 <= roc_auc_score(truth["is_bad"], truth["log_odds"]) <= 0.91


def test_instalments_are_those_of_an_annuity(tables: Mapping[str, pd.DataFrame]) -> None:
    payments = tables["payment"].query("not isCollection")
    assert np.allclose(payments["principal"] + payments["fees"], payments["paymentAmount"], atol=0.011)
    regular = payments.drop_duplicates(["loanId", "installmentIndex"]).groupby("loanId")
    borrowed = tables["loan"].dropna(subset="loanAmount").set_index("loanId")["loanAmount"]
    repaid = regular["principal"].sum()
    both = pd.concat([repaid, borrowed], axis=1, join="inner")
    assert np.allclose(both["principal"], both["loanAmount"], atol=0.2)


def test_what_cannot_be_simulated_is_told_with_every_problem() -> None:
    with pytest.raises(SimulationError, match=r"`n_loans` is 3; .*; `dirt_share` is 2"):
        simulate_payday(PaydayLender(n_loans=3, dirt_share=2))
    with pytest.raises(SimulationError, match="the loans alone have"):
        simulate_payday(PaydayLender(n_loans=1_000, n_payments=200, n_reports=10))
    with pytest.raises(SimulationError, match="`n_reports` is 5,000"):
        simulate_payday(PaydayLender(n_loans=1_000, n_payments=2_000, n_reports=5_000))

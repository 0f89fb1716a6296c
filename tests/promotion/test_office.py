from datetime import date

import pyarrow as pa

from tenure.domain.models import ModelVersion, Office
from tenure.domain.office import in_office, office_history

JAN, FEB, MAR, APR, MAY = (date(2024, month, 1) for month in range(1, 6))


def decisions(*rows):
    """Rows of gold/decisions: as_of, kind and version."""
    return pa.table(
        {
            "as_of": [as_of for as_of, _, _ in rows],
            "kind": [kind for _, kind, _ in rows],
            "outcome": ["x" for _ in rows],
            "model": ["loans" for _ in rows],
            "model_version": pa.array([version for _, _, version in rows], pa.int64()),
            "bundle_sha256": [f"{version}" * 3 for _, _, version in rows],
        }
    )


def version(number, as_of):
    return ModelVersion("loans", number, f"{number}" * 3, as_of)


def test_a_table_that_was_never_written_means_nobody_was_ever_in_office():
    assert office_history(pa.table({})) == ()
    assert in_office(pa.table({}), MAR) is None


def test_each_promotion_begins_a_term_whatever_the_order_of_the_rows():
    rows = decisions((MAR, "promotion", 2), (FEB, "retrain", None), (JAN, "promotion", 1))
    assert office_history(rows) == (Office(version(1, JAN), JAN), Office(version(2, MAR), MAR))


def test_a_verdict_that_refuses_begins_no_term():
    assert office_history(decisions((JAN, "verdict", 1))) == ()


def test_whoever_is_promoted_in_a_period_is_in_office_from_the_next_one_on():
    rows = decisions((JAN, "promotion", 1), (MAR, "promotion", 2))
    held = [in_office(rows, period) for period in (JAN, FEB, MAR, APR)]
    assert [office and office.version.version for office in held] == [None, 1, 1, 2]


def test_a_rollback_begins_a_term_of_an_earlier_version_that_keeps_the_period_it_was_trained_in():
    rows = decisions((JAN, "promotion", 1), (MAR, "promotion", 2), (APR, "rollback", 1))
    assert in_office(rows, MAY) == Office(version(1, JAN), APR)


def test_a_rollback_of_the_same_period_comes_after_its_promotion():
    rows = decisions((MAR, "rollback", 1), (MAR, "promotion", 2), (JAN, "promotion", 1))
    assert [office.version.version for office in office_history(rows)] == [1, 2, 1]


def test_rollbacks_of_one_period_keep_their_order():
    rows = decisions((JAN, "promotion", 1), (FEB, "promotion", 2), (MAR, "promotion", 3))
    rows = pa.concat_tables([rows, decisions((MAR, "rollback", 2), (MAR, "rollback", 1))])
    assert in_office(rows, APR).version.version == 1

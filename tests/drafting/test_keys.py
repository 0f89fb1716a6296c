import pytest

START = ["2024-01-01", "2024-02-01", "2024-03-01"]


def key_of(draft, text, name="loans"):
    return draft({f"{name}.csv": text}).source(name).key


def test_an_identifier_that_no_two_rows_share_is_the_key(draft, csv_of):
    key = key_of(draft, csv_of(["loan_id", "amount"], [(f"L{n}", n) for n in range(50)]))
    assert (key.keys, key.unique, key.one_row) == (("loan_id",), True, True)
    assert key.seen == "50 rows, 50 different values"


def test_an_identifier_and_a_time_are_the_key_of_snapshots(draft, csv_of):
    rows = [(f"C{n % 20}", START[n // 20], n) for n in range(60)]
    key = key_of(draft, csv_of(["customer_id", "snapshot_date", "x"], rows))
    assert (key.keys, key.event_time, key.one_row) == (("customer_id",), "snapshot_date", False)


def test_an_identifier_and_a_number_are_the_key_of_instalments(draft, csv_of):
    rows = [(f"L{n // 5}", n % 5, "same") for n in range(50)]
    assert key_of(draft, csv_of(["loan_id", "installment_num", "x"], rows)).keys == (
        "loan_id",
        "installment_num",
    )


def test_two_identifiers_can_be_the_key(draft, csv_of):
    rows = [(f"A{n // 7}", f"B{n % 7}", "x") for n in range(49)]
    assert set(key_of(draft, csv_of(["account_id", "branch_id", "x"], rows)).keys) == {
        "account_id",
        "branch_id",
    }


def test_the_identifier_named_like_the_source_is_preferred(draft, csv_of):
    rows = [(f"C{n}", f"L{n}") for n in range(50)]
    assert key_of(draft, csv_of(["customer_id", "loan_id"], rows)).keys == ("loan_id",)


def test_copies_of_rows_do_not_hide_a_key(draft, csv_of):
    rows = [(f"L{n}", n) for n in range(50)]
    key = key_of(draft, csv_of(["loan_id", "amount"], rows + rows[:10]))
    assert (key.keys, key.unique, key.one_row) == (("loan_id",), True, True)
    assert "60 rows, 50 different ones" in key.seen


def test_a_few_conflicts_do_not_hide_a_key_but_many_do(draft, csv_of):
    rows = [(f"L{n}", n) for n in range(1_000)]
    few = key_of(draft, csv_of(["loan_id", "amount"], [*rows, ("L0", -1)]))
    assert few.unique
    many = key_of(draft, csv_of(["loan_id", "amount"], rows + [(f"L{n}", -1) for n in range(100)]))
    assert not many.unique
    assert many.keys == ("loan_id",)


def test_a_row_number_is_a_key_where_nothing_else_is(draft, csv_of):
    key = key_of(draft, csv_of(["Unnamed: 0", "x"], [(n, n % 3) for n in range(50)]))
    assert key.keys == ("Unnamed: 0",)


def test_an_amount_is_never_a_key(draft, csv_of):
    key = key_of(draft, csv_of(["amount", "x"], [(n + 0.5, n % 3) for n in range(50)]))
    assert key.keys == ()


def test_an_identifier_with_nulls_is_no_key(draft, csv_of):
    rows = [("" if n < 10 else f"L{n}", n % 3) for n in range(100)]
    assert key_of(draft, csv_of(["loan_id", "x"], rows)).keys == ()


@pytest.mark.parametrize("name", ["birth_date", "end_date", "due_date", "updated_at", "maturity_date"])
def test_other_dates_are_no_event_time(draft, csv_of, name):
    key = key_of(draft, csv_of(["loan_id", name], [(f"L{n}", START[n % 3]) for n in range(30)]))
    assert key.event_time is None


def test_the_column_that_says_when_a_row_was_known_is_found(draft, csv_of):
    rows = [(f"L{n}", START[n % 3], START[n % 3]) for n in range(30)]
    key = key_of(draft, csv_of(["loan_id", "received_date", "start_date"], rows))
    assert (key.event_time, key.known_at) == ("start_date", "received_date")


def test_keys_are_tested_on_all_rows_not_on_a_sample(draft, csv_of, monkeypatch):
    monkeypatch.setattr("tenure.drafting.looking.MOST_ROWS", 100)
    rows = [(f"L{min(n, 989)}", n % 7) for n in range(1_000)]
    assert not key_of(draft, csv_of(["loan_id", "x"], rows)).unique

"""What is a worry, and what is none."""

from tenure.domain.report import Concern
from tenure.exploration.worries import headline


def test_dates_that_can_be_read_in_two_ways_are_the_first_worry(explored, csv_of):
    rows = [(n, f"0{1 + n % 9}/0{1 + n % 7}/2024", n % 5) for n in range(200)]
    source = explored({"loans.csv": csv_of(["loan_id", "paid_date", "x"], rows)}).sources[0]
    assert source.worries[0].concern is Concern.WORRY
    assert source.worries[0].sentence.startswith("`paid_date` is ambiguous")
    assert headline(source).startswith("`paid_date` is ambiguous")


def test_a_clean_table_has_none(explored, csv_of):
    rows = [(f"L{n:04}", n % 7, "ab"[n % 2]) for n in range(300)]
    source = explored({"loans.csv": csv_of(["loan_id", "x", "y"], rows)}).sources[0]
    assert source.worries == ()
    assert headline(source) == "Nothing stands out in 300 rows and 3 columns of `loans`."


def test_zeros_are_no_heap_unless_there_is_hardly_anything_else(explored, csv_of):
    rows = [(f"L{n:04}", 0 if n % 2 else n, 0 if n % 200 else n + 1) for n in range(10_000)]
    source = explored({"loans.csv": csv_of(["loan_id", "late", "never"], rows)}).sources[0]
    heaped = [worry.column for worry in source.worries if "heaped" in worry.sentence]
    assert heaped == ["never"]


def test_null_and_constant_columns_are_told(explored, csv_of):
    rows = [(f"L{n:04}", "" if n % 4 else n, "same") for n in range(400)]
    source = explored({"loans.csv": csv_of(["loan_id", "holey", "flat"], rows)}).sources[0]
    assert {worry.column: worry.sentence for worry in source.worries} == {
        "holey": "`holey` is null in 75 % of the rows",
        "flat": "`flat` has the same value in every row",
    }


def test_a_table_without_a_key_is_told(explored, csv_of):
    rows = [(n % 5, n % 3) for n in range(300)]
    source = explored({"facts.csv": csv_of(["x", "y"], rows)}).sources[0]
    sentences = [worry.sentence for worry in source.worries]
    assert "no columns were found that identify a row of `facts`" in sentences
    assert "285 rows (95 %) repeat another in everything" in sentences

from datetime import date, datetime, timedelta

import pytest

from tenure.drafting.dates import candidate_formats, reading, settle_format
from tenure.drafting.looks import ColumnLook, FormatCount, FormatLook, Held, ValueCount

DAYS = [date(2024, 1, 1) + timedelta(days=n) for n in range(300)]


def column(name, texts, held=Held.TEXT, n_numbers=0):
    top = tuple(ValueCount(text, 1) for text in texts)
    return ColumnLook(name, held, len(top), len(top), len(top), n_numbers=n_numbers, top=top)


def drafted_time(draft, csv_of, texts, name="start_date"):
    """How the draft reads a column of these texts."""
    rows = [(number, f'"{text}"', number % 7) for number, text in enumerate(texts)]
    return draft({"loans.csv": csv_of(["loan_id", name, "x"], rows)}).source("loans").column(name)


@pytest.mark.parametrize(
    "time_format",
    ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d %b %Y", "%B %d, %Y", "%d/%m/%Y %H:%M"],
)
def test_a_format_that_the_values_tell_is_found(draft, csv_of, time_format):
    found = drafted_time(draft, csv_of, [day.strftime(time_format) for day in DAYS])
    assert found.time.fits == (time_format,)
    assert not found.time.is_open
    assert (found.time.first, found.time.last) == (DAYS[0], DAYS[-1])
    assert found.rule.format == time_format


@pytest.mark.parametrize(
    "texts", [["2024-03-01", "2024-12-31"], ["2016-02-23T17:29:01.940000", "2024-01-01T00:00:00"]]
)
def test_iso_needs_no_format(draft, csv_of, texts):
    found = drafted_time(draft, csv_of, texts)
    assert found.type == "date"
    assert found.time.fits == (None,)
    assert found.rule.format is None


def test_days_and_months_that_could_be_swapped_are_left_open(draft, csv_of):
    texts = [day.strftime("%d/%m/%Y") for day in DAYS if day.day <= 12]
    found = drafted_time(draft, csv_of, texts)
    assert found.time.is_open
    assert set(found.time.fits) == {"%d/%m/%Y", "%m/%d/%Y"}
    assert found.rule.format is None


def test_first_days_of_months_are_left_open(draft, csv_of):
    found = drafted_time(draft, csv_of, [f"01/{month:02d}/2024" for month in range(1, 13)])
    assert found.time.is_open


def test_one_telling_value_among_a_thousand_may_be_a_mistake(draft, csv_of):
    swappable = [f"0{n % 9 + 1}/0{n % 8 + 1}/2024" for n in range(1_000)]
    found = drafted_time(draft, csv_of, [*swappable, "25/01/2024"])
    assert found.time.is_open


def test_short_years_leave_three_readings_open(draft, csv_of):
    found = drafted_time(draft, csv_of, ["10-11-12", "09-08-07", "01-02-03"])
    assert {"%m-%d-%y", "%y-%m-%d"} <= set(found.time.fits)


def test_a_column_in_two_formats_is_left_open_and_says_so(draft, csv_of):
    texts = [day.strftime("%Y-%m-%d" if day.day % 2 else "%d.%m.%Y") for day in DAYS]
    found = drafted_time(draft, csv_of, texts)
    assert found.time.is_open
    assert found.time.is_mixed
    assert "mixed" in found.time.seen


def test_months_by_name_that_two_formats_read_alike_are_settled(draft, csv_of):
    found = drafted_time(draft, csv_of, ["01 May 2024", "15 May 2024", "31 May 2024"])
    assert not found.time.is_open


def test_a_few_unreadable_dates_are_counted(draft, csv_of):
    texts = [day.strftime("%d/%m/%Y") for day in DAYS] + ["31/02/2024", "soon"]
    found = drafted_time(draft, csv_of, texts)
    assert found.time.fits == ("%d/%m/%Y",)
    assert "2 are no such dates" in found.time.seen


def test_plain_digits_are_dates_only_where_the_name_says_so(draft, csv_of):
    texts = [day.strftime("%Y%m%d") for day in DAYS]
    assert drafted_time(draft, csv_of, texts).time.fits == ("%Y%m%d",)
    assert drafted_time(draft, csv_of, texts, name="amount").type == "integer"


@pytest.mark.parametrize(
    "texts", [["Cash loans", "Revolving"], ["1.5", "2.25"], ["5-10", "0 (Yeni)"], ["12:30", "9:15"]]
)
def test_what_is_no_date_has_no_formats(texts):
    assert candidate_formats(column("x", texts)) == ()


def test_times_of_parquet_files_need_no_format():
    assert candidate_formats(column("when", ["2024-01-01 00:00:00"], held=Held.TIME)) == (None,)


def test_nothing_is_settled_when_too_few_values_are_dates():
    look = FormatLook((FormatCount("%d/%m/%Y", 80),), n_any=80)
    assert settle_format(100, look, ["25/01/2024"]) is None


def test_a_reading_agrees_with_strptime():
    assert reading("03/01/2024", "%m/%d/%Y") == datetime(2024, 3, 1).date().isoformat()
    assert reading("2024-01-03", None) == "2024-01-03"

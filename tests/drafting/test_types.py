import pytest

from tenure.domain.sources import ColumnType
from tenure.drafting.dirt import find_dirt
from tenure.drafting.looks import ColumnLook, Held, ValueCount
from tenure.drafting.types import guess_type, is_identifier


def text_column(values, name="x", *, longest=12, **counts):
    top = tuple(ValueCount(value, n) for value, n in values.items())
    n_values = sum(values.values())
    return ColumnLook(
        name,
        Held.TEXT,
        n_values,
        n_values,
        len(values),
        longest=longest,
        top=top[:40],
        odd=top[:40],
        **counts,
    )


def guess(look):
    return guess_type(look, find_dirt(look), None)


def test_whole_numbers_are_integers_and_others_numbers():
    assert guess(text_column({"1": 50, "2": 50}, n_numbers=100, n_whole=100)).type is ColumnType.INTEGER
    assert guess(text_column({"1": 50, "2.5": 50}, n_numbers=100, n_whole=50)).type is ColumnType.NUMBER


def test_digits_that_begin_with_zero_are_codes():
    values = {f"0{n}": 30 for n in range(10, 40)}
    look = text_column(values, n_numbers=900, n_whole=900, n_padded=900)
    assert guess(look).type is ColumnType.CATEGORY


def test_one_word_among_many_numbers_does_not_make_them_text():
    assert guess(text_column({"1": 96, "soon": 4}, n_numbers=96, n_whole=96)).type is ColumnType.INTEGER
    assert guess(text_column({"1": 90, "soon": 10}, n_numbers=90, n_whole=90)).type is ColumnType.CATEGORY


def test_a_mark_for_null_does_not_count_against_numbers():
    assert guess(text_column({"1": 60, "_": 40}, n_numbers=60, n_whole=60)).type is ColumnType.INTEGER


def test_true_and_false_are_booleans_but_yes_and_no_are_categories():
    assert guess(text_column({"True": 4, "False": 1})).type is ColumnType.BOOLEAN
    assert guess(text_column({"False": 5})).type is ColumnType.BOOLEAN
    assert guess(text_column({"Yes": 40, "No": 50, "NM": 10})).type is ColumnType.CATEGORY


def test_spans_are_months():
    assert guess(text_column({"10 Years and 9 Months": 50}, n_spans=50)).type is ColumnType.MONTHS


@pytest.mark.parametrize(
    ("n_distinct", "n_each", "expected"),
    [
        (50, 2, ColumnType.CATEGORY),
        (50, 1, ColumnType.TEXT),
        (407, 20, ColumnType.CATEGORY),
        (407, 19, ColumnType.TEXT),
        (1_001, 100, ColumnType.TEXT),
    ],
)
def test_how_often_values_repeat_tells_categories_from_text(n_distinct, n_each, expected):
    assert guess(text_column({f"v{n}": n_each for n in range(n_distinct)})).type is expected


def test_long_texts_are_no_categories():
    assert guess(text_column({"x": 50, "y": 50}, longest=500)).type is ColumnType.TEXT


def test_decimal_commas_are_named_because_they_cannot_be_read():
    found = guess(text_column({"1,5": 30, "2,5": 30}, patterns={"separated": 60}))
    assert (found.type, found.is_feature) == (ColumnType.TEXT, False)
    assert "commas" in found.seen


def test_a_column_without_values_is_no_feature():
    found = guess(ColumnLook("x", Held.TEXT, 100))
    assert (found.type, found.is_feature) == (None, False)
    assert not guess(text_column({"_": 100})).is_feature


def test_what_the_file_knows_is_believed():
    assert guess(ColumnLook("x", Held.NUMBER, 9, 9, 9)).type is ColumnType.NUMBER
    assert guess(ColumnLook("x", Held.TIME, 9, 9, 9)).type is ColumnType.DATE
    assert guess(ColumnLook("x", Held.OTHER, 9)).type is None


def test_an_identifier_with_many_values_is_no_feature_but_a_negative_one_is_none():
    many = {str(n): 1 for n in range(100, 200)}
    found = guess(text_column(many, name="SK_ID_PREV", n_numbers=100, n_whole=100))
    assert (found.is_identifier, found.is_feature) == (True, False)
    days = {str(-n): 1 for n in range(100, 200)}
    assert not guess(text_column(days, name="DAYS_ID_PUBLISH", n_numbers=100, n_whole=100)).is_identifier


@pytest.mark.parametrize(
    "name", ["loan_id", "SK_ID_CURR", "loanId", "customerID", "account_no", "uuid", "underwritingid"]
)
def test_names_of_identifiers(name):
    assert is_identifier(name)


@pytest.mark.parametrize(
    "name", ["paid", "isPaid", "Num_of_Loan", "installment_num", "age", "phone_number", "humid"]
)
def test_names_that_are_none(name):
    assert not is_identifier(name)

import pytest

from tenure.drafting.dirt import find_dirt, means_null
from tenure.drafting.looks import ColumnLook, Held, ValueCount


def column(odd, *, n_values=1_000, n_decorated=0, top=()):
    return ColumnLook(
        "x", Held.TEXT, n_values, n_values, n_values, n_decorated=n_decorated, odd=tuple(odd), top=tuple(top)
    )


@pytest.mark.parametrize(
    "text", ["_", "_______", "#F%$D@*&8", "!@9#%8", "NM", "n/a", "NaN", "-", "?", "None", "XNA"]
)
def test_marks_and_words_for_nothing_mean_null(text):
    assert means_null(text)


@pytest.mark.parametrize(
    "text",
    ["Lawyer", "A+", "B-", "5-10", "21 Ve Üzeri", "O'Brien", "x-sell", "Stone, brick", "Yes", "(A8) Match"],
)
def test_words_that_say_something_do_not(text):
    assert not means_null(text)


def test_a_number_in_decoration_is_stripped_of_it():
    dirt = find_dirt(
        column([ValueCount("32_", 7, 32.0, n_twins=300), ValueCount("_40", 1, 40.0)], n_decorated=8)
    )
    assert (dirt.strip, dirt.n_stripped, dirt.null_values) == ("_", 8, ())


def test_the_same_decorated_number_again_and_again_means_null():
    dirt = find_dirt(column([ValueCount("__10000__", 558, 10_000.0, n_twins=1)], n_decorated=558))
    assert [value.value for value in dirt.null_values] == ["__10000__"]
    assert (dirt.strip, dirt.n_stripped) == ("", 0)


def test_a_decorated_number_that_also_stands_plainly_is_none():
    dirt = find_dirt(column([ValueCount("32_", 30, 32.0, n_twins=200)], n_decorated=30))
    assert dirt.null_values == ()


def test_only_characters_that_were_seen_are_stripped():
    odd = [ValueCount("$12", 1, 12.0), ValueCount("7%", 1, 7.0)]
    assert find_dirt(column(odd, n_decorated=2)).strip == "$%"


def test_a_word_that_most_rows_have_is_what_the_column_says():
    dirt = find_dirt(column([ValueCount("None", 910), ValueCount("Checked", 90)]))
    assert dirt.null_values == ()


def test_a_state_called_nm_is_a_state():
    states = [
        ValueCount(code, 100 - n)
        for n, code in enumerate(("OH", "IL", "TX", "CA", "MO", "WI", "NV", "KY", "IN", "SC", "FL", "NM"))
    ]
    assert find_dirt(column(states, top=states)).null_values == ()
    answers = [ValueCount("Yes", 500), ValueCount("No", 400), ValueCount("NM", 100)]
    assert [v.value for v in find_dirt(column(answers, top=answers)).null_values] == ["NM"]

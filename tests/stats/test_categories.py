from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tenure.stats.categories import choose_categories, count_categories, tally_categories

COLUMNS = st.lists(st.one_of(st.none(), st.sampled_from(["a", "b", "ç", "İ", "a b", ""])), max_size=40)


@given(COLUMNS)
def test_a_tally_counts_each_category_and_null(values: list[str | None]):
    assert tally_categories(values) == dict(Counter(values))


@given(COLUMNS, COLUMNS, st.integers(0, 4))
def test_every_row_is_counted_in_exactly_one_position(
    reference: list[str | None], current: list[str | None], n_top: int
):
    scheme = choose_categories(tally_categories(reference), n_top=n_top)
    counts = count_categories(tally_categories(current), scheme)
    known = {value for value in reference if value is not None}
    assert counts.sum() == len(current)
    assert counts.size == len(scheme.labels)
    assert counts[-1] == current.count(None)
    assert counts[-2] == sum(value is not None and value not in known for value in current)


@given(COLUMNS)
def test_the_choice_does_not_depend_on_the_order_of_rows(values: list[str | None]):
    forwards = choose_categories(tally_categories(values), n_top=2)
    assert forwards == choose_categories(tally_categories(values[::-1]), n_top=2)


def test_the_most_frequent_come_first_and_equals_in_alphabetical_order():
    scheme = choose_categories({"z": 3, "m": 9, "a": 3, "q": 1}, n_top=3)
    assert scheme.top == ("m", "a", "z")
    assert scheme.other == {"q"}


def test_a_known_rare_category_is_other_and_an_unknown_one_is_unseen():
    scheme = choose_categories({"a": 9, "rare": 1}, n_top=1)
    counts = dict(
        zip(scheme.labels, count_categories({"rare": 2, "new": 3, None: 4}, scheme).tolist(), strict=True)
    )
    assert counts == {"a": 0, "other": 2, "unseen": 3, "null": 4}


def test_an_empty_reference_makes_every_category_unseen():
    scheme = choose_categories({})
    assert count_categories({"a": 2, None: 1}, scheme).tolist() == [0, 2, 1]


def test_nan_is_null_and_numbers_are_told_by_their_text():
    assert tally_categories([1, "1", float("nan"), None]) == {"1": 2, None: 2}

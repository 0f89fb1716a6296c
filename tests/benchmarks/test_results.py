from __future__ import annotations

from harness.results import HEAD, Report, as_section, replace_section, spread, table


def test_a_section_is_replaced_where_it_stands_and_no_other_is_touched():
    text = replace_section(replace_section(replace_section("", "a", "## A"), "b", "## B"), "c", "## C")
    again = replace_section(text, "b", "## B, measured again")
    assert again == text.replace("## B", "## B, measured again")


def test_replacing_a_section_by_itself_changes_nothing():
    text = replace_section(replace_section("", "a", "## A"), "b", "## B")
    assert replace_section(replace_section(text, "b", "## B"), "a", "## A") == text


def test_a_first_section_stands_below_the_head():
    assert replace_section("", "a", "## A") == f"{HEAD}\n<!-- a -->\n## A\n<!-- /a -->\n"


def test_what_does_not_hold_stands_before_the_numbers():
    section = as_section(Report("T", "numbers", {}, ("the tables differ",)), "a machine")
    assert section.index("**Does not hold: the tables differ**") < section.index("numbers")


def test_the_spread_shows_the_median_and_both_ends():
    assert spread([3.0, 1.0, 2.0, 10.0]) == "2.50 (1.00–10.00)"


def test_every_row_of_a_table_has_the_cells_of_its_header():
    lines = table(["a", "b"], [["1", "2"], ["3", "4"]]).splitlines()
    assert [line.count("|") for line in lines] == [3, 3, 3, 3]

import pytest

from tenure.drafting.looks import ColumnLook, Held
from tenure.drafting.personal import personal_data


def column(name, *, n=1_000, n_distinct=900, **patterns):
    return ColumnLook(name, Held.TEXT, n, n, n_distinct, patterns=patterns)


@pytest.mark.parametrize("form", ["email", "phone", "ssn", "iban", "card"])
def test_values_of_a_personal_form_are_personal_whatever_their_name(form):
    assert personal_data(column("field_7", **{form: 800}))
    assert not personal_data(column("field_7", **{form: 100}))


@pytest.mark.parametrize(
    "name", ["Name", "first_name", "customerName", "E-Mail", "SSN", "anon_ssn", "Ad Soyad", "Telefon"]
)
def test_a_name_that_says_so_is_believed_where_values_differ(name):
    assert personal_data(column(name))


@pytest.mark.parametrize("name", ["FLAG_PHONE", "NAME_CONTRACT_TYPE", "Name"])
def test_a_name_is_not_believed_where_few_values_differ(name):
    assert not personal_data(column(name, n_distinct=3))


@pytest.mark.parametrize(
    "name", ["product_name", "Column Name", "branch_name", "username_length", "Address_Type"]
)
def test_names_of_things_are_not_personal(name):
    assert not personal_data(column(name))

"""Whether a column holds what identifies a person."""

from __future__ import annotations

from tenure.domain.wording import counted
from tenure.drafting.looks import ColumnLook, Held
from tenure.drafting.naming import words_of
from tenure.drafting.vocabulary import PERSONAL, THINGS

_MIN_SHARE = 0.5  # of the values, that have the form
_MIN_DISTINCT_SHARE = 0.1  # of the values, before a name alone is believed
_MIN_DISTINCT = 20
_FORMS = {
    "email": "e-mail addresses",
    "phone": "telephone numbers",
    "ssn": "social security numbers",
    "iban": "account numbers (IBAN)",
    "card": "card numbers",
}


def personal_data(look: ColumnLook) -> str:
    """What identifies a person in the column, in words; empty when nothing does.

    The form of the values decides first. A name decides alone only where the column has many different
    values: ``FLAG_PHONE`` with 0 and 1 says whether there is a telephone, not which.

    Examples
    --------
    >>> from tenure.drafting.looks import ColumnLook, Held
    >>> personal_data(ColumnLook("Name", Held.TEXT, 100, n_values=100, n_distinct=90))
    'its name, and 90 different values'
    >>> personal_data(ColumnLook("NAME_TYPE", Held.TEXT, 100, n_values=100, n_distinct=3))
    ''
    """
    if look.held not in {Held.TEXT, Held.INTEGER}:
        return ""
    for form, words in _FORMS.items():
        n = look.patterns.get(form, 0)
        if n and n >= _MIN_SHARE * look.n_values:
            return f"{counted(n, 'value looks', 'values look')} like {words}"
    is_many = look.n_distinct >= min(_MIN_DISTINCT, max(3, _MIN_DISTINCT_SHARE * look.n_values))
    if is_many and look.n_distinct >= _MIN_DISTINCT_SHARE * look.n_values and _says_so(look.name):
        return f"its name, and {look.n_distinct:,} different values"
    return ""


def _says_so(name: str) -> bool:
    """Whether the last words of a name name something personal."""
    words = words_of(name)
    if words[-2:-1] and words[-2] in THINGS:
        return False
    return words[-1:] in PERSONAL or words[-2:] in PERSONAL

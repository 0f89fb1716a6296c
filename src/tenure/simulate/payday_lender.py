"""How much a payday lender holds: one frozen value decides every row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tenure.errors import SimulationError


@dataclass(frozen=True, slots=True)
class PaydayLender:
    """How much a payday lender holds, when, and how dirty. As it is, a tenth of a real one."""

    n_loans: int = 57_768
    """Applications, of which about one in fourteen becomes a loan."""
    n_payments: int = 68_936
    n_reports: int = 4_975
    first_day: date = date(2014, 12, 1)
    """Day of the first application."""
    last_day: date = date(2017, 3, 20)
    """Day on which the tables were exported: later payments are pending, open loans have no outcome."""
    dirt_share: float = 0.01
    """In [0, 0.25]: the share of cells that are empty, in four columns of the loans."""
    seed: int = 0

    @property
    def n_days(self) -> int:
        """Days from the first application to the export."""
        return (self.last_day - self.first_day).days


def check_payday_lender(lender: PaydayLender) -> None:
    """Refuse a lender that cannot be simulated.

    Raises
    ------
    SimulationError
        With every problem found.
    """
    lows = {"n_loans": 500, "n_payments": 1, "n_reports": 1, "n_days": 365}
    problems = [
        f"`{name}` is {getattr(lender, name)}; it must be at least {low}"
        for name, low in lows.items()
        if getattr(lender, name) < low
    ]
    if not 0 <= lender.dirt_share <= 0.25:
        problems.append(f"`dirt_share` is {lender.dirt_share}; it must lie in [0, 0.25]")
    if problems:
        raise SimulationError(
            f"the payday lender cannot be simulated: {'; '.join(problems)}", problems=tuple(problems)
        )

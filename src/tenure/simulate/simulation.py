"""lender, events → raw tables: the whole of a simulation as one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from tenure.simulate.applicants import Applicants, draw_applicants
from tenure.simulate.arrays import Floats
from tenure.simulate.dirt import soil
from tenure.simulate.events import Event
from tenure.simulate.figures import draw_figures
from tenure.simulate.lender import Lender
from tenure.simulate.months import first_days
from tenure.simulate.plan import check_plan
from tenure.simulate.planting import change_cells, delay_rows, drop_rows, repeat_rows
from tenure.simulate.repayment import Repayment, draw_repayment, is_default
from tenure.simulate.risk import score_risk, standardised_debt
from tenure.simulate.rows import (
    RawSource,
    attribute_rows,
    click_rows,
    customer_ids,
    financial_rows,
    ledger_rows,
)
from tenure.simulate.shape import (
    ATTRIBUTES,
    CLICKSTREAM,
    CUSTOMER,
    FINANCIALS,
    LOAN_LEDGER,
    RECEIVED,
    source_columns,
)


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a lender's systems hold, and the truth behind it."""

    lender: Lender
    events: tuple[Event, ...]
    sources: Mapping[str, RawSource]
    """The raw sources by name, dirt and all. A renamed column has its first name; files have the other."""
    truth: pa.Table
    """One row a customer, never written: ``Customer_ID``, ``loan_start_date``, ``log_odds`` of going bad in
    calm times, ``is_default``."""

    @property
    def tables(self) -> dict[str, pa.Table]:
        """The rows of each source."""
        return {name: raw.rows for name, raw in self.sources.items()}


def simulate(lender: Lender, *, events: Sequence[Event] = ()) -> Simulation:
    """The raw tables of a lender, with these events planted in them.

    The same arguments give the same tables to the last byte; without events every month is drawn from the
    same distributions. Work and memory grow with the number of customers.

    Raises
    ------
    SimulationError
        If the lender or an event cannot be simulated; with every problem found.

    Examples
    --------
    >>> simulation = simulate(Lender(n_months=2, n_customers_per_month=10))
    >>> {name: table.num_rows for name, table in simulation.tables.items()}
    {'attributes': 20, 'financials': 20, 'clickstream': 260, 'loan_ledger': 220}
    """
    check_plan(lender, events)
    people = draw_applicants(lender, events)
    figures = draw_figures(people, seed=lender.seed)
    log_odds = score_risk(people, figures, lender=lender, events=events)
    debt = standardised_debt(figures)
    repayment = draw_repayment(log_odds, debt, people.start, events=events, seed=lender.seed)
    ids = customer_ids(lender)
    clean = {
        ATTRIBUTES: attribute_rows(lender, people, ids),
        FINANCIALS: financial_rows(lender, people, figures, ids),
        CLICKSTREAM: click_rows(lender, people, repayment, ids),
        LOAN_LEDGER: ledger_rows(lender, people, repayment, ids),
    }
    sources = {
        name: _as_it_arrives(raw, name, people=people, lender=lender, events=events)
        for name, raw in clean.items()
    }
    return Simulation(lender, tuple(events), sources, _truth(people, ids, log_odds, repayment))


def _as_it_arrives(
    raw: RawSource, source: str, *, people: Applicants, lender: Lender, events: Sequence[Event]
) -> RawSource:
    raw = delay_rows(raw, source, lender=lender, events=events)
    raw = change_cells(raw, source, start=people.start, lender=lender, events=events)
    if lender.has_received_date:
        raw = raw.with_rows(raw.rows.append_column(RECEIVED, first_days(raw.received)))
    raw = raw.with_rows(raw.rows.select(source_columns(lender, source)))
    raw = raw.with_rows(soil(raw.rows, source=source, share=lender.dirt_share, seed=lender.seed))
    if source in {ATTRIBUTES, FINANCIALS}:
        raw = repeat_rows(raw, source, lender=lender)
    return drop_rows(raw, source, lender=lender, events=events)


def _truth(people: Applicants, ids: pa.Array, log_odds: Floats, repayment: Repayment) -> pa.Table:
    return pa.table(
        {
            CUSTOMER: ids,
            "loan_start_date": first_days(people.start),
            "log_odds": log_odds,
            "is_default": is_default(repayment, people.start),
        }
    )

"""A report and the periods so far → one HTML file that needs nothing else."""

from __future__ import annotations

from tenure.domain.decisions import DecisionKind
from tenure.domain.report import Milestone, Report
from tenure.render.drawing import draw_charts
from tenure.render.history import History
from tenure.render.templates import template
from tenure.render.words import measured_metrics
from tenure.reporting.performance import main_metric

TOP = 20
"""Rows of a table that are shown; the others can be unfolded."""


def render_report(report: Report, history: History) -> str:
    """The page of one period: whether to worry, then everything that rests on.

    Light or dark follows the reader's screen. With the extra ``report`` it has charts; without, the same
    numbers as tables, and says how to get the charts. The same tables give the same page.

    Parameters
    ----------
    report
        The period.
    history
        The periods so far; see `read_history`.
    """
    charts = draw_charts(report, history)
    return template("report.html.j2").render(
        report=report,
        history=history,
        charts=charts or {},
        can_draw=charts is not None,
        top=TOP,
        metrics=measured_metrics(history.cohorts),
        test=main_metric(report.holder.trained.test) if report.holder and report.holder.trained else None,
        latest=history.cohorts[-1] if history.cohorts else None,
        observed=_only_class(history),
        changes=_by_period(history.milestones),
        kinds=DecisionKind,
    )


def _only_class(history: History) -> str:
    """The class whose share is shown, where it is one: the positive one of two."""
    names = {point.name for point in history.classes}
    return names.pop() if len(names) == 1 else ""


def _by_period(changes: tuple[Milestone, ...]) -> list[tuple[str, list[Milestone]]]:
    """The changes of each period, the latest period first."""
    days = sorted({change.as_of for change in changes}, reverse=True)
    return [(day.isoformat(), [change for change in changes if change.as_of == day]) for day in days]

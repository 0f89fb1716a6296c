"""What the pages of a deck are made of, and the questions that more than one of them asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenure.domain.report import Report
from tenure.render.deck.asking import Answer, Gold
from tenure.render.deck.model import Stated
from tenure.render.history import History
from tenure.reporting.performance import MAIN_METRICS

if TYPE_CHECKING:
    from tenure.project import Project

LEAST_PERIODS = 12
"""Periods of a chart whose cells hold numbers."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A period: its gold tables, its report, the periods before it, and the project file."""

    gold: Gold
    report: Report
    history: History
    project: Project

    @property
    def unit(self) -> str:
        """What a period is called: ``month``."""
        return self.project.period.value

    @property
    def metric(self) -> str | None:
        """The metric that sums a model up: the first that was measured on a cohort or on test rows."""
        measured = {name for c in self.history.cohorts for name, value in c.metrics if value is not None}
        trained = self.report.holder.trained if self.report.holder else None
        measured |= set(trained.test.names) if trained and not measured else set()
        return next((name for name in MAIN_METRICS if name in measured), None)

    def stated(self, text: object, key: str) -> Stated:
        """What the project file says at a key."""
        return Stated(str(text), key)

    def office(self) -> Answer:
        """Who is in office at the end of the period: at most one row."""
        return self.gold.ask("""
            SELECT model_version, as_of AS since, replaced_version FROM gold.decisions
            WHERE kind IN ('promotion', 'rollback') AND as_of <= :as_of
            ORDER BY as_of DESC, kind DESC LIMIT 1""")

    def tested(self, version: int, metric: str) -> Answer:
        """A metric of a version on its test rows, as its training recorded it: at most one row."""
        return self.gold.ask(f"""
            SELECT algorithm, n_features, json_extract_string(m, '$.value')::DOUBLE AS value,
              json_extract_string(m, '$.low')::DOUBLE AS low,
              json_extract_string(m, '$.high')::DOUBLE AS high,
              json_extract_string(e, '$.n_rows')::BIGINT AS n_rows
            FROM (SELECT algorithm, n_features, e, unnest(json_extract(e, '$.metrics[*]')) AS m
              FROM (SELECT json_extract_string(artefact, '$.algorithm') AS algorithm,
                  json_array_length(artefact, '$.features')::BIGINT AS n_features,
                  unnest(json_extract(artefact, '$.evaluations[*]')) AS e
                FROM gold.runs WHERE step = 'train' AND as_of <= :as_of
                  AND json_extract_string(artefact, '$.version.version') = '{int(version)}'))
            WHERE json_extract_string(e, '$.rows') = 'test'
              AND json_extract_string(m, '$.name') = '{metric}'""")  # noqa: S608 - a number and a metric's name

    def cohorts(self, metric: str) -> Answer:
        """A metric of each cohort as it was last measured, the newest cohort first."""
        return self.gold.ask(f"""
            SELECT feature AS cohort, value, n, as_of FROM gold.monitoring
            WHERE scope = 'performance' AND metric = '{metric}' AND as_of <= :as_of
            QUALIFY row_number() OVER (PARTITION BY feature ORDER BY as_of DESC) = 1
            ORDER BY cohort DESC""")  # noqa: S608 - a metric's name

    def alerts(self) -> Answer:
        """Measurements of the period by their verdict: one row."""
        return self.gold.ask("""
            SELECT count(*) AS n, count(*) FILTER (verdict = 'alert') AS n_alerts,
              count(*) FILTER (verdict = 'warning') AS n_warnings
            FROM gold.monitoring WHERE as_of = :as_of""")

    def runs(self) -> Answer:
        """What has run so far: one row."""
        return self.gold.ask("""
            SELECT count(DISTINCT as_of) AS n_periods, min(as_of) AS first, max(as_of) AS last,
              count(*) FILTER (step = 'train') AS n_trained,
              count(*) FILTER (step = 'promote') AS n_promoted
            FROM gold.runs WHERE as_of <= :as_of""")

    def approved(self) -> Answer:
        """The last version that a person let into office, who it was and what they said: at most one row."""
        return self.gold.ask("""
            SELECT model_version, as_of, json_extract_string(evidence, '$.approved_by') AS by,
              json_extract_string(evidence, '$.note') AS note FROM gold.decisions
            WHERE kind = 'promotion' AND as_of <= :as_of
              AND coalesce(json_extract_string(evidence, '$.approved_by'), '') != ''
            ORDER BY as_of DESC LIMIT 1""")

    def waiting(self) -> Answer:
        """The versions that passed against whoever is in office and wait for a person, the newest first."""
        return self.gold.ask("""
            SELECT model_version, as_of FROM gold.decisions
            WHERE kind = 'verdict' AND outcome = 'passed' AND as_of <= :as_of
              AND json_extract_string(evidence, '$.awaits_approval') = 'true'
              AND model_version NOT IN (SELECT model_version FROM gold.decisions
                WHERE kind = 'promotion' AND as_of <= :as_of)
              AND replaced_version IS NOT DISTINCT FROM (SELECT model_version FROM gold.decisions
                WHERE kind IN ('promotion', 'rollback') AND as_of <= :as_of
                ORDER BY as_of DESC, kind DESC LIMIT 1)
            ORDER BY as_of DESC, model_version DESC""")

    @property
    def asks_a_person(self) -> bool:
        """Whether a candidate that passed waits for a person."""
        return self.project.gate.approval == "required"

"""Small gold tables of a lender whom a recession befalls: for tests of what is told about them.

The numbers are drawn by a seeded generator, recorded through the runner's own functions, and nothing of
them is fitted: what is under test is only whether they are told as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from tenure.bundle import BundleSchema, FeatureSpec, audit_record, split_record, write_bundle
from tenure.domain.artefacts import Audit, Bronze, Gold, Monitoring, Repair, Silver, Validation
from tenure.domain.decisions import Difference, Promotion, Reason, RetrainDecision, Verdict
from tenure.domain.evaluations import Direction, Evaluation, Metric, Task
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.domain.models import Candidate, ModelVersion, Span, Split, Trial
from tenure.domain.periods import Period, replay_periods
from tenure.domain.report import Report
from tenure.domain.tables import LABELS, TableSlice
from tenure.domain.triggers import Circumstances, Trigger, TriggerKind
from tenure.flow import step_named
from tenure.monitoring.alerts import findings_of
from tenure.reporting import report
from tenure.running.ledger import save_artefact
from tenure.running.records import record

HORIZON = 6
CIRCUMSTANCES = Circumstances(Trigger(TriggerKind.MANUAL, "somebody"), "0" * 64, "0" * 64)
"""Periods until a label is known."""
FEATURES = (
    "attributes_age",
    "attributes_occupation",
    "financials_annual_income",
    "financials_outstanding_debt",
    "financials_credit_utilization_ratio",
    "financials_num_of_delayed_payment",
    "financials_monthly_balance",
    "clickstream_fe_1_mean_3m",
    "clickstream_fe_2_trend_6m",
    "clickstream_fe_3_std_all",
    "attributes_occupation_x_financials_credit_mix",
    "sql_debt_to_income",
)
TURKISH = (
    "Isıtma_Tipi",
    "İlçe",
    "Bina_Yaşı",
    "Brüt_m²",
    "Eşya_Durumu",
    "Kullanım_Şekli",
    "Net_m²",
    "Güneş_Açısı",
)


@dataclass(frozen=True)
class Lender:
    """What happens to whom."""

    n_periods: int = 24
    features: tuple[str, ...] = FEATURES
    classes: tuple[str, ...] = ("paid", "default")
    trained_at: int | None = 8
    """The period at whose end version 1 takes office; nobody ever does when None."""
    recession_at: int = 14
    refused_at: int | None = 17
    retrained_at: int | None = 20
    n_rows: int = 520
    labels: bool = True
    name: str = "cash-loans"
    seed: int = 5

    def features_named(self, count: int) -> tuple[str, ...]:
        """As many names of features as asked for."""
        return tuple(f"{FEATURES[i % len(FEATURES)]}_{i // len(FEATURES)}" for i in range(count))


@dataclass
class Datamart:
    """The tables as they are written, period by period."""

    lender: Lender
    store: object
    registry: object
    bundles: Path
    reports: list[Report] = field(default_factory=list)
    champion: ModelVersion | None = None
    """Who is in office when the period that is written begins."""

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.lender.seed)
        self.periods = replay_periods(date(2023, 1, 31), date(2030, 1, 31), Period(date(2023, 1, 31)).unit)[
            : self.lender.n_periods
        ]
        weights = self.rng.dirichlet(np.full(len(self.lender.features), 0.6))
        self.importance = dict(zip(self.lender.features, weights.tolist(), strict=True))
        self.exposure = dict(
            zip(
                self.lender.features,
                self.rng.gamma(0.8, 0.5, len(self.lender.features)).tolist(),
                strict=True,
            )
        )

    def write(self) -> None:
        """Every period, in order."""
        for place in range(self.lender.n_periods):
            self.write_period(place)

    def write_period(self, place: int) -> Report:
        """One period with all of its steps, as the runner would record them."""
        period = self.periods[place]
        gold = self._intake(place, period)
        monitoring = self._monitoring(place, period)
        self._keep("monitor", monitoring, period)
        decision, audit, candidate, verdict, promotion = self._decide(place, period, monitoring.measurements)
        for step, artefact in (
            ("decide", decision),
            ("audit", audit),
            ("train", candidate),
            ("judge", verdict),
            ("promote", promotion),
        ):
            if artefact is not None:
                self._keep(step, artefact, period)
        made = report(
            monitoring, decision, candidate, verdict, promotion, name=self.lender.name, store=self.store
        )
        self._keep("report", made, period)
        self.reports.append(made)
        if promotion is not None:
            self.champion = promotion.promoted
        assert gold.features.n_rows == self.lender.n_rows
        return made

    def default_share(self, place: int) -> float:
        """The share that defaults of the events of one period."""
        hit = 1 / (1 + math.exp(-(place - self.lender.recession_at - 1)))
        return 0.17 + 0.02 * math.sin(place) + 0.13 * hit

    def stress(self, place: int) -> float:
        """How far the economy is from what the model knows: 0 again once it is retrained."""
        learned = self.lender.retrained_at is not None and place > self.lender.retrained_at
        return 0.0 if learned else 1 / (1 + math.exp(-(place - self.lender.recession_at - 1) * 1.2))

    def _keep(self, step: str, artefact: object, period: Period) -> None:
        record(step, artefact, as_of=period.as_of, store=self.store)
        save_artefact(
            step_named(step), artefact, as_of=period.as_of, circumstances=CIRCUMSTANCES, store=self.store
        )

    def _intake(self, place: int, period: Period) -> Gold:
        n, day = self.lender.n_rows, period.as_of
        self._keep("ingest", Bronze(period, tuple(self._slices(day))), period)
        self._keep("validate", Validation(period, tuple(self._findings(place))), period)
        silver = Silver(period, (), tuple(self._repairs()))
        self._keep("clean", silver, period)
        n_labels = n if self.lender.labels and place >= HORIZON else 0
        if n_labels:
            self._write_labels(place, period)
        columns = tuple(FeatureColumn(f, FeatureKind.NUMBER, "attributes") for f in self.lender.features)
        slices = [
            TableSlice(f"gold/{name}", day, rows, place)
            for name, rows in (("features", n), ("labels", n_labels))
        ]
        gold = Gold(period, slices[0], slices[1], ("Customer_ID",), columns)
        self._keep("build", gold, period)
        return gold

    def _slices(self, day: date) -> Iterator[TableSlice]:
        sizes = {"attributes": 1, "financials": 1, "clickstream": 17, "lms_loan_daily": 11}
        for source, times in sizes.items():
            yield TableSlice(f"bronze/{source}", day, self.lender.n_rows * times, 0)

    def _repairs(self) -> Iterator[Repair]:
        columns = ("Age", "Annual_Income", "Num_of_Loan", "Credit_Mix", "Monthly_Balance")
        for column, kind in zip(
            columns, ("strip", "strip", "out of range", "null value", "out of range"), strict=True
        ):
            yield Repair("financials", column, kind, int(self.rng.integers(3, 120)))

    def _findings(self, place: int) -> Iterator[Finding]:
        yield Finding(
            "VAL001", Severity.ERROR, "every declared column is there", Outcome.PASSED, "attributes"
        )
        yield Finding(
            "VAL010", Severity.WARNING, "no history to compare with", Outcome.SKIPPED, "clickstream"
        )
        if place % 3 == 0:
            yield Finding(
                "VAL007",
                Severity.WARNING,
                f"`Annual_Income` lies outside 0 to 1,000,000 in {place + 3} rows",
                scope="financials",
                column="Annual_Income",
                n_rows=place + 3,
                examples=("23834698",),
                hint="set `otherwise: null` in the project file.",
            )

    def _write_labels(self, place: int, period: Period) -> None:
        of = place - HORIZON
        event = datetime.combine(self.periods[of].as_of - timedelta(days=9), datetime.min.time())
        n = self.lender.n_rows
        codes = self._outcomes(of)
        rows = pa.table(
            {
                "Customer_ID": [f"C{of}-{i}" for i in range(n)],
                "event_time": pa.array([event] * n, pa.timestamp("us")),
                "known_at": pa.array([event + timedelta(days=180)] * n, pa.timestamp("us")),
                "label": [self.lender.classes[code] for code in codes],
            }
        )
        self.store.replace(LABELS, rows, as_of=period.as_of)

    def _outcomes(self, place: int) -> Sequence[int]:
        share = self.default_share(place)
        n_classes = len(self.lender.classes)
        rest = np.full(n_classes - 1, (1 - share) / (n_classes - 1))
        return self.rng.choice(n_classes, size=self.lender.n_rows, p=[*rest, share]).tolist()

    # ------------------------------------------------------------------------------------ monitoring

    def _monitoring(self, place: int, period: Period) -> Monitoring:
        measured = tuple(self._measured(place, period))
        n_matured = max(0, place + 1 - HORIZON) * self.lender.n_rows if self.lender.labels else 0
        return Monitoring(period, measured, tuple(findings_of(measured)), n_matured)

    def _measured(self, place: int, period: Period) -> Iterator[Measurement]:
        day, n = period.as_of, self.lender.n_rows
        plain = MeasurementVerdict.NO_THRESHOLD
        matured = n if self.lender.labels and place >= HORIZON else 0
        yield Measurement(day, Scope.POPULATION, "features", "n_rows", float(n), None, n, plain)
        yield Measurement(day, Scope.POPULATION, "labels", "n_matured", float(matured), None, n, plain)
        if self.champion is None:
            return
        for name in self.lender.features:
            yield from self._of_feature(name, place, day)
        yield from self._of_score(place, day)
        of = place - HORIZON
        if matured and self.lender.trained_at is not None and of > self.lender.trained_at:
            yield from self._of_cohort(of, day)

    def _of_feature(self, name: str, place: int, day: date) -> Iterator[Measurement]:
        n, plain = self.lender.n_rows, MeasurementVerdict.NO_THRESHOLD
        psi = float(self.rng.gamma(2, 0.012) + self.stress(place) * self.exposure[name])
        verdict = MeasurementVerdict.OK
        if psi > 0.1:
            verdict = MeasurementVerdict.ALERT if psi > 0.25 else MeasurementVerdict.WARNING
        yield Measurement(day, Scope.FEATURE, name, "psi", psi, 0.25, n, verdict)
        yield Measurement(day, Scope.FEATURE, name, "ks", psi / 3, None, n, plain)
        yield Measurement(day, Scope.FEATURE, name, "importance", self.importance[name], None, n, plain)
        nulls = float(self.rng.normal(0, 0.004))
        if "fe_2" in name and 11 <= place <= 12:
            nulls = 0.91
        outage = MeasurementVerdict.ALERT if nulls > 0.1 else MeasurementVerdict.OK
        yield Measurement(day, Scope.FEATURE, name, "null_increase", nulls, 0.1, n, outage)

    def _of_score(self, place: int, day: date) -> Iterator[Measurement]:
        n, plain = self.lender.n_rows, MeasurementVerdict.NO_THRESHOLD
        kl = 0.01 + 0.2 * self.stress(place)
        verdict = MeasurementVerdict.ALERT if kl > 0.15 else MeasurementVerdict.OK
        expected = 0.18 + 0.06 * self.stress(place)
        if self.lender.retrained_at is not None and place > self.lender.retrained_at:
            expected = self.default_share(place)
        names = ["score"] if len(self.lender.classes) == 2 else [f"score {c}" for c in self.lender.classes]
        for name in names:
            mean = (
                expected
                if name.endswith(("score", self.lender.classes[-1]))
                else (1 - expected) / (len(names) - 1)
            )
            yield Measurement(day, Scope.SCORE, name, "mean", mean, None, n, plain)
            yield Measurement(day, Scope.SCORE, name, "kl", kl, 0.15, n, verdict)
            yield Measurement(day, Scope.SCORE, name, "psi", kl / 2, 0.25, n, MeasurementVerdict.OK)
        for name in self.lender.classes:
            yield Measurement(day, Scope.CLASS, name, "share", 1 / len(self.lender.classes), None, n, plain)

    def _of_cohort(self, of: int, day: date) -> Iterator[Measurement]:
        n, cohort = self.lender.n_rows, self.periods[of].as_of.isoformat()
        for metric in self._metrics(0.82 - 0.09 * self.stress(of) + float(self.rng.normal(0, 0.012))):
            plain = MeasurementVerdict.NO_THRESHOLD
            yield Measurement(day, Scope.PERFORMANCE, cohort, metric.name, metric.value, None, n, plain)
        gap = 0.005 + 0.04 * self.stress(of)
        named = (
            "calibration_gap"
            if len(self.lender.classes) == 2
            else f"calibration_gap {self.lender.classes[-1]}"
        )
        yield Measurement(day, Scope.PERFORMANCE, cohort, named, gap, 0.05, n, MeasurementVerdict.OK)
        drop = 0.01 + 0.08 * self.stress(of)
        verdict = MeasurementVerdict.ALERT if drop > 0.05 else MeasurementVerdict.OK
        yield Measurement(day, Scope.PERFORMANCE, cohort, "accuracy_drop", drop, 0.05, n, verdict)

    def _metrics(self, auc: float) -> tuple[Metric, ...]:
        wobble = self.rng.normal(0, 0.01, 6).tolist()
        values = {
            "roc_auc": auc,
            "gini": 2 * auc - 1,
            "ks": auc - 0.32,
            "accuracy": auc - 0.01 + wobble[0],
            "precision": auc - 0.24 + wobble[1],
            "recall": auc - 0.15 + wobble[2],
            "f1": auc - 0.2 + wobble[3],
            "brier": 0.95 - auc,
            "log_loss": 1.3 - auc,
        }
        better = {"brier": Direction.LOWER, "log_loss": Direction.LOWER}
        return tuple(
            Metric(name, value, better.get(name, Direction.HIGHER), value - 0.02, value + 0.02)
            for name, value in values.items()
        )

    # ------------------------------------------------------------------------------------ decisions

    def _decide(self, place: int, period: Period, measured: Sequence[Measurement]) -> tuple:
        day, lender = period.as_of, self.lender
        trains = {lender.trained_at, lender.refused_at, lender.retrained_at}
        n_labels = max(0, place + 1 - HORIZON) * lender.n_rows
        decision = RetrainDecision(
            day, place in trains, tuple(self._reasons(place, n_labels, measured)), n_labels
        )
        if place not in trains:
            return decision, None, None, None, None
        audit = Audit(day, (Finding("LEAK001", Severity.ERROR, "no feature looks ahead", Outcome.PASSED),))
        candidate = self._train(place, day)
        verdict = self._judge(candidate, place)
        promotion = Promotion(day, candidate.version, self.champion) if verdict.passed else None
        return decision, audit, candidate, verdict, promotion

    def _reasons(self, place: int, n_labels: int, measured: Sequence[Measurement]) -> Iterator[Reason]:
        if self.champion is None:
            yield Reason("nobody in office", favours=True, message="nobody is in office")
        else:
            high = {m.feature for m in measured if self._is_high(m)}
            kl = next(m for m in measured if (m.scope, m.metric) == (Scope.SCORE, "kl"))
            message = f"the scores drifted by {kl.value:.3f} (limit 0.15)"
            yield Reason("prediction drift", kl.value > 0.15, message, kl.value, 0.15)
            message = f"{len(high)} high-severity alerts (limit 2)"
            yield Reason("high alerts", len(high) >= 2, message, float(len(high)), 2.0)
            yield Reason(
                "cooldown", place not in {18, 19}, "1 period since the last training (cooldown 3)", 1.0, 3.0
            )
        enough = n_labels >= 1500 and (self.champion is not None or place == self.lender.trained_at)
        message = f"{n_labels:,} matured labels (at least 1,500)"
        yield Reason("labels", enough, message, float(n_labels), 1500.0)

    def _is_high(self, m: Measurement) -> bool:
        grave = m.scope is not Scope.FEATURE or self.importance[m.feature] >= 0.02
        return grave and m.verdict is MeasurementVerdict.ALERT

    def _train(self, place: int, day: date) -> Candidate:
        spans = [
            Span(self.periods[0].as_of, self.periods[max(0, place - HORIZON)].as_of, n)
            for n in (2100, 450, 452)
        ]
        split = Split(spans[0], spans[1], spans[2], n_embargoed=17)
        counts = tuple((name, 452 // len(self.lender.classes)) for name in self.lender.classes)
        sides = [
            Evaluation(rows, n, counts, self._metrics(auc))
            for rows, n, auc in (("train", 2100, 0.93), ("validation", 450, 0.83), ("test", 452, 0.815))
        ]
        version = self._register(day, split, sides)
        return Candidate(
            as_of=day,
            version=version,
            algorithm="xgboost",
            task=Task.BINARY if len(self.lender.classes) == 2 else Task.MULTICLASS,
            classes=self.lender.classes,
            threshold=0.31 if len(self.lender.classes) == 2 else None,
            features=self.lender.features,
            split=split,
            evaluations=tuple(sides),
            trials=(Trial("xgboost", 20, 0.83, (("max_depth", "4"),)),),
            max_export_difference=3e-7,
        )

    def _register(self, day: date, split: Split, sides: Sequence[Evaluation]) -> ModelVersion:
        lender = self.lender
        folder = self.bundles / day.isoformat()
        binary = len(lender.classes) == 2
        sha256 = write_bundle(
            folder,
            schema=BundleSchema(
                project=lender.name,
                task=Task.BINARY if binary else Task.MULTICLASS,
                classes=lender.classes,
                threshold=0.31 if binary else None,
                keys=("Customer_ID",),
                features=tuple(FeatureSpec(name, FeatureKind.NUMBER, ()) for name in lender.features),
                algorithm="xgboost",
                as_of=day,
            ),
            onnx=b"nobody scores with it",
            native={},
            profile={"importance": self.importance},
            metrics={
                **{side.rows: {m.name: m.value for m in side.metrics} for side in sides},
                "intervals": {side.rows: {m.name: [m.low, m.high] for m in side.metrics} for side in sides},
                "rows": {
                    side.rows: {"n_rows": side.n_rows, "classes": dict(side.class_counts)} for side in sides
                },
            },
            provenance={
                "audit": audit_record(muted=(), n_errors=0),
                "max_export_difference": 3e-7,
                "parameters": {"max_depth": 4, "learning_rate": 0.07},
                "seed": 7,
                "split": split_record(split),
                "trials": {
                    "xgboost": {"n": 20, "best_score": 0.83},
                    "random_forest": {"n": 20, "best_score": 0.81},
                },
                "versions": {"tenure": "0.1.0", "xgboost": "3.2.0"},
            },
        )
        return self.registry.register(folder, as_of=day, sha256=sha256, tags={})

    def _judge(self, candidate: Candidate, place: int) -> Verdict:
        passed = place != self.lender.refused_at
        reasons = [
            Reason("audit", favours=True, message="the bundle's provenance tells of an audit without errors")
        ]
        if self.champion is None:
            reasons.append(
                Reason("champion", favours=True, message="nobody is in office to be compared with")
            )
            return Verdict(candidate.as_of, candidate.version, None, passed, tuple(reasons))
        difference = Difference(
            "f1", 0.617 if passed else 0.561, 0.548, 0.021 if passed else -0.014, 0.117, 452
        )
        message = (
            f"f1 is {difference.candidate:.4f}, the champion's {difference.champion:.4f} on the same "
            "452 rows; "
            "0.5590 is needed (0.02 better, relative); 95 % interval of the difference "
            f"{difference.low:+.4f} to {difference.high:+.4f}"
        )
        reasons.append(Reason("beat champion", True, message, difference.candidate, 0.559))
        said = "is" if passed else "may be luck: at worst it is"
        message = f"the gain in f1 {said} {difference.low:+.4f} at the worse end of its 95 % interval"
        reasons.append(Reason("interval", passed, message, difference.low, 0.0))
        return Verdict(candidate.as_of, candidate.version, self.champion, passed, tuple(reasons), difference)

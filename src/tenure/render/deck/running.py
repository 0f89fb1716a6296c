"""The pages on what runs: stability, decisions, governance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tenure.domain.wording import agreeing
from tenure.render import charts
from tenure.render.deck.approvals import approval_line
from tenure.render.deck.asking import Answer
from tenure.render.deck.facts import Facts
from tenure.render.deck.figures import stacked_chart
from tenure.render.deck.model import Figure, Grid, Page, Text
from tenure.render.deck.plots import axis, plot, recent
from tenure.render.deck.words import clause, share, version
from tenure.render.words import plain

MAX_WORST = 5
MAX_CHANGES = 8
ENDS = {
    "passed": "var(--heat-2)",
    "could not run": "var(--muted)",
    "muted": "var(--line)",
    "found something": "var(--series-2)",
}
"""How a check may end, and in which colour it is drawn."""


def stability_page(facts: Facts) -> Page:
    """Drift over time, and the features that are worst now."""
    worst = _worst(facts)
    history = recent(facts.history)
    drawn = facts.gold.ask(f"""
        SELECT as_of, feature, value FROM gold.monitoring
        WHERE scope = 'feature' AND metric = 'psi' AND value IS NOT NULL AND as_of <= :as_of
          AND as_of >= DATE '{history.periods[0] if history.periods else facts.report.as_of}'
        ORDER BY as_of, feature""")  # noqa: S608 - a date
    chart = plot(
        "drift",
        "PSI of the features that drifted most; ▲ alert; orange above the limit, red above twice the limit",
        "A map of features by period: how far each has drifted from the training rows.",
        charts.drift_chart(facts.report, history),
        (drawn,),
        why_not="Drift is measured on the rows that are scored, against those the model was trained on.",
    )
    told = _how_watched(facts, worst)
    if not worst:
        return Page("Stability", _unwatched(facts), (chart,), told)
    return Page("Stability", _stability(facts, worst), (chart, _worst_grid(facts, worst)), told)


def decisions_page(facts: Facts) -> Page:
    """Who was in office when, and why each was replaced."""
    terms = facts.gold.ask("""
        SELECT kind, outcome, model_version, as_of FROM gold.decisions
        WHERE as_of <= :as_of AND (kind IN ('promotion', 'rollback') OR outcome = 'refused')
        ORDER BY as_of, model_version, kind""")
    chart = charts.office_chart(facts.report, facts.history) if facts.history.periods else None
    figures: list[Figure] = [
        plot(
            "office",
            "Who scored which period (bars); ► took office, + refused, ◄ put back",
            "A lane per version: the periods that it scored, when it took office, when it was refused.",
            chart,
            (terms,),
            why_not="Nobody has been in office yet.",
        ),
        *_change_grid(facts),
    ]
    return Page("Decisions", _offices(facts), tuple(figures), tuple(_decided(facts)))


def governance_page(facts: Facts) -> Page:
    """When and how it is refreshed, how it is deployed, who owns it, what can go wrong."""
    ended = facts.gold.ask("""
        SELECT as_of, CASE outcome WHEN 'found' THEN 'found something' WHEN 'passed' THEN 'passed'
            WHEN 'muted' THEN 'muted' ELSE 'could not run' END AS kind, count(*) AS n
        FROM gold.findings WHERE as_of <= :as_of GROUP BY ALL ORDER BY as_of, kind""")
    days = {day.isoformat() for day in facts.history.periods}
    rows = [
        {
            "period": str(row["as_of"]),
            "kind": row["kind"],
            "n": row["n"],
            "place": list(ENDS).index(row["kind"]),
        }
        for row in ended.rows
        if str(row["as_of"]) in days
    ]
    seen = {kind: ENDS[kind] for kind in ENDS if kind in {row["kind"] for row in rows}}
    figures = (
        Grid("How it is run", ("", ""), tuple(_governance(facts)), wide=1),
        plot(
            "checks",
            "How the checks of each period ended, whatever their stage",
            "Bars over the periods: checks that passed, could not run, are muted, or found something.",
            stacked_chart(rows, seen, axis(facts, facts.history.periods)) if rows else None,
            (ended,),
            why_not="No check has run yet.",
        ),
    )
    return Page("Governance", _kept(facts), figures, (_owners(facts), *_risks(facts)))


def _worst(facts: Facts) -> Answer:
    return facts.gold.ask(f"""
        SELECT p.feature, p.value AS psi, p.threshold, i.value AS importance, p.verdict
        FROM (SELECT * FROM gold.monitoring
          WHERE scope = 'feature' AND metric = 'psi' AND as_of = :as_of AND value IS NOT NULL) AS p
        LEFT JOIN (SELECT * FROM gold.monitoring
          WHERE scope = 'feature' AND metric = 'importance' AND as_of = :as_of) AS i USING (feature)
        ORDER BY (p.verdict = 'alert') DESC, p.value DESC, p.feature LIMIT {MAX_WORST}""")  # noqa: S608 - our own


def _worst_grid(facts: Facts, worst: Answer) -> Grid:
    rows = tuple(
        (
            (worst.cite("feature", row),),
            (worst.cite("psi", row, tell=_two),),
            (worst.cite("threshold", row, tell=_two),),
            (worst.cite("importance", row, tell=share),),
            (worst.cite("verdict", row),),
        )
        for row in range(len(worst.rows))
    )
    heads = ("feature", "PSI", "limit", "importance", "verdict")
    return Grid(f"The worst this {facts.unit}", heads, rows, frozenset({1, 2, 3}))


def _two(value: float | None) -> str:
    return plain(value) if value is None else f"{value:.2f}" if value < 10 else f"{value:,.1f}"


def _stability(facts: Facts, worst: Answer) -> Text:
    drifted = facts.gold.ask("""
        SELECT count(DISTINCT feature) FILTER (verdict = 'alert') AS n_alerts, count(DISTINCT feature) AS n
        FROM gold.monitoring WHERE scope = 'feature' AND metric = 'psi' AND as_of = :as_of""")
    start: Text = (
        drifted.cite("n_alerts"),
        " of ",
        drifted.cite("n"),
        " features drifted beyond their limit",
    )
    said = "; the furthest" if drifted.value("n_alerts") else "; the nearest to it"
    return (*start, said, " is ", worst.cite("feature"), " with a PSI of ", worst.cite("psi", tell=_two))


def _unwatched(facts: Facts) -> Text:
    alerts = facts.alerts()
    said = f" {agreeing(alerts.value('n'), 'measurement is', 'measurements are')} of other kinds"
    return (f"{_why_unwatched(facts)}, so no drift was measured: ", alerts.cite("n"), said)


def _why_unwatched(facts: Facts) -> str:
    scored = facts.gold.ask("""
        SELECT coalesce(max(json_extract_string(artefact, '$.slice.n_rows')::BIGINT), 0) AS n
        FROM gold.runs WHERE step = 'predict' AND as_of = :as_of""")
    if facts.report.scored_by is None:
        return "Nobody was in office"
    what = "Too little" if scored.value("n") else "No event"
    return f"{what} was scored this {facts.unit}"


def _how_watched(facts: Facts, worst: Answer) -> tuple[Text, ...]:
    alerts = facts.alerts()
    of_score = facts.gold.ask("""
        SELECT value, threshold, verdict FROM gold.monitoring
        WHERE scope = 'score' AND metric = 'psi' AND as_of = :as_of ORDER BY value DESC LIMIT 1""")
    told: Text = ("Drift of the score: not measured.",)
    if of_score:
        told = (
            "Drift of the score: PSI ",
            of_score.cite("value", tell=_two),
            " (",
            of_score.cite("verdict"),
            "). A shift of the score without one of the features is the one to ask about first.",
        )
    heavy = sum(row["verdict"] == "alert" and (row["importance"] or 0) >= 0.02 for row in worst.rows)
    weighed: Text = (
        (
            "Drift is an alert only when it is large and also "
            "significant, with the false discoveries held over "
            "all features of the period."
        ),
    )
    if worst and not heavy:
        weighed = ("None of the worst weighs much with the model in office: drift without weight is noise.",)
    counted: Text = (
        f"All measurements of the {facts.unit}: ",
        alerts.cite("n_alerts"),
        f" {agreeing(alerts.value('n_alerts'), 'alert')} and ",
        alerts.cite("n_warnings"),
        f" {agreeing(alerts.value('n_warnings'), 'warning')} among ",
        alerts.cite("n"),
        ".",
    )
    return (told, weighed, counted)


def _changes(facts: Facts) -> Answer:
    return facts.gold.ask(f"""
        SELECT d.as_of, CASE d.kind WHEN 'promotion' THEN 'took office' WHEN 'rollback' THEN 'put back'
            WHEN 'audit' THEN 'stopped by the audit' ELSE 'refused' END AS what,
          d.model_version, d.replaced_version,
          CASE WHEN d.kind = 'rollback' THEN json_extract_string(d.evidence, '$.why')
            WHEN d.kind = 'promotion' THEN list_filter(json_extract(r.reasons, '$[*]'),
              lambda x: json_extract_string(x, '$.favours') = 'true')[1] ->> '$.message'
            ELSE list_filter(json_extract(d.reasons, '$[*]'),
              lambda x: json_extract_string(x, '$.favours') = 'false')[1] ->> '$.message' END AS why
        FROM gold.decisions AS d
        LEFT JOIN (SELECT as_of, any_value(reasons) AS reasons FROM gold.decisions
          WHERE kind = 'retrain' AND outcome = 'retrain' GROUP BY as_of) AS r ON r.as_of = d.as_of
        WHERE d.as_of <= :as_of
          AND (d.kind IN ('promotion', 'rollback') OR d.outcome IN ('refused', 'blocked'))
        ORDER BY d.as_of DESC, d.kind DESC, d.model_version DESC LIMIT {MAX_CHANGES}""")  # noqa: S608 - our own


def _change_grid(facts: Facts) -> list[Grid]:
    changes = _changes(facts)
    if not changes:
        return []
    rows = tuple(
        (
            (changes.cite("as_of", row),),
            _which(changes, row),
            (changes.cite("what", row),),
            (changes.cite("why", row, tell=clause),),
        )
        for row in range(len(changes.rows))
    )
    return [
        Grid("The last changes, and what led to them", ("end of", "version", "what", "why"), rows, wide=3)
    ]


def _which(changes: Answer, row: int) -> Text:
    if changes.value("model_version", row) is None:
        return ("–",)
    who: Text = (changes.cite("model_version", row, tell=version),)
    if changes.value("replaced_version", row) is None or changes.value("what", row) == "refused":
        return who
    return (*who, " for ", changes.cite("replaced_version", row, tell=version))


def _offices(facts: Facts) -> Text:
    held = facts.gold.ask("""
        SELECT count(*) AS n_terms, count(DISTINCT model_version) AS n_versions FROM gold.decisions
        WHERE kind IN ('promotion', 'rollback') AND as_of <= :as_of""")
    office = facts.office()
    if not office:
        kept = _kept_counts(facts)
        return (
            "Nobody has been in office: the decision was to wait, ",
            kept.cite("n_kept"),
            f" {agreeing(kept.value('n_kept'), 'time')}",
        )
    told: Text = (
        held.cite("n_versions"),
        f" {agreeing(held.value('n_versions'), 'version')} held office so far; version ",
        office.cite("model_version", tell=version),
        " does since ",
        office.cite("since"),
    )
    changes = _changes(facts)
    row = next((i for i, r in enumerate(changes.rows) if r["what"] in {"took office", "put back"}), None)
    if row is None or changes.value("why", row) is None:
        return told
    return (*told, ", because ", changes.cite("why", row, tell=clause))


def _kept_counts(facts: Facts) -> Answer:
    return facts.gold.ask("""
        SELECT count(*) AS n, count(*) FILTER (outcome = 'keep') AS n_kept,
          count(*) FILTER (outcome = 'retrain') AS n_retrain
        FROM gold.decisions WHERE kind = 'retrain' AND as_of <= :as_of""")


def _decided(facts: Facts) -> Iterator[Text]:
    kept = _kept_counts(facts)
    yield (
        "Asked ",
        kept.cite("n"),
        " times whether to train again, the answer was to keep ",
        kept.cite("n_kept"),
        " times and to train ",
        kept.cite("n_retrain"),
        " times.",
    )
    now = facts.gold.ask("""
        SELECT outcome, list_filter(json_extract(reasons, '$[*]'),
            lambda x: json_extract_string(x, '$.favours') = (outcome = 'retrain')::VARCHAR
          )[CASE outcome WHEN 'retrain' THEN 1 ELSE -1 END] ->> '$.message' AS why
        FROM gold.decisions WHERE kind = 'retrain' AND as_of = :as_of""")
    if now:
        why: Text = (", because ", now.cite("why", tell=clause)) if now.value("why") else ()
        yield (f"This {facts.unit} the decision was to ", now.cite("outcome"), *why, ".")
    if facts.asks_a_person:
        yield approval_line(facts)
    else:
        yield ("A term begins at the end of a period: who takes office scores from the next one on.",)


def _kept(facts: Facts) -> Text:
    kept = _kept_counts(facts)
    return (
        f"Each {facts.unit} asks whether to train again; it was answered with yes ",
        kept.cite("n_retrain"),
        " of ",
        kept.cite("n"),
        " times, and no one has to remember to ask",
    )


def _governance(facts: Facts) -> Iterator[tuple[Text, ...]]:
    retrain, deck = facts.project.retrain, facts.project.report.deck
    yield (
        ("Refreshed",),
        (
            f"asked every {facts.unit}; a training is due when a feature that matters drifts (PSI above ",
            facts.stated(retrain.psi if retrain.psi is not None else "–", "retrain.psi"),
            "), the score drifts, accuracy drops, alerts gather, or the model is ",
            facts.stated(retrain.max_age_periods or "never", "retrain.max_age_periods"),
            f" {facts.unit}s old; never twice within ",
            facts.stated(retrain.cooldown_periods, "retrain.cooldown_periods"),
            f" {facts.unit}s",
            *((". ", facts.stated(deck.refresh, "report.deck.refresh")) if deck.refresh else ()),
        ),
    )
    yield (
        ("Deployed",),
        (
            (
                "in batch, each period into the table gold/predictions; over "
                "HTTP with the command tenure serve, "
                "where a promotion needs no restart; or as a bundle of ONNX "
                "and JSON in a program of one's own"
            ),
        ),
    )
    yield (
        ("Undone",),
        ("with tenure rollback, which puts the version before back in office and is recorded, too",),
    )
    yield (("Kept",), (*_identity(facts),))


def _identity(facts: Facts) -> Text:
    bundle = facts.gold.ask("""
        SELECT left(max(json_extract_string(artefact, '$.promoted.bundle_sha256')), 16) AS bundle
        FROM gold.runs WHERE step = 'promote' AND as_of = (
          SELECT max(as_of) FROM gold.runs WHERE step = 'promote' AND as_of <= :as_of)""")
    runs = facts.runs()
    kept: Text = ("every decision since ", runs.cite("first"), " with its reasons, in gold/decisions")
    if bundle.value("bundle") is None:
        return kept
    return (*kept, "; the last bundle that was promoted begins with ", bundle.cite("bundle"))


def _owners(facts: Facts) -> Text:
    deck = facts.project.report.deck
    owners: list[Any] = []
    for place, owner in enumerate(deck.owners):
        owners += ["; " if owners else "", facts.stated(owner, f"report.deck.owners.{place}")]
    if not owners:
        return ("Owners: none is named in the project file (report.deck.owners).",)
    contact: Text = (
        (" Write to ", facts.stated(deck.contact, "report.deck.contact"), ".") if deck.contact else ()
    )
    return ("Owners: ", *owners, ".", *contact)


def _risks(facts: Facts) -> Iterator[Text]:
    deck = facts.project.report.deck
    risks: list[Any] = []
    for place, risk in enumerate(deck.risks):
        risks += [" " if risks else "", facts.stated(risk, f"report.deck.risks.{place}")]
    yield ("Known risks: ", *risks) if risks else ("Known risks: none is named in the project file.",)
    now = facts.gold.ask("""
        SELECT count(*) FILTER (outcome = 'found' AND severity IN ('error', 'warning')) AS n_open,
          count(*) FILTER (outcome = 'muted') AS n_muted,
          count(*) FILTER (outcome IN ('skipped', 'not applicable')) AS n_not_run
        FROM gold.findings WHERE as_of = :as_of""")
    yield (
        f"Open this {facts.unit}: ",
        now.cite("n_open"),
        " warnings and errors, ",
        now.cite("n_muted"),
        " muted findings, ",
        now.cite("n_not_run"),
        " checks that could not run.",
    )

"""The first three pages: the one thing to know, the problem, the pipeline."""

from __future__ import annotations

from tenure.domain.wording import agreeing
from tenure.render import charts
from tenure.render.deck.approvals import waiting_words
from tenure.render.deck.asking import Answer
from tenure.render.deck.facts import Facts
from tenure.render.deck.model import Flow, Grid, Page, Text, Tile
from tenure.render.deck.plots import plot
from tenure.render.deck.words import score, sentence, share, told, version
from tenure.render.words import metric_name

NOTHING_YET: Text = ("–",)


def summary_page(facts: Facts) -> Page:
    """What this is, and the one thing to know: the report's own headline."""
    headline = facts.gold.ask("""
        SELECT json_extract_string(artefact, '$.headline.sentence') AS sentence
        FROM gold.runs WHERE step = 'report' AND as_of = :as_of""")
    chart = charts.classes_chart(facts.report, facts.history)
    shares = facts.gold.ask("""
        SELECT as_of, feature, value FROM gold.monitoring
        WHERE scope = 'score' AND metric = 'mean' AND as_of <= :as_of ORDER BY as_of, feature""")
    return Page(
        topic="What to know",
        headline=(headline.cite("sentence", tell=sentence),),
        figures=(
            plot(
                "classes",
                "What came true (solid), and what the model expected (dashed), by period of the event",
                "Lines over the periods: the share of each class that came true, and the mean score.",
                chart,
                (shares, _observed(facts)),
                why_not="No label has matured and nobody has scored: there is nothing to compare yet.",
            ),
        ),
        lines=(_about(facts), _doing(facts), _reading()),
        tiles=tuple(_tiles(facts)),
        wide=True,
    )


def problem_page(facts: Facts) -> Page:
    """The problem, the population and the label."""
    counts = facts.gold.ask("""
        SELECT as_of, coalesce(sum(value) FILTER (metric = 'n_rows'), 0)::BIGINT AS n_events,
          coalesce(sum(value) FILTER (metric = 'n_matured'), 0)::BIGINT AS n_labels
        FROM gold.monitoring
        WHERE scope = 'population' AND metric IN ('n_rows', 'n_matured') AND as_of <= :as_of
        GROUP BY as_of ORDER BY as_of""")
    events = facts.gold.ask("""
        SELECT coalesce(sum(value), 0)::BIGINT AS n, count(DISTINCT as_of) AS n_periods FROM gold.monitoring
        WHERE scope = 'population' AND metric = 'n_rows' AND as_of <= :as_of""")
    labels = _labels(facts)
    chart = charts.counts_chart(facts.report, facts.history) if facts.history.periods else None
    figures = [
        plot(
            "counts",
            f"Events of each {facts.unit}, and labels that matured in it",
            "Bars over the periods: events, and labels that matured.",
            chart,
            (counts,),
            why_not="No period has been measured yet.",
        ),
        *_label_grid(facts, labels),
    ]
    return Page(
        topic="The problem",
        headline=_problem(facts, events, labels),
        figures=tuple(figures),
        lines=(_population(facts), _label_line(facts), _waiting(facts, events, labels)),
    )


def pipeline_page(facts: Facts) -> Page:
    """The pipeline, drawn, with what it did in the period."""
    ran = facts.runs()
    return Page(
        topic="The pipeline",
        headline=(
            "One loop has run for ",
            ran.cite("n_periods"),
            f" {agreeing(ran.value('n_periods'), facts.unit)}: it trained ",
            ran.cite("n_trained"),
            f" {agreeing(ran.value('n_trained'), 'candidate')}, and ",
            ran.cite("n_promoted"),
            " took office",
        ),
        figures=(
            Flow(
                "pipeline",
                f"What each step did in the {facts.unit} that ends on the date of this deck",
                "The steps of the loop in their order, each with what it makes.",
                tuple(_boxes(facts)),
            ),
        ),
        lines=(
            (
                (
                    "Every step takes a date and reads only what was known by "
                    "then: a run can be repeated, and "
                    "the past can be replayed, decisions included."
                ),
            ),
            (
                (
                    "Checks guard the way in: a finding that is an error stops the period before anything is "
                    "taken in. The one who trains is not the one who judges."
                ),
            ),
            (
                (
                    "Raw rows become bronze as received, silver when typed and repaired, gold when they are "
                    "features and labels; every number here is from a gold table."
                ),
            ),
        ),
        wide=True,
    )


def _tiles(facts: Facts) -> list[Tile]:
    office, alerts = facts.office(), facts.alerts()
    tiles = [Tile("in office", NOTHING_YET, ("nobody yet: nothing is scored",))]
    metric = facts.metric
    if office:
        held = facts.tested(office.value("model_version"), metric) if metric else None
        algorithm: Text = (held.cite("algorithm"), ", ") if held else ()
        since: Text = (*algorithm, "since ", office.cite("since"))
        tiles = [Tile("in office", ("version ", office.cite("model_version", tell=version)), since)]
        tiles += [_test_tile(held, metric)] if held and metric else []
    tiles += [_cohort_tile(facts, metric)]
    checked: Text = ("of ", alerts.cite("n"), " measurements")
    return [*tiles, Tile(f"alerts this {facts.unit}", (alerts.cite("n_alerts"),), checked)]


def _test_tile(held: Answer, metric: str) -> Tile:
    interval: Text = ()
    if held.value("low") is not None:
        low, high = held.cite("low", tell=score), held.cite("high", tell=score)
        interval = ("interval ", low, " to ", high, ", ")
    return Tile(
        f"{metric_name(metric)} on its test rows",
        (held.cite("value", tell=score),),
        (*interval, held.cite("n_rows"), " rows"),
    )


def _cohort_tile(facts: Facts, metric: str | None) -> Tile:
    found = facts.cohorts(metric) if metric else None
    if not found or metric is None:
        return Tile("last matured cohort", NOTHING_YET, ("no scored event has its label yet",))
    told_of: Text = ("events to ", found.cite("cohort"), ", ", found.cite("n"), " rows")
    return Tile(f"{metric_name(metric)}, last matured cohort", (found.cite("value", tell=score),), told_of)


def _about(facts: Facts) -> Text:
    said = facts.project.report.deck.about
    if said:
        return (facts.stated(said, "report.deck.about"),)
    return (
        f"Every {facts.unit} the model of the project ",
        facts.stated(facts.project.project, "project"),
        " scores each event of its population; it holds office only for as long as nothing better is proven.",
    )


def _doing(facts: Facts) -> Text:
    asked = facts.gold.ask("""
        SELECT CASE outcome WHEN 'retrain' THEN 'a training was due' WHEN 'keep' THEN 'no training was due'
            WHEN 'passed' THEN 'the candidate passed the gate' WHEN 'refused' THEN 'the candidate was refused'
            WHEN 'promoted' THEN 'it took office' ELSE 'an earlier version was put back' END AS what
        FROM gold.decisions WHERE as_of = :as_of AND kind IN ('retrain', 'promotion', 'rollback', 'verdict')
        ORDER BY list_position(['retrain', 'verdict', 'promotion', 'rollback'], kind)""")
    waits = waiting_words(facts) if facts.asks_a_person else ()
    if not asked:
        return (f"Nothing was decided this {facts.unit}.", *waits)
    told_of = [part for row in range(len(asked.rows)) for part in ("; ", asked.cite("what", row))][1:]
    return (f"Decided this {facts.unit}: ", *told_of, ". The page on decisions tells why.", *waits)


def _reading() -> Text:
    return (
        (
            "How to read: a small letter behind a number names its "
            "source at the foot of the page: a gold table "
            "and the beginning of the hash of the query that gives the "
            "number. The file deck.json has each query."
        ),
    )


def _labels(facts: Facts) -> Answer:
    return facts.gold.ask("""
        SELECT label::VARCHAR AS label, count(*) AS n, count(*) / sum(count(*)) OVER () AS share
        FROM gold.labels WHERE as_of <= :as_of AND label IS NOT NULL
        GROUP BY label ORDER BY n DESC, label LIMIT 6""")


def _observed(facts: Facts) -> Answer:
    """Labels by the period of their event: the first period that does not end before it."""
    return facts.gold.ask("""
        SELECT p.as_of, l.label, count(*) AS n
        FROM (SELECT label::VARCHAR AS label, event_time::DATE AS day FROM gold.labels
          WHERE as_of <= :as_of) AS l
        ASOF JOIN (SELECT DISTINCT as_of FROM gold.monitoring WHERE as_of <= :as_of) AS p
          ON l.day <= p.as_of
        GROUP BY ALL ORDER BY ALL""")


def _numbers(facts: Facts) -> Answer:
    return facts.gold.ask("""
        SELECT count(label) AS n, min(label)::DOUBLE AS least, median(label)::DOUBLE AS middle,
          max(label)::DOUBLE AS most
        FROM gold.labels WHERE as_of <= :as_of""")


def _label_grid(facts: Facts, labels: Answer) -> list[Grid]:
    if not labels:
        return []
    if facts.project.label.cuts is not None:
        found = _numbers(facts)
        cells = tuple((found.cite(name),) for name in ("n", "least", "middle", "most"))
        heads = ("labels", "least", "median", "largest")
        return [
            Grid("The label is a number, of which classes are made", heads, (cells,), frozenset({0, 1, 2, 3}))
        ]
    rows = tuple(
        ((labels.cite("label", row),), (labels.cite("n", row),), (labels.cite("share", row, tell=share),))
        for row in range(len(labels.rows))
    )
    return [Grid("Labels known so far", ("class", "labels", "share"), rows, frozenset({1, 2}))]


def _problem(facts: Facts, events: Answer, labels: Answer) -> Text:
    units = agreeing(events.value("n_periods"), facts.unit)
    start: Text = (events.cite("n"), " events in ", events.cite("n_periods"), f" {units}")
    if not labels:
        return (*start, ", and not one outcome is known yet")
    if facts.project.label.cuts is not None:
        return (*start, ", ", _numbers(facts).cite("n"), " of them with a known outcome")
    row = _positive(facts, labels)
    of_it = labels.cite("share", row, tell=share)
    return (*start, ": ", of_it, " of the outcomes known so far are “", labels.cite("label", row), "”")


def _positive(facts: Facts, labels: Answer) -> int:
    """The row of the class that is asked for: the last of the model's, else the rarest."""
    trained = facts.report.holder.trained if facts.report.holder else None
    wanted = trained.classes[-1] if trained else None
    names = labels.column("label")
    return names.index(wanted) if wanted in names else len(names) - 1


def _population(facts: Facts) -> Text:
    built = facts.gold.ask("""
        SELECT array_to_string(json_extract_string(artefact, '$.keys[*]'), ', ') AS keys FROM gold.runs
        WHERE step = 'build' AND as_of = :as_of""")
    who: Text = (built.cite("keys"),) if built else ("entity",)
    return (
        "Who is scored: one row per ",
        *who,
        " and event, of what was known when the event happened, and never of anything later.",
    )


def _label_line(facts: Facts) -> Text:
    if not facts.project.label.horizon:
        return ("What is predicted: a label that the project's query gives, known when the query says so.",)
    return (
        "What is predicted: the label of the project's query, known ",
        facts.stated(_span(facts.project.label.horizon), "label.horizon"),
        " after the event; before its window closes no training sees it.",
    )


def _span(horizon: object) -> str:
    text = str(horizon)
    return text if not text.startswith("1 ") else text.removesuffix("s")


def _waiting(facts: Facts, events: Answer, labels: Answer) -> Text:
    known = facts.gold.ask("SELECT count(*) AS n FROM gold.labels WHERE as_of <= :as_of")
    if not labels:
        return ("Until the first windows close nothing can be trained; features are built all the same.",)
    return ("Known so far: ", known.cite("n"), " labels, against ", events.cite("n", tell=told), " events.")


def _boxes(facts: Facts) -> list[tuple[str, str, Text]]:
    done = facts.gold.ask("""
        SELECT
          (SELECT sum(json_extract_string(s, '$.n_rows')::BIGINT)::BIGINT FROM (SELECT
            unnest(json_extract(artefact, '$.slices[*]')) AS s FROM gold.runs
            WHERE step = 'ingest' AND as_of = :as_of)) AS n_received,
          (SELECT count(*) FROM gold.findings WHERE stage = 'validate' AND as_of = :as_of) AS n_checks,
          (SELECT coalesce(sum(json_extract_string(s, '$.n_values')::BIGINT), 0)::BIGINT FROM (SELECT
            unnest(json_extract(artefact, '$.repairs[*]')) AS s FROM gold.runs
            WHERE step = 'clean' AND as_of = :as_of)) AS n_repaired,
          (SELECT json_array_length(artefact, '$.columns')::BIGINT FROM gold.runs
            WHERE step = 'build' AND as_of = :as_of) AS n_features,
          (SELECT coalesce(max(json_extract_string(artefact, '$.slice.n_rows')::BIGINT), 0) FROM gold.runs
            WHERE step = 'predict' AND as_of = :as_of) AS n_scored,
          (SELECT count(*) FROM gold.monitoring WHERE as_of = :as_of) AS n_measured,
          (SELECT max(outcome) FROM gold.decisions WHERE kind = 'retrain' AND as_of = :as_of) AS decided,
          (SELECT max(outcome) FROM gold.decisions WHERE kind = 'audit' AND as_of = :as_of) AS audited,
          (SELECT max(json_extract_string(artefact, '$.algorithm')) FROM gold.runs
            WHERE step = 'train' AND as_of = :as_of) AS trained,
          (SELECT max(outcome) FROM gold.decisions WHERE kind = 'verdict' AND as_of = :as_of) AS judged,
          (SELECT max(outcome) FROM gold.decisions WHERE kind = 'promotion' AND as_of = :as_of)
            AS promoted""")

    def box(step: str, makes: str, column: str, unit: str) -> tuple[str, str, Text]:
        if done.value(column) is None:
            return (step, makes, ("not asked",))
        return (step, makes, (done.cite(column), f" {unit}" if unit else ""))

    return [
        box("ingest", "bronze", "n_received", "rows"),
        box("validate", "findings", "n_checks", "checks"),
        box("clean", "silver", "n_repaired", "repairs"),
        box("build", "features, labels", "n_features", "features"),
        box("predict", "predictions", "n_scored", "scored"),
        box("monitor", "measurements", "n_measured", "numbers"),
        box("decide", "retrain or keep", "decided", ""),
        box("audit", "leakage", "audited", ""),
        box("train", "a candidate", "trained", ""),
        box("judge", "a verdict", "judged", ""),
        box("promote", "an office", "promoted", ""),
        ("report", "pages, this deck", ("you read it",)),
    ]

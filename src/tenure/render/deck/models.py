"""The pages on models: which were compared and what the gate said, and how they did since."""

from __future__ import annotations

from tenure.domain.wording import agreeing
from tenure.render import charts
from tenure.render.deck.asking import Answer
from tenure.render.deck.facts import Facts
from tenure.render.deck.figures import intervals_chart, share_chart
from tenure.render.deck.model import Absence, Figure, Grid, Page, Text
from tenure.render.deck.plots import axis, plot
from tenure.render.deck.words import clause, score, sentence, share, version
from tenure.render.words import metric_name

MAX_REASONS = 7
MAX_TRAINED = 6


def models_page(facts: Facts) -> Page:
    """Models compared, the gate and its verdict."""
    verdict = _verdict(facts)
    if not verdict:
        absent = Absence(
            "Candidates compared", "No candidate has been trained yet: there is nothing to judge."
        )
        return Page("Models and the gate", _untrained(facts), (absent,), (*_rules(facts), _minimum(facts)))
    figures: tuple[Figure, ...] = (_compared(facts, verdict), _reason_grid(facts))
    return Page(
        topic="Models and the gate",
        headline=_judged(verdict),
        figures=figures,
        lines=(_search(facts, verdict), *_rules(facts)),
    )


def performance_page(facts: Facts) -> Page:
    """Performance over time, with how mature each cohort is."""
    metric = facts.metric
    cohorts = facts.cohorts(metric) if metric else None
    if metric is None or not cohorts:
        why = "No event that was scored has its label yet. The metric is drawn when the first window closes."
        absent = Absence("Performance by cohort", why)
        return Page("Performance", _unknown(facts), (absent,), _how_measured(facts, None))
    history = facts.history
    figures = [
        plot(
            "performance",
            f"{metric_name(metric)} by cohort: events of a period, labels known by now; dashed: on test rows",
            f"A line over the cohorts: {metric_name(metric)}; a rule where another version took office.",
            charts.performance_chart(facts.report, history),
            (cohorts,),
            why_not="No cohort has matured yet.",
        ),
        *_maturity(facts, _matured(facts)),
    ]
    return Page(
        "Performance", _performing(facts, metric, cohorts), tuple(figures), _how_measured(facts, metric)
    )


def _maturity(facts: Facts, ripe: Answer) -> list[Figure]:
    shown = {day.isoformat() for day in facts.history.periods}
    rows = [{"period": r["cohort"], "share": r["value"]} for r in ripe.rows if r["cohort"] in shown]
    if not rows:
        return []
    chart = share_chart(rows, axis(facts, facts.history.periods))
    told = "A bar per cohort: the share of its events whose label is known."
    return [
        plot(
            "maturity", "How much of each cohort has its label", told, chart, (ripe,), why_not="", weight=0.5
        )
    ]


def _verdict(facts: Facts) -> Answer:
    return facts.gold.ask("""
        SELECT model_version, replaced_version, outcome, as_of,
          json_extract_string(evidence, '$.difference.metric') AS metric,
          json_extract_string(evidence, '$.difference.candidate')::DOUBLE AS candidate,
          json_extract_string(evidence, '$.difference.champion')::DOUBLE AS champion,
          json_extract_string(evidence, '$.difference.low')::DOUBLE AS low,
          json_extract_string(evidence, '$.difference.high')::DOUBLE AS high,
          json_extract_string(evidence, '$.difference.n_rows')::BIGINT AS n_rows
        FROM gold.decisions WHERE kind = 'verdict' AND as_of <= :as_of
        ORDER BY as_of DESC, model_version DESC LIMIT 1""")


def _trials(facts: Facts, verdict: Answer) -> Answer:
    return facts.gold.ask(f"""
        SELECT json_extract_string(t, '$.algorithm') AS algorithm,
          json_extract_string(t, '$.validation_score')::DOUBLE AS value,
          json_extract_string(t, '$.n_trials')::BIGINT AS n_trials
        FROM (SELECT unnest(json_extract(artefact, '$.trials[*]')) AS t FROM gold.runs
          WHERE step = 'train' AND as_of <= :as_of
            AND json_extract_string(artefact, '$.version.version') = '{int(verdict.value("model_version"))}')
        ORDER BY value DESC, algorithm""")  # noqa: S608 - a number


def _trained(facts: Facts, metric: str) -> Answer:
    return facts.gold.ask(f"""
        SELECT version, algorithm, json_extract_string(m, '$.value')::DOUBLE AS value,
          json_extract_string(m, '$.low')::DOUBLE AS low, json_extract_string(m, '$.high')::DOUBLE AS high,
          'v' || version || '  ' || algorithm AS name
        FROM (SELECT version, algorithm, e, unnest(json_extract(e, '$.metrics[*]')) AS m
          FROM (SELECT json_extract_string(artefact, '$.version.version')::BIGINT AS version,
              json_extract_string(artefact, '$.algorithm') AS algorithm,
              unnest(json_extract(artefact, '$.evaluations[*]')) AS e
            FROM gold.runs WHERE step = 'train' AND as_of <= :as_of))
        WHERE json_extract_string(e, '$.rows') = 'test' AND json_extract_string(m, '$.name') = '{metric}'
        ORDER BY version DESC LIMIT {MAX_TRAINED}""")  # noqa: S608 - a metric's name


def _compared(facts: Facts, verdict: Answer) -> Figure:
    """Candidates so far on their own test rows; of a single one its algorithms on validation."""
    metric = verdict.value("metric") or facts.metric or "accuracy"
    made = _trained(facts, metric)
    trials = _trials(facts, verdict)
    if len(made.rows) > 1 or not trials:
        return plot(
            "candidates",
            f"{metric_name(metric)} of the last candidates, each on its own test rows, with a 95 % interval",
            "A point per candidate with its interval, the newest first.",
            intervals_chart(made.rows, "name") if made else None,
            (made,),
            why_not="Their trainings were recorded in another datamart.",
        )
    return plot(
        "trials",
        f"Best {_tuned(facts)} of each algorithm on the validation rows",
        "A point per algorithm, the best first.",
        intervals_chart(trials.rows, "algorithm"),
        (trials,),
        why_not="",
    )


def _tuned(facts: Facts) -> str:
    return metric_name(str(facts.project.model.tuning.metric))


def _reason_grid(facts: Facts) -> Grid:
    reasons = facts.gold.ask(f"""
        SELECT json_extract_string(r, '$.rule') AS rule,
          CASE WHEN json_extract_string(r, '$.favours') = 'true' THEN 'for' ELSE 'against' END AS speaks,
          json_extract_string(r, '$.message') AS message
        FROM (SELECT row_number() OVER () AS place, r FROM (
          SELECT unnest(json_extract(reasons, '$[*]')) AS r FROM (
            SELECT reasons FROM gold.decisions WHERE kind = 'verdict' AND as_of <= :as_of
            ORDER BY as_of DESC, model_version DESC LIMIT 1)))
        ORDER BY speaks, place LIMIT {MAX_REASONS}""")  # noqa: S608 - our own constant
    rows = tuple(
        (
            (reasons.cite("rule", row),),
            (reasons.cite("speaks", row),),
            (reasons.cite("message", row, tell=clause),),
        )
        for row in range(len(reasons.rows))
    )
    return Grid("What the gate asked of the last candidate", ("rule", "speaks", "because"), rows, wide=2)


def _judged(verdict: Answer) -> Text:
    passed = verdict.value("outcome") == "passed"
    who: Text = (
        "Version ",
        verdict.cite("model_version", tell=version),
        " " if passed else " was ",
        verdict.cite("outcome"),
        " the gate" if passed else " by the gate",
        " on ",
        verdict.cite("as_of"),
    )
    if verdict.value("candidate") is None:
        return (*who, ": nobody was in office to compare it with")
    return (
        *who,
        f": {metric_name(verdict.value('metric'))} ",
        verdict.cite("candidate", tell=score),
        " against ",
        verdict.cite("champion", tell=score),
        " on the same ",
        verdict.cite("n_rows"),
        " rows",
    )


def _search(facts: Facts, verdict: Answer) -> Text:
    trials = _trials(facts, verdict)
    if not trials:
        return ("Its training was recorded in another datamart.",)
    tried = facts.gold.ask(f"""
        SELECT count(*) AS n_algorithms, sum(n_trials)::BIGINT AS n_trials
        FROM ({trials.query.sql})""")  # noqa: S608 - our own question
    return (
        "Its training tried ",
        tried.cite("n_algorithms"),
        f" {agreeing(len(trials.rows), 'algorithm')} in ",
        tried.cite("n_trials"),
        " trials; the best on validation was ",
        trials.cite("algorithm"),
        f" ({_tuned(facts)} ",
        trials.cite("value", tell=score),
        ").",
    )


def _rules(facts: Facts) -> tuple[Text, Text]:
    beat = facts.project.gate.beat_champion
    by: Text = (" by ", facts.stated(share(beat.by), "gate.beat_champion.by")) if beat.by else ()
    against: Text = (
        f"Against the champion: better in {metric_name(str(beat.metric))}",
        *by,
        " on the same rows, and the interval of the difference must lie wholly on the candidate's side."
        if beat.interval == "required"
        else " on the same rows; the interval of the difference is told with it.",
    )
    refused = facts.gold.ask("""
        SELECT count(*) AS n, count(*) FILTER (outcome = 'refused') AS n_refused
        FROM gold.decisions WHERE kind = 'verdict' AND as_of <= :as_of""")
    return (
        against,
        (
            "So far the gate judged ",
            refused.cite("n"),
            f" {agreeing(refused.value('n'), 'candidate')} and refused ",
            refused.cite("n_refused"),
            ".",
        ),
    )


def _minimum(facts: Facts) -> Text:
    least = facts.project.gate.minimum
    if not least:
        return ("With nobody in office, any candidate on enough test rows may pass: no minimum is set.",)
    listed = [
        part
        for name, value in least.items()
        for part in (", ", f"{metric_name(str(name))} ", facts.stated(value, f"gate.minimum.{name}"))
    ][1:]
    return ("The least a candidate must show: ", *listed, ".")


def _untrained(facts: Facts) -> Text:
    held = facts.gold.ask("""
        SELECT list_filter(json_extract(reasons, '$[*]'),
            lambda r: json_extract_string(r, '$.favours') = 'false')[1] ->> '$.message' AS message
        FROM gold.decisions WHERE kind = 'retrain' AND as_of = :as_of""")
    if held.value("message"):
        return ("No candidate has been trained yet: ", held.cite("message", tell=sentence))
    return ("No candidate has been trained yet, so the gate has judged nobody",)


def _matured(facts: Facts) -> Answer:
    return facts.gold.ask("""
        SELECT feature AS cohort, value, as_of FROM gold.monitoring
        WHERE scope = 'performance' AND metric = 'matured_share' AND as_of <= :as_of
        QUALIFY row_number() OVER (PARTITION BY feature ORDER BY as_of DESC) = 1
        ORDER BY cohort""")


def _performing(facts: Facts, metric: str, cohorts: Answer) -> Text:
    start: Text = (
        f"{metric_name(metric)} is ",
        cohorts.cite("value", tell=score),
        " on the last matured cohort (events to ",
        cohorts.cite("cohort"),
        ", ",
        cohorts.cite("n"),
        " rows)",
    )
    office = facts.office()
    held = facts.tested(office.value("model_version"), metric) if office else None
    if not held:
        return start
    return (*start, "; the model now in office showed ", held.cite("value", tell=score), " on its test rows")


def _unknown(facts: Facts) -> Text:
    scored = facts.gold.ask("""
        SELECT count(*) AS n FROM gold.runs WHERE step = 'predict' AND as_of <= :as_of
          AND json_extract_string(artefact, '$.slice.n_rows')::BIGINT > 0""")
    if not scored.value("n"):
        return ("Nobody has scored an event whose label is known by now: performance is not known yet",)
    return (
        scored.cite("n"),
        f" {agreeing(scored.value('n'), facts.unit)} scored",
        ", and none of those events has its label yet: performance is not known",
    )


def _how_measured(facts: Facts, metric: str | None) -> tuple[Text, ...]:
    span: Text = (
        "An outcome is known ",
        facts.stated(facts.project.label.horizon, "label.horizon"),
        " after the event: the newest cohorts are always the ones that are not judged yet.",
    )
    if not facts.project.label.horizon:
        span = ("The newest cohorts are always the ones that are not judged yet.",)
    again: Text = (
        (
            "A cohort is measured again whenever more of its labels "
            "mature, by the version that scored it; the "
            "last measurement is drawn."
        ),
    )
    if metric is None:
        return (span, again, ("Until then drift of the features and of the score is what can be watched.",))
    return (_range(facts, metric), span, again)


def _range(facts: Facts, metric: str) -> Text:
    ends = facts.gold.ask(f"""
        SELECT count(*) AS n, min(value) AS least, max(value) AS most,
          arg_min(cohort, value) AS worst, arg_max(cohort, value) AS best
        FROM ({facts.cohorts(metric).query.sql}) WHERE value IS NOT NULL""")  # noqa: S608 - our own question
    return (
        ends.cite("n"),
        f" {agreeing(ends.value('n'), 'cohort')} so far; the lowest is that of ",
        ends.cite("worst"),
        " (",
        ends.cite("least", tell=score),
        "), the highest that of ",
        ends.cite("best"),
        " (",
        ends.cite("most", tell=score),
        ").",
    )

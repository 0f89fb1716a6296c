"""The pages on what goes in: data and their quality, features and leakage."""

from __future__ import annotations

from tenure.domain.wording import agreeing
from tenure.render.deck.asking import Answer
from tenure.render.deck.facts import Facts
from tenure.render.deck.figures import bars_chart
from tenure.render.deck.model import Grid, Page, Stated, Text
from tenure.render.deck.plots import plot
from tenure.render.deck.words import clause, sentence, share, short
from tenure.render.words import NOTHING

MAX_SOURCES = 8
MAX_REPAIRS = 8
MAX_FEATURES = 10


def data_page(facts: Facts) -> Page:
    """Sources, quality, and what was repaired."""
    sources, repairs, found = _sources(facts), _repairs(facts), _found(facts)
    figures = (
        plot(
            "repairs",
            "Values repaired so far, by column: each became null, was cut clean, or was cast",
            "A bar per column and kind of repair, the largest first: how many values were repaired.",
            bars_chart(_named(repairs, "what", "n_values"), "what", "n_values", ",d") if repairs else None,
            (repairs,),
            why_not="No value has needed a repair.",
        ),
        _source_grid(facts, sources),
    )
    return Page(
        topic="Data",
        headline=_data(facts, found),
        figures=figures,
        lines=(_worst_source(facts), _checks(facts), _late(facts)),
    )


def features_page(facts: Facts) -> Page:
    """Features, their weight, and the leakage controls."""
    built, weights, audit = _built(facts), _weights(facts), _audit(facts)
    figures = (
        plot(
            "importance",
            "Features by their share of the importance, of the model that scored last",
            "A bar per feature, the heaviest first: its share of the model's importance.",
            bars_chart(_named(weights, "feature", "value"), "feature", "value", ".1%") if weights else None,
            (weights,),
            why_not="Nobody has been in office, so no feature has a weight yet.",
        ),
        *(_audit_grid(audit) or _block_grid(facts)),
    )
    return Page(
        topic="Features and leakage",
        headline=_leakage(built, audit),
        figures=figures,
        lines=(_top(facts, weights), _two_times(), _muted(facts)),
    )


def _sources(facts: Facts) -> Answer:
    return facts.gold.ask(f"""
        SELECT source, sum(n_rows)::BIGINT AS n_rows,
          coalesce(sum(n_rows) FILTER (as_of = :as_of), 0)::BIGINT AS n_now,
          max(as_of) FILTER (n_rows > 0) AS last
        FROM (SELECT as_of, split_part(json_extract_string(s, '$.table'), '/', 2) AS source,
            json_extract_string(s, '$.n_rows')::BIGINT AS n_rows
          FROM (SELECT as_of, unnest(json_extract(artefact, '$.slices[*]')) AS s FROM gold.runs
            WHERE step = 'ingest' AND as_of <= :as_of))
        GROUP BY source ORDER BY n_rows DESC, source LIMIT {MAX_SOURCES}""")  # noqa: S608 - our own constant


def _repairs(facts: Facts) -> Answer:
    return facts.gold.ask(f"""
        SELECT source, name, kind, sum(n_values)::BIGINT AS n_values,
          source || '.' || name || ', ' || replace(kind, '_', ' ') AS what
        FROM (SELECT json_extract_string(s, '$.source') AS source, json_extract_string(s, '$.column') AS name,
            json_extract_string(s, '$.kind') AS kind, json_extract_string(s, '$.n_values')::BIGINT AS n_values
          FROM (SELECT unnest(json_extract(artefact, '$.repairs[*]')) AS s FROM gold.runs
            WHERE step = 'clean' AND as_of <= :as_of))
        GROUP BY ALL HAVING sum(n_values) > 0
        ORDER BY n_values DESC, what LIMIT {MAX_REPAIRS}""")  # noqa: S608 - our own constant


def _found(facts: Facts) -> Answer:
    return facts.gold.ask("""
        SELECT count(*) FILTER (outcome = 'found') AS n_found, count(*) AS n_checks,
          count(*) FILTER (outcome = 'found' AND as_of = :as_of) AS n_now
        FROM gold.findings WHERE stage IN ('ingest', 'validate', 'clean') AND as_of <= :as_of""")


def _source_grid(facts: Facts, sources: Answer) -> Grid:
    rows = tuple(
        (
            (sources.cite("source", row),),
            (sources.cite("n_rows", row),),
            (sources.cite("n_now", row),),
            (sources.cite("last", row),),
            (_delay(facts, sources.value("source", row)),),
        )
        for row in range(len(sources.rows))
    )
    heads = ("source", "rows so far", f"this {facts.unit}", "last delivered", "known after")
    return Grid("What was received", heads, rows, frozenset({1, 2}))


def _delay(facts: Facts, source: str) -> str | Stated:
    stated = facts.project.sources.get(source)
    delay = getattr(stated, "delay", None)
    return facts.stated(delay, f"sources.{source}.delay") if delay else "the event"


def _data(facts: Facts, found: Answer) -> Text:
    total = facts.gold.ask("""
        SELECT sum(json_extract_string(s, '$.n_rows')::BIGINT)::BIGINT AS n_rows,
          count(DISTINCT json_extract_string(s, '$.table')) AS n_sources
        FROM (SELECT unnest(json_extract(artefact, '$.slices[*]')) AS s FROM gold.runs
          WHERE step = 'ingest' AND as_of <= :as_of)""")
    mended = facts.gold.ask("""
        SELECT coalesce(sum(json_extract_string(s, '$.n_values')::BIGINT), 0)::BIGINT AS n
        FROM (SELECT unnest(json_extract(artefact, '$.repairs[*]')) AS s FROM gold.runs
          WHERE step = 'clean' AND as_of <= :as_of)""")
    return (
        total.cite("n_rows"),
        " rows of ",
        total.cite("n_sources"),
        f" {agreeing(total.value('n_sources'), 'source')} were taken in; ",
        mended.cite("n"),
        " values were repaired and ",
        found.cite("n_found"),
        f" {agreeing(found.value('n_found'), 'check')} of quality found something",
    )


def _worst_source(facts: Facts) -> Text:
    worst = facts.gold.ask("""
        SELECT message, as_of FROM gold.findings
        WHERE stage IN ('ingest', 'validate', 'clean') AND outcome = 'found' AND as_of <= :as_of
        ORDER BY as_of DESC,
          CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, n_rows DESC, code, message
        LIMIT 1""")
    if not worst:
        return ("No check of a source has found anything so far.",)
    return ("The last thing found, on ", worst.cite("as_of"), ": ", worst.cite("message", tell=sentence), ".")


def _checks(facts: Facts) -> Text:
    ended = facts.gold.ask("""
        SELECT count(*) AS n, count(*) FILTER (outcome = 'passed') AS n_passed,
          count(*) FILTER (outcome IN ('skipped', 'not applicable')) AS n_not_run,
          count(*) FILTER (outcome = 'muted') AS n_muted
        FROM gold.findings WHERE stage IN ('ingest', 'validate', 'clean') AND as_of = :as_of""")
    return (
        f"This {facts.unit} ",
        ended.cite("n"),
        " checks looked at the sources: ",
        ended.cite("n_passed"),
        " passed, ",
        ended.cite("n_not_run"),
        " could not run and count as not passed, ",
        ended.cite("n_muted"),
        " are muted.",
    )


def _late(facts: Facts) -> Text:
    silent = facts.gold.ask("""
        SELECT string_agg(source, ', ' ORDER BY source) AS sources, count(*) AS n FROM (
          SELECT split_part(json_extract_string(s, '$.table'), '/', 2) AS source
          FROM (SELECT unnest(json_extract(artefact, '$.slices[*]')) AS s FROM gold.runs
            WHERE step = 'ingest' AND as_of = :as_of)
          WHERE json_extract_string(s, '$.n_rows')::BIGINT = 0)""")
    if not silent.value("n"):
        return (f"Every source delivered this {facts.unit}.",)
    return (f"Nothing came this {facts.unit} from: ", silent.cite("sources"), ".")


def _built(facts: Facts) -> Answer:
    return facts.gold.ask("""
        SELECT json_array_length(artefact, '$.columns')::BIGINT AS n_features FROM gold.runs
        WHERE step = 'build' AND as_of = :as_of""")


def _weights(facts: Facts) -> Answer:
    return facts.gold.ask(f"""
        SELECT feature, value FROM gold.monitoring
        WHERE scope = 'feature' AND metric = 'importance' AND value > 0 AND as_of = (
          SELECT max(as_of) FROM gold.monitoring
          WHERE scope = 'feature' AND metric = 'importance' AND as_of <= :as_of)
        ORDER BY value DESC, feature LIMIT {MAX_FEATURES}""")  # noqa: S608 - our own constant


def _audit(facts: Facts) -> Answer:
    return facts.gold.ask("""
        SELECT code, CASE WHEN bool_or(outcome = 'found') THEN 'found' ELSE max(outcome) END AS outcome,
          arg_min(message, (outcome != 'found')::INT) AS message, max(as_of) AS as_of,
          sum((outcome = 'found' AND severity = 'error')::INT)::BIGINT AS n_errors
        FROM gold.findings WHERE stage = 'audit' AND as_of = (
          SELECT max(as_of) FROM gold.findings WHERE stage = 'audit' AND as_of <= :as_of)
        GROUP BY code ORDER BY code""")


def _audit_grid(audit: Answer) -> list[Grid]:
    rows = tuple(
        (
            (audit.cite("code", row),),
            (audit.cite("outcome", row),),
            (audit.cite("message", row, tell=clause),),
        )
        for row in range(len(audit.rows))
    )
    return [Grid("The last leakage audit", ("check", "ended", "what it saw"), rows, wide=2)] if rows else []


def _block_grid(facts: Facts) -> list[Grid]:
    """Features by where they come from: what there is before the first audit."""
    blocks = facts.gold.ask(f"""
        SELECT json_extract_string(c, '$.block') AS block, count(*) AS n,
          count(*) FILTER (json_extract_string(c, '$.kind') != 'number') AS n_words
        FROM (SELECT unnest(json_extract(artefact, '$.columns[*]')) AS c FROM gold.runs
          WHERE step = 'build' AND as_of = :as_of)
        GROUP BY ALL ORDER BY n DESC, block LIMIT {MAX_SOURCES}""")  # noqa: S608 - our own constant
    rows = tuple(
        ((blocks.cite("block", row),), (blocks.cite("n", row),), (blocks.cite("n_words", row),))
        for row in range(len(blocks.rows))
    )
    heads = ("made of", "features", "not numbers")
    return [Grid("Features by what they are made of", heads, rows, frozenset({1, 2}))] if rows else []


def _leakage(built: Answer, audit: Answer) -> Text:
    n_features: Text = (built.cite("n_features"), " features") if built else ("No feature",)
    if not audit:
        return (*n_features, ", each of what was known at its event; no training has asked for an audit yet")
    n_bad = sum(outcome == "found" for outcome in audit.column("outcome"))
    last: Text = (" on ", audit.cite("as_of"))
    if not n_bad:
        return (*n_features, ", and the leakage audit", *last, " found nothing that knows the outcome")
    row = audit.column("outcome").index("found")
    return (*n_features, "; the leakage audit", *last, " found: ", audit.cite("message", row, tell=clause))


def _top(facts: Facts, weights: Answer) -> Text:
    if not weights:
        return ("What a feature weighs is known when somebody has been trained and took office.",)
    heavy = facts.gold.ask("""
        SELECT sum(value) AS share FROM (SELECT value FROM gold.monitoring
          WHERE scope = 'feature' AND metric = 'importance' AND as_of = (
            SELECT max(as_of) FROM gold.monitoring
            WHERE scope = 'feature' AND metric = 'importance' AND as_of <= :as_of)
          ORDER BY value DESC LIMIT 5)""")
    return (
        "The heaviest is ",
        weights.cite("feature"),
        " with ",
        weights.cite("value", tell=share),
        " of the importance; the five heaviest together hold ",
        heavy.cite("share", tell=share),
        ".",
    )


def _two_times() -> Text:
    return (
        (
            "Each row carries two times: when it happened, and when it "
            "was known. A feature is cut at the event "
            "by the second, so that nothing is used before it could have been known."
        ),
    )


def _muted(facts: Facts) -> Text:
    hidden = [
        facts.stated(f"{name}.{column}", f"sources.{name}.columns.{column}")
        for name, source in facts.project.sources.items()
        for column, rule in (source.columns or {}).items()
        if rule.pii or rule.protected
    ][:4]
    if not hidden:
        return ("No column is marked as personal or protected in the project file.",)
    listed = [part for one in hidden for part in (", ", one)][1:]
    return ("Personal or protected, and never a feature: ", *listed, ".")


def _named(answer: Answer, name: str, value: str) -> list[dict[str, object]]:
    """The rows of a chart, with names that fit and are still told apart."""
    rows: list[dict[str, object]] = []
    for row in answer.rows:
        text = short(str(row[name])) if row[name] is not None else NOTHING
        while text in {one[name] for one in rows}:
            text += " "
        rows.append({name: text, value: row[value]})
    return rows

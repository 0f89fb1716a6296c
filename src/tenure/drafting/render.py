"""A draft -> the texts of a project: ``tenure.yaml`` and the SQL beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tenure.domain.splits import SIDES, SplitPolicy
from tenure.domain.wording import counted
from tenure.drafting.draft import ColumnDraft, Draft, Role, SourceDraft, TimeFormat
from tenure.drafting.naming import project_name
from tenure.drafting.sqltext import label_sql, population_sql
from tenure.drafting.yamltext import commented_out, entry, flow, indented, one_line, with_comments
from tenure.training.config import TuningPolicy

PROJECT_FILE = "tenure.yaml"
POPULATION_FILE = "sql/population.sql"
LABEL_FILE = "sql/label.sql"
CHOOSE = "choose"
"""What stands where a person must choose a time format: loading refuses it, and says so."""
_HORIZON = "6 months"
_LONGEST_KEY = 500
"""YAML takes keys of 1,024 characters at most, quotes and escapes included."""


def render_draft(draft: Draft, *, target: Path | None = None) -> Mapping[str, str]:
    """The texts of a project by their paths below its folder.

    Parameters
    ----------
    draft
        What was guessed.
    target
        The project's folder, from which the paths of sources are given, and whose name the project takes;
        the folder of the files itself when absent.
    """
    named = draft if target is None else replace(draft, project=project_name(target.resolve().name))
    return {
        PROJECT_FILE: "\n".join(_project(named, _data_folder(draft, target))) + "\n",
        POPULATION_FILE: population_sql(draft),
        LABEL_FILE: label_sql(draft),
    }


def _data_folder(draft: Draft, target: Path | None) -> str:
    """The folder of the files, as seen from the project's."""
    folder = Path(draft.folder).resolve()
    relative = os.path.relpath(folder, target.resolve()) if target else "."
    return "" if relative == "." else Path(relative).as_posix() + "/"


def _project(draft: Draft, data: str) -> Iterator[str]:
    yield from _head(draft)
    yield from with_comments(
        [
            (entry("project", draft.project), "the name of its model"),
            (entry("datamart", "datamart"), "the folder its tables are written to"),
            (entry("period", str(draft.period)), f"one run takes in one {draft.period}"),
        ]
    )
    yield from ("", "sources:")
    for source in draft.sources:
        lines = list(indented(render_source(source, data)))
        yield from (commented_out(lines) if source.block.role is Role.UNLINKED else lines)
        yield ""
    yield from _left_out(draft)
    yield from _population(draft)
    yield from ("", "features:")
    for source in draft.sources:
        yield from _block(source)
    yield from ("", *_model(draft))


def _head(draft: Draft) -> Iterator[str]:
    yield f"# A first draft of a project, made by looking at {counted(len(draft.sources), 'table')}."
    yield "# Every guess says what was seen. Before the first run:"
    steps = [
        *(f"choose the time format of `{source}.{column}`" for source, column in draft.open_times),
        *(f"state the keys of `{source.name}`" for source in draft.sources if _lacks_keys(source)),
        f"{'check' if draft.label.column else 'write'} the label: {LABEL_FILE}, and its horizon below",
        f"check who is scored, and when: {POPULATION_FILE}",
    ]
    n_suspicious = len(draft.warnings)
    if n_suspicious:
        steps.append(f"look at {counted(n_suspicious, 'column')} marked SUSPICIOUS below")
    yield from (f"#   {number}. {one_line(step)}" for number, step in enumerate(steps, 1))
    yield "# Every key there is: docs/reference/project-file.md"
    yield ""


def render_source(source: SourceDraft, data: str = "") -> list[str]:
    """The lines of one source under ``sources``."""
    lines = [(f"{source.name}:", _about(source))]
    lines += [(f"  {line}", comment) for line, comment in _settings(source, data)]
    columns = [(f"    {line}", comment) for line, comment in _columns(source)]
    notes = [f"  # {one_line(note)}" for note in source.notes]
    block = ["  columns:", *with_comments(columns)] if columns else []
    return [*with_comments(lines), *notes, *block]


def _about(source: SourceDraft) -> str:
    files = "" if len(source.look.raw.files) == 1 else f" in {len(source.look.raw.files)} files"
    rows = counted(source.look.n_rows, "row")
    said = {
        Role.ENTITY: "one row per entity",
        Role.HISTORY: "several rows per entity",
        Role.OUTCOMES: "OUTCOMES: for the label, not for features",
        Role.UNLINKED: "left out: no key leads from the population to it",
    }
    return f"{rows}{files}; {said[source.block.role]}"


def _settings(source: SourceDraft, data: str) -> Iterator[tuple[str, str]]:
    raw, key = source.look.raw, source.key
    yield entry("path", data + source.path), ""
    if raw.delimiter != ",":
        yield entry("delimiter", raw.delimiter), ""
    if raw.encoding != "utf-8":
        yield entry("encoding", raw.encoding), ""
    if not source.keys:
        yield "# keys: [...]", f"NO KEY FOUND ({key.seen}): name columns that identify a row"
    else:
        linked = f"; {', '.join(source.link)} links it to the population" if source.link else ""
        yield entry("keys", list(source.keys)), key.seen + linked
    if not key.unique:
        yield entry("unique", value=False), "several rows may have the same keys and time"
    yield from _times(source)


def _times(source: SourceDraft) -> Iterator[tuple[str, str]]:
    key = source.key
    if key.event_time is None:
        if source.block.relative_time is None:
            yield "# event_time:", "no column says when: every row counts as always known. Is that so?"
        return
    time = source.column(key.event_time).time
    yield entry("event_time", key.event_time), time.seen if time else ""
    if time is not None and time.is_open:
        for each in time.fits:
            yield f"# {entry('time_format', each)}" if each else "# without time_format: ISO", "this one?"
        yield entry("time_format", CHOOSE), _why_open(time)
    elif time is not None and time.stated:
        yield entry("time_format", time.stated), ""
    if key.known_at:
        yield entry("known_at", key.known_at), "when the row became known; until then nothing may use it"
    else:
        yield "# delay: 0 days", "known that long after it happened: state it if it takes longer"


def _columns(source: SourceDraft) -> Iterator[tuple[str, str]]:
    for column in source.columns:
        rule = rule_of(column)
        if column.name in source.keys:
            rule.pop("feature", None)
        if column.name == source.key.event_time or not rule:
            continue
        if len(column.name) > _LONGEST_KEY:
            yield f"# {one_line(column.name)[:60]}", "a name too long for a key: no rule"
        else:
            yield entry(column.name, rule), " ".join((*_asked(column), "; ".join(column.seen)))


def _asked(column: ColumnDraft) -> Iterator[str]:
    """What a person must answer of a column."""
    if column.warning:
        yield f"SUSPICIOUS: {column.warning}. Known at the event?"
    if column.time is not None and column.time.is_open:
        listed = " or ".join(flow(each) if each else "no format (ISO)" for each in column.time.fits)
        yield f"{_why_open(column.time)}: {listed}."


def _why_open(time: TimeFormat) -> str:
    if time.is_mixed:
        return "NO FORMAT READS ALL: write one format in the file, or choose the one whose rows are kept"
    return "THE VALUES DO NOT TELL: choose one of these"


def rule_of(column: ColumnDraft) -> dict[str, Any]:
    """The rule of a column as the project file writes it: only what differs from the default."""
    rule = column.rule.model_dump(mode="json", exclude_defaults=True)
    is_open = column.time is not None and column.time.is_open
    return rule | ({"format": CHOOSE} if is_open else {})


def _left_out(draft: Draft) -> Iterator[str]:
    if draft.left_out:
        yield "  # Left out:"
        yield from (f"  #   {flow(each.file)}: {one_line(each.why)}" for each in draft.left_out)
        yield ""


def _lacks_keys(source: SourceDraft) -> bool:
    return not source.keys and source.block.role is not Role.UNLINKED


def _population(draft: Draft) -> Iterator[str]:
    population = draft.population
    said: dict[str, Any] = {"sql": POPULATION_FILE}
    if population is not None and population.extra:
        said["keys"] = list(population.keys)
    horizon = _HORIZON if population is not None and population.event_time else "0 days"
    told = "TO FILL IN: the query" if draft.label.column is None else f"CHECK: `{draft.label.column}`"
    seen = (
        f"`{population.source}`: {population.seen}"
        if population
        else "NO SOURCE HAS A KEY: say who is scored"
    )
    yield from with_comments(
        [
            (entry("population", said), seen),
            (
                entry("label", {"sql": LABEL_FILE, "horizon": horizon}),
                f"{told}, and how long after the event its answer is known",
            ),
        ]
    )


def _block(source: SourceDraft) -> Iterator[str]:
    block = source.block
    lines = [f"  - {entry('source', source.name)}"]
    settings: dict[str, Any] = {
        "columns": list(block.columns),
        "through": block.through,
        "relative_time": block.relative_time.model_dump() if block.relative_time else None,
        "windows": list(block.windows),
        "aggregates": [str(each) for each in block.aggregates],
    }
    lines += [f"    {entry(key, value)}" for key, value in settings.items() if value]
    if block.role is Role.OUTCOMES:
        yield f"  # Not used: {one_line(block.seen)}."
        yield from commented_out(lines)
    elif block.role is not Role.UNLINKED:
        seen = block.seen or ("the last row known at the event" if block.role is Role.ENTITY else "")
        yield from with_comments([(lines[0], seen)])
        yield from lines[1:]


def _model(draft: Draft) -> Iterator[str]:
    task = "multiclass" if draft.label.n_classes > 2 else "binary"
    split, tuning = SplitPolicy(), TuningPolicy()
    shares = {side: getattr(split, side) for side in SIDES}
    yield "model:"
    yield from with_comments(
        [
            (f"  {entry('task', task)}", "binary or multiclass"),
            (f"  {entry('split', shares)}", "by time, the test on the latest events"),
            (
                f"  {entry('tuning', {'trials': tuning.trials, 'metric': str(tuning.metric)})}",
                "per algorithm",
            ),
        ]
    )

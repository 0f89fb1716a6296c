"""An exploration → HTML pages that need nothing else: an index, and one page per source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tenure.domain.report import Concern
from tenure.domain.wording import agreeing, counted
from tenure.exploration.summary import Exploration, PeriodCount, SourceSummary
from tenure.exploration.worries import headline
from tenure.render.files import write_file
from tenure.render.templates import template


def write_exploration(exploration: Exploration, folder: Path) -> tuple[Path, ...]:
    """The paths of the pages written: the index first, then ``sources/<name>.html``."""
    pages = render_exploration(exploration)
    return tuple(write_file(folder / name, page.encode()) for name, page in pages.items())


def render_exploration(exploration: Exploration) -> Mapping[str, str]:
    """The pages by their path. Light or dark follows the reader's screen; no page loads anything.

    What is rendered is bounded: names after 60 characters, values after 80, lists after their first rows.

    Parameters
    ----------
    exploration
        What was found.
    """
    pages = {"index.html": _index(exploration)}
    return pages | {
        f"sources/{source.name}.html": _source(source, exploration) for source in exploration.sources
    }


def index_headline(exploration: Exploration) -> str:
    """The first sentence of the index: how many sources ask for a look, and the worst of it."""
    sources = exploration.sources
    bad = sorted(
        (source for source in sources if source.concern is not Concern.CALM),
        key=lambda source: (source.concern is not Concern.WORRY, -source.worries[0].weight),
    )
    n_rows = sum(source.n_rows for source in sources)
    size = f"{counted(len(sources), 'source')} with {counted(n_rows, 'row')}"
    if not bad:
        return f"Nothing stands out in {size}."
    ask = agreeing(len(bad), "asks", "ask")
    return f"{len(bad)} of {size} {ask} for a look; first `{bad[0].name}`: {bad[0].worries[0].sentence}."


def _index(exploration: Exploration) -> str:
    concerns = {source.concern for source in exploration.sources}
    concern = next(
        each for each in (Concern.WORRY, Concern.WATCH, Concern.CALM) if each in {*concerns, Concern.CALM}
    )
    return template("exploration_index.html.j2").render(
        found=exploration,
        headline=index_headline(exploration),
        concern=concern.value,
        sources=[(source, headline(source)) for source in exploration.sources],
    )


def _source(source: SourceSummary, exploration: Exploration) -> str:
    told: dict[str, str] = {}
    for worry in source.worries:
        told.setdefault(worry.column, worry.sentence)
    return template("exploration_source.html.j2").render(
        source=source,
        found=exploration,
        headline=headline(source),
        joins=exploration.joins_of(source.name),
        anchors={column.name: f"c{place}" for place, column in enumerate(source.columns)},
        told={name: _without_name(sentence) for name, sentence in told.items() if name},
        n_personal=sum(column.is_personal for column in source.columns),
        has_relations=any(column.relation for column in source.columns),
        least_period=_least(source.periods),
    )


def _without_name(sentence: str) -> str:
    """What a worry says of its column, beside whose name it stands."""
    return sentence.split("` ", 1)[1] if sentence.startswith("`") and "` " in sentence else sentence


def _least(periods: Sequence[PeriodCount]) -> str:
    if not periods:
        return ""
    least = min(periods, key=lambda period: period.n)
    most = max(periods, key=lambda period: period.n)
    return f"From {least.n:,} ({least.period}) to {most.n:,} ({most.period})."

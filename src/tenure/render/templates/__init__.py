"""The pages' templates: every value is escaped, a name that is not given is an error."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from tenure.domain.wording import counted
from tenure.render import exploring, words


def template(name: str) -> Template:
    """The template called `name`."""
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader(__name__, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        count=words.count,
        counted=counted,
        number=words.number,
        plain=words.plain,
        percent=words.percent,
        signed_percent=words.signed_percent,
        metric_name=words.metric_name,
        mark=words.mark,
        cut=exploring.cut,
        code=exploring.with_code,
        spark=exploring.spark,
        periods_chart=exploring.periods_chart,
        strength_line=exploring.strength_line,
    )
    return made

"""Findings that somebody answers for do not block; they stay on record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tenure.auditing.config import Mute
from tenure.domain.findings import Finding, Outcome


def mute(findings: Iterable[Finding], mutes: Sequence[Mute]) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """The findings with those that are muted marked so, and what was muted, with its reason."""
    kept: list[Finding] = []
    muted: list[str] = []
    for finding in findings:
        answer = next((m for m in mutes if _answers(m, finding)), None)
        if answer is None or finding.outcome is not Outcome.FOUND:
            kept.append(finding)
            continue
        kept.append(replace(finding, outcome=Outcome.MUTED))
        muted.append(f"{finding.code} {finding.column or 'all columns'}: {answer.reason}")
    return tuple(kept), tuple(muted)


def _answers(answer: Mute, finding: Finding) -> bool:
    return answer.code == finding.code and answer.column in {"", finding.column}

"""A row, champion and challenger → the answer that is given, and what the log is told beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tenure.domain.arms import Arm
from tenure.serving.challenger import Challenger, Pairing
from tenure.serving.model import ServedModel
from tenure.serving.rows import Reading

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer, and whose it is."""

    model: ServedModel
    answer: Told
    beside: Told
    """What only the log is told: ``arm`` and ``against`` of a comparison, what the ``shadow`` said."""


def answer_one(
    model: ServedModel, pairing: Pairing | None, reading: Reading, challenger: Challenger
) -> Answered:
    """The answer to one row.

    Parameters
    ----------
    model
        Who is in office.
    pairing
        Who is tried beside it; nobody when None.
    reading
        The row.
    challenger
        Is told when the challenger has no answer; the champion's is given then, outside the comparison.
    """
    if pairing is None:
        return Answered(model, model.answer(reading), {})
    arm = pairing.arm(reading.given)
    if arm is Arm.CHALLENGER:
        try:
            return Answered(pairing.challenger, pairing.challenger.answer(reading), pairing.beside(arm))
        except Exception as error:  # noqa: BLE001 - the champion answers
            challenger.failed(pairing, error)
            arm = None
    answer = model.answer(reading)
    if arm is None:
        return Answered(model, answer, {})
    beside = pairing.beside(arm)
    if not pairing.is_shadow:
        return Answered(model, answer, beside)
    try:
        return Answered(
            model, answer, beside | {"shadow": _shadow(pairing, pairing.challenger.answer(reading))}
        )
    except Exception as error:  # noqa: BLE001 - as above
        challenger.failed(pairing, error)
        return Answered(model, answer, {})


def answer_many(
    model: ServedModel, pairing: Pairing | None, readings: Sequence[Reading], challenger: Challenger
) -> list[Answered]:
    """The answers to many rows, each as `answer_one` would give it; each model scores its rows at once."""
    if pairing is None:
        return [Answered(model, answer, {}) for answer in model.answers(readings)]
    arms = [pairing.arm(reading.given) for reading in readings]
    asked = [place for place, arm in enumerate(arms) if pairing.is_shadow or arm is Arm.CHALLENGER]
    tried: dict[int, Told] = {}
    try:
        answers = pairing.challenger.answers([readings[place] for place in asked]) if asked else []
        tried = dict(zip(asked, answers, strict=True))
    except Exception as error:  # noqa: BLE001 - the champion answers
        challenger.failed(pairing, error)
    left = [place for place in range(len(readings)) if pairing.is_shadow or place not in tried]
    given = model.answers([readings[place] for place in left]) if left else []
    own = dict(zip(left, given, strict=True))
    return [_one_of(pairing, arm, own.get(place), tried.get(place)) for place, arm in enumerate(arms)]


def _one_of(pairing: Pairing, arm: Arm | None, own: Told | None, tried: Told | None) -> Answered:
    if own is None:
        assert tried is not None  # noqa: S101 - one of the two was asked
        return Answered(pairing.challenger, tried, pairing.beside(Arm.CHALLENGER))
    if pairing.is_shadow and tried is not None:
        beside = pairing.beside(Arm.CHAMPION) | {"shadow": _shadow(pairing, tried)}
        return Answered(pairing.champion, own, beside)
    if arm is not Arm.CHAMPION or pairing.is_shadow:
        return Answered(pairing.champion, own, {})
    return Answered(pairing.champion, own, pairing.beside(arm))


def _shadow(pairing: Pairing, answer: Told) -> Told:
    about = pairing.challenger.about
    return {**answer, "model_version": about["model_version"], "bundle_sha256": about["bundle_sha256"]}

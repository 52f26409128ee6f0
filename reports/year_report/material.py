"""What a report is made of: the rounds' frozen packages with what was noted about each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from reports.assessment import BadPackage, Criterion, Nature, Result, Scheme, recompute, shown
from reports.assessment.package import scheme_from_data

WITH_SHEET = (Nature.SCORE, Nature.ADD, Nature.DEDUCT)


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject as it was published; `notes` are reasons and bases by code."""

    result: Result
    scores: Mapping[str, Decimal]
    notes: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.result.name

    @property
    def total(self) -> Decimal:
        return self.result.total

    @property
    def rank(self) -> int:
        assert self.result.graded is not None
        return self.result.graded.rank

    @property
    def grade(self) -> str:
        assert self.result.graded is not None
        return self.result.graded.grade


@dataclass(frozen=True, slots=True)
class Lost:
    """Points a subject did not get on a criterion, or lost by a deduction; why, resting on what."""

    subject: Subject
    criterion: Criterion
    points: Decimal
    reason: str
    bases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """One published round: `noted` is what the office's rows said of it at drafting."""

    noted: Mapping[str, Any]
    kind: str
    scheme: Scheme
    subjects: tuple[Subject, ...]

    @property
    def average(self) -> Decimal:
        """To the hundredth, half up."""
        return average([s.total for s in self.subjects])

    @property
    def grades(self) -> tuple[str, ...]:
        """Every grade that the scheme knows, the best first."""
        return tuple(band.name for band in self.scheme.bands)

    def of_grade(self, grade: str) -> list[Subject]:
        return [s for s in self.ranked if s.grade == grade]

    @property
    def ranked(self) -> list[Subject]:
        """By rank, those of one rank in the round's order."""
        return sorted(self.subjects, key=lambda s: s.rank)

    @property
    def criteria(self) -> list[Criterion]:
        """Those that carry points, in the scheme's order."""
        return [c for c in self.scheme.criteria if c.nature in WITH_SHEET]

    def rate(self, criterion: Criterion) -> Decimal:
        """Points had of points to be had, over all subjects, in per cent to one place."""
        had = sum((s.scores.get(criterion.code, Decimal(0)) for s in self.subjects), Decimal(0))
        return share(had, criterion.points * len(self.subjects))

    def mean(self, criterion: Criterion) -> Decimal:
        """The subjects' mean points on a criterion; what has no points counts 0."""
        return average([s.scores.get(criterion.code, Decimal(0)) for s in self.subjects])

    def lost(self) -> Iterator[Lost]:
        """Everything that was not had, subject by subject in the order of rank."""
        for subject in self.ranked:
            for criterion in self.criteria:
                had = subject.scores.get(criterion.code, Decimal(0))
                if criterion.nature == Nature.ADD:
                    continue
                points = had if criterion.nature == Nature.DEDUCT else criterion.points - had
                if points > 0:
                    note = subject.notes.get(criterion.code, {})
                    yield Lost(
                        subject, criterion, points, note.get("reason", ""),
                        tuple(note.get("bases", ())),
                    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Material:
    """All of a report's material."""

    year: int
    county: str
    issuer: str
    on: date
    rounds: tuple[Round, ...]
    ballots: tuple[Mapping[str, Any], ...]

    @property
    def subjects(self) -> list[Subject]:
        return [s for r in self.rounds for s in r.subjects]

    @property
    def grades(self) -> tuple[str, ...]:
        """The grades of all rounds, each once, in the order of the first that has them."""
        return tuple(dict.fromkeys(g for r in self.rounds for g in r.grades))

    @property
    def office(self) -> str:
        """Who carries the assessment out."""
        return f"{self.issuer}办公室" if self.issuer.endswith("政府") else self.issuer


def read(data: Mapping[str, Any], packages: Sequence[str]) -> Material:
    """The material from what was noted and the packages of its rounds, in their order.

    Raises `BadPackage` where a package is not the one that was noted, or its results do not
    follow from its inputs.
    """
    rounds = []
    for noted, text in zip(data["rounds"], packages, strict=True):
        if hashlib.sha256(text.encode()).hexdigest() != noted["digest"]:
            raise BadPackage(f"{noted['title']}的结果与起草时的摘要不符")
        results, wrong = recompute(text)
        if wrong:
            raise BadPackage(f"{noted['title']}校核不一致：{'；'.join(wrong[:3])}")
        content = json.loads(text)
        rows = {row["key"]: row for row in content["subjects"]}
        try:
            subjects = tuple(
                Subject(
                    result,
                    {c: Decimal(v) for c, v in rows[result.key]["scores"].items()},
                    rows[result.key]["notes"],
                )
                for result in results
            )
        except (KeyError, InvalidOperation) as error:
            raise BadPackage(str(error)) from error
        kind = str(content["about"]["kind"])
        rounds.append(Round(noted, kind, scheme_from_data(content["scheme"]), subjects))
    return Material(
        data["year"],
        data["county"],
        data["issuer"],
        date.fromisoformat(data["on"]),
        tuple(rounds),
        tuple(data["ballots"]),
    )


def average(values: Sequence[Decimal]) -> Decimal:
    """The mean to the hundredth, half up; 0.00 of none."""
    if not values:
        return Decimal("0.00")
    total = sum(values, Decimal(0))
    return (total / len(values)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def share(count: Decimal | int, of: Decimal | int) -> Decimal:
    """`count` of `of` in per cent, to one place, half up; 0 of nothing."""
    if not of:
        return Decimal(0)
    return (Decimal(count) * 100 / Decimal(of)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def percent(count: Decimal | int, of: Decimal | int) -> str:
    """21.4%, 100%."""
    return f"{share(count, of).normalize():f}%"


def points(value: Decimal) -> str:
    """92.35."""
    return shown(value)

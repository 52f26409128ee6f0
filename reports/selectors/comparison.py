"""Results over the years: of one unit or leader, and of one criterion among subjects of a kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, QuerySet

from accountability.models import User
from reports.models import AssessmentState, Score, Sheet, SubjectKind

MOST_YEARS = 10
MOST_SUBJECTS = 500
MOST_NAMES = 300


@dataclass(frozen=True, slots=True)
class Result:
    """One round of one subject; `count` is how many were ranked with it."""

    sheet: Sheet
    count: int

    @property
    def year(self) -> int:
        return self.sheet.assessment.year


@dataclass(frozen=True, slots=True)
class Point:
    """What a line was given in one round, of how much."""

    points: Decimal
    full: Decimal


@dataclass(slots=True)
class Row:
    """A criterion of a subject, or a subject under a criterion: a point a column, None for none."""

    label: str
    key: str = ""
    points: list[Point | None] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """Columns are rounds (sheets' or years'), rows as `Row` says."""

    columns: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


def published(user: User) -> QuerySet[Sheet]:
    """The sheets whose results are out, as far as the asker may see them."""
    return Sheet.objects.visible_to(user).filter(
        assessment__state=AssessmentState.PUBLISHED, total__isnull=False
    )


def subjects(user: User) -> list[tuple[str, str]]:
    """(key, name) of who has a result, under the latest name."""
    found: dict[str, str] = {}
    rows = (
        published(user)
        .order_by("-assessment__year", "-assessment_id", "position", "id")
        .only("unit_id", "post_id", "name")
    )
    for sheet in rows[: MOST_SUBJECTS * MOST_YEARS]:
        found.setdefault(sheet.key, sheet.name)
    return list(found.items())[:MOST_SUBJECTS]


def results(user: User, key: str) -> list[Result]:
    """The rounds of a subject (u12, p7), the latest first."""
    column = {"u": "unit_id", "p": "post_id"}[key[0]]
    rows = (
        published(user)
        .filter(**{column: int(key[1:])})
        .select_related("assessment__scheme")
        .annotate(ranked=Count("assessment__sheets"))
        .order_by("-assessment__year", "-assessment_id")
    )
    return [Result(sheet, sheet.ranked) for sheet in rows[:MOST_YEARS]]


def lines(found: list[Result]) -> Table:
    """The criteria of those rounds by name, the earliest round first; one query."""
    sheets = [result.sheet for result in reversed(found)]
    table = Table([str(sheet.assessment) for sheet in sheets])
    place = {sheet.pk: n for n, sheet in enumerate(sheets)}
    scores = _scored(Score.objects.filter(sheet__in=list(place)))
    _fill(table, ((s.criterion.name, s.criterion.name, place[s.sheet_id], s) for s in scores))
    return table


def names(user: User, kind: str) -> list[str]:
    """The criteria by which subjects of a kind were scored, as they stand in the schemes."""
    rows = (
        Score.objects.filter(
            sheet__in=published(user).filter(assessment__scheme__kind=kind), final__isnull=False
        )
        .order_by("criterion__name")
        .values_list("criterion__name", flat=True)
        .distinct()
    )
    return list(rows[:MOST_NAMES])


def of_criterion(user: User, kind: str, name: str) -> Table:
    """What each subject of a kind had under a criterion, a column a yearly round."""
    sheets = published(user).filter(assessment__scheme__kind=kind)
    scores = list(
        _scored(Score.objects.filter(sheet__in=sheets, criterion__name=name))
        .select_related("criterion", "sheet__assessment__scheme")
        .order_by("-sheet__assessment__year", "-sheet__assessment_id", "sheet__position")[
            : MOST_SUBJECTS * MOST_YEARS
        ]
    )
    rounds = {s.sheet.assessment_id: s.sheet.assessment for s in reversed(scores)}
    shown = list(rounds)[-MOST_YEARS:]
    table = Table([str(rounds[pk]) for pk in shown])
    place = {pk: n for n, pk in enumerate(shown)}
    _fill(
        table,
        (
            (s.sheet.key, s.sheet.name, place[s.sheet.assessment_id], s)
            for s in scores
            if s.sheet.assessment_id in place
        ),
    )
    return table


def is_kind(text: str) -> bool:
    return text in SubjectKind.values


def _scored(scores: QuerySet[Score]) -> QuerySet[Score]:
    return (
        scores.filter(final__isnull=False, criterion__nature="score")
        .select_related("criterion")
        .order_by("criterion__position", "id")
    )


def _fill(table: Table, cells: Iterable[tuple[str, str, int, Score]]) -> None:
    rows: dict[str, Row] = {}
    for key, label, place, score in cells:
        row = rows.setdefault(key, Row(label, key, [None] * len(table.columns)))
        assert score.final is not None
        row.points[place] = Point(score.final, score.criterion.points)
    table.rows = list(rows.values())

"""The figures of a county's year, read for drafts. A constant number of queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Q

from accountability.models import County, Duty, DutyKind, DutyState
from reports.assessment import Nature, shown
from reports.drafting.figures import Assessed, Share, YearFigures
from reports.models import (
    AssessmentState,
    Bulletin,
    BulletinState,
    Letter,
    LetterState,
    Promise,
    PromiseState,
    ResultUse,
    Score,
    Sheet,
    UseKind,
    UseState,
)
from tasks.models import (
    OPENED_STATES,
    Campaign,
    Finding,
    Notice,
    NoticeState,
    Paper,
    PaperState,
    Rectification,
    RectificationState,
    Return,
    ReturnState,
    TaskItem,
    TaskState,
)

MOST_WEAK = 3
LIVE_LETTERS = (
    LetterState.REVIEW,
    LetterState.WAIT_A,
    LetterState.WAIT_B,
    LetterState.EFFECTIVE,
    LetterState.EXPIRED,
)
SIGNED_LETTERS = (LetterState.EFFECTIVE, LetterState.EXPIRED)


def of_year(county: County, year: int, *, on: date) -> YearFigures:
    """What the portal knows of `year` as it stands now; what is due is reckoned by `on`."""
    tasks = TaskItem.objects.top().filter(county=county, year=year)
    by_task = tasks.aggregate(
        of=Count("pk", filter=Q(state__in=[TaskState.ISSUED, TaskState.DONE])),
        had=Count("pk", filter=Q(state=TaskState.DONE)),
        late=Count("pk", filter=Q(state=TaskState.ISSUED, due_on__lt=on)),
    )
    returns = Return.objects.filter(
        campaign__county=county, campaign__year=year, campaign__state__in=OPENED_STATES
    ).aggregate(
        of=Count("pk"),
        had=Count("pk", filter=~Q(state=ReturnState.WAITING)),
        late=Count("pk", filter=Q(is_late=True)),
    )
    letters = Letter.objects.filter(county=county, year=year).aggregate(
        of=Count("pk", filter=Q(state__in=LIVE_LETTERS)),
        had=Count("pk", filter=Q(state__in=SIGNED_LETTERS)),
    )
    notices = (
        Notice.objects.filter(county=county, year=year)
        .exclude(state__in=[NoticeState.DRAFT, NoticeState.VOID])
        .aggregate(of=Count("pk"), had=Count("pk", filter=Q(state=NoticeState.STRUCK)))
    )
    putting = (
        Rectification.objects.filter(county=county, finding__year=year)
        .exclude(state=RectificationState.VOID)
        .aggregate(of=Count("pk"), had=Count("pk", filter=Q(state=RectificationState.STRUCK)))
    )
    papers = Paper.objects.filter(county=county, year=year).exclude(state=PaperState.DRAFT)
    rectify_late = Rectification.objects.filter(county=county, finding__year=year).late(on=on)
    former = TaskItem.objects.top().filter(county=county, year=year - 1)
    return YearFigures(
        county=county.name,
        issuer=county.issuer,
        year=year,
        on=on,
        papers=tuple(papers.order_by("pk").values_list("title", flat=True)),
        tasks=Share(by_task["had"], by_task["of"]),
        tasks_overdue=by_task["late"],
        letters=Share(letters["had"], letters["of"]),
        promises=Promise.objects.filter(
            county=county, year=year, state=PromiseState.PUBLISHED
        ).count(),
        rounds=Campaign.objects.filter(county=county, year=year, state__in=OPENED_STATES).count(),
        returns=Share(returns["had"], returns["of"]),
        returns_late=returns["late"],
        bulletins=Bulletin.objects.filter(
            county=county, year=year, state=BulletinState.ISSUED
        ).count(),
        notices=Share(notices["had"], notices["of"]),
        findings=Finding.objects.standing().filter(county=county, year=year).count(),
        rectified=Share(putting["had"], putting["of"]),
        rectify_late=rectify_late.count(),
        duties=_duties(county, year, on=on),
        assessed=_assessed(county, year),
        uses=_uses(county, year),
        weak=_weak(county, year),
        carried_tasks=former.overdue(on=on).count(),
        carried_rectifications=Rectification.objects.open()
        .filter(county=county, finding__year=year - 1)
        .count(),
        last_weak=_weak(county, year - 1),
    )


def _duties(county: County, year: int, *, on: date) -> tuple[tuple[str, Share, int], ...]:
    rows = (
        Duty.objects.filter(county=county, year=year)
        .exclude(state=DutyState.WAIVED)
        .order_by()
        .values("kind")
        .annotate(
            due=Count("pk", filter=Q(due_on__lte=on)),
            kept=Count("pk", filter=Q(due_on__lte=on, state=DutyState.DONE)),
            later=Count("pk", filter=Q(due_on__gt=on)),
        )
    )
    found = {row["kind"]: row for row in rows}
    return tuple(
        (label, Share(found[kind]["kept"], found[kind]["due"]), found[kind]["later"])
        for kind, label in DutyKind.choices
        if kind in found
    )


def _assessed(county: County, year: int) -> tuple[Assessed, ...]:
    rows = (
        Sheet.objects.filter(
            county=county,
            assessment__year=year,
            assessment__occasion="yearly",
            assessment__state=AssessmentState.PUBLISHED,
        )
        .select_related("assessment")
        .order_by("assessment__kind", "assessment_id", "rank", "position")
    )
    by_round: dict[int, list[Sheet]] = defaultdict(list)
    for sheet in rows:
        by_round[sheet.assessment_id].append(sheet)
    found = []
    for sheets in by_round.values():
        totals = [s.total for s in sheets if s.total is not None]
        mean = sum(totals, Decimal(0)) / len(totals) if totals else None
        grades = Counter(s.grade for s in sheets)
        found.append(
            Assessed(
                kind=sheets[0].assessment.get_kind_display(),
                count=len(sheets),
                mean=shown(mean),
                grades=tuple(grades.items()),
                first=tuple(s.name for s in sheets if s.rank == 1),
            )
        )
    return tuple(found)


def _uses(county: County, year: int) -> tuple[tuple[str, int], ...]:
    rows = ResultUse.objects.filter(county=county, year=year, state=UseState.RECORDED)
    counts = Counter(rows.values_list("kind", flat=True))
    return tuple((label, counts[kind]) for kind, label in UseKind.choices if counts[kind])


def _weak(county: County, year: int) -> tuple[tuple[str, int], ...]:
    """The criteria on which most subjects of published rounds lost points."""
    rows = (
        Score.objects.filter(
            sheet__county=county,
            sheet__assessment__year=year,
            sheet__assessment__state=AssessmentState.PUBLISHED,
            criterion__nature=Nature.SCORE,
            final__lt=F("criterion__points"),
        )
        .order_by()
        .values("criterion__name")
        .annotate(count=Count("sheet_id", distinct=True))
        .order_by("-count", "criterion__name")
    )
    return tuple((row["criterion__name"], row["count"]) for row in rows[:MOST_WEAK])

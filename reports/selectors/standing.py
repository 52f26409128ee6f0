"""What of a year stands open: what blocks its closing, what is left as it is, what carries over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Q, QuerySet

from accountability.models import County, Duty
from accountability.models.duty import OWED
from reports.models import (
    Appeal,
    AppealState,
    Assessment,
    AssessmentState,
    Bulletin,
    Letter,
    Publication,
    PublicationState,
    Scheme,
    SchemeState,
)
from reports.models.bulletin import BulletinState
from reports.models.letter import LetterState
from tasks.models import (
    Campaign,
    CampaignState,
    Extension,
    ExtensionState,
    Finding,
    FindingState,
    Notice,
    Objection,
    ObjectionState,
    Paper,
    PaperState,
    Progress,
    ProgressState,
    Rectification,
    Return,
    TaskItem,
    TaskState,
)


class Treatment(StrEnum):
    """What the closing does with what stands open."""

    BLOCKS = "blocks"
    KEPT = "kept"
    CARRIES = "carries"

    @property
    def label(self) -> str:
        return _LABELS[self.value]


_LABELS = {"blocks": "办结后才能结转", "kept": "按现状封存", "carries": "转入下年继续办理"}


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of open thing: how many, what becomes of it, which route shows it ("" for none)."""

    code: str
    label: str
    treatment: Treatment
    count: int
    route: str = ""

    def as_data(self) -> dict[str, str | int]:
        return {
            "code": self.code,
            "label": self.label,
            "count": self.count,
            "treatment": self.treatment.value,
        }


def standing(county: County, year: int) -> list[Line]:
    """Every kind in a fixed order, those with nothing open too; one query each."""
    return [
        Line(code, label, treatment, rows.order_by().count(), route)
        for code, label, treatment, rows, route in _kinds(county, year)
    ]


def blocking(lines: list[Line]) -> list[Line]:
    """What must be finished first."""
    return [line for line in lines if line.treatment == Treatment.BLOCKS and line.count]


def _kinds(county: County, year: int) -> Iterator[tuple[str, str, Treatment, QuerySet[Any], str]]:
    own = {"county": county, "year": year}
    blocks, kept, carries = Treatment.BLOCKS, Treatment.KEPT, Treatment.CARRIES
    rounds = Campaign.objects.filter(**own).exclude(
        state__in=[CampaignState.CONCLUDED, CampaignState.VOID]
    )
    yield "campaigns", "没有反馈结论的督查", blocks, rounds, "campaigns"
    measured = Assessment.objects.filter(**own).exclude(
        state__in=[AssessmentState.PUBLISHED, AssessmentState.VOID]
    )
    yield "assessments", "没有公布成绩的考核", blocks, measured, "assessments"
    waiting = Publication.objects.filter(
        assessment__county=county, assessment__year=year, state=PublicationState.PROPOSED
    )
    yield "publications", "待审定的成绩更正", blocks, waiting, "assessments"
    appeals = Appeal.objects.filter(
        county=county, sheet__assessment__year=year, state=AppealState.OPEN
    )
    yield "appeals", "没有复核意见的考核复核申请", blocks, appeals, "assessments"
    unsigned = Letter.objects.filter(
        **own, state__in=[LetterState.REVIEW, LetterState.WAIT_A, LetterState.WAIT_B]
    )
    yield "letters", "没有签完的责任书", blocks, unsigned, "letters"
    more_time = Extension.objects.filter(
        item__county=county, item__year=year, state=ExtensionState.ASKED
    )
    yield "extensions", "待批的任务延期申请", blocks, more_time, "task_list"

    papers = Paper.objects.filter(**own, state__in=[PaperState.DRAFT, PaperState.PART_ISSUED])
    yield "papers", "没有全部印发的实施意见", kept, papers, "papers"
    items = TaskItem.objects.filter(**own)
    yield "drafts", "没有下发的任务", kept, items.filter(state=TaskState.DRAFT), "task_list"
    yield "items", "已下发没有办结的任务", kept, items.filter(state=TaskState.ISSUED), "task_list"
    progress = Progress.objects.filter(
        **own, state__in=[ProgressState.SUBMITTED, ProgressState.CONFIRMED]
    )
    yield "progress", "没有审核的进展", kept, progress, "task_list"
    drafts = Letter.objects.filter(**own, state__in=[LetterState.DRAFT, LetterState.RETURNED])
    yield "letter_drafts", "没有送签的责任书", kept, drafts, "letters"
    schemes = Scheme.objects.filter(**own, state=SchemeState.DRAFT)
    yield "schemes", "没有发布的考核方案", kept, schemes, "schemes"

    notices = Notice.objects.filter(**own).open()
    yield "notices", "没有销号的通知书", carries, notices, "notice_list"
    found = Finding.objects.filter(
        **own, state__in=[FindingState.DRAFT, FindingState.SERVED, FindingState.DISPUTED]
    )
    yield "findings", "没有认定的问题", carries, found, "finding_list"
    puts_right = Rectification.objects.filter(county=county, finding__year=year).open()
    yield "rectifications", "没有销号的整改", carries, puts_right, "finding_list"
    concluded = Return.objects.filter(campaign__county=county, campaign__year=year).values("pk")
    objections = Objection.objects.filter(county=county, state=ObjectionState.OPEN).filter(
        Q(finding__year=year) | Q(finding__isnull=True, subject_id__in=concluded)
    )
    yield "objections", "没有决定的异议申诉", carries, objections, ""
    yield (
        "duties",
        "没有完成的履责事项",
        carries,
        Duty.objects.filter(**own, state__in=OWED),
        "duties",
    )
    papers_out = Bulletin.objects.filter(**own, state__in=[BulletinState.DRAFT])
    yield "bulletins", "没有印发的通报", carries, papers_out, "bulletins"

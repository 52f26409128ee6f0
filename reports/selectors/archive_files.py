"""What of a year is kept in its archive: the files that were handed out, and the tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accountability.models import StoredFile
from reports.models import (
    Bulletin,
    Dispatch,
    DispatchState,
    Endorsement,
    Letter,
    LetterAnnex,
    Promise,
    YearReport,
)
from tasks.models import Assignment, Paper, Progress, TaskItem

Table = tuple[str, tuple[str, ...], list[list[str]]]


def year_files(county_id: int, year: int) -> list[tuple[str, StoredFile]]:
    """(folder, file) in the archive's order; a file that serves twice is there twice."""
    own = {"county_id": county_id, "year": year}
    papers = Paper.objects.filter(**own).order_by("id")
    letters = Letter.objects.filter(**own).order_by("serial", "id")
    promises = Promise.objects.filter(**own).order_by("id")
    bulletins = Bulletin.objects.filter(**own).order_by("id")
    reports = YearReport.objects.filter(**own).order_by("id")
    endorsements = (
        Endorsement.objects.filter(county_id=county_id)
        .filter(Q(paper__year=year) | Q(dispatch__year=year) | Q(report__year=year))
        .order_by("id")
    )
    return [
        *_of(papers, "实施意见", "source", "issued_file"),
        *_of(letters, "责任书", "file"),
        *_of(promises, "承诺书", "file"),
        *_of(bulletins, "通报", "pdf", "docx"),
        *_of(reports, "考核报告", "pdf", "docx"),
        *_of(endorsements, "签字背书", "file"),
    ]


def issued_dispatches(county_id: int, year: int) -> list[Dispatch]:
    """What was handed out as text; its file is made from the frozen text each time."""
    rows = Dispatch.objects.filter(county_id=county_id, year=year, state=DispatchState.ISSUED)
    return list(rows.select_related("county", "number").order_by("id"))


def tables(county_id: int, year: int) -> Iterator[Table]:
    """The year's tasks, who held them from when to when, and what was reported."""
    own = {"county_id": county_id, "year": year}
    items = TaskItem.objects.filter(**own).order_by("paper_id", "order", "id")
    yield (
        "任务",
        ("实施意见", "编号", "任务", "原文", "完成标准", "完成时限", "状态"),
        [
            [i.paper.title, i.number, i.heading, i.text, i.measure, _day(i.due_on),
             i.get_state_display()]
            for i in items.select_related("paper").defer("paper__reading", "paper__findings")
        ],
    )  # fmt: skip
    held = Assignment.objects.filter(item__county_id=county_id, item__year=year).order_by(
        "item__paper_id", "item__order", "slot__position", "position", "id"
    )
    yield (
        "责任槽位",
        ("编号", "任务", "责任", "承担者", "自", "至"),
        [
            [a.item.number, a.item.heading, a.slot.label, str(a.unit or a.post or a.group),
             _day(a.valid_from), _day(a.valid_to)]
            for a in held.select_related("item", "slot", "unit", "post__unit", "group")
        ],
    )  # fmt: skip
    progress = Progress.objects.filter(**own).order_by("item__order", "unit_id", "quarter", "id")
    yield (
        "进展",
        ("编号", "任务", "单位", "季度", "进展情况", "完成比例", "状态", "报送时间"),
        [
            [p.item.number, p.item.heading, p.unit.name, str(p.quarter), p.text,
             "" if p.percent is None else str(p.percent), p.get_state_display(),
             f"{timezone.localtime(p.reported_at):%Y-%m-%d %H:%M}" if p.reported_at else ""]
            for p in progress.select_related("item", "unit")
        ],
    )  # fmt: skip
    annexes = LetterAnnex.objects.filter(letter__county_id=county_id, letter__year=year)
    yield (
        "变更附页",
        ("责任书", "附页号", "任务", "变更内容", "变更依据", "办理人", "生成时间"),
        [
            [a.letter.number, str(a.serial), a.item.heading, a.text, a.basis, a.made_by,
             f"{timezone.localtime(a.made_at):%Y-%m-%d %H:%M}"]
            for a in annexes.select_related("letter", "item").order_by("letter_id", "serial")
        ],
    )  # fmt: skip


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _of(rows: QuerySet[Any], folder: str, *fields: str) -> Iterator[tuple[str, StoredFile]]:
    for row in rows.select_related(*fields):
        for field in fields:
            if getattr(row, field) is not None:
                yield folder, getattr(row, field)

"""The demo county's progress: one unit's quarter with every state, a request for more time."""

from __future__ import annotations

import io
from datetime import date, timedelta

from django.conf import settings
from openpyxl import Workbook

from accountability.demo.loader import Loaded
from accountability.door import Actor
from accountability.models import Role, RoleGrant, Unit, User
from accountability.models.dated import holds_on
from tasks.models import Part, Progress, TaskItem
from tasks.periods import Period
from tasks.selectors.reporters import owed, reporters
from tasks.services import evidence, extensions, progress, progress_review
from tasks.services.demo_papers import COUNTY, clerk_of
from tasks.services.evidence import Upload
from tasks.services.progress import Entry, Place

TEXTS = (
    "台账已建立并逐项核对，本季度经费比预算少用一成，结余已按规定收回。",
    "三个环节的办理流程已重新梳理，印成一页纸发到各股室，正在试行。",
    "清单和说明已在政务公开栏公开，群众来电咨询十一次，均当日答复。",
    "抽查凭证四十份，发现两份附件不全，已补齐并提醒经办人。",
    "培训一次，二十三人参加；配套办法初稿已征求意见。",
)
BEFORE = "上季度完成方案起草和人员分工，办理流程进入试行。"
WHY_RETURNED = "请补充专项治理的具体做法，并附统计表。"


def load(*, loaded: Loaded, on: date) -> list[Progress]:
    """The first units with a liaison officer report; [] for another county than the demo's."""
    if not settings.DEMO or loaded.county.name != COUNTY:
        return []
    made: list[Progress] = []
    liaisons = (
        RoleGrant.objects.filter(
            holds_on(on), role=Role.LIAISON, user__county=loaded.county, unit__isnull=False
        )
        .select_related("user__county", "unit")
        .order_by("id")[:2]
    )
    for grant in liaisons:
        assert grant.unit is not None
        made += _quarter(loaded, grant.user, grant.unit, on=on)
    return made


def _quarter(loaded: Loaded, user: User, unit: Unit, *, on: date) -> list[Progress]:
    """Every state once: approved, waiting, returned, draft; the rest is still out."""
    by = Actor(
        key=f"user:{user.pk}",
        name=user.display_name,
        user=user,
        unit=unit.name,
        county=loaded.county,
    )
    clerk, period = clerk_of(loaded), Period.of(on)
    tasks = TaskItem.objects.filter(county=loaded.county)
    found = list(owed(tasks, period, [unit.pk], on=on).order_by("order")[:6])
    parts = reporters([item.pk for item in found], on=on, units=[unit.pk])
    found.sort(key=lambda item: parts[item.pk][unit.pk] != Part.LEAD)
    table = evidence.upload(
        by=by, unit=unit, uploads=[Upload(f"{period.name}统计表.xlsx", _table(period))]
    )
    named = evidence.refer(by=by, unit=unit, name=f"{unit.short_name or unit.name}局务会第 3 次")
    pieces = [row.pk for row in (*table.evidence, named)]
    made = []
    for number, item in enumerate(found[:4]):
        place = Place(item, unit, period)
        if period.quarter > 1 and number < 2:
            before = progress.submit(
                by=by,
                place=Place(item, unit, period.previous),
                entry=Entry(BEFORE, percent=20),
                version=0,
                on=on,
            )
            progress_review.approve(by=clerk, progress_id=before.pk, version=before.version)
        entry = Entry(TEXTS[number % len(TEXTS)], 40 + 10 * number, evidence=pieces[: number + 1])
        act = progress.save if number == 3 else progress.submit
        row = act(by=by, place=place, entry=entry, version=0, on=on)
        if number == 0:
            row = progress_review.return_(
                by=clerk, progress_id=row.pk, version=row.version, reason=WHY_RETURNED, on=on
            )
        elif number == 1:
            row = progress_review.approve(by=clerk, progress_id=row.pk, version=row.version)
        made.append(row)
    asked = next((item for item in found if item.due_on is not None and item.due_on >= on), None)
    if asked is not None and asked.due_on is not None:
        extensions.ask(
            by=by,
            item=asked,
            unit=unit,
            due_wanted=asked.due_on + timedelta(days=14),
            reason="配套办法还在征求意见，需再用两周。",
            on=on,
        )
    return made


def _table(period: Period) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([f"{period.label}经费统计（演示）", "金额（万元）"])
    for name, amount in (("会议", 4.2), ("公务接待", 1.8), ("差旅", 6.5)):
        sheet.append([name, amount])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()

"""任务台账 as Excel: out, unchanged in again, corrected in again, and all that is refused."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accountability.door import Actor, acting
from accountability.models import AuditEvent
from tasks.models import Assignment, TaskItem
from tests.task_factory import make_tasks
from tests.world import World

SignedIn = Callable[[str], Client]
LEAD, DUE, MEASURE = 7, 9, 11  # columns of the sheet, from 1


def exported(client: Client, query: str = "") -> bytes:
    answer = client.get(reverse("task_xlsx", args=[2026]) + query)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def changed(data: bytes, cells: dict[tuple[int, int], Any]) -> bytes:
    book = load_workbook(io.BytesIO(data))
    for (row, column), value in cells.items():
        book.worksheets[0].cell(row, column).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def upload(client: Client, data: bytes, name: str = "台账.xlsx") -> Any:
    return client.post(
        reverse("task_import", args=[2026]), {"file": SimpleUploadedFile(name, data)}
    )


def confirm(client: Client, page: str, reason: str = "常务会议纪要第18期") -> Any:
    plan = re.search(r'name="plan" value="([^"]+)"', page)
    assert plan, "the preview offers no confirmation"
    return client.post(
        reverse("task_import_confirm", args=[2026]), {"plan": plan[1], "reason": reason}
    )


@pytest.mark.django_db
def test_an_unchanged_export_changes_nothing(signed_in: SignedIn, world: World) -> None:
    make_tasks(world, 8, unfilled=2)
    make_tasks(world, 3, title="第二份", state="draft")
    client = signed_in("bangong")
    page = upload(client, exported(client)).content.decode()
    assert "没有变化" in page
    assert "11 行与台账一致" in page


@pytest.mark.django_db
def test_the_sheet_has_texts_dates_and_no_formula(signed_in: SignedIn, world: World) -> None:
    made = make_tasks(world, 2)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        item = TaskItem.objects.get(pk=made.items[0].pk)
        item.measure = "=HYPERLINK(1)\x07"
        item.save()
    sheet = load_workbook(io.BytesIO(exported(signed_in("bangong")))).worksheets[0]
    assert [c.value for c in sheet[1]][:4] == ["序号", "编号", "任务", "章节"]
    assert sheet.cell(2, MEASURE).value == "=HYPERLINK(1)"
    assert sheet.cell(2, MEASURE).data_type == "s"
    assert isinstance(sheet.cell(2, DUE).value, datetime)
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.print_title_rows == "$1:$1"


@pytest.mark.django_db
def test_corrections_are_shown_then_taken_over(signed_in: SignedIn, world: World) -> None:
    made = make_tasks(world, 5, unfilled=1)
    client = signed_in("bangong")
    data = changed(
        exported(client),
        {
            (2, LEAD): "审计局、县财政局",
            (3, DUE): datetime(2026, 9, 30),
            (4, DUE): "2026年11月5日",
            (4, MEASURE): "印发办法",
            (6, LEAD + 1): "各乡镇（3）",
        },
    )
    answer = upload(client, data)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "将调整 4 项任务、5 处" in page
    assert Assignment.objects.filter(basis="导入台账").count() == 0
    assert confirm(client, page).status_code == 302
    today = timezone.localdate()
    held = Assignment.objects.on(today).filter(item=made.items[0], slot__kind="lead_unit")
    assert [a.unit.name for a in held.order_by("position") if a.unit] == ["县审计局", "县财政局"]
    assert TaskItem.objects.get(pk=made.items[1].pk).due_on == date(2026, 9, 30)
    third = TaskItem.objects.get(pk=made.items[2].pk)
    assert (third.due_on, third.measure, third.version) == (date(2026, 11, 5), "印发办法", 2)
    assert Assignment.objects.on(today).filter(item=made.items[4], group__isnull=False).exists()
    events = AuditEvent.objects.filter(action="task.import")
    assert events.count() == 4
    assert {e.reason for e in events} == {"常务会议纪要第18期"}
    assert third.history.count() == 2
    again = upload(client, exported(client)).content.decode()
    assert "没有变化" in again


@pytest.mark.django_db
def test_each_wrong_cell_is_named_and_nothing_is_offered(signed_in: SignedIn, world: World) -> None:
    made = make_tasks(world, 4)
    client = signed_in("bangong")
    data = changed(
        exported(client),
        {
            (2, 2): "九（九）",
            (3, LEAD): "县航天局",
            (4, DUE): "下个月",
            (4, LEAD): None,
            (5, 2): made.items[1].number,
        },
    )
    answer = upload(client, data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "没有编号为“九（九）”的任务" in page
    assert "没有找到“县航天局”" in page
    assert "“下个月”不是日期" in page
    assert "责任不能清空" in page
    assert "与第 3 行是同一项任务" in page
    assert 'name="plan"' not in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.xlsx", b""),
        ("a.xlsx", b"PK\x03\x04broken"),
        ("a.xlsx", b"%PDF-1.7"),
        ("a.xls", b"x"),
        ("a.txt", "编号".encode()),
    ],
)
def test_other_files_get_a_sentence(
    signed_in: SignedIn, world: World, name: str, data: bytes
) -> None:
    answer = upload(signed_in("bangong"), data, name)
    assert answer.status_code == 422
    assert 'class="err"' in answer.content.decode()


@pytest.mark.django_db
def test_a_change_in_between_is_a_conflict_and_nothing_is_stored(
    signed_in: SignedIn, world: World
) -> None:
    made = make_tasks(world, 3)
    client = signed_in("bangong")
    data = changed(exported(client), {(2, LEAD): "县审计局", (3, DUE): "2026-10-01"})
    page = upload(client, data).content.decode()
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        item = TaskItem.objects.get(pk=made.items[1].pk)
        item.version += 1
        item.save()
    answer = confirm(client, page)
    assert answer.status_code == 409
    assert "请重新上传核对" in answer.content.decode()
    assert not Assignment.objects.filter(basis="导入台账").exists()
    assert not AuditEvent.objects.filter(action="task.import").exists()


@pytest.mark.django_db
def test_issued_tasks_want_a_reason_and_the_plan_cannot_be_forged(
    signed_in: SignedIn, world: World
) -> None:
    make_tasks(world, 3)
    client = signed_in("bangong")
    page = upload(client, changed(exported(client), {(2, LEAD): "县审计局"})).content.decode()
    assert confirm(client, page, reason=" ").status_code == 422
    url = reverse("task_import_confirm", args=[2026])
    assert client.post(url, {"plan": "x", "reason": "y"}).status_code == 422
    # Another account cannot confirm it, nor another year.
    client.force_login(world.users["zhuren"])
    assert confirm(client, page).status_code == 422
    assert not Assignment.objects.filter(basis="导入台账").exists()


@pytest.mark.django_db
def test_nothing_is_stored_when_the_event_fails(signed_in: SignedIn, world: World) -> None:
    make_tasks(world, 3)
    client = signed_in("bangong")
    client.raise_request_exception = False
    page = upload(client, changed(exported(client), {(2, LEAD): "县审计局"})).content.decode()
    with (
        mock.patch(
            "accountability.services.audit.AuditEvent.objects.create", side_effect=RuntimeError
        ),
        mock.patch(
            "accountability.services.audit.AuditEvent.objects.bulk_create", side_effect=RuntimeError
        ),
    ):
        assert confirm(client, page).status_code == 500
    assert not Assignment.objects.filter(basis="导入台账").exists()


@pytest.mark.django_db
def test_the_export_obeys_scope_and_filters(signed_in: SignedIn, world: World) -> None:
    made = make_tasks(world, 3, prefix="甲")
    make_tasks(world, 2, prefix="密", state="draft")
    client = signed_in("caizheng")
    sheet = load_workbook(io.BytesIO(exported(client))).worksheets[0]
    assert [row[2].value[0] for row in sheet.iter_rows(min_row=2)] == ["甲"] * 3
    answer = client.get(reverse("assign_xlsx", args=[made.paper.pk]))
    assert answer.status_code == 200
    draft_paper = TaskItem.objects.filter(heading__startswith="密")[0].paper_id
    assert client.get(reverse("assign_xlsx", args=[draft_paper])).status_code == 404


@pytest.mark.django_db
def test_queries_of_export_and_preview_do_not_grow(signed_in: SignedIn, world: World) -> None:
    client = signed_in("bangong")

    def counted() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as out:
            data = exported(client)
        with CaptureQueriesContext(connection) as back:
            upload(client, data)
        return len(out), len(back)

    make_tasks(world, 10)
    few = counted()
    make_tasks(world, 60, title="又一份")
    assert counted() == few

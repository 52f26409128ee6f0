"""单位与人员表: export → import is no change; problems by row and column; all or nothing."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from accountability.demo.loader import load_county
from accountability.door import Actor, acting
from accountability.models import (
    AuditEvent,
    DirectoryDraft,
    Person,
    Portfolio,
    Tenure,
    Unit,
    UnitGroup,
)
from accountability.refusals import Conflict, Invalid
from accountability.selectors.directory import members
from accountability.selectors.directory_rows import CHOICES
from accountability.services import carried, directory_import, units
from accountability.services.directory_plan import Plan
from accountability.workbook import Unreadable, read
from tests.world import World, build

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture
def clerk(world: World) -> Actor:
    user = world.users["bangong"]
    return Actor(key=f"user:{user.pk}", name="张敏", user=user, county=world.county)


def book(world: World) -> Any:
    return load_workbook(io.BytesIO(directory_import.export(world.county)))


def data_of(workbook: Any) -> bytes:
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def draft(world: World, clerk: Actor, workbook: Any) -> DirectoryDraft:
    data = workbook if isinstance(workbook, bytes) else data_of(workbook)
    return directory_import.stash(by=clerk, county=world.county, name="表.xlsx", data=data)


def row_of(sheet: Any, **cells: str) -> int:
    """The number of the row in which the columns have these texts."""
    heads = {str(c.value).strip("*"): c.column for c in sheet[1]}
    for number in range(2, sheet.max_row + 1):
        if all(str(sheet.cell(number, heads[k]).value) == v for k, v in cells.items()):
            return number
    raise AssertionError(cells)


def put(sheet: Any, number: int, header: str, value: Any) -> None:
    heads = {str(c.value).strip("*"): c.column for c in sheet[1]}
    sheet.cell(number, heads[header]).value = value


def add(sheet: Any, **cells: Any) -> int:
    number = sheet.max_row + 1
    for header, value in cells.items():
        put(sheet, number, header, value)
    return number


def told(plan: Plan) -> list[tuple[str, int, str, str]]:
    return [(p.sheet, p.row, p.column, p.message) for p in plan.problems]


def test_what_comes_out_goes_in_unchanged(world: World, clerk: Actor) -> None:
    units.retire(
        by=clerk, unit=world.units["县审计局"], day=date(2026, 1, 1),
        successor=world.units["县财政局"],
    )  # fmt: skip
    units.create(  # a second unit of the same name as the retired one
        by=clerk, county=world.county, name="县审计局", kind="gov_department",
        valid_from=date(2026, 2, 1),
    )  # fmt: skip
    kept = draft(world, clerk, directory_import.export(world.county))
    plan = directory_import.preview(kept)
    assert told(plan) == []
    assert plan.changed == []
    count = AuditEvent.objects.count()
    directory_import.confirm(by=clerk, draft=kept, digest=plan.digest)
    assert AuditEvent.objects.count() == count


@pytest.mark.parametrize("name", ["anhe", "ningchuan"])
def test_the_demo_counties_go_round(name: str) -> None:
    loaded = load_county(name, password="x")
    by = Actor(key="t", name="t", user=next(iter(loaded.users.values())), county=loaded.county)
    data = directory_import.export(loaded.county)
    kept = directory_import.stash(by=by, county=loaded.county, name="a.xlsx", data=data)
    plan = directory_import.preview(kept)
    assert (told(plan), plan.changed) == ([], [])
    # Without the numbers the rows are still known by their names.
    workbook = load_workbook(io.BytesIO(data))
    for sheet in workbook.worksheets:
        sheet.delete_cols(1)
    kept = directory_import.stash(
        by=by, county=loaded.county, name="a.xlsx", data=data_of(workbook)
    )
    plan = directory_import.preview(kept)
    assert (told(plan), plan.changed) == ([], [])


def test_a_change_of_everything_is_one_event(world: World, clerk: Actor) -> None:
    workbook = book(world)
    sheet = workbook["单位"]
    put(sheet, row_of(sheet, 单位名称="县数据中心"), "简称", "数据中心")
    add(sheet, 单位名称="县新设局", 上级单位="县政府", 类别="政府工作部门", 简称="新设局")
    add(sheet, 单位名称="综合科", 上级单位="县新设局", 类别="科室")
    add(workbook["人员"], 姓名="尉迟新")
    add(workbook["职务"], 单位="县新设局", 职务="局长", 责任层级="第一责任人")
    add(workbook["任职"], 单位="县新设局", 职务="局长", 姓名="尉迟新", 任职日期="2026年3月1日")
    add(workbook["单位集合"], 集合名称="县政府各部门", 成员单位="新设局".replace("新", "县新"))
    add(workbook["分管"], 单位="县政府", 职务="副县长", 分管单位="县新设局", 起始日期="2026.3.1")
    tenures = workbook["任职"]
    old = row_of(tenures, 姓名="许静")
    put(tenures, old, "免职日期", date(2026, 4, 1))
    add(tenures, 单位="县审计局", 职务="局长", 姓名="尉迟新", 任职日期="20260401")
    kept = draft(world, clerk, workbook)
    plan = directory_import.preview(kept)
    assert told(plan) == []
    assert plan.counts["new"] == 8
    assert (plan.counts["edit"], plan.counts["end"]) == (1, 1)
    before = AuditEvent.objects.count()
    directory_import.confirm(by=clerk, draft=kept, digest=plan.digest)
    assert AuditEvent.objects.count() == before + 1
    event = AuditEvent.objects.latest("id")
    assert event.action == "directory.import"
    assert "新增 8、修改 1、停用 1" in event.summary
    assert any("简称" in c["label"] and c["after"] == "数据中心" for c in event.changes)
    new = Unit.objects.get(name="县新设局")
    assert "xinsheju" in new.pinyin.split()
    assert Unit.objects.get(name="综合科").parent == new
    assert new.history.count() == 1
    assert new in event.units.all()
    assert Person.objects.get(name="尉迟新").pinyin.startswith("yuchixin")
    assert Tenure.objects.get(post__unit=new).valid_from == date(2026, 3, 1)
    assert Portfolio.objects.get(unit=new).post == world.posts["李明华"]
    assert new in members(world.groups["县政府各部门"], on=date(2026, 5, 1))
    assert not DirectoryDraft.objects.exists()


def test_each_problem_has_its_sheet_row_and_column(world: World, clerk: Actor) -> None:
    workbook = book(world)
    sheet = workbook["单位"]
    put(sheet, 3, "类别", "局")
    put(sheet, 4, "上级单位", "无此单位")
    put(sheet, 5, "生效日期", "三月")
    put(sheet, 6, "单位名称", None)
    put(sheet, 7, "编号", 987654)
    put(sheet, 8, "失效日期", date(2019, 1, 1))
    put(workbook["任职"], 2, "姓名", "查无此人")
    twice = add(workbook["任职"], 单位="县财政局", 职务="局长", 姓名="许静", 任职日期="2026-01-01")
    same = add(workbook["人员"], 姓名="许静")
    plan = directory_import.preview(draft(world, clerk, workbook))
    found = {(s, r, c): m for s, r, c, m in told(plan)}
    assert "只能填" in found["单位", 3, "D 类别"]
    assert "没有这个单位" in found["单位", 4, "C 上级单位"]
    assert "2026-03-01" in found["单位", 5, "I 生效日期"]
    assert "不能为空" in found["单位", 6, "B 单位名称"]
    assert "没有这个编号" in found["单位", 7, "A 编号"]
    assert "不能早于" in found["单位", 8, "J 失效日期"]
    assert "没有这名人员" in found["任职", 2, "E 姓名"]
    assert "已有人任职" in found["任职", twice, "E 姓名"]
    assert "同一条" in found["人员", same, "A 编号"]


def test_one_problem_and_nothing_is_imported(world: World, clerk: Actor) -> None:
    workbook = book(world)
    add(workbook["单位"], 单位名称="县新设局", 类别="政府工作部门")
    add(workbook["人员"], 姓名="张敏", 备注="x" * 61)
    kept = draft(world, clerk, workbook)
    plan = directory_import.preview(kept)
    with pytest.raises(Invalid, match="1 处不符"):
        directory_import.confirm(by=clerk, draft=kept, digest=plan.digest)
    assert not Unit.objects.filter(name="县新设局").exists()


def test_a_directory_that_changed_since_the_preview_is_a_conflict(
    world: World, clerk: Actor
) -> None:
    workbook = book(world)
    put(workbook["单位"], 3, "简称", "甲")
    kept = draft(world, clerk, workbook)
    plan = directory_import.preview(kept)
    units.edit(by=clerk, unit=world.units["县政府办公室"], values={"short_name": "乙"})
    with pytest.raises(Conflict):
        directory_import.confirm(by=clerk, draft=kept, digest=plan.digest)


def test_no_event_no_import(world: World, clerk: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    workbook = book(world)
    add(workbook["单位"], 单位名称="县新设局", 类别="政府工作部门")
    kept = draft(world, clerk, workbook)
    digest = directory_import.preview(kept).digest

    def broken(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(directory_import, "_record", broken)
    with pytest.raises(RuntimeError):
        directory_import.confirm(by=clerk, draft=kept, digest=digest)
    assert not Unit.objects.filter(name="县新设局").exists()


def test_retiring_by_workbook_obeys_the_same_rules(
    world: World, clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = world.units["县数据中心"]
    workbook = book(world)
    sheet = workbook["单位"]
    put(sheet, row_of(sheet, 单位名称="县数据中心"), "失效日期", date(2026, 6, 1))
    put(sheet, row_of(sheet, 单位名称="县审计局"), "失效日期", date(2026, 6, 1))
    holder = carried.Holder("u", unit.pk)
    monkeypatch.setattr(
        carried, "_lookups", {"t": lambda holders, on: [carried.Carried(holder, "三1")]}
    )
    messages = [m for *_, m in told(directory_import.preview(draft(world, clerk, workbook)))]
    assert len(messages) == 2
    assert any("仍承担 1 项任务：三1" in m and "批量移交" in m for m in messages)
    assert any("还有职务未撤销：局长" in m for m in messages)


def test_formulas_leave_as_text(world: World, clerk: Actor) -> None:
    text = '=HYPERLINK("http://x","y")'
    with acting(by=clerk) as act:
        act.unchanged()
        Person(county=world.county, name="@甲", note=text).save()
    data = directory_import.export(world.county)
    sheet = load_workbook(io.BytesIO(data))["人员"]
    cell = next(c for row in sheet.iter_rows() for c in row if c.value == text)
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet3.xml")
    assert directory_import.preview(draft(world, clerk, data)).changed == []


def test_another_countys_workbook_finds_no_numbers_here(world: World, clerk: Actor) -> None:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        other = build(name="邻县", code="990012", suffix="_lin")
    plan = directory_import.preview(draft(world, clerk, directory_import.export(other.county)))
    assert {p.message for p in plan.problems if p.sheet == "单位"} == {
        "没有这个编号，新增的行请把编号留空"
    }


def packed(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "空的"),
        (b"hello", "不是 .xlsx"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "旧版"),
        (packed(**{"a.xml": b"<a/>"}), "不是 .xlsx"),
        (packed(**{"xl__workbook.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"}), "不允许"),
        (packed(**{"xl__workbook.xml": b"<a/>", "xl__vbaProject.bin": b"x"}), "宏"),
        (packed(**{"xl__workbook.xml": b"<a/>", "big.bin": b"\0" * (101 << 20)}), "过大"),
        (packed(**{"xl__workbook.xml": b"<broken"}), "损坏"),
        (data_of(Workbook()), "没有找到可导入的工作表"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_gets_a_sentence(data: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read(data, choices=CHOICES)


def test_titles_above_the_header_and_columns_unknown_are_passed_over() -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "人员"
    sheet.append(["安和县人员名册"])
    sheet.append([])
    sheet.append(["姓 名", "手机", "备注"])
    sheet.append(["王 强", 1, None])
    sheet.append([None, None, None])
    found = read(data_of(workbook), choices=CHOICES)
    assert [(r.number, r.values) for r in found.rows["人员"]] == [
        (4, {"name": "王 强", "note": ""})
    ]
    assert found.problems == []
    assert "手机" in found.notes[0]


def test_a_row_that_names_only_a_member_leaves_the_group_as_it_is(
    world: World, clerk: Actor
) -> None:
    from accountability.services import groups

    groups.edit(by=clerk, group=world.groups["各乡镇"], values={"aliases": ["各乡镇政府"]})
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "单位集合"
    sheet.append(["集合名称", "集合别名", "集合排序", "集合失效日期", "成员单位"])
    sheet.append(["各乡镇", None, None, None, "县数据中心"])
    plan = directory_import.preview(draft(world, clerk, workbook))
    assert told(plan) == []
    assert [(e.word, str(e.obj)) for e in plan.changed] == [("新增", "各乡镇：县数据中心")]


def test_two_thousand_rows_in_a_few_seconds(world: World, clerk: Actor) -> None:
    workbook = book(world)
    for number in range(1000):
        add(workbook["单位"], 单位名称=f"第{number}社区", 上级单位="柳河镇", 类别="社区（村）")
        add(workbook["人员"], 姓名="王", 备注=str(number))
    data = data_of(workbook)
    start = time.monotonic()
    kept = draft(world, clerk, data)
    plan = directory_import.preview(kept)
    directory_import.confirm(by=clerk, draft=kept, digest=plan.digest)
    assert Unit.objects.filter(kind="community").count() == 1000
    assert time.monotonic() - start < 20, "a few seconds on a quiet machine"


def test_the_pages_from_upload_to_confirmation(signed_in: SignIn, world: World) -> None:
    client = signed_in("bangong")
    empty = load_workbook(
        io.BytesIO(b"".join(client.get(reverse("settings_template")).streaming_content))  # type: ignore[arg-type]
    )
    assert empty.sheetnames[0] == "说明"
    assert "姓名*" in [c.value for c in empty["人员"][1]]
    bad = client.post(
        reverse("settings_import"), {"file": SimpleUploadedFile("a.xlsx", b"not a workbook")}
    )
    assert bad.status_code == 422
    assert "不是 .xlsx" in bad.content.decode()
    add(empty["单位集合"], 集合名称="各试点", 成员单位="柳河镇")
    answer = client.post(
        reverse("settings_import"), {"file": SimpleUploadedFile("表.xlsx", data_of(empty))}
    )
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert "全部相符" in page.content.decode()
    assert signed_in("zhuren").get(answer["Location"]).status_code == 404
    client = signed_in("bangong")
    digest = page.context["plan"].digest
    assert client.post(answer["Location"], {"digest": "other"}).status_code == 409
    assert client.post(answer["Location"], {"digest": digest}).status_code == 302
    assert UnitGroup.objects.get(name="各试点").memberships.count() == 1
    assert client.post(answer["Location"], {"digest": digest}).status_code == 404, "done once"

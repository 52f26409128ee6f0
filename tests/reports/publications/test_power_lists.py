"""权力清单: a workbook becomes a version, the next one takes its place."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import asdict

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from accountability.models import Job
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services import files, jobs
from reports.models import PowerItem, PowerList
from reports.selectors import publication as public
from reports.services import power_lists, power_sheet
from reports.services.power_sheet import Plan, Power
from tests.reports.publications.conftest import Act
from tests.world import World

TODAY = timezone.localdate()
POWER = Power("资金分配", "资金", "规定", "预算股", "暗箱操作", "high", "集体研究、公示")
OTHER = Power("票据核发", "", "", "综合股", "拖延", "low", "当日办结")


def sheet(*powers: Power, **changes: str) -> bytes:
    """The workbook of these powers; `changes` are cells to overwrite, as B3="x"."""
    items = [PowerItem(position=n, **asdict(p)) for n, p in enumerate(powers, 1)]
    data = power_sheet.workbook("县财政局权责清单", items)
    if not changes:
        return data
    book = load_workbook(io.BytesIO(data))
    for place, value in changes.items():
        book["权力清单"][place] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.nodb
def test_what_is_exported_is_read_in_again() -> None:
    plan = power_sheet.read_plan(sheet(POWER, OTHER))
    assert plan.problems == ()
    assert plan.powers == (POWER, OTHER)
    assert Plan.unpacked(plan.packed()).powers == plan.powers


@pytest.mark.nodb
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.text("资金分配审批核发处置=+-@123", min_size=1, max_size=20),
            st.sampled_from(["high", "middle", "low"]),
        ),
        min_size=1,
        max_size=8,
        unique_by=lambda pair: pair[0],
    )
)
def test_any_names_come_back_as_they_were(rows: list[tuple[str, str]]) -> None:
    powers = tuple(Power(name, "", "", "岗位", "风险", level, "措施") for name, level in rows)
    assert power_sheet.read_plan(sheet(*powers)).powers == powers


@pytest.mark.nodb
def test_each_fault_is_told_by_row_and_column() -> None:
    data = sheet(POWER, OTHER, G3="很高", B4="资金分配", F4="电话13812345678")
    told = [(p.row, p.column, p.message) for p in power_sheet.read_plan(data).problems]
    assert told[0][:2] == (3, "G 风险等级")
    assert any(row == 4 and "相同" in message for row, _, message in told)
    assert any(row == 4 and "手机号" in message for row, _, message in told)
    for broken in (b"", b"PK", b"x" * 100):
        with pytest.raises(Invalid):
            power_sheet.read_plan(broken)
    with pytest.raises(Invalid, match="没有权力事项"):
        power_sheet.read_plan(sheet())


def imported(world: World, act: Act, *powers: Power, basis: str = "纪要1号") -> PowerList:
    return power_lists.import_version(
        by=act("bangong"), unit=world.units["县财政局"], post=None, plan=Plan(powers, ()),
        basis=basis,
    )  # fmt: skip


@pytest.mark.django_db
def test_versions_follow_each_other(world: World, act: Act) -> None:
    first = imported(world, act, POWER)
    with pytest.raises(WrongState, match="还在草拟"):
        imported(world, act, OTHER)
    with pytest.raises(WrongState):
        power_lists.publish(by=act("bangong"), power_list=first, on=TODAY)
    power_lists.approve(by=act("zhuren"), power_list=first)
    power_lists.publish(by=act("zhuren"), power_list=first, on=TODAY)
    second = imported(world, act, OTHER, basis="机构改革方案")
    assert second.version == 2
    assert [row.version for row in public.lists(world.county)] == [1]
    power_lists.approve(by=act("bangong"), power_list=second)
    power_lists.publish(by=act("bangong"), power_list=second, on=TODAY)
    first.refresh_from_db()
    assert (first.state, first.end_note) == ("replaced", "由第 2 版替代")
    (shown,) = public.lists(world.county)
    assert [p.name for p in shown.powers] == ["票据核发"]
    power_lists.withdraw(by=act("bangong"), power_list=second, note="机构撤并", on=TODAY)
    (shown,) = public.lists(world.county)
    assert (shown.powers, shown.note) == ((), "机构撤并")


@pytest.mark.django_db
def test_refusals(world: World, act: Act) -> None:
    with pytest.raises(Invalid, match="依据"):
        imported(world, act, POWER, basis=" ")
    with pytest.raises(Invalid):
        imported(world, act)
    with pytest.raises(NotAllowed):
        power_lists.import_version(
            by=act("caizhengju"), unit=world.units["县财政局"], post=None,
            plan=Plan((POWER,), ()), basis="纪要",
        )  # fmt: skip
    row = imported(world, act, POWER)
    with pytest.raises(Invalid):
        power_lists.withdraw(by=act("bangong"), power_list=row, note="", on=TODAY)
    row = power_lists.withdraw(by=act("bangong"), power_list=row, note="填错", on=TODAY)
    assert row.state == "void"


@pytest.mark.django_db
def test_upload_preview_confirm(world: World, signed_in: Callable[[str], Client]) -> None:
    client = signed_in("bangong")
    unit = world.units["县财政局"].pk
    url = reverse("power_import")

    def upload(data: bytes, **more: int) -> str:
        file = SimpleUploadedFile("清单.xlsx", data)
        answer = client.post(url, {"unit": unit, "file": file, **more})
        return f"{answer.status_code} {answer.content.decode()}"

    assert upload(sheet(POWER, G3="很高")).startswith("422")
    wrong = upload(sheet(POWER), post=world.posts["周建平"].pk)
    assert "不属于" in wrong
    page = upload(sheet(POWER))
    assert page.startswith("200")
    assert not PowerList.objects.exists()
    packed = page.split('name="plan" value="')[1].split('"')[0]
    confirm = reverse("power_import_confirm")
    assert client.post(confirm, {"plan": packed + "x", "basis": "纪要"}).status_code == 422
    assert client.post(confirm, {"plan": packed, "basis": ""}).status_code == 422
    assert client.post(confirm, {"plan": packed, "basis": "纪要"}).status_code == 302
    row = PowerList.objects.get()
    shown = client.get(reverse("power_list", args=[row.pk])).content.decode()
    assert "集体研究、公示" in shown
    data = b"".join(client.get(reverse("power_xlsx", args=[row.pk])).streaming_content)
    assert power_sheet.read_plan(data).powers == (POWER,)
    pdf = reverse("power_pdf", args=[row.pk])
    assert client.get(pdf).status_code == 405
    assert client.post(pdf).status_code == 302
    job = jobs.run(Job.objects.get(kind="power_pdf").pk)
    assert job is not None
    assert job.result_file is not None, job.error
    assert job.result_file.name == "县财政局权责清单第1版.pdf"
    assert files.read(job.result_file).startswith(b"%PDF-")

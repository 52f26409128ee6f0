"""The inspectors' pages in Chromium: who did it, is the book whole, what was it then."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from accountability.models import AuditEvent, Job
from accountability.services import jobs
from tasks.models import TaskItem
from tasks.services import task_items
from tests.accountability.entering import actor
from tests.accountability.ledger.test_verify import behind_its_back
from tests.task_factory import make_tasks
from tests.world import World

from .conftest import SignIn
from .pages import Watch, axe, no_sideways_scroll, shot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
YEAR = timezone.localdate().year


@pytest.fixture(autouse=True)
def outside(tmp_path: Path, settings: Settings) -> None:
    """The ledger's key and files, in a folder of the test."""
    settings.LEDGER_KEY_FILE = str(tmp_path / "key")
    settings.LEDGER_CHECKPOINT_FILE = str(tmp_path / "checkpoints.jsonl")
    settings.LEDGER_WITNESS_FILE = str(tmp_path / "links.txt")


@pytest.fixture
def item(world: World) -> TaskItem:
    """A task whose deadline 张敏 put off."""
    made = make_tasks(world, 3, year=YEAR, due=date(YEAR, 6, 30)).items[1]
    task_items.change_due(
        by=actor(world, "bangong"), item=made, due_on=date(YEAR, 9, 30), due_text="9月底前",
        reason="常务会议纪要第18期", version=1,
    )  # fmt: skip
    return made


def clean(page: Page, name: str) -> None:
    axe(page)
    no_sideways_scroll(page)
    shot(page, name)


def test_the_inspector_finds_who_put_off_a_deadline_in_two_clicks(
    sign_in_page: SignIn, item: TaskItem
) -> None:
    page = sign_in_page("jiwei")
    page.goto("/")
    page.get_by_role("link", name="审计轨迹").click()
    page.get_by_role("link", name=re.compile("时限推迟 ?1")).click()
    row = page.locator("#rows tbody tr").nth(1)
    for told in ("张敏", f"{YEAR}-06-30", f"{YEAR}-09-30", "常务会议纪要第18期", "关注：时限推迟"):
        expect(row).to_contain_text(told)
    clean(page, "audit-delayed")


def test_the_band_turns_red_and_names_table_and_key(
    sign_in_page: SignIn, item: TaskItem, watch: Watch
) -> None:
    page = sign_in_page("jiwei")
    page.goto("/audit/")

    def verify() -> None:
        page.get_by_role("button", name="重新校验").click()
        expect(page.get_by_role("status").filter(has_text="正在校验")).to_be_visible()
        jobs.run(Job.objects.filter(kind="verify_ledger").latest("id").pk)

    verify()
    expect(page.get_by_role("heading", name="完整性校验通过")).to_be_visible()
    with behind_its_back() as cursor:
        cursor.execute(
            "UPDATE tasks_taskitem SET due_on = %s WHERE id = %s", [date(YEAR, 6, 30), item.pk]
        )
    verify()
    expect(page.get_by_role("heading", name="完整性校验未通过")).to_be_visible()
    band = page.locator("#integ")
    expect(band).to_have_class(re.compile("integ-bad"))
    expect(band.get_by_role("alert")).to_contain_text(f"tasks_taskitem 表 {item.pk} 号")
    colour = band.evaluate("e => getComputedStyle(e).borderLeftColor")
    red, green, blue = (int(n) for n in re.findall(r"\d+", colour)[:3])
    assert red > 2 * max(green, blue), colour
    clean(page, "audit-red")


def test_the_system_administrator_cannot_open_a_task(
    sign_in_page: SignIn, world: World, item: TaskItem, watch: Watch
) -> None:
    watch.expected("403")
    page = sign_in_page("xitong")
    answer = page.goto(reverse("task_detail", args=[item.pk]))
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_role("heading", name="没有这项权限")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("本账号没有这项权限")
    assert item.heading not in page.content()
    clean(page, "admin-403")
    event = AuditEvent.objects.get(action="denied:task_detail")
    assert (event.user, event.outcome) == (world.users["xitong"], "denied")
    assert event.target_label == reverse("task_detail", args=[item.pk])
    page = sign_in_page("shenji")
    page.goto("/audit/?action=denied")
    expect(page.locator("#rows")).to_contain_text("被拒操作（被拒）")


def test_from_the_event_to_the_object_and_its_past(
    sign_in_page: SignIn, item: TaskItem, watch: Watch
) -> None:
    watch.expected("422")  # a day that cannot be shown
    page = sign_in_page("jiwei")
    page.goto("/audit/?concern=deadline_delayed")
    page.get_by_role("link", name=str(item), exact=True).click()
    expect(page.get_by_role("heading", name="全部轨迹")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(1)
    clean(page, "object-trail")
    page.get_by_role("link", name="当日的情况").click()
    today = timezone.localdate()
    expect(
        page.get_by_role("heading", name=f"截至 {today.year}年{today.month}月{today.day}日 的情况")
    ).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("责任人员"))).to_contain_text("黄志强")
    clean(page, "task-as-of")
    page.get_by_label("日期").fill("2019-03-05")
    page.locator("#on").evaluate("e => e.removeAttribute('min')")
    page.get_by_role("button", name="查看").click()
    expect(page.get_by_role("alert")).to_contain_text("2019年3月5日系统中还没有这个任务")
    clean(page, "task-as-of-before")


def test_the_grid_asks_for_the_ground_before_it_saves(
    sign_in_page: SignIn, world: World, item: TaskItem, watch: Watch
) -> None:
    watch.expected("422")  # the first save, without a ground
    page = sign_in_page("bangong")
    page.goto(f"/y/{YEAR}/assign/")
    cell = page.locator(f'tr[data-task="{item.pk}"] [data-slot="due"]')
    cell.dblclick()
    page.locator("input[type=date]:visible").fill(f"{YEAR}-12-20")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="填写调整依据")
    expect(dialog).to_contain_text(f"{item.number} 已下发，调整完成时限请填写依据")
    axe(page, within="#whydlg")
    shot(page, "grid-ground")
    dialog.get_by_role("button", name="暂不保存时限").click()
    expect(page.locator("#savest")).to_contain_text("1 处时限待填写调整依据")
    assert TaskItem.objects.get(pk=item.pk).due_on == date(YEAR, 9, 30)
    page.get_by_role("button", name="1 处时限待填写调整依据").click()
    page.get_by_role("textbox", name="调整依据").fill("第 20 次常务会议")
    dialog.get_by_role("button", name="保存时限", exact=True).click()
    expect(page.locator("#savest")).to_contain_text("已自动保存")
    assert TaskItem.objects.get(pk=item.pk).due_on == date(YEAR, 12, 20)
    event = AuditEvent.objects.filter(action="slot.fill").latest("id")
    assert (event.reason, event.concern) == ("第 20 次常务会议", "deadline_delayed")

"""消息, 计划任务, 工作日历 and 消息发送 in Chromium."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accountability.channels import inspectors
from accountability.door import Actor, acting
from accountability.models import CheckpointCopy, OutboxDelivery
from accountability.services import jobs, messages, outbox, schedule
from tests.accountability.entering import actor
from tests.world import World

from .conftest import SignIn
from .pages import axe, no_sideways_scroll, shot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def clean(page: Page, name: str) -> None:
    axe(page)
    no_sideways_scroll(page)
    shot(page, name)


def tell(world: World, *names: str) -> None:
    with acting(by=Actor.system("schedule", county=world.county)) as act:
        act.unchanged()
        for n, title in enumerate(("一季度进展填报将于3月31日截止", "责任书待签署")):
            outbox.tell(
                act, people=[world.persons[p] for p in names], rule=f"r{n}",
                on=timezone.localdate(), title=title, text="上次内容已带出，只改有变化的部分。",
                link=reverse("home"),
            )  # fmt: skip


def test_a_message_is_seen_read_and_no_longer_counted(sign_in_page: SignIn, world: World) -> None:
    tell(world, "刘芳")
    page = sign_in_page("caizheng")
    page.goto("/")
    link = page.get_by_role("link", name=re.compile("消息"))
    expect(link).to_contain_text("2")
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("消息")
    clean(page, "messages")
    page.get_by_role("button", name="查看：责任书待签署").click()
    expect(page).to_have_url(re.compile(reverse("home") + "$"))
    expect(page.get_by_role("link", name=re.compile("消息"))).to_contain_text("1")
    page.goto(reverse("messages"))
    page.get_by_role("button", name="全部标为已读").click()
    expect(page.get_by_text("没有未读消息")).to_be_visible()
    page.get_by_role("link", name="接收渠道").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("接收渠道")
    clean(page, "channels")


def test_the_office_sees_what_runs_and_keeps_the_calendar(
    sign_in_page: SignIn, world: World
) -> None:
    schedule.ask_for_today(now=timezone.now())
    for job_id in jobs.waiting():
        jobs.run(job_id)
    page = sign_in_page("bangong")
    page.goto(reverse("settings_schedule"))
    expect(page.get_by_role("row", name=re.compile("责任书期满"))).to_contain_text("新办 0 项")
    clean(page, "schedule")
    page.get_by_role("button", name="立即运行：责任书期满").click()
    expect(page.get_by_text("已发起“责任书期满”")).to_be_visible()
    page.get_by_role("link", name="工作日历").click()
    expect(page.get_by_role("heading", name=re.compile("年放假调休"))).to_be_visible()
    page.goto(reverse("settings_calendar") + "?year=2031")
    expect(page.get_by_text("2031年放假安排尚未公布")).to_be_visible()
    clean(page, "calendar")
    page.get_by_label("起日").fill("2031-01-25")
    page.get_by_label("安排", exact=True).select_option("work")
    page.get_by_label("名称", exact=True).fill("春节调休")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_role("row", name=re.compile("2031-01-25"))).to_contain_text("上班")


def test_the_administrator_sees_to_what_was_not_sent(sign_in_page: SignIn, world: World) -> None:
    messages.choose(
        by=actor(world, "caizheng"), by_mail=True, mail="l@example.cn", by_webhook=False,
        webhook_account="",
    )  # fmt: skip
    tell(world, "刘芳")
    OutboxDelivery.objects.filter(channel="mail").update(
        state="unsure", ended_at=timezone.now(), error="发送过程中断，是否送达不能确定。"
    )
    page = sign_in_page("xitong")
    page.goto(reverse("settings_sending"))
    rows = page.get_by_role("row").filter(has_text="待核实")
    expect(rows).to_have_count(2)
    clean(page, "sending")
    page.get_by_role("button", name=re.compile("已送达")).first.click()
    expect(page.get_by_text("已记为送达")).to_be_visible()
    expect(rows).to_have_count(1)


def test_checkpoints_that_did_not_arrive_are_sent_again(
    sign_in_page: SignIn, world: World, settings: Any
) -> None:
    settings.CHECKPOINT_RECIPIENTS = ("http://127.0.0.1:1/in", "jiwei@example.gov.cn")
    now = timezone.now()
    for recipient in inspectors.recipients():
        for number, state in ((7, "sent"), (8, "unsure"), (9, "failed"), (10, "waiting")):
            CheckpointCopy(
                recipient=recipient.key, shown=recipient.shown, number=number, line="{}",
                signature=f"{number}", state=state, run_after=now, ended_at=now,
                error="接收方拒收（404），请核对接收方地址。" if state == "failed" else "",
            ).save()  # fmt: skip
    page = sign_in_page("xitong")
    page.goto(reverse("settings_sending"))
    row = page.get_by_role("row", name=re.compile("jiwei@example.gov.cn"))
    expect(row).to_contain_text("第 7 个")
    clean(page, "sending-checkpoints")
    row.get_by_role("button").click()
    expect(page.get_by_text("已重新排队报送 2 个存证点")).to_be_visible()
    expect(row.get_by_role("button")).to_have_count(0)

"""消息, 接收渠道, 工作日历, 消息发送: what each shows and takes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accountability import workdays
from accountability.door import Actor, acting
from accountability.models import AuditEvent, Contact, OutboxDelivery, OutboxMessage, WorkYear
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.selectors import calendar
from accountability.selectors import messages as selector
from accountability.services import messages, outbox, work_years
from tests.world import World

ON = date(2026, 3, 31)


def actor(world: World, name: str) -> Actor:
    user = world.users[name]
    return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=world.county)


def tell(world: World, *names: str, times: int = 1, **change: Any) -> None:
    with acting(by=actor(world, "zhuren")) as act:
        act.unchanged()
        for n in range(times):
            values = {"rule": f"r{n}", "on": ON, "title": f"第{n}件事", "link": "/help/", **change}
            outbox.tell(act, people=[world.persons[p] for p in names], **values)


def test_the_list_is_ones_own_and_counts_what_is_unread(world: World, signed_in: Any) -> None:
    tell(world, "张敏", times=2)
    tell(world, "刘芳", title="别人的事")
    page = signed_in("bangong").get(reverse("messages")).content.decode()
    assert "未读 2 条" in page
    assert "第1件事" in page
    assert "别人的事" not in page
    home = signed_in("bangong").get(reverse("help")).content.decode()
    assert '<span class="visually-hidden">未读</span>2</span>' in home
    assert "tb-count" not in signed_in("xianzhang").get(reverse("help")).content.decode()
    assert reverse("messages") not in signed_in("xitong").get(reverse("help")).content.decode()


def test_reading_leads_to_the_matter(world: World, signed_in: Any) -> None:
    tell(world, "张敏", times=3)
    last = OutboxMessage.objects.latest("id")
    client = signed_in("bangong")
    answer = client.post(reverse("message_read", args=[last.pk]))
    assert answer["Location"] == "/help/"
    row = OutboxDelivery.objects.get(message=last)
    assert row.read_at is not None
    client.post(reverse("message_read", args=[last.pk]))
    row_again = OutboxDelivery.objects.get(message=last)
    assert row_again.read_at == row.read_at
    page = client.get(reverse("messages") + "?state=unread").content.decode()
    assert "未读 2 条" in page
    assert "第2件事" not in page
    client.post(reverse("messages_read"))
    assert "没有未读消息" in client.get(reverse("messages")).content.decode()
    assert signed_in("caizheng").post(reverse("message_read", args=[last.pk])).status_code == 404
    assert messages.mark_all_read(by=actor(world, "xitong")) == 0


def test_older_messages_are_on_the_next_page_at_the_same_cost(
    world: World, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    tell(world, "张敏", times=2 * selector.PAGE + 1)
    client = signed_in("bangong")
    with django_assert_max_num_queries(14):
        first = client.get(reverse("messages")).content.decode()
    assert first.count("msg-t") == selector.PAGE
    older = OutboxMessage.objects.order_by("-id")[selector.PAGE - 1].pk
    assert f"before={older}" in first
    second = client.get(reverse("messages") + f"?before={older}").content.decode()
    assert f"第{selector.PAGE}件事" in second
    third = client.get(reverse("messages") + f"?before={older - selector.PAGE}").content.decode()
    assert third.count("msg-t") == 1


def test_a_message_leads_nowhere_else(world: World) -> None:
    for link in ("https://example.com/", "//example.com/"):
        with pytest.raises(ValueError, match="within the portal"):
            tell(world, "张敏", link=link)


def test_who_was_told_of_a_matter_and_has_read_it(world: World) -> None:
    unit = world.units["县财政局"]
    tell(world, "刘芳", "吴霞", about=unit)
    messages.mark_all_read(by=actor(world, "caizheng"))
    rows = {row.person.name: row.read_at is not None for row in selector.told_about(unit)}
    assert rows == {"刘芳": True, "吴霞": False}


def test_channels_are_chosen_by_oneself(world: World, signed_in: Any) -> None:
    client = signed_in("caizheng")
    wrong = client.post(reverse("channels"), {"by_mail": "on"})
    assert wrong.status_code == 422
    assert "请填写电子邮箱" in wrong.content.decode()
    assert not Contact.objects.exists()
    client.post(reverse("channels"), {"by_mail": "on", "mail": "liu@example.cn"})
    row = Contact.objects.get()
    assert (row.person, row.by_mail, row.mail) == (world.persons["刘芳"], True, "liu@example.cn")
    assert "liu@example.cn" in client.get(reverse("me")).content.decode()
    event = AuditEvent.objects.get(action="contact.choose")
    assert "liu@example.cn" not in str(event.changes) + event.summary
    client.post(reverse("channels"), {"by_mail": "on", "mail": "liu@example.cn"})
    assert AuditEvent.objects.filter(action="contact.choose").count() == 1
    assert signed_in("xitong").post(reverse("channels"), {}).status_code == 422


def test_the_office_enters_days_and_takes_them_back(world: World, signed_in: Any) -> None:
    client = signed_in("bangong")
    page = client.get(reverse("settings_calendar") + "?year=2026").content.decode()
    assert "2026-02-16" in page
    assert "调休上班" in page
    assert "尚未公布" not in page
    days = reverse("calendar_days", args=[2026])
    form = {"first": "2026-03-30", "last": "2026-03-31", "kind": "off", "name": "防汛"}
    assert client.post(days, form).status_code == 302
    assert not workdays.is_workday(world.county.pk, date(2026, 3, 31))
    assert "本县登记" in client.get(reverse("settings_calendar") + "?year=2026").content.decode()
    clear = reverse("calendar_clear", args=[2026])
    client.post(clear, {"day": "2026-03-31"})
    assert workdays.is_workday(world.county.pk, date(2026, 3, 31))
    assert client.post(clear, {"day": "2026-03-31"}).status_code == 409
    assert client.post(clear, {"day": "x"}).status_code == 422
    wrong = client.post(days, {**form, "last": "2027-01-02"})
    assert wrong.status_code == 422
    assert "同一年" in wrong.content.decode()
    reader = signed_in("caizheng")
    page = reader.get(reverse("settings_calendar") + "?year=2026").content.decode()
    assert "登记调整" not in page
    assert reader.post(days, form).status_code == 403


def test_a_year_not_announced_is_told_until_the_office_says_otherwise(
    world: World, signed_in: Any
) -> None:
    county = world.county.pk
    assert calendar.warning(county, [2026]) == ""
    assert calendar.warning(county, [2026, 2031]).startswith("2031年放假安排尚未公布")
    assert calendar.warning_on(county, date(2030, 10, 31)).startswith("2030年")
    assert calendar.warning_on(county, date(2030, 11, 1)).startswith("2030、2031年")
    client = signed_in("bangong")
    page = client.get(reverse("settings_calendar") + "?year=2031").content.decode()
    assert "2031年放假安排尚未公布" in page
    announce = reverse("calendar_announce", args=[2031])
    assert client.post(announce, {"basis": ""}).status_code == 422
    client.post(announce, {"basis": "国办发明电〔2030〕8号"})
    assert calendar.warning(county, [2031]) == ""
    page = client.get(reverse("settings_calendar") + "?year=2031").content.decode()
    assert "国办发明电〔2030〕8号" in page


def test_the_calendar_refuses_what_makes_no_sense(world: World) -> None:
    by = actor(world, "bangong")
    day = date(2026, 5, 6)

    def enter(first: date, last: date, name: str = "调休") -> WorkYear:
        return work_years.set_days(
            by=by, first=first, last=last, is_working=True, name=name, reason=""
        )

    with pytest.raises(Invalid, match="至多登记 31 天"):
        enter(date(2026, 1, 1), date(2026, 3, 1))
    with pytest.raises(Invalid, match="不早于起日"):
        enter(day, date(2026, 5, 5))
    with pytest.raises(Invalid, match="请填写名称"):
        enter(day, day, "  ")
    with pytest.raises(Invalid, match="年度有误"):
        work_years.announce(by=by, year=1990, basis="文号")
    with pytest.raises(NotAllowed):
        work_years.announce(by=actor(world, "jiwei"), year=2031, basis="文号")
    with pytest.raises(WrongState):
        work_years.clear_day(by=by, day=day, reason="")
    assert not WorkYear.objects.exists()
    enter(day, day)
    enter(day, day)
    assert AuditEvent.objects.filter(action="calendar.set").count() == 1


def test_the_sending_page_is_the_administrators_and_shows_no_title(
    world: World, signed_in: Any, settings: Any
) -> None:
    settings.MAIL_IS_SET = True
    messages.choose(
        by=actor(world, "caizheng"), by_mail=True, mail="l@example.cn", by_webhook=False,
        webhook_account="",
    )  # fmt: skip
    tell(world, "刘芳")
    row = OutboxDelivery.objects.get(channel="mail")
    OutboxDelivery.objects.filter(pk=row.pk).update(state="unsure", ended_at=timezone.now())
    client = signed_in("xitong")
    page = client.get(reverse("settings_sending")).content.decode()
    assert "待核实" in page
    assert "刘芳" in page
    assert "第0件事" not in page
    assert "还没有允许的网关" in page
    wrong = client.post(reverse("settings_sending"), {"form": "plain", "address": "https://a.cn/"})
    assert wrong.status_code == 422
    assert "不在允许范围" in wrong.content.decode()
    client.post(reverse("delivery_again", args=[row.pk]))
    row.refresh_from_db()
    assert row.state == "waiting"
    assert client.post(reverse("delivery_arrived", args=[row.pk])).status_code == 409
    assert signed_in("bangong").get(reverse("settings_sending")).status_code == 403

"""The pages of duties: who sees what, what a form says, how many queries a page takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accountability.door import Actor, acting
from accountability.models import Duty, DutyFile, DutyRule, Talk, Unit
from accountability.selectors import duty_calendar
from accountability.selectors.duties import listing, on_desk, tab_counts
from accountability.selectors.duty_calendar import as_ics, entries
from accountability.selectors.duty_coverage import meetings, owing
from tests.tasks.progress.desk import pdf
from tests.world import World

from .conftest import YEAR, Rules, actor, at, make

pytestmark = pytest.mark.django_db
JUNE = date(2026, 6, 10)
SignIn = Callable[[str], Client]


@pytest.fixture
def now(started: World, rule: Rules) -> dict[str, DutyRule]:
    """This very year's rules and duties, for pages that take the clock's day."""
    today = timezone.localdate()
    if today.year != YEAR:
        with acting(by=Actor.system("test")) as act:
            act.unchanged()
            started.county.started_on = date(today.year, 1, 1)
            started.county.save()
    rules = {
        "meeting": rule(year=today.year, per_year=1, due_month=12, due_day=31),
        "report": rule(
            "report", year=today.year, per_year=1, due_month=12, due_day=31, title="双报告",
            send_to=["上级党委", "上级纪委"], hand_in=["报告"],
        ),
        "talk": rule(
            "talk", year=today.year, per_year=1, due_month=12, due_day=31, subject="post",
            unit_kinds=[], layers=["first_responsible", "dual_duty"], leaders_only=True,
            title="廉政谈话",
        ),
    }  # fmt: skip
    make(started, today)
    return rules


def subjects(found: Any) -> set[str]:
    return {row.duty.subject_name for row in found.rows}


def user(world: World, name: str) -> Any:
    return actor(world, name).user


def test_who_sees_which_duties(started: World, rule: Rules) -> None:
    rule(unit_kinds=["town", "gov_department"])
    rule("study", subject="post", layers=["first_responsible"], unit_kinds=["gov_department"])
    make(started, date(2026, 1, 1))
    assert len(subjects(listing(user(started, "bangong"), YEAR, on=JUNE))) > 8
    assert subjects(listing(user(started, "liuhe"), YEAR, on=JUNE)) == {"柳河镇"}
    assert subjects(listing(user(started, "caizheng"), YEAR, on=JUNE)) == {
        "县财政局",
        "县财政局局长",
    }
    assert subjects(listing(user(started, "fuxianzhang"), YEAR, on=JUNE)) == {
        "县财政局",
        "县财政局局长",
        "县审计局",
        "县审计局局长",
    } | {"县政府"} & set(started.units)  # the county's own group answers for its unit
    assert subjects(listing(user(started, "xitong"), YEAR, on=JUNE)) == set()


def test_the_tabs_and_the_cursor(
    started: World, rule: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(per_year=4, due_month=3, due_day=31, unit_kinds=["town"])
    make(started, date(2026, 12, 1))
    clerk = user(started, "bangong")
    counts = {t["key"]: t["count"] for t in tab_counts(clerk, YEAR, on=JUNE)}
    assert counts == {"owed": 6, "late": 3, "done": 0, "all": 12}
    monkeypatch.setattr("accountability.selectors.duties.PAGE", 5)
    seen, after = [], ""
    for _ in range(4):
        page = listing(clerk, YEAR, on=JUNE, tab="all", after=after)
        seen += [row.duty.pk for row in page.rows]
        after = page.next
        if not after:
            break
    assert len(seen) == len(set(seen)) == 12


def test_the_desk_shows_what_is_ones_own(started: World, rule: Rules) -> None:
    rule(per_year=2)
    make(started, date(2026, 1, 1))
    assert [r.duty.subject_name for r in on_desk(user(started, "liuhe"), on=JUNE)["rows"]] == [
        "柳河镇"
    ]
    assert on_desk(user(started, "jiwei"), on=JUNE) == {}
    assert on_desk(user(started, "bangong"), on=date(2026, 7, 2))["late"] == 3


def test_the_calendar_tells_of_what_is_there_and_what_will_be(started: World, rule: Rules) -> None:
    rule(per_year=2)
    make(started, date(2026, 1, 1))
    found = entries(user(started, "bangong"), YEAR, on=JUNE)
    mine = [(e.day, e.state, e.detail) for e in found if e.title.startswith("班子专题会议")]
    assert mine == [
        (date(2026, 6, 30), "待办", "3 项，已完成 0 项"),
        (date(2026, 12, 31), "预计", "3 项"),
    ]
    own = [e for e in entries(user(started, "liuhe"), YEAR, on=JUNE) if e.uid.startswith("duty-")]
    assert [(e.state, e.detail) for e in own] == [("待办", "柳河镇"), ("预计", "柳河镇")]
    assert own[0].uid == mine_uid(found)


def mine_uid(found: list[duty_calendar.Entry]) -> str:
    return next(e.uid for e in found if e.day == date(2026, 6, 30))


def test_the_calendar_file_is_rfc_5545(started: World, rule: Rules) -> None:
    rule(title="很长的事项名称，带逗号；和分号、反斜杠\\以及更多文字直到需要折行为止")
    make(started, date(2026, 1, 1))
    found = entries(user(started, "bangong"), YEAR, on=JUNE)
    data = as_ics(found, name="时间表", host="990011", now=at(JUNE))
    assert data == as_ics(found, name="时间表", host="990011", now=at(JUNE))
    lines = data.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert all(len(line) <= 75 for line in lines)
    text = data.replace(b"\r\n ", b"").decode()
    assert text.count("BEGIN:VEVENT") == text.count("END:VEVENT") == len(found)
    assert "DTSTART;VALUE=DATE:20260630" in text
    assert "反斜杠\\\\以及" in text


def test_the_tables_of_coverage(started: World, rule: Rules) -> None:
    rule(per_year=2)
    make(started, date(2026, 12, 1))
    clerk = user(started, "bangong")
    table = meetings(clerk, YEAR, on=date(2026, 12, 1))
    assert {row[0]: row[1:3] for row in table.rows}["柳河镇"] == ("2", "0")
    assert table.rows[0][4] == "逾期 1 次"
    owed = owing(clerk, YEAR, on=date(2026, 12, 1))
    assert {row[0]: row[1:3] for row in owed.rows} == dict.fromkeys(
        ("柳河镇", "石桥镇", "长岭乡"), ("2", "1")
    )


def test_a_liaison_puts_a_meeting_on_record(
    started: World, now: dict[str, DutyRule], signed_in: SignIn
) -> None:
    client = signed_in("liuhe")
    duty = Duty.objects.get(rule=now["meeting"], unit=started.units["柳河镇"])
    page = client.get(reverse("duty", args=[duty.pk])).content.decode()
    assert "议定事项" in page
    assert "办公室办理" not in page
    url = reverse("duty_record", args=[duty.pk])
    wrong = client.post(url, {"revision": 1, "place": "二楼", "held_on": "2019-01-01"})
    assert wrong.status_code == 422
    text = wrong.content.decode()
    assert "请填写议定事项" in text
    assert 'value="二楼"' in text
    today = timezone.localdate().isoformat()
    done = client.post(url, {
        "revision": 1, "place": "二楼", "chair": "曾立", "present": "全体", "topics": "甲",
        "decisions": "乙", "held_on": today,
    })  # fmt: skip
    assert done.status_code == 302
    duty.refresh_from_db()
    assert duty.state == "done"
    assert "已完成" in client.get(reverse("duty", args=[duty.pk])).content.decode()


def test_a_report_with_file_and_receipts(
    started: World, now: dict[str, DutyRule], signed_in: SignIn
) -> None:
    client = signed_in("liuhe")
    duty = Duty.objects.get(rule=now["report"], unit=started.units["柳河镇"])
    url = reverse("duty_file_add", args=[duty.pk])
    bad = client.post(url, {"label": "报告", "file": SimpleUploadedFile("a.pdf", b"MZ")})
    assert bad.status_code == 422
    assert "内容与扩展名不一致" in bad.content.decode()
    assert client.post(
        url, {"label": "报告", "file": SimpleUploadedFile("报告.pdf", pdf())}
    ).status_code == 302  # fmt: skip
    today = timezone.localdate().isoformat()
    client.post(reverse("duty_record", args=[duty.pk]), {
        "revision": 1, "title": "报告", "to0_sent_on": today, "to1_sent_on": today,
        "to0_receipt_on": today, "to0_receipt": "收文1号",
    })  # fmt: skip
    page = client.get(reverse("duty", args=[duty.pk])).content.decode()
    assert "还缺：上级纪委的签收" in page
    paper = DutyFile.objects.get()
    fetched = client.get(reverse("duty_file", args=[paper.pk]))
    assert b"".join(fetched.streaming_content) == pdf()  # type: ignore[attr-defined]
    assert signed_in("caizheng").get(reverse("duty_file", args=[paper.pk])).status_code == 404


def test_the_office_previews_a_rule_before_it_saves(
    started: World, now: dict[str, DutyRule], signed_in: SignIn
) -> None:
    client = signed_in("bangong")
    rule = now["meeting"]
    url = reverse("duty_rule", args=[rule.pk])
    form = client.get(url).context["form"]
    data = {k: v for k, v in form.initial.items() if v not in (None, False)}
    data |= {"due_day": 20, "unit_kinds": ["town", "supervision"], "reason": "会议定"}
    data = {k: ("、".join(v) if k in ("hand_in", "send_to") else v) for k, v in data.items()}
    seen = client.post(url, {**data, "preview": "1"}).content.decode()
    assert "保存后的影响" in seen
    assert "县纪委监委" in seen
    assert DutyRule.objects.get(pk=rule.pk).due_day == 31
    assert client.post(url, data).status_code == 302
    assert DutyRule.objects.get(pk=rule.pk).due_day == 20
    assert Duty.objects.filter(rule=rule, unit=started.units["县纪委监委"]).exists()
    assert client.post(url, data).status_code == 409


def test_a_leader_registers_his_talks(
    started: World, now: dict[str, DutyRule], signed_in: SignIn
) -> None:
    client = signed_in("fuxianzhang")
    duty = Duty.objects.get(rule=now["talk"], post=started.posts["周建平"])
    assert "许静" in client.get(reverse("duty_talks", args=[duty.pk])).content.decode()
    given = {
        "held_on": timezone.localdate().isoformat(), "topic": "duty", "note": "",
        "talked": [started.posts["许静"].pk, started.posts["黄志强"].pk],
    }  # fmt: skip
    url = reverse("talk_record", args=[duty.pk])
    assert client.post(url, {**given, "talked": []}).status_code == 422
    assert client.post(url, given).status_code == 302
    assert Talk.objects.count() == 2
    duty.refresh_from_db()
    assert duty.state == "done"
    page = client.get(reverse("duty_talks", args=[duty.pk])).content.decode()
    assert page.count("登记廉政谈话，对象为") == 2  # their trail, without a name
    talk = Talk.objects.first()
    assert talk is not None
    inspector, past = signed_in("jiwei"), reverse("object_as_of", args=["talk", talk.pk])
    trail = inspector.get(reverse("audit_object", args=["talk", talk.pk])).content.decode()
    assert past in trail
    assert "周建平" in inspector.get(past).content.decode()
    assert signed_in("zhuren").get(past).status_code == 404
    seen = signed_in("caizheng").get(reverse("duty_talks", args=[duty.pk]))
    assert seen.status_code == 404


def test_a_county_without_rules_takes_the_shipped_ones(started: World, signed_in: SignIn) -> None:
    client = signed_in("bangong")
    year = timezone.localdate().year
    assert "采用随带的规则" in client.get(reverse("duty_rules", args=[year])).content.decode()
    client.post(reverse("duty_rules_adopt", args=[year]))
    assert "县领导廉政谈话" in client.get(reverse("duty_rules", args=[year])).content.decode()


def more_towns(world: World, count: int) -> None:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        for n in range(count):
            Unit(
                county=world.county, name=f"第{n}镇", kind="town",
                valid_from=date(timezone.localdate().year, 1, 1) - timedelta(days=1),
            ).save()  # fmt: skip


@pytest.mark.parametrize("who", ["bangong", "fuxianzhang", "liuhe"])
def test_a_page_takes_as_many_queries_for_many_rows(
    started: World, now: dict[str, DutyRule], signed_in: SignIn, who: str
) -> None:
    year = timezone.localdate().year
    client = signed_in(who)
    duty = Duty.objects.visible_to(user(started, who)).order_by("id").first()
    assert duty is not None
    urls = [
        reverse("duties", args=[year]), reverse("duty_calendar", args=[year]),
        *(reverse("duty_coverage", args=[year, p]) for p in ("owing", "meetings", "talks")),
        reverse("ten_things", args=[year]), reverse("duty", args=[duty.pk]), reverse("home"),
    ]  # fmt: skip
    if who == "bangong":
        urls += [reverse("duty_rules", args=[year]), reverse("duty_rule", args=[now["meeting"].pk])]

    def cost(url: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(url).status_code == 200
        return len(asked)

    for url in urls:
        cost(url)  # what is computed once
    before = {url: cost(url) for url in urls}
    more_towns(started, 30)
    make(started, timezone.localdate())
    after = {url: cost(url) for url in urls}
    assert {u: (before[u], n) for u, n in after.items() if n > before[u]} == {}
    assert max(after.values()) < 45

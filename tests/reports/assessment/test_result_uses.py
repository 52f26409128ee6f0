"""结果运用: recorded with its basis, proposed but decided by a person, voided, never deleted."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accountability.access.scope import scope_of
from accountability.door import acting
from accountability.models import AuditEvent, JobState, LedgerRow, Talk, User
from accountability.refusals import Invalid, NotAllowed, NotFound, WrongState
from accountability.services import files, jobs
from reports.models import Assessment, ResultUse, UseState
from reports.selectors import result_uses as selector
from reports.services import result_use_register, result_uses
from tests.world import World

from .rounds import TODAY, actor, in_feedback, in_public, sheet_of

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
ALL = selector.Filters()


def record(world: World, row: Assessment, name: str = "柳河镇", **changes: Any) -> ResultUse:
    values: dict[str, Any] = {
        "kind": "commend", "basis": "试政办通〔2026〕3号", "organ": "试县人民政府",
        "used_on": TODAY, "on": TODAY, **changes,
    }  # fmt: skip
    by = values.pop("by", actor(world, "bangong"))
    return result_uses.record(by=by, sheet_id=sheet_of(row, name).pk, **values)


def talk_with(world: World, talked: str, *, by: str = "bangong") -> Talk:
    with acting(by=actor(world, by)) as act:
        act.unchanged()
        row = Talk(
            county=world.county, year=TODAY.year, group="lower", topic="duty", held_on=TODAY,
            talker_post=world.posts["陈志远"], talker=world.persons["陈志远"],
            talked_post=world.posts[talked], talked=world.persons[talked],
            recorded_by=world.users[by],
        )  # fmt: skip
        row.save()
    return row


def proposed(world: World, row: Assessment) -> list[tuple[str, str]]:
    user = User.objects.get(username="bangong")
    return [(p.sheet.name, p.use) for p in selector.page(user, row.year, ALL)["proposals"]]


def cells(answer: Any) -> set[str]:
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    return {str(cell.value) for row in book.active.iter_rows() for cell in row}


def test_an_entry_keeps_the_result_that_it_rests_on(world: World) -> None:
    row = in_public(world)
    made = record(world, row, note="年度先进集体")
    assert made.result == "第 1 名，优秀，98.00 分"
    assert made.publication.version == 1
    event = AuditEvent.objects.get(action="result_use.record")
    assert "试政办通〔2026〕3号" in event.summary


def test_the_best_and_the_last_are_proposed_until_a_person_decides(world: World) -> None:
    row = in_public(world)
    assert proposed(world, row) == [
        ("柳河镇", "commend"), ("石桥镇", "talk"), ("长岭乡", "talk"),
    ]  # fmt: skip
    record(world, row)
    result_uses.decline(
        by=actor(world, "bangong"), sheet_id=sheet_of(row, "石桥镇").pk, kind="talk",
        reason="并列且得分较高",
    )  # fmt: skip
    assert proposed(world, row) == [("长岭乡", "talk")]
    result_uses.void(
        by=actor(world, "bangong"), use_id=ResultUse.objects.get(state="declined").pk,
        reason="重新研究",
    )  # fmt: skip
    assert ("石桥镇", "talk") in proposed(world, row)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"basis": " "}, "请填写依据"),
        ({"organ": ""}, "请填写决定或办理机关"),
        ({"used_on": None}, "请填写运用日期"),
        ({"used_on": TODAY + timedelta(days=1)}, "不能晚于今天"),
        ({"kind": "praise"}, "请选择运用方式"),
        ({"kind": "talk", "note": "谈了责任落实"}, "谈话内容不录入系统"),
        ({"note": "联系电话13800138000"}, "手机号"),
        ({"talk_id": 999}, "只有约谈可以关联谈话登记"),
        ({"kind": "talk", "talk_id": 999}, "只能关联"),
    ],
)
def test_what_is_refused_changes_nothing(
    world: World, changes: dict[str, Any], refusal: str
) -> None:
    row = in_public(world)
    last = LedgerRow.objects.count()
    with pytest.raises(Invalid, match=refusal):
        record(world, row, **changes)
    assert LedgerRow.objects.count() == last


def test_only_the_office_records_and_only_what_is_public(world: World) -> None:
    early = in_feedback(world)
    with pytest.raises(WrongState, match="尚未公布"):
        record(world, early)
    for who in ("liuhe", "jiwei", "xianzhang"):
        with pytest.raises(NotAllowed):
            record(world, early, by=actor(world, who))


def test_a_talk_is_linked_where_there_is_one_with_that_unit(
    world: World, signed_in: SignedIn
) -> None:
    row = in_public(world)
    other, right = talk_with(world, "黄志强"), talk_with(world, "解放")
    with pytest.raises(Invalid, match="只能关联"):
        record(world, row, "石桥镇", kind="talk", talk_id=other.pk)
    hidden = talk_with(world, "任喆", by="jiwei")
    with pytest.raises(Invalid, match="只能关联"):
        record(world, row, "长岭乡", kind="talk", talk_id=hidden.pk)
    made = record(world, row, "石桥镇", kind="talk", talk_id=right.pk)
    assert made.talk == right
    url = reverse("result_uses", args=[row.year])
    assert f"已关联{TODAY:%Y-%m-%d}谈话登记" in signed_in("bangong").get(url).content.decode()
    # Who has no part in the talk learns no more than that there is one.
    page = signed_in("zhuren").get(url).content.decode()
    assert "已有谈话登记" in page
    assert "已关联" not in page


def test_a_void_entry_stays_with_its_reason(world: World) -> None:
    made = record(world, in_public(world))
    by = actor(world, "bangong")
    with pytest.raises(Invalid, match="作废理由"):
        result_uses.void(by=by, use_id=made.pk, reason="")
    done = result_uses.void(by=by, use_id=made.pk, reason="登记有误")
    assert (done.state, done.reason, done.voided_by) == (UseState.VOID, "登记有误", by.user)
    with pytest.raises(WrongState, match="已经作废"):
        result_uses.void(by=by, use_id=made.pk, reason="再次")
    with pytest.raises(NotFound):
        result_uses.void(by=by, use_id=0, reason="没有")


def test_who_sees_an_entry(world: World) -> None:
    row = in_public(world)
    record(world, row)
    record(world, row, "长岭乡", kind="talk")

    def seen(who: str) -> list[str]:
        user = User.objects.get(username=who)
        assert scope_of(user)
        return sorted(r.sheet.name for r in ResultUse.objects.visible_to(user))

    everything = ["柳河镇", "长岭乡"]
    assert seen("bangong") == seen("zhuren") == seen("jiwei") == seen("xianzhang") == everything
    assert seen("liuhe") == ["柳河镇"]
    assert seen("caizheng") == seen("fuxianzhang") == seen("xitong") == []


def test_the_page_records_filters_and_exports(world: World, signed_in: SignedIn) -> None:
    row = in_public(world)
    client, year = signed_in("bangong"), row.year
    sent = {
        "sheet": sheet_of(row, "柳河镇").pk, "kind": "commend", "basis": "", "organ": "县政府",
        "used_on": TODAY.isoformat(), "note": "先进集体",
    }  # fmt: skip
    url = reverse("result_use_record", args=[year])
    wrong = client.post(url, sent)
    assert wrong.status_code == 422
    assert 'value="先进集体"' in wrong.content.decode()
    assert client.post(url, {**sent, "basis": "通报3号"}).status_code == 302
    record(world, row, "长岭乡", kind="talk")
    page = client.get(reverse("result_uses", args=[year])).content.decode()
    made = {entry.sheet.name: entry.pk for entry in ResultUse.objects.all()}
    told = page.partition(">轨迹<")[2]
    assert all(name in told for name in made), "the five latest events, beneath the register"
    for pk in made.values():
        assert reverse("audit_object", args=["result_use", pk]) in page
    page = client.get(reverse("result_uses", args=[year]), {"use": "talk"}).content.decode()
    assert "通报3号" not in page
    sheet = client.get(reverse("result_uses_xlsx", args=[year]), {"use": "commend"})
    assert "通报3号" in cells(sheet)
    assert "通报3号" not in cells(signed_in("caizheng").get(sheet.request["PATH_INFO"]))
    assert signed_in("liuhe").post(url, sent).status_code == 403


def test_the_register_prints_what_is_filtered(world: World) -> None:
    row = in_public(world)
    record(world, row)
    record(world, row, "长岭乡", kind="talk")
    by = actor(world, "bangong")
    job = result_use_register.ask(by=by, year=row.year, filters=ALL, on=TODAY)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.error
    assert job.result_file is not None
    assert files.read(job.result_file).startswith(b"%PDF")
    county, some = world.county, selector.Filters(use="talk")
    user = User.objects.get(username="bangong")
    paper = result_use_register.paper_of(
        list(selector.entries(user, row.year, some)), county=county, year=row.year,
        filters=some, on=date(2026, 12, 1),
    )  # fmt: skip
    text = "\n".join(paper.texts())
    assert "约谈末位1项" in text
    assert "柳河镇" not in text
    none = selector.Filters(use="appoint")
    with pytest.raises(WrongState, match="没有可以打印的登记"):
        result_use_register.ask(by=by, year=row.year, filters=none, on=TODAY)


def test_the_register_asks_as_often_whatever_there_is(world: World, signed_in: SignedIn) -> None:
    row = in_public(world)
    client, url = signed_in("bangong"), reverse("result_uses", args=[row.year])

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    record(world, row)
    client.get(url)
    few = asked()
    for n in range(6):
        record(world, row, basis=f"通报{n}号")
    assert asked() == few <= 30

"""The pages of 督办文书 and 整改台账, as each role opens and uses them."""

from __future__ import annotations

import io
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
from openpyxl import load_workbook

from tasks.models import Finding, Notice, NoticeState, Rectification
from tasks.selectors import sources
from tasks.selectors.waiting import waiting
from tasks.services import findings, notice_work, notices, rectifications
from tests.task_factory import make_tasks
from tests.tasks.progress.desk import pdf
from tests.tasks.watching import Desk, at
from tests.world import World

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
YEAR = 2026


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def post(client: Client, side: str, row: Notice | Finding, act: str, **values: Any) -> Any:
    kind = row._meta.model_name
    data = {"act": act} | {f"{act}-{name}": value for name, value in values.items()}
    return client.post(reverse(f"{kind}_{side}", args=[row.pk]), data)


def test_the_office_drafts_for_several_units_and_the_head_sends_them(
    desk: Desk, signed_in: SignedIn
) -> None:
    units = [desk.world.units[name].pk for name in ("县财政局", "柳河镇")]
    url = reverse("notice_new")
    clerk = signed_in("bangong")
    page = text_of(clerk.get(f"{url}?unit={units[0]}&unit={units[1]}&kind=urging"))
    assert page.count("checked") == 2
    assert '<option value="urging" selected>' in page
    bad = clerk.post(url, {"kind": "urging", "units": units})
    assert bad.status_code == 422
    assert "请填写事项" in text_of(bad)
    given = {
        "kind": "urging", "title": "催报三季度票据核对", "demand": "逐本核对。",
        "source_kind": "task", "colour": "yellow", "ack_days": 1, "answer_days": 3,
    }  # fmt: skip
    assert clerk.post(url, given).status_code == 422  # no unit
    done = clerk.post(url, given | {"units": units, "source_id": 5})
    assert done["Location"] == reverse("notice_list", args=[timezone.localdate().year]) + (
        "?state=draft"
    )
    rows = list(Notice.objects.order_by("pk"))
    assert [row.source_id for row in rows] == [None, None]  # nobody knows a source of that kind
    listed = text_of(clerk.get(done["Location"]))
    assert "签发所选" not in listed
    head = signed_in("zhuren")
    assert "签发所选" in text_of(head.get(done["Location"]))
    head.post(reverse("notice_issue"), {"ids": [rows[1].pk, rows[0].pk]})
    numbers = [Notice.objects.get(pk=row.pk).number for row in rows]
    assert [n[-2:] for n in numbers] == ["1号", "2号"]


def test_the_address_fills_in_task_campaign_and_former_notice(
    desk: Desk, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = make_tasks(desk.world, 1).items[0]
    before = desk.sent()[0]
    monkeypatch.setattr(
        sources, "_namers", {"campaign": lambda user, pk: "三季度督查" if pk == 3 else None}
    )
    client, url = signed_in("bangong"), reverse("notice_new")
    assert f"{item.number} {item.heading}" in text_of(client.get(f"{url}?item={item.pk}"))
    assert client.get(f"{url}?item=987654").status_code == 404
    assert client.get(f"{url}?follows=987654").status_code == 404
    known = text_of(client.get(f"{url}?campaign=3"))
    assert 'value="三季度督查"' in known
    assert 'name="source_id" value="3"' in known
    assert 'value="三季度督查"' not in text_of(client.get(f"{url}?campaign=4"))
    follows = text_of(client.get(f"{url}?follows={before.pk}&kind=supervision"))
    assert before.number in follows
    assert "核对三季度票据" in follows
    assert client.get(f"{url}?unit=x&item=x&campaign=x&follows=x").status_code == 200


def test_a_unit_takes_and_answers_on_the_page(desk: Desk, signed_in: SignedIn) -> None:
    row = desk.sent()[0]
    client = signed_in("caizheng")
    page = text_of(client.get(reverse("notice_detail", args=[row.pk])))
    assert "确认签收" in page
    assert "升级颜色" not in page
    assert post(client, "unit", row, "take").status_code == 302
    assert post(client, "unit", row, "answer", text="").status_code == 422
    assert post(client, "unit", row, "nonsense").status_code == 422
    refused = post(
        client, "unit", row, "answer", text="已核对",
        file=SimpleUploadedFile("表.exe", b"MZ"),
    )  # fmt: skip
    assert refused.status_code == 422
    assert "表.exe" in text_of(refused)
    file = SimpleUploadedFile("核对表.pdf", pdf())
    assert post(client, "unit", row, "answer", text="已核对", file=file).status_code == 302
    assert client.get(reverse("notice_file", args=[row.pk])).status_code == 200
    assert post(client, "office", row, "recheck", opinion="好").status_code == 403
    office = signed_in("bangong")
    assert "复核通过" in text_of(office.get(reverse("notice_detail", args=[row.pk])))
    assert post(office, "office", row, "return", opinion="补照片", days=2).status_code == 302
    again = text_of(signed_in("caizheng").get(reverse("notice_detail", args=[row.pk])))
    assert "补照片" in again
    assert ">\n已核对</textarea>" in again  # the last text comes with the form


def test_out_of_sight_is_404_and_a_late_act_409(desk: Desk, signed_in: SignedIn) -> None:
    row, draft = desk.sent()[0], desk.draft()[0]
    town = signed_in("liuhe")
    for name in ("notice_detail", "notice_file"):
        assert town.get(reverse(name, args=[row.pk])).status_code == 404
    assert post(town, "unit", row, "take").status_code == 404
    mine = signed_in("caizheng")
    assert mine.get(reverse("notice_detail", args=[draft.pk])).status_code == 404
    assert post(mine, "unit", row, "take").status_code == 302
    assert post(mine, "unit", row, "take").status_code == 409
    assert mine.get(reverse("notice_file", args=[row.pk])).status_code == 404  # no file yet


def test_a_finding_on_the_page_from_draft_to_green(desk: Desk, signed_in: SignedIn) -> None:
    url, unit = reverse("finding_new"), desk.world.units["县财政局"].pk
    clerk = signed_in("bangong")
    item = make_tasks(desk.world, 1).items[0]
    assert clerk.get(f"{url}?unit={unit}&item={item.pk}").status_code == 200
    given = {
        "unit": unit, "source_kind": "superior", "title": "票据缺号", "facts": "2 本缺号。",
        "basis": "办法第九条", "rectify_by": "2030-01-10", "item": item.pk,
    }  # fmt: skip
    assert "外部反馈的问题，请填写来源名称" in text_of(clerk.post(url, given))
    clerk.post(url, given | {"source_text": "市级检查", "source_on": "2026-11-01"})
    row = Finding.objects.get()
    assert "送单位确认" not in text_of(clerk.get(reverse("finding_detail", args=[row.pk])))
    assert post(clerk, "office", row, "establish").status_code == 302
    unit_client = signed_in("caizheng")
    plan = {"measures": "逐本补登", "responsible": "刘芳", "post": desk.world.posts["黄志强"].pk}
    assert post(unit_client, "unit", row, "plan", **plan).status_code == 302
    assert "局长" in text_of(unit_client.get(reverse("finding_detail", args=[row.pk])))
    file = SimpleUploadedFile("登记簿.pdf", pdf())
    assert post(unit_client, "unit", row, "report", text="已补登", file=file).status_code == 302
    assert unit_client.get(reverse("finding_file", args=[row.pk])).status_code == 200
    assert post(unit_client, "unit", row, "object", grounds="不实").status_code == 302
    head = signed_in("zhuren")
    page = text_of(head.get(reverse("finding_detail", args=[row.pk])))
    assert "复核申诉" in page
    decided = {"outcome": "upheld", "decision": "属实"}
    assert post(head, "office", row, "decide", **decided).status_code == 302
    clerk = signed_in("bangong")
    assert post(clerk, "office", row, "recheck", opinion="属实").status_code == 302
    assert post(signed_in("zhuren"), "office", row, "strike").status_code == 302
    assert Rectification.objects.get().state == "struck"


def test_filters_of_both_lists(desk: Desk, signed_in: SignedIn) -> None:
    desk.sent("县财政局")
    desk.sent("柳河镇", colour="red", colour_reason="久拖", title="整修档案室")
    desk.standing("柳河镇", title="档案未归档")
    desk.found("县财政局")
    client = signed_in("bangong")

    def shows(name: str, query: str) -> tuple[bool, bool]:
        page = text_of(client.get(f"{reverse(name, args=[YEAR])}?{query}"))
        words = ("规范票据管理", "整修档案室") if name == "notice_list" else (
            "票据存根缺号", "档案未归档")  # fmt: skip
        return words[0] in page, words[1] in page

    town = desk.world.units["柳河镇"].pk
    assert shows("notice_list", "") == (True, True)
    assert shows("notice_list", "colour=red") == (False, True)
    assert shows("notice_list", f"unit={town}&kind=supervision&state=open") == (False, True)
    assert shows("notice_list", "q=票据") == (True, False)
    assert shows("notice_list", "state=struck") == (False, False)
    assert shows("finding_list", "place=outside") == (False, True)
    assert shows("finding_list", "place=inside") == (True, False)
    assert shows("finding_list", "state=draft") == (True, False)
    assert shows("finding_list", "state=asked&source_kind=tour") == (False, True)
    assert shows("finding_list", f"unit={town}") == (False, True)
    for name in ("notice_list", "finding_list"):
        assert client.get(f"{reverse(name, args=[YEAR])}?state=x").status_code == 422
        latest = client.get(reverse(f"{name}_latest"))
        assert latest["Location"] == reverse(name, args=[YEAR])


@pytest.mark.parametrize(("name", "rows"), [("notice_xlsx", 2), ("finding_xlsx", 1)])
def test_the_lists_as_excel_hold_what_one_may_see(
    desk: Desk, signed_in: SignedIn, name: str, rows: int
) -> None:
    desk.sent("县财政局", "县财政局", title="=1+1")
    desk.sent("县财政局")
    desk.sent("柳河镇")
    desk.standing("县财政局")
    desk.standing("柳河镇")
    url = reverse(name, args=[YEAR])
    answer = signed_in("caizheng").get(url)
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active  # type: ignore[attr-defined]
    assert sheet.max_row == 2 + rows
    assert {cell.data_type for cell in sheet[3] if cell.value} == {"s"}
    assert signed_in("caizheng").get(f"{url}?state=x").status_code == 422


@pytest.mark.parametrize(
    "page", ["notice_list", "finding_list", "notice_detail", "finding_detail", "home"]
)
def test_query_counts_do_not_grow_with_the_rows(desk: Desk, signed_in: SignedIn, page: str) -> None:
    notice, finding = desk.sent()[0], desk.standing()
    args = {
        "notice_detail": [notice.pk], "finding_detail": [finding.pk], "home": [],
    }.get(page, [YEAR])  # fmt: skip
    client, url = signed_in("caizheng"), reverse(page, args=args)

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    client.get(url)
    few = count()
    desk.sent("县财政局", "县财政局", "县财政局")
    for _ in range(4):
        desk.sent()
        desk.standing()
    assert count() == few


def test_lists_are_paged_from_the_newest(desk: Desk, signed_in: SignedIn) -> None:
    units = list(desk.world.units)
    for n in range(6):
        desk.draft(*units, title=f"事项{n}")
    client = signed_in("bangong")
    first = client.get(reverse("notice_list", args=[YEAR]))
    older = first.context["page"].older
    assert len(first.context["lines"]) == 50
    second = client.get(f"{reverse('notice_list', args=[YEAR])}?before={older}")
    assert len(second.context["lines"]) == 10
    back = client.get(f"{reverse('notice_list', args=[YEAR])}?after={second.context['page'].newer}")
    seen = [line.notice.pk for line in first.context["lines"]]
    assert [line.notice.pk for line in back.context["lines"]] == seen


def test_the_workbench_says_what_waits_for_whom(desk: Desk, signed_in: SignedIn) -> None:
    town = desk.sent("柳河镇")[0]
    row = desk.sent()[0]
    desk.draft(title="待签发的事项")
    finding = desk.standing()
    served = desk.found(title="待确认的问题")
    findings.serve(by=desk("bangong"), finding_id=served.pk, now=at())
    on = date(2026, 11, 12)

    def verbs(name: str, day: date = on) -> list[tuple[str, str]]:
        user = desk(name).user
        assert user is not None
        return sorted((todo.tag, todo.verb) for todo in waiting(user, on=day))

    assert verbs("caizheng") == [("督办单", "签收"), ("问题整改", "报措施"), ("问题确认", "确认")]
    assert verbs("liuhe") == [("督办单", "签收")]
    assert verbs("bangong") == []
    assert verbs("zhuren") == [("督办单", "签发")]
    assert verbs("fuxianzhang") == [("督办单", "查看")]  # overdue at a unit in his charge
    notice_work.take(by=desk("caizheng"), notice_id=row.pk, now=at())
    notice_work.answer(by=desk("caizheng"), notice_id=row.pk, text="已办", now=at())
    by = desk("caizheng")
    rectifications.plan(by=by, finding_id=finding.pk, measures="改", responsible="刘芳", now=at())
    rectifications.report(by=by, finding_id=finding.pk, text="改", reference="簿", now=at())
    assert verbs("bangong") == [("督办单", "复核"), ("问题整改", "复查")]
    assert verbs("jiwei") == [("问题整改", "复查")]
    notice_work.recheck(by=desk("bangong"), notice_id=row.pk, opinion="好", now=at())
    rectifications.recheck(by=desk("jiwei"), finding_id=finding.pk, opinion="好", now=at())
    assert verbs("zhuren") == [("督办单", "签发"), ("督办单", "销号"), ("问题整改", "销号")]
    assert verbs("bangong", on + timedelta(days=9)) == [("问题认定", "认定")]
    assert town.number in text_of(signed_in("liuhe").get(reverse("home")))
    assert "待签发的事项" in text_of(signed_in("zhuren").get(reverse("home")))
    for name in ("jiwei", "fuxianzhang", "caizhengju"):
        assert signed_in(name).get(reverse("home")).status_code == 200


def test_a_void_notice_says_why(desk: Desk, signed_in: SignedIn) -> None:
    row = desk.sent()[0]
    notices.void(by=desk("zhuren"), notice_id=row.pk, reason="发错单位", now=at())
    page = text_of(signed_in("caizheng").get(reverse("notice_detail", args=[row.pk])))
    assert "发错单位" in page
    assert "信函 PDF" not in page
    assert Notice.objects.get().state == NoticeState.VOID

"""The pages of 测评: what each shows at each step, what a refusal says, the paper."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

import pdfplumber
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accountability.door import Act
from accountability.models import Duty, DutyRule
from reports.models import Ballot, BallotCode
from reports.services import ballot_counting, ballot_voting
from reports.services.ballot_voting import digest_of
from tests.world import World

from .polls import OPTIONS, closed, on_paper, opened, prepared
from .rounds import TODAY, actor

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]


def text_of(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


def test_a_ballot_is_made_printed_opened_voted_and_counted_on_its_pages(
    world: World, signed_in: SignedIn, client: Client
) -> None:
    clerk = signed_in("bangong")
    url = reverse("ballot_new", args=[TODAY.year])
    assert clerk.get(url).status_code == 200
    sent = {
        "title": "满意度测评", "group": "服务对象", "subject": f"u{world.units['县财政局'].pk}",
        "way": "code", "weight": "100", "aspects": "总体评价", "options": OPTIONS, "smallest": "5",
    }  # fmt: skip
    wrong = clerk.post(url, {**sent, "options": "满意", "subject": ""})
    assert wrong.status_code == 422
    assert "没有分值" in text_of(wrong)
    assert "满意度测评" in text_of(wrong)
    row = Ballot.objects.get(pk=int(clerk.post(url, sent)["Location"].strip("/").split("/")[-1]))
    page = reverse("ballot", args=[row.pk])
    few = clerk.post(reverse("ballot_slips", args=[row.pk]), {"count": "4"})
    assert few.status_code == 422
    assert "不能少于 5" in text_of(few)
    printed = clerk.post(reverse("ballot_slips", args=[row.pk]), {"count": "6"})
    with pdfplumber.open(io.BytesIO(b"".join(printed.streaming_content))) as pdf:
        paper = "".join(p.extract_text() for p in pdf.pages)
        words = [w["text"] for p in pdf.pages for w in p.extract_words()]
    codes = [w for w in words if digest_of(w) in BallotCode.objects.values_list("pk", flat=True)]
    assert len(codes) == 6
    assert "无记名" in paper
    assert "/vote/" in paper
    step = reverse("ballot_step", args=[row.pk])
    assert clerk.post(step, {"step": "open"})["Location"] == page
    voter = Client()
    for code in codes[:5]:
        shown = voter.post(reverse("vote"), {"code": code})
        assert "测评对象：<b>县财政局</b>" in text_of(shown)
        assert code not in shown.request["PATH_INFO"]
        done = voter.post(reverse("vote"), {"code": code, "cast": "1", "a0": "1"})
        assert done["Location"] == reverse("vote_done")
    watch = text_of(clerk.get(page))
    assert "<dt>收回</dt><dd>5</dd>" in watch
    assert "70.00" not in watch
    clerk.post(step, {"step": "close"})
    told = text_of(clerk.get(page))
    assert "<dt>得分</dt><dd>70.00</dd>" in told
    assert "封存票与账本中的摘要一致" in told
    assert clerk.get(reverse("audit_object", args=["ballot", row.pk])).status_code == 200


def test_voting_nothing_is_asked_for_again_and_may_be_meant(world: World) -> None:
    row, codes = opened(world)
    voter = Client()
    sent = {"code": codes[0], "cast": "1"}
    again = voter.post(reverse("vote"), sent)
    assert again.status_code == 422
    assert "请勾选“弃权”" in text_of(again)
    assert voter.post(reverse("vote"), {**sent, "abstain": "1"}).status_code == 302
    assert voter.get(reverse("vote_done")).status_code == 200
    used = voter.post(reverse("vote"), sent)
    assert used.status_code == 404
    assert "无效或已经使用" in text_of(used)
    assert voter.post(reverse("vote"), {}).status_code == 422
    strange = voter.post(reverse("vote"), {"code": codes[1], "cast": "1", "a0": "77"})
    assert strange.status_code == 422
    assert row.state == "open"


def test_guessing_is_slowed_down_in_memory(world: World, settings: Settings) -> None:
    settings.VOTES_PER_MINUTE = 3
    voter = Client(REMOTE_ADDR="192.0.2.77")
    answers = [voter.post(reverse("vote"), {"code": "AAAA"}).status_code for _ in range(5)]
    assert answers == [404, 404, 404, 429, 429]


def test_tellers_enter_apart_and_see_where_they_differ(world: World, signed_in: SignedIn) -> None:
    row = on_paper(world)
    url, page = (reverse(name, args=[row.pk]) for name in ("ballot_tally", "ballot"))
    good = {"returned": "10", "void": "1", "abstained": "0"} | {
        f"n{a}_{o}": str(n) for a in (0, 1) for o, n in enumerate((6, 3, 0, 0))
    }
    assert signed_in("bangong").get(url).status_code == 403
    head = signed_in("zhuren")
    assert head.get(url).status_code == 200
    wrong = head.post(url, {**good, "n0_0": "9"})
    assert wrong.status_code == 422
    assert "多于有效票" in text_of(wrong)
    assert head.post(url, good)["Location"] == page
    other = signed_in("jiwei")
    assert 'value="6"' not in text_of(other.get(url))  # never the other's figures
    other.post(url, {**good, "n0_0": "5"})
    assert "两名计票人录入不一致：落实主体责任“满意”。" in text_of(other.get(page))
    other.post(url, good)
    assert "不一致" not in text_of(other.get(page))
    clerk = signed_in("bangong")
    clerk.post(reverse("ballot_step", args=[row.pk]), {"step": "close"})
    assert "<dt>无效</dt><dd>1</dd>" in text_of(clerk.get(page))


def test_the_paper_has_boxes_and_no_code(world: World, signed_in: SignedIn) -> None:
    tellers = (world.users["zhuren"].pk, world.users["jiwei"].pk)
    row = prepared(world, way="paper", teller_ids=tellers)
    answer = signed_in("bangong").post(reverse("ballot_slips", args=[row.pk]), {"count": "7"})
    with pdfplumber.open(io.BytesIO(b"".join(answer.streaming_content))) as pdf:
        paper = "".join(p.extract_text() for p in pdf.pages)
    assert paper.count("干部职工") == 7
    assert "投票码" not in paper
    assert not BallotCode.objects.exists()


def test_a_small_group_and_a_void_vote_show_nothing(world: World, signed_in: SignedIn) -> None:
    row = closed(world, [(2, 2)] * 4)
    text = text_of(signed_in("bangong").get(reverse("ballot", args=[row.pk])))
    assert "不显示结果" in text
    assert "<dt>有效</dt>" not in text
    assert "30.00" not in text


def test_who_sees_a_ballot_when(world: World, signed_in: SignedIn) -> None:
    row, codes = opened(world, 5)
    url = reverse("ballot", args=[row.pk])
    seen = {
        who: signed_in(who).get(url).status_code
        for who in ("bangong", "jiwei", "xianzhang", "caizheng", "liuhe", "fuxianzhang")
    }
    assert seen == {
        "bangong": 200, "jiwei": 200, "xianzhang": 200,
        "caizheng": 404, "liuhe": 404, "fuxianzhang": 404,
    }  # fmt: skip
    for code in codes:
        ballot_voting.cast(code=code, answers=(0, 0))
    ballot_counting.close(by=actor(world, "bangong"), ballot=row, on=TODAY)
    assert signed_in("caizheng").get(url).status_code == 200
    assert signed_in("liuhe").get(url).status_code == 404


def test_the_pages_ask_as_often_whatever_there_is(world: World, signed_in: SignedIn) -> None:
    first = closed(world, [(0, 1)] * 6)
    client = signed_in("bangong")
    urls = [reverse("ballots", args=[TODAY.year]), reverse("ballot", args=[first.pk])]

    def count() -> list[int]:
        found = []
        for url in urls:
            client.get(url)
            with CaptureQueriesContext(connection) as asked:
                assert client.get(url).status_code == 200
            found.append(len(asked))
        return found

    few = count()
    for _ in range(3):
        closed(world, [(0, 1)] * 9)
    opened(world, 9)
    assert count() == few


def test_an_account_of_duty_has_its_ballot_and_the_result_in_its_record(
    world: World, signed_in: SignedIn, door: Act
) -> None:
    rule = DutyRule(
        county=world.county, year=TODAY.year, code="account", kind="account", title="述责述廉",
        text="述责述廉并接受评议", basis_paper="意见", basis_clause="四", per_year=1, due_month=12,
        due_day=31, subject="post", layers=["dual_duty"],
    )  # fmt: skip
    rule.save()
    duty = Duty(
        county=world.county, rule=rule, year=TODAY.year, kind="account", period=str(TODAY.year),
        period_start=date(TODAY.year, 1, 1), period_end=date(TODAY.year, 12, 31),
        due_on=date(TODAY.year, 12, 31), post=world.posts["周建平"],
        record={"place": "礼堂", "report": "已报告"}, held_on=date(TODAY.year, 1, 5),
        recorded_at=timezone.now(), recorded_by=world.users["bangong"],
    )  # fmt: skip
    duty.save()
    clerk, page = signed_in("bangong"), reverse("duty", args=[duty.pk])
    url = reverse("ballot_new", args=[TODAY.year]) + f"?duty={duty.pk}"
    assert url in text_of(clerk.get(page))
    form = text_of(clerk.get(url))
    assert "执行民主集中制" in form
    assert f'name="duty" value="{duty.pk}"' in form
    row = closed(world, [(0, 0)] * 5, duty_id=duty.pk, subject="")
    assert (row.post_id, row.duty_id) == (duty.post_id, duty.pk)
    told = text_of(clerk.get(page))
    assert "民主测评（干部职工）" in told
    assert "得分 100.00" in told
    assert url not in told
    owner = signed_in("fuxianzhang")
    assert "得分 100.00" in text_of(owner.get(page))

"""发文: written, endorsed as it stands, numbered; a later change asks for the signatures anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.models import Job
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.services import files, jobs
from accountability.services.signing_in import CONFIRMED
from reports.documents.content import Heading, Paragraph
from reports.models import Dispatch, Endorsement, SignedFile
from reports.selectors.endorsements import waiting
from reports.selectors.waiting_endorsements import waiting_endorsements
from reports.services import (
    dispatch_files,
    dispatches,
    endorsement_sheet,
    endorsements,
    publication_files,
    wordings,
)
from reports.services.dispatch_text import blocks_of
from tests.reports.publications.conftest import PIN, Act
from tests.world import World

TODAY = timezone.localdate()
ORDER = (
    ("bangong", "张敏"), ("zhuren", "韩书琴"), ("fuxianzhang", "周建平"), ("xianzhang", "陈志远"),
)  # fmt: skip
TEXT = {
    "mark": "试县人民政府办公室", "title": "关于商请支持检查工作的函", "addressee": "县财政局",
    "body": "一、事项\n请派员参加。", "attachments": "名单", "copies_to": "",
    "signature": "试县人民政府办公室",
}  # fmt: skip


@pytest.mark.nodb
def test_the_four_levels_are_read_from_their_numbers() -> None:
    body = (
        "开头。\n一、总体要求\n（一）压实责任。各单位负责。\n1.明确分工。逐项落实。\n"
        "（1）写明时限。\n（二）改进作风\n2．这一句很长，" + "长" * 40 + "，不是标题。"
    )
    assert blocks_of(body) == (
        Paragraph("开头。"),
        Heading(1, "一、总体要求"),
        Heading(2, "（一）压实责任。", "各单位负责。"),
        Heading(3, "1.明确分工。", "逐项落实。"),
        Paragraph("（1）写明时限。"),
        Heading(2, "（二）改进作风"),
        Paragraph("2．这一句很长，" + "长" * 40 + "，不是标题。"),
    )


@pytest.fixture
def letter(world: World, act: Act) -> Dispatch:
    return dispatches.write(by=act("bangong"), form="letter", values=TEXT, on=TODAY)


def sent(world: World, act: Act, row: Dispatch) -> Endorsement:
    seats = [world.posts[name].pk for _, name in ORDER]
    return endorsements.ask(by=act("bangong"), dispatch=row, kind="dispatch", post_ids=seats)


def signed(act: Act, row: Endorsement, name: str, pin: str = "") -> Endorsement:
    return endorsements.sign(
        by=act(name), endorsement_id=row.pk, opinion=f"{name}同意", digest=row.digest, pin=pin
    )


@pytest.mark.django_db
def test_endorsed_numbered_and_made_into_files(
    world: World, act: Act, letter: Dispatch, portal_keys: Path
) -> None:
    row = sent(world, act, letter)
    with pytest.raises(WrongState, match="签字背书"):
        dispatches.issue(by=act("bangong"), dispatch=letter, on=TODAY)
    for name, _ in ORDER:
        row = signed(act, row, name)
    assert row.state == "done"
    done = dispatches.issue(by=act("bangong"), dispatch=letter, on=TODAY)
    assert done.number is not None
    assert done.number.text == f"试政函〔{TODAY.year}〕1号"
    for call in (
        lambda: dispatches.revise(by=act("bangong"), dispatch=done, values=TEXT, version=1),
        lambda: dispatches.void(by=act("bangong"), dispatch=done, reason="作废"),
        lambda: dispatches.issue(by=act("bangong"), dispatch=done, on=TODAY),
        lambda: sent(world, act, done),
    ):
        with pytest.raises(WrongState):
            call()
    for kind, begins in (("pdf", b"%PDF-"), ("docx", b"PK")):
        asked = dispatch_files.ask(by=act("xianzhang"), dispatch=done, kind=kind)
        job = jobs.run(asked.pk)
        assert job is not None
        assert job.result_file is not None, job.error
        assert files.read(job.result_file).startswith(begins)


@pytest.mark.django_db
def test_a_change_after_signing_asks_for_all_signatures_anew(
    world: World, act: Act, letter: Dispatch, portal_keys: Path
) -> None:
    row = signed(act, sent(world, act, letter), "bangong")
    dispatches.revise(
        by=act("bangong"), dispatch=letter, values=TEXT | {"title": "改过的函"}, version=1
    )
    with pytest.raises(WrongState, match="改动"):
        signed(act, row, "zhuren")
    with pytest.raises(Conflict):
        dispatches.revise(by=act("bangong"), dispatch=letter, values=TEXT, version=1)
    again = sent(world, act, letter)
    row.refresh_from_db()
    assert (row.state, again.round) == ("void", 2)
    assert SignedFile.objects.get(kind="endorsement", object_id=row.pk).state == "void"


@pytest.mark.django_db
def test_refusals_of_writing(world: World, act: Act, letter: Dispatch) -> None:
    for wrong in ("title", "body", "mark", "signature", "addressee"):
        with pytest.raises(Invalid, match="请填写"):
            dispatches.write(by=act("bangong"), form="letter", values=TEXT | {wrong: " "}, on=TODAY)
    with pytest.raises(Invalid):
        dispatches.write(by=act("bangong"), form="order", values=TEXT, on=TODAY)
    with pytest.raises(NotAllowed):
        dispatches.write(by=act("caizhengju"), form="letter", values=TEXT, on=TODAY)
    with pytest.raises(Invalid):
        dispatches.void(by=act("bangong"), dispatch=letter, reason="")
    assert not Dispatch.objects.visible_to(world.users["caizhengju"]).exists()


@pytest.mark.django_db
def test_the_key_signs_where_there_is_one_and_the_seal_attests_the_rest(
    world: World, act: Act, letter: Dispatch, enrolled: Callable[[str], None]
) -> None:
    enrolled("zhuren")
    row = signed(act, sent(world, act, letter), "bangong")
    with pytest.raises(Invalid, match="签名口令"):
        signed(act, row, "zhuren")
    with pytest.raises(Invalid):
        signed(act, row, "zhuren", "Wrong-pin-1")
    assert not row.steps.filter(layer=2, signed_at__isnull=False).exists()
    row = signed(act, row, "zhuren", PIN)
    by_key = [bool(step.certificate) for step in row.steps.order_by("layer")]
    assert by_key == [False, True, False, False]
    noted = SignedFile.objects.get(kind="endorsement", object_id=row.pk, state="valid")
    assert [s["field"] for s in noted.signers] == ["承办人", "部门负责人"]
    assert noted.signers[1]["certificate"] == row.steps.get(layer=2).certificate
    assert list(noted.fields) == list(endorsement_sheet.FIELDS)


@pytest.mark.django_db
def test_the_page_that_asks_for_the_factor_keeps_the_opinion_and_no_pin(
    world: World, act: Act, letter: Dispatch, signed_in: Callable[[str], Client]
) -> None:
    row = sent(world, act, letter)
    client = signed_in("bangong")
    session = client.session
    session[CONFIRMED] = (timezone.now() - timedelta(hours=1)).isoformat()
    session.save()
    typed = {"opinion": "材料属实", "digest": row.digest, "pin": "Secret-pin-4827"}
    answer = client.post(reverse("endorsement_sign", args=[row.pk]), typed)
    assert answer.status_code == 403
    assert "材料属实" in answer.content.decode()
    assert "Secret-pin-4827" not in answer.content.decode()


@pytest.mark.django_db
def test_the_leaders_desk_says_whose_turn_it_is(
    world: World, act: Act, letter: Dispatch, portal_keys: Path,
    signed_in: Callable[[str], Client],
) -> None:  # fmt: skip
    row = sent(world, act, letter)
    deputy = world.users["fuxianzhang"]
    assert waiting(deputy, on=TODAY) == []
    for name in ("bangong", "zhuren"):
        row = signed(act, row, name)
    assert [r.pk for r in waiting(deputy, on=TODAY)] == [row.pk]
    banner = waiting_endorsements(deputy, TODAY)
    assert banner is not None
    assert letter.title in banner.detail
    client = signed_in("fuxianzhang")
    assert "签字背书待本人签署意见" in client.get(reverse("home")).content.decode()
    page = client.get(reverse("endorsement", args=[row.pk])).content.decode()
    assert "系统印记存证" in page
    url = reverse("endorsement_sheet", args=[row.pk])
    sheet = client.get(url)
    assert b"".join(sheet.streaming_content).startswith(b"%PDF-")
    assert client.post(url).status_code == 409  # the signed one is there


@pytest.mark.django_db
def test_the_empty_sheet_is_made_by_a_job_for_whoever_reads_the_text(
    world: World, act: Act, letter: Dispatch, signed_in: Callable[[str], Client]
) -> None:
    row = sent(world, act, letter)
    url = reverse("endorsement_sheet", args=[row.pk])
    client = signed_in("zhuren")
    assert client.get(url).headers["Location"] == reverse("endorsement", args=[row.pk])
    assert client.post(url).status_code == client.post(url).status_code == 302
    job = jobs.run(Job.objects.get(kind="endorsement_pdf").pk)
    assert job is not None
    assert job.result_file is not None, job.error
    assert files.read(job.result_file).startswith(b"%PDF-")
    assert client.get(reverse("job_file", args=[job.pk])).status_code == 200
    assert signed_in("liuhe").post(url).status_code == 404
    # What was asked for before a change is not made of the changed text.
    late = publication_files.ask(by=act("bangong"), kind="endorsement_pdf", row=row)
    wordings.reword(
        by=act("bangong"), county=world.county, paper="endorsement", part="opening",
        text="改过的引语。", seen_version=0,
    )  # fmt: skip
    failed = jobs.run(late.pk)
    assert failed is not None
    assert (failed.state, failed.error) == ("failed", publication_files.CHANGED)


@pytest.mark.django_db
def test_pages_write_preview_and_export(
    world: World, letter: Dispatch, signed_in: Callable[[str], Client]
) -> None:
    client = signed_in("bangong")
    new = reverse("dispatch_new", args=["brief"])
    assert "党风廉政建设工作简报" in client.get(new).content.decode()
    typed = TEXT | {"title": "预览标题", "preview": "1"}
    assert "预览（未保存）" in client.post(new, typed).content.decode()
    assert Dispatch.objects.count() == 1
    assert client.post(new, TEXT | {"title": ""}).status_code == 422
    assert client.post(new, TEXT).status_code == 302
    edit = reverse("dispatch_edit", args=[letter.pk])
    assert client.post(edit, TEXT | {"title": "新", "version": 1}).status_code == 302
    assert client.post(edit, TEXT | {"title": "旧", "version": 1}).status_code == 409
    url = reverse("dispatch_export", args=[letter.pk, "pdf"])
    assert client.post(url).status_code == 302
    assert Job.objects.get().kind == "dispatch_pdf"
    assert client.post(reverse("dispatch_issue", args=[letter.pk])).status_code == 409

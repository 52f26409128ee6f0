"""The import page: who may, what it answers, what it keeps; without a script."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accountability.door import Actor, acting
from accountability.models import AuditEvent, StoredFile
from tasks.models import ImportDraft, Paper, TaskItem
from tests.tasks.opinions import FILLED, OPINION, opinion
from tests.world import World, build

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
OFFICE = ("bangong", "zhuren")
OTHERS = (
    "caizheng",
    "caizhengju",
    "liuhe",
    "xianzhang",
    "fuxianzhang",
    "jiwei",
    "xitong",
    "anquan",
    "shenji",
)


def upload(client: Client, data: bytes | str = OPINION, name: str = "意见.txt") -> Any:
    raw = data.encode() if isinstance(data, str) else data
    return client.post(reverse("import", args=[2026]), {"file": SimpleUploadedFile(name, raw)})


def urls(draft: ImportDraft) -> dict[str, str]:
    names = ("import_draft", "import_correct", "import_confirm", "import_done", "import_discard")
    found = {name: reverse(name, args=[2026, draft.pk]) for name in names}
    found["import_source"] = reverse("import_source", args=[2026, draft.pk])
    return found


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_office_writes_and_nobody_else(signed_in: SignedIn, world: World) -> None:
    upload(signed_in("bangong"))
    draft = ImportDraft.objects.get()
    for name in OTHERS:
        client = signed_in(name)
        assert client.get(reverse("import", args=[2026])).status_code == 403
        assert upload(client).status_code == 403
        for route, url in urls(draft).items():
            method = client.get if route in READS else client.post
            assert method(url).status_code == 403, (name, route)
    # In scope of the right, but another's desk: it is not there.
    client = signed_in("zhuren")
    assert client.get(reverse("import", args=[2026])).status_code == 200
    for route, url in urls(draft).items():
        method = client.get if route in READS else client.post
        assert method(url, {"version": 1}).status_code == 404, route
    assert ImportDraft.objects.get().version == 1
    client.logout()
    assert client.get(urls(draft)["import_draft"]).status_code == 302
    assert not Paper.objects.exists()


READS = ("import_draft", "import_done", "import_source")


def test_another_county_sees_neither_draft_nor_paper(client: Client, world: World) -> None:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        other = build(name="邻县", code="990012", suffix="2")
    client.force_login(world.users["bangong"])
    upload(client)
    draft = ImportDraft.objects.get()
    client.post(urls(draft)["import_confirm"], {"version": 1})
    paper = Paper.objects.get()
    assert client.get(reverse("paper_source", args=[paper.pk])).status_code == 200
    client.force_login(other.users["bangong"])
    assert client.get(urls(draft)["import_draft"]).status_code == 404
    assert client.get(reverse("paper_source", args=[paper.pk])).status_code == 404
    upload(client)
    mine = ImportDraft.objects.latest("id")
    answer = client.post(urls(mine)["import_confirm"], {"version": 1, "replace": paper.pk})
    assert answer.status_code == 404
    assert Paper.objects.count() == 1


def test_who_may_download_a_papers_source(signed_in: SignedIn, world: World) -> None:
    upload(signed_in("bangong"))
    draft = ImportDraft.objects.get()
    signed_in("bangong").post(urls(draft)["import_confirm"], {"version": 1})
    url = reverse("paper_source", args=[Paper.objects.get().pk])
    seen = {name: signed_in(name).get(url).status_code for name in (*OFFICE, *OTHERS)}
    assert [n for n, status in seen.items() if status == 200] == ["bangong", "zhuren"]  # a draft
    assert {seen[n] for n in ("caizheng", "liuhe", "xianzhang", "jiwei")} == {404}
    assert {seen[n] for n in ("xitong", "anquan", "shenji")} == {403}
    answer = signed_in("bangong").get(url)
    assert b"".join(answer.streaming_content) == OPINION.encode()  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment;")


def test_a_pasted_text_is_read_like_a_file(signed_in: SignedIn) -> None:
    client = signed_in("bangong")
    answer = client.post(reverse("import", args=[2026]), {"text": OPINION}, follow=True)
    assert "5 项任务" in text(answer)
    assert "19 个槽位" in text(answer)
    assert "责任人员 原文无此项" in text(answer)
    # Windows line ends of a form are no change of the paper.
    assert ImportDraft.objects.get().name == "粘贴正文.txt"


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("意见.wps", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "另存为"),
        ("意见.docx", b"MZ\x90" + bytes(300), "另存"),
        ("意见.docx", b"PK\x03\x04" + bytes(60), "。"),
        ("意见.txt", b"", "空"),
        ("意见.exe", b"MZ", "不支持"),
        ("意见.txt", b"\xff\xfe\x00" + bytes(99), "。"),
    ],
)
def test_a_refused_file_is_named_on_the_page_and_leaves_nothing(
    signed_in: SignedIn, name: str, data: bytes, word: str
) -> None:
    answer = upload(signed_in("bangong"), data, name)
    assert answer.status_code == 422
    page = text(answer)
    assert "未能导入" in page
    alert = re.search(r'role="alert".*?<p>(.*?)</p>', page, re.S)
    assert alert
    assert word in alert[1]
    assert "Traceback" not in page
    assert not ImportDraft.objects.exists()
    assert not StoredFile.objects.exists()


def test_nothing_chosen_is_said(signed_in: SignedIn) -> None:
    answer = signed_in("bangong").post(reverse("import", args=[2026]), {"text": " "})
    assert answer.status_code == 422
    assert "请选择文件，或粘贴正文。" in text(answer)
    assert upload(signed_in("bangong")).status_code == 302
    assert (
        signed_in("bangong").post(reverse("import", args=[1026]), {"text": "一、"}).status_code
        == 422
    )


def test_every_correction_works_as_a_plain_form(signed_in: SignedIn) -> None:
    client = signed_in("bangong")
    upload(client, FILLED)
    draft = ImportDraft.objects.get()
    url = urls(draft)["import_correct"]
    page = text(client.get(urls(draft)["import_draft"], {"node": "i0"}))
    cut = re.search(r'<option value="(\d+:\d+)">', page)
    assert cut
    steps: list[dict[str, Any]] = [
        {"do": "split", "node": "i0", "cut": cut[1]},
        {"do": "merge", "node": "i1"},
        {"do": "section", "node": "i1"},
        {"do": "item", "node": "s1"},
        {"do": "up", "node": "i0"},
        {"do": "down", "node": "i0"},
        {"do": "edit", "node": "i0", "number": "一1", "heading": "管好钱", "due": "2026-09-30"},
        {"do": "add", "node": "i0", "kind": "responsible_unit", "label": "协办单位"},
        {"do": "drop", "node": "i0", "position": "4"},
        {"add": "i1|lead_unit", "node": "i1"},
        {"do": "title", "title": "新的标题"},
        {"do": "hints", "hint": ["0"]},
        {"do": "demands", "demand": []},
        {"do": "choose", "m0-code": "unit|某公司", "m0-use": "pick", "m0-pick": "县审计局"},
        {"do": "choose", "m0-code": "responsible_person|何文", "m0-use": "leave"},
        {
            "do": "choose",
            "m0-code": "unit|县林草局",
            "m0-use": "unit",
            "m0-name": "县林草局",
            "m0-kind": "gov_department",
        },
    ]
    for version, step in enumerate(steps, start=1):
        answer = client.post(url, {"version": version, **step})
        assert answer.status_code == 302, (step, text(answer))
        assert ImportDraft.objects.get().version == version + 1
        assert client.get(answer["Location"]).status_code == 200
    page = text(client.get(urls(draft)["import_draft"]))
    assert "管好钱" in page
    assert "还原识别结果" in page
    answer = client.post(urls(draft)["import_confirm"], {"version": len(steps) + 1}, follow=True)
    assert "已导入 2 项任务" in text(answer)
    item = TaskItem.objects.get(number="一1")
    assert (item.heading, str(item.due_on)) == ("管好钱", "2026-09-30")
    holders = [str(a.holder) for a in item.assignments.filter(slot__kind="responsible_unit")]
    assert holders == ["县住房和城乡建设局", "各乡镇", "县林草局", "县审计局"]
    assert Paper.objects.get().title == "新的标题"


@pytest.mark.parametrize(
    "step",
    [
        {},
        {"do": "nonsense"},
        {"do": "merge", "node": "i0"},
        {"do": "merge", "node": "i99"},
        {"do": "split", "node": "i0", "cut": ""},
        {"do": "split", "node": "i0", "cut": "9999:0"},
        {"do": "split", "node": "s0", "cut": "1:1"},
        {"do": "edit", "node": "i0", "number": "", "heading": "x"},
        {"do": "edit", "node": "i0", "number": "1", "heading": "x", "due": "明天"},
        {"do": "add", "node": "i0", "kind": "nonsense"},
        {"do": "add", "node": "i0", "kind": "lead_unit"},
        {"do": "drop", "node": "i0", "position": "77"},
        {"do": "drop", "node": "i0", "position": "x"},
        {"do": "item", "node": "p9999"},
        {"do": "item", "node": "p-1"},
        {"do": "fill"},
        {"do": "title", "title": ""},
        {"do": "choose", "m0-code": "unit|某公司", "m0-use": "pick", "m0-pick": "没有的局"},
        {"do": "choose", "m0-code": "unit|某公司", "m0-use": "u999999"},
    ],
)
def test_a_correction_that_makes_no_sense_changes_nothing(
    signed_in: SignedIn, step: dict[str, str]
) -> None:
    client = signed_in("bangong")
    upload(client, FILLED)
    draft = ImportDraft.objects.get()
    before = draft.findings
    answer = client.post(urls(draft)["import_correct"], {"version": 1, **step})
    assert answer.status_code == 422
    after = ImportDraft.objects.get()
    assert (after.version, after.findings) == (1, before)
    assert client.post(urls(draft)["import_correct"], {"do": "fill"}).status_code == 422


def test_an_old_window_gets_409_and_loses_nothing(signed_in: SignedIn) -> None:
    client = signed_in("bangong")
    upload(client)
    draft = ImportDraft.objects.get()
    body = {"version": 1, "do": "merge", "node": "i1"}
    client.post(urls(draft)["import_correct"], body)
    answer = client.post(
        urls(draft)["import_correct"], body, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 409
    assert answer.json()["details"] == {"submitted": 1, "current": 2}
    assert client.post(urls(draft)["import_confirm"], {"version": 1}).status_code == 409
    assert not Paper.objects.exists()


def test_confirming_twice_and_coming_back_afterwards(signed_in: SignedIn) -> None:
    client = signed_in("bangong")
    upload(client)
    draft = ImportDraft.objects.get()
    for _ in range(2):
        answer = client.post(urls(draft)["import_confirm"], {"version": 1})
        assert answer["Location"] == urls(draft)["import_done"]
    assert Paper.objects.count() == 1
    assert AuditEvent.objects.filter(action="paper.import").count() == 1
    assert client.get(urls(draft)["import_draft"])["Location"] == urls(draft)["import_done"]
    source = client.get(urls(draft)["import_source"])
    assert b"".join(source.streaming_content) == OPINION.encode()  # type: ignore[attr-defined]
    late = client.post(urls(draft)["import_correct"], {"version": 1, "do": "fill"})
    assert late.status_code == 409


def test_the_same_paper_again_is_compared_and_replaced(signed_in: SignedIn) -> None:
    client = signed_in("bangong")
    upload(client)
    client.post(urls(ImportDraft.objects.get())["import_confirm"], {"version": 1})
    paper = Paper.objects.get()
    upload(client, opinion(drop_first=True, more=2), "再次.txt")
    draft = ImportDraft.objects.latest("id")
    page = text(client.get(urls(draft)["import_draft"]))
    assert "替换现有草稿" in page
    assert "新增 2 删除 1 修改 0" in page
    answer = client.post(
        urls(draft)["import_confirm"], {"version": 1, "replace": paper.pk}, follow=True
    )
    assert "已导入 6 项任务" in text(answer)
    assert Paper.objects.count() == 1
    # Papers of different years have nothing to do with each other.
    client.post(
        reverse("import", args=[2027]), {"file": SimpleUploadedFile("下年.txt", OPINION.encode())}
    )
    other = ImportDraft.objects.latest("id")
    page = text(client.get(reverse("import_draft", args=[2027, other.pk])))
    assert "替换现有草稿" not in page
    assert "上年同文 4 项相似" in page


def test_a_draft_is_thrown_away_with_its_file(signed_in: SignedIn) -> None:
    client = signed_in("bangong")
    upload(client)
    answer = client.post(urls(ImportDraft.objects.get())["import_discard"], follow=True)
    assert "已放弃导入" in text(answer)
    assert not ImportDraft.objects.exists()


def test_htmx_gets_the_panel_or_the_desk_alone(signed_in: SignedIn) -> None:
    client = signed_in("bangong")
    upload(client)
    draft = ImportDraft.objects.get()
    panel = text(
        client.get(
            urls(draft)["import_draft"],
            {"node": "i1"},
            headers={"HX-Request": "true", "HX-Target": "panel"},
        )
    )
    assert panel.startswith('<div id="panel"')
    desk = client.post(
        urls(draft)["import_correct"],
        {"version": 1, "do": "merge", "node": "i1"},
        headers={"HX-Request": "true", "HX-Target": "desk"},
    )
    assert text(desk).startswith('<div id="desk"')
    assert "4 项任务" in text(desk)


def test_pages_take_a_constant_number_of_queries(signed_in: SignedIn) -> None:
    client = signed_in("bangong")

    def queries(items: int) -> int:
        upload(client, opinion(more=items), f"{items}.txt")
        draft = ImportDraft.objects.latest("id")
        with CaptureQueriesContext(connection) as seen:
            assert client.get(urls(draft)["import_draft"]).status_code == 200
        return len(seen)

    assert queries(3) == queries(60)


def test_no_page_has_inline_code(signed_in: SignedIn) -> None:
    client = signed_in("bangong")
    upload(client, FILLED)
    draft = ImportDraft.objects.get()
    for url in (reverse("import", args=[2026]), urls(draft)["import_draft"]):
        page = text(client.get(url))
        assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", page)
        assert page.count("<h1") == 1


def test_what_a_paper_says_is_never_run(signed_in: SignedIn) -> None:
    client = signed_in("bangong")
    evil = OPINION.replace("严控开支", '<script>alert(1)</script>"><img src=x onerror=1>')
    upload(client, evil, '"><script>.txt')
    page = text(client.get(urls(ImportDraft.objects.get())["import_draft"]))
    assert "<script>alert" not in page
    assert "<img" not in page

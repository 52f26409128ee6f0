"""The pages of letters: what is shown to whom, and what a form does."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accountability.door import Actor, acting
from accountability.models import Job, RoleGrant, Tenure
from accountability.services import files, jobs, second_factor
from accountability.services.signing_in import CONFIRMED
from reports.models import Letter, LetterState, Wording
from reports.services import letter_exports, letter_files
from tasks.models import ItemSlot
from tests.reports.letters.conftest import OFFICE, YEAR
from tests.reports.letters.keyring import PIN, TestKeyring
from tests.task_factory import MadePaper
from tests.world import World

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]


def text(response: Any) -> str:
    return str(response.content.decode())


def page(client: Client, **query: Any) -> Any:
    return client.get(reverse("letters", args=[YEAR]), query)


def test_the_tabs_and_the_bar_agree(
    sent: dict[str, Letter], effective: Letter, signed_in: SignedIn
) -> None:
    context = page(signed_in(OFFICE)).context
    counts = {tab["key"]: tab["count"] for tab in context["tabs"]}
    assert counts[""] == len(sent) == context["signed"] + counts["wait"] + counts["back"]
    assert context["signed"] == 1
    assert sum(c.total for c in context["coverage"]) == len(sent)


def test_the_queries_do_not_grow(
    sent: dict[str, Letter], signed_in: SignedIn, world: World
) -> None:
    client = signed_in("caizhengju")
    one = page(client)
    assert one.status_code == 200
    with CaptureQueriesContext(
        connection,
    ) as few:
        page(client)
    client = signed_in("xianzhang")
    with CaptureQueriesContext(connection) as many:
        page(client)
    assert abs(len(few) - len(many)) <= 3


def test_only_whose_turn_it_is_sees_the_button(
    sent: dict[str, Letter], signed_in: SignedIn
) -> None:
    letter = sent["黄志强"]
    assert 'id="signbtn"' in text(page(signed_in("fuxianzhang"), id=letter.pk))
    assert 'id="signbtn"' not in text(page(signed_in("caizhengju"), id=letter.pk))
    assert 'id="signbtn"' not in text(page(signed_in(OFFICE), id=letter.pk))
    assert page(signed_in("liuhe"), id=letter.pk).status_code == 404


def test_signing_asks_for_identity_and_never_repeats_the_pin(
    sent: dict[str, Letter], signed_in: SignedIn, keyring: TestKeyring
) -> None:
    letter = sent["黄志强"]
    client = signed_in("fuxianzhang")
    session = client.session
    session.pop(CONFIRMED)
    session.save()
    page_url = reverse("letters_sign", args=[YEAR])
    assert client.get(page_url).status_code == 302
    url = reverse("letter_sign", args=[letter.pk])
    answer = client.post(url, {"pin": PIN, "digest": letter.digest})
    assert answer.status_code == 302
    assert PIN not in answer["Location"]
    letter.refresh_from_db()
    assert letter.state == LetterState.WAIT_A
    as_json = client.post(
        url, {"pin": PIN, "digest": letter.digest}, headers={"Accept": "application/json"}
    )
    assert as_json.status_code == 403
    assert as_json.json()["code"] == "confirm_again"


def test_a_password_alone_signs_nothing_outside_a_demo(
    sent: dict[str, Letter],
    signed_in: SignedIn,
    keyring: TestKeyring,
    world: World,
    settings: Settings,
) -> None:
    letter, user = sent["黄志强"], world.users["fuxianzhang"]
    client = signed_in("fuxianzhang")
    settings.DEMO = False
    url = reverse("letter_sign", args=[letter.pk])
    for answer in (
        client.get(reverse("letters_sign", args=[YEAR])),
        client.get(reverse("own_signature_enrol")),
        client.post(url, {"pin": PIN, "digest": letter.digest}),
        client.post(reverse("endorsement_sign", args=[1]), {}),
    ):
        assert answer.status_code == 409
        assert "请先到个人设置登记动态码" in text(answer)
    letter.refresh_from_db()
    assert letter.state == LetterState.WAIT_A
    settings.DEMO = True
    second_factor.enrol_for_demo(by=Actor.system("demo"), user=user)
    settings.DEMO = False
    client = signed_in("fuxianzhang")
    done = client.post(
        url, {"pin": PIN, "digest": letter.digest}, headers={"Accept": "application/json"}
    )
    assert done.json()["state"] == "待乙方签"


def test_signing_through_the_page(
    sent: dict[str, Letter], signed_in: SignedIn, keyring: TestKeyring
) -> None:
    letter = sent["黄志强"]
    client = signed_in("fuxianzhang")
    url = reverse("letter_sign", args=[letter.pk])
    shown = text(client.get(reverse("letters_sign", args=[YEAR])))
    assert letter.digest in shown
    wrong = client.post(url, {"pin": "not-the-pin-9", "digest": letter.digest})
    assert wrong.status_code == 422
    assert "not-the-pin-9" not in text(wrong)
    stale = client.post(
        url, {"pin": PIN, "digest": "0" * 64}, headers={"Accept": "application/json"}
    )
    assert stale.status_code == 409
    assert stale.json()["error"] == "责任书已更新，请重新阅读。"
    done = client.post(
        url, {"pin": PIN, "digest": letter.digest}, headers={"Accept": "application/json"}
    )
    assert done.json()["state"] == "待乙方签"


def test_a_concerned_letter_is_shown_before_the_change_is_saved(
    effective: Letter, paper: MadePaper, signed_in: SignedIn, world: World
) -> None:
    client = signed_in(OFFICE)
    item = paper.items[0]
    slot = ItemSlot.objects.get(item=item, kind="lead_unit")
    url = reverse("task_slots", args=[item.pk])
    form = client.get(url).context["form"]
    data = {
        bound.html_name: bound.value() if bound.value() is not None else "" for bound in form
    } | {f"slot_{slot.pk}": "县审计局"}
    asked = client.post(url, data)
    assert asked.status_code == 409
    assert effective.number in text(asked)
    slot.refresh_from_db()
    assert slot.version == 1
    data |= {
        "letters_seen": effective.pk,
        "void_letter": effective.pk,
        "letters_reason": "调整通知",
    }
    assert client.post(url, data).status_code == 302
    effective.refresh_from_db()
    assert effective.state == LetterState.STALE


def test_the_grid_is_told_in_json(
    effective: Letter, paper: MadePaper, signed_in: SignedIn, world: World
) -> None:
    slot = ItemSlot.objects.get(item=paper.items[0], kind="lead_unit")
    key = f"u{world.units['县审计局'].pk}"
    body = {"token": "a", "cells": {slot.pk: {"values": [key], "version": 1}}, "dues": {}}
    answer = signed_in(OFFICE).post(
        reverse("assign_slots", args=[YEAR]),
        json.dumps(body),
        content_type="application/json",
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 409
    assert "影响 1 份责任书" in answer.json()["error"]


def bytes_of(client: Client, route: str, *args: Any) -> bytes:
    return b"".join(client.get(reverse(route, args=args)).streaming_content)


def made(client: Client, route: str, *args: Any) -> tuple[Job, bytes]:
    """The job that a button asks for, done by a worker, and what its asker then downloads."""
    answer = client.post(reverse(route, args=args))
    job_id = int(answer["Location"].rstrip("/").split("/")[-1])
    job = jobs.run(job_id) or Job.objects.get(pk=job_id)
    assert job.state == "done", job.error
    return job, bytes_of(client, "job_file", job.pk)


def test_files_and_lists_leave_the_portal(effective: Letter, signed_in: SignedIn) -> None:
    client = signed_in("caizhengju")
    assert bytes_of(client, "letter_pdf", effective.pk).startswith(b"%PDF")
    assert made(client, "letter_export", effective.pk, "docx")[1][:2] == b"PK"
    assert bytes_of(client, "letters_xlsx", YEAR)[:2] == b"PK"
    assert made(client, "duty_list", YEAR)[1].startswith(b"%PDF")
    job, archive = made(client, "letters_zip", YEAR)
    assert job.parameters["letters"] == [effective.pk]
    assert effective.file is not None
    with zipfile.ZipFile(io.BytesIO(archive)) as members:
        assert [members.read(name) for name in members.namelist()] == [files.read(effective.file)]


def test_a_letter_is_rendered_by_a_worker_once(
    sent: dict[str, Letter], signed_in: SignedIn
) -> None:
    letter = sent["黄志强"]
    client = signed_in("caizhengju")
    to_page = client.get(reverse("letter_pdf", args=[letter.pk]))
    assert to_page["Location"].endswith(f"?id={letter.pk}")
    first, data = made(client, "letter_export", letter.pk, "pdf")
    again, same = made(client, "letter_export", letter.pk, "pdf")
    assert (first.pk, data) == (again.pk, same)
    other, others = made(signed_in("fuxianzhang"), "letter_export", letter.pk, "pdf")
    assert other.pk != first.pk
    assert others == data == letter_files.unsigned_pdf(letter)
    for kind in ("annex", "exe"):
        answer = client.post(reverse("letter_export", args=[letter.pk, kind]))
        assert answer.status_code in (409, 422)
    assert (
        signed_in("liuhe").post(reverse("letter_export", args=[letter.pk, "pdf"])).status_code
        == 404
    )


def test_the_leaders_desk_hands_out_his_letters(effective: Letter, signed_in: SignedIn) -> None:
    client = signed_in("fuxianzhang")
    url = reverse("letters_zip", args=[YEAR])
    desk = text(client.get(reverse("home")))
    assert f'action="{url}"' in desk
    assert "下载我的责任书" in desk
    answer = text(client.post(url, headers={"HX-Request": "true"}))
    assert f"{YEAR}年度责任书" in answer


def test_a_file_is_for_who_still_may_read_the_letter(
    sent: dict[str, Letter], signed_in: SignedIn, world: World
) -> None:
    letter = sent["黄志强"]
    client = signed_in("caizhengju")
    job, _ = made(client, "letter_export", letter.pk, "docx")
    with acting(by=Actor.system("test")) as door:
        door.unchanged()
        for grant in RoleGrant.objects.filter(user=world.users["caizhengju"]):
            grant.unit = world.units["柳河镇"]
            grant.save()
        tenure = Tenure.objects.get(post=world.posts["黄志强"], valid_to=None)
        tenure.valid_to = timezone.localdate()
        tenure.save()
    assert client.get(reverse("job_file", args=[job.pk])).status_code == 403


def test_a_text_changed_in_the_queue_is_not_rendered(
    sent: dict[str, Letter], signed_in: SignedIn
) -> None:
    letter = sent["黄志强"]
    client = signed_in("caizhengju")
    client.post(reverse("letter_export", args=[letter.pk, "pdf"]))
    with acting(by=Actor.system("test")) as door:
        door.unchanged()
        letter.digest = "1" * 64
        letter.save()
    done = jobs.run(Job.objects.get(kind="letter_pdf").pk)
    assert done is not None
    assert (done.state, done.error) == ("failed", letter_exports.CHANGED)


def test_the_leaders_desk_says_what_waits(sent: dict[str, Letter], signed_in: SignedIn) -> None:
    shown = text(signed_in("fuxianzhang").get(reverse("home")))
    assert "1 份责任书待本人签署" in shown
    assert sent["黄志强"].number in shown
    assert "责任书待本人签署" not in text(signed_in("caizhengju").get(reverse("home")))


def test_the_wording_page_previews_without_saving(
    made: dict[str, Letter], signed_in: SignedIn
) -> None:
    client = signed_in(OFFICE)
    url = reverse("wording", args=["letter", "dual"])
    shown = client.post(url, {"text": "每旬碰头一次。", "version": 0, "preview": "1"})
    assert "每旬碰头一次" in text(shown)
    assert "未保存" in text(shown)
    assert "还没有变更" in text(client.get(url))
    assert client.post(url, {"text": "每旬碰头一次。", "version": 0}).status_code == 302
    kept = text(client.get(url))
    assert "修改责任书措辞" in kept
    trail = reverse("audit_object", args=["wording", Wording.objects.get().pk])
    assert trail in kept
    assert "每旬碰头一次" in text(client.get(trail))
    assert client.post(url, {"text": "{不明}", "version": 1}).status_code == 422

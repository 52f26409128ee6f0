"""The pages of progress: rows and pages, refusals with what was typed, constant queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tasks.models import Evidence, Extension, Progress, ProgressSetting, TaskItem
from tasks.periods import Period
from tests.task_factory import make_tasks
from tests.tasks.progress.desk import pdf, png, submitted
from tests.world import World

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
HTMX = {"HX-Request": "true"}
TODAY = timezone.localdate()
NOW = Period.of(TODAY)


def url_of(world: World, item: TaskItem, unit: str = "县财政局") -> str:
    return reverse("progress_form", args=[item.pk, world.units[unit].pk, NOW.code])


def typed(**values: object) -> dict[str, object]:
    return {"text": "已压减一成", "percent": "40", "version": "0", "token": "t", **values}


def body(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined, no-any-return]


def test_a_row_is_reported_in_place_and_as_a_page(signed_in: SignedIn, world: World) -> None:
    items = make_tasks(world, 2, year=TODAY.year).items
    client = signed_in("caizheng")
    assert url_of(world, items[0]) in body(client.get(reverse("home")))
    whole = body(client.get(url_of(world, items[0])))
    assert "<html" in whole
    part = body(client.get(url_of(world, items[0]), headers=HTMX))
    assert "<html" not in part
    assert 'name="action" value="submit"' in part
    files = [SimpleUploadedFile("图.png", png()), SimpleUploadedFile("木马.exe", b"MZ")]
    wrong = client.post(url_of(world, items[0]), typed(action="submit", files=files), headers=HTMX)
    assert wrong.status_code == 422
    shown = body(wrong)
    assert "木马.exe：只收" in shown
    assert "已压减一成" in shown
    kept = Evidence.objects.get()
    assert f'name="evidence" value="{kept.pk}" checked' in shown
    assert not Progress.objects.exists()
    done = client.post(
        url_of(world, items[0]), typed(action="submit", evidence=kept.pk), headers=HTMX
    )
    assert done.status_code == 200
    assert "待审核" in body(done)
    assert 'hx-swap-oob="true"' in body(done)
    plain = client.post(url_of(world, items[1]), {"action": "zero", "version": "0"})
    assert plain["Location"] == f"{reverse('home')}?period={NOW.code}"
    assert Progress.objects.filter(is_zero=True, state="submitted").count() == 1
    assert "图.png" in body(client.get(reverse("task_detail", args=[items[0].pk])))


def test_a_conflict_shows_both_versions_and_goes_on(signed_in: SignedIn, world: World) -> None:
    item = make_tasks(world, 1, year=TODAY.year).items[0]
    signed_in("caizhengju").post(url_of(world, item), typed(action="draft", text="先写的"))
    client = signed_in("caizheng")
    answer = client.post(
        url_of(world, item),
        typed(action="draft", text="后写的", token="u", reference="局务会第 3 次"),
    )
    assert answer.status_code == 409
    shown = body(answer)
    assert "先写的" in shown
    assert "后写的" in shown
    assert f'name="evidence" value="{Evidence.objects.get().pk}" checked' in shown
    version = re.search(r'name="version" value="(\d+)"', shown)
    assert version is not None
    token = re.search(r'name="token" value="(\w+)"', shown)
    assert token is not None
    again = client.post(
        url_of(world, item),
        typed(action="draft", text="后写的", version=version[1], token=token[1]),
    )
    assert again.status_code == 302
    assert Progress.objects.get().text == "后写的"


def test_files_are_previewed_in_the_page_and_framed_by_ourselves_alone(
    signed_in: SignedIn, world: World
) -> None:
    item = make_tasks(world, 1, year=TODAY.year).items[0]
    client = signed_in("caizheng")
    given = [SimpleUploadedFile("表.pdf", pdf()), SimpleUploadedFile("图.png", png())]
    client.post(url_of(world, item), typed(action="draft", files=given))
    found = {row.name: row.pk for row in Evidence.objects.all()}
    assert set(found) == {"表.pdf", "图.png"}
    page = client.get(reverse("evidence_preview", args=[found["表.pdf"]]))
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert "<iframe" in body(page)
    framed = client.get(reverse("evidence_content", args=[found["表.pdf"]]))
    assert framed["X-Frame-Options"] == "SAMEORIGIN"
    assert framed["Content-Disposition"] == "inline"
    assert "frame-ancestors 'self'" in framed["Content-Security-Policy"]
    assert "script-src" not in framed["Content-Security-Policy"]
    picture = client.get(reverse("evidence_content", args=[found["图.png"]]))
    assert "sandbox" in picture["Content-Security-Policy"]
    taken = client.get(reverse("evidence_file", args=[found["表.pdf"]]))
    assert taken["Content-Disposition"].startswith("attachment")
    # A draft's evidence is the unit's own until it is handed in.
    assert signed_in("bangong").get(taken.request["PATH_INFO"]).status_code == 404


def test_the_office_reviews_one_after_the_other(signed_in: SignedIn, world: World) -> None:
    items = make_tasks(world, 2, year=TODAY.year).items
    rows = [submitted(world, item, period=NOW, on=TODAY) for item in items]
    client = signed_in("bangong")
    assert "2 份进展待审核" in body(client.get(reverse("home")))
    first = client.get(reverse("review_queue"))
    assert first["Location"] == reverse("progress_review", args=[rows[0].pk])
    assert 'data-key="a"' in body(client.get(first["Location"]))
    wrong = client.post(first["Location"], {"action": "return", "version": "1", "reason": ""})
    assert wrong.status_code == 422
    assert "请填写退回意见" in body(wrong)
    after = client.post(first["Location"], {"action": "approve", "version": "1"})
    assert after["Location"] == reverse("progress_review", args=[rows[1].pk])
    stale = client.post(first["Location"], {"action": "approve", "version": "1"})
    assert stale.status_code == 409
    assert "现在是“通过”" in body(stale)
    last = client.post(after["Location"], {"action": "approve", "version": "1"})
    assert last["Location"] == reverse("review_queue")
    assert "没有待审核的进展" in body(client.get(last["Location"]))
    assert signed_in("caizheng").get(reverse("review_queue")).status_code == 403


def test_more_time_and_a_light_from_the_tasks_page(signed_in: SignedIn, world: World) -> None:
    item = make_tasks(world, 1, year=TODAY.year).items[0]
    due = item.due_on
    assert due is not None
    ask = reverse("extension_ask", args=[item.pk])
    form = {
        "extension-unit": world.units["县财政局"].pk,
        "extension-due_wanted": (due + timedelta(days=9)).isoformat(),
        "extension-reason": "征求意见",
    }
    client = signed_in("caizheng")
    wrong = client.post(ask, {**form, "extension-reason": ""})
    assert wrong.status_code == 422
    assert "请填写延期理由" in body(wrong)
    assert client.post(ask, form).status_code == 302
    row = Extension.objects.get()
    office = signed_in("bangong")
    assert "1 件延期申请待审批" in body(office.get(reverse("home")))
    office.post(reverse("extension_decide", args=[row.pk]), {"action": "agree"})
    item.refresh_from_db()
    assert item.due_on == due + timedelta(days=9)
    light = reverse("task_light", args=[item.pk])
    given = {"light-light": "red", "light-reason": "实地督查", "light-version": item.version}
    assert office.post(light, {**given, "light-reason": ""}).status_code == 422
    assert office.post(light, given).status_code == 302
    page = body(office.get(reverse("task_detail", args=[item.pk])))
    assert "人工判定：实地督查" in page
    assert office.post(light, given).status_code == 409
    listed = body(office.get(reverse("task_list", args=[item.year]) + "?light=red"))
    assert item.heading in listed
    assert item.heading not in body(
        office.get(reverse("task_list", args=[item.year]) + "?light=green")
    )


def test_the_countys_days_are_chosen(signed_in: SignedIn, world: World) -> None:
    client, url = signed_in("bangong"), reverse("settings_progress")
    assert "现在报送" in body(client.get(url))
    wrong = client.post(url, {"report_days": "0", "soon_days": "5"})
    assert wrong.status_code == 422
    client.post(url, {"report_days": "10", "soon_days": "3", "head_confirms": "on"})
    row = ProgressSetting.objects.get(county=world.county)
    assert (row.report_days, row.soon_days, row.head_confirms) == (10, 3, True)


@pytest.mark.parametrize("username", ["caizheng", "bangong"])
def test_reports_do_not_make_pages_ask_more_often(
    signed_in: SignedIn, world: World, username: str
) -> None:
    items = make_tasks(world, 12, year=TODAY.year).items
    client = signed_in(username)
    urls = [reverse("home"), reverse("task_list", args=[TODAY.year])]
    if username == "bangong":
        row = submitted(world, items[0], period=NOW, on=TODAY)
        submitted(world, items[1], period=NOW, on=TODAY)
        urls.append(reverse("progress_review", args=[row.pk]))
    else:
        submitted(world, items[0], period=NOW, on=TODAY)

    def counted() -> list[int]:
        found = []
        for url in urls:
            client.get(url)
            with CaptureQueriesContext(connection) as caught:
                assert client.get(url).status_code == 200
            found.append(len(caught))
        return found

    few = counted()
    for item in items[2:]:
        submitted(world, item, period=NOW, on=TODAY)
        submitted(world, item, who="liuhe", unit="柳河镇", period=NOW, on=TODAY)
    assert counted() == few

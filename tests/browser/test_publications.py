"""承诺书, 发文 and the navigation in a browser: from the office's desk to the public page."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accountability.door import Actor
from accountability.models import Job
from accountability.services import jobs
from accountability.services.signing_in import CONFIRMED
from reports.models import Endorsement, Promise
from reports.services import endorsements
from tests.browser.conftest import SignIn
from tests.browser.pages import axe, no_sideways_scroll, shot
from tests.reports.signing.conftest import key_folder, portal_keys  # noqa: F401 - fixtures
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
YEAR = timezone.localdate().year
LAYERS = {"承办人": "张敏", "部门负责人": "韩书琴", "分管领导": "周建平", "主要领导": "陈志远"}
# Lines that the entries take, and by how much the last one is beyond its place.
ENTRIES = """() => {
  const nav = document.querySelector('.mainnav');
  const shown = Array.from(nav.querySelectorAll('a'), (a) => a.getBoundingClientRect());
  return {
    lines: new Set(shown.map((r) => Math.round(r.top))).size,
    over: shown[shown.length - 1].right - nav.getBoundingClientRect().right,
  };
}"""


def look(page: Page, name: str) -> None:
    """Fits, is sound, and is kept as a picture."""
    no_sideways_scroll(page)
    axe(page)
    shot(page, f"pub-{name}")


def test_the_navigation_fits_one_line_at_every_size(
    sign_in_page: SignIn, world: World, live_server: LiveServer
) -> None:
    for username in ("zhuren", "xianzhang"):
        page = sign_in_page(username)
        for size in ("std", "lg", "xl"):
            page.context.add_cookies([{"name": "fs", "value": size, "url": live_server.url}])
            page.goto("/dispatches/")
            expect(page.locator(f"html.fs-{size}")).to_be_visible()
            found = page.evaluate(ENTRIES)
            assert found["lines"] == 1, (username, size)
            assert found["over"] <= 0, (username, size)
            no_sideways_scroll(page)
            shot(page, f"nav-{username}-{size}")
        # Under one entry the others are a click away.
        expect(page.locator(".mainnav [aria-current]")).to_have_text("签批公开")
        page.get_by_role("link", name="权力清单", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("权力清单")
        page.locator(".mainnav").get_by_role("link", name="督查", exact=True).click()
        page.get_by_role("link", name="整改台账", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("整改台账")
        expect(page.locator(".mainnav [aria-current]")).to_have_text("督查")


def finish(page: Page, kind: str, name: str) -> None:
    """Let the worker make what was asked for, and download it from its card."""
    expect(page.locator(".jobcard")).to_be_visible()
    job = jobs.run(Job.objects.get(kind=kind).pk)
    assert job is not None
    assert job.state == "done", job.error
    with page.expect_download() as download:
        page.locator(".jobcard").get_by_role("link", name="下载").click()
    file = shot(page, f"pub-{name}").with_suffix(".pdf")
    download.value.save_as(file)
    assert file.read_bytes()[:5] == b"%PDF-"


def test_a_promise_from_its_making_to_the_public_page(
    sign_in_page: SignIn, open_page: SignIn, world: World
) -> None:
    office = sign_in_page("bangong")
    office.goto(f"/y/{YEAR}/promises/")
    look(office, "promises-none")
    office.get_by_label("种类").select_option("integrity")
    office.get_by_role("button", name="生成承诺书").click()
    expect(office.get_by_role("status").first).to_contain_text("已生成")
    look(office, "promises")

    head = sign_in_page("caizhengju")
    head.goto("/")
    head.get_by_role("link", name="阅读并办理").click()
    expect(head.get_by_role("heading", level=1)).to_have_text(f"{YEAR}年度廉政承诺书")
    head.get_by_label("承诺内容").fill("公开预算和决算。\n大额支出集体研究。")
    head.get_by_role("button", name="保存", exact=True).click()
    expect(head.get_by_role("status").first).to_contain_text("承诺内容已保存")
    look(head, "promise-own")
    head.get_by_role("button", name="送审").click()
    expect(head.get_by_role("status").first).to_contain_text("已送审")

    office.goto(head.url)
    office.get_by_role("button", name="审核通过").click()
    expect(office.get_by_role("status").first).to_contain_text("审核通过")
    office.get_by_role("button", name="生成 PDF").click()
    finish(office, "promise_pdf", "promise-made")
    look(office, "promise-approved")
    row = Promise.objects.get(person__name="黄志强")
    office.get_by_text("改为纸质签字，上传扫描件").click()
    office.get_by_label("校验码").fill(row.check_code)
    office.get_by_label("扫描件").set_input_files(
        {"name": "扫描.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 scan"}
    )
    office.get_by_role("button", name="上传并登记纸质签署").click()
    expect(office.get_by_role("status").first).to_contain_text("已登记为纸质签署")
    office.get_by_role("button", name="公开", exact=True).click()
    expect(office.get_by_role("link", name="公开页")).to_be_visible()
    look(office, "promise-public")
    office.get_by_role("link", name="返回承诺书").click()
    office.get_by_role("link", name="对外公开").click()
    expect(office.get_by_role("heading", level=1)).to_have_text("对外公开")
    look(office, "publication")

    anybody = open_page()
    anybody.goto("/public/")
    look(anybody, "public-county")
    anybody.get_by_role("link", name="黄志强").click()
    expect(anybody.get_by_text("大额支出集体研究。")).to_be_visible()
    look(anybody, "public-promise")
    for username in ("jiwei", "caizheng"):
        page = sign_in_page(username)
        page.goto(f"/y/{YEAR}/promises/")
        look(page, f"promises-{username}")
        page.get_by_role("link", name="黄志强").click()
        look(page, f"promise-{username}")
        page.goto("/powers/")
        look(page, f"powers-{username}")


def test_a_dispatch_from_its_writing_to_its_file(
    sign_in_page: SignIn,
    world: World,
    portal_keys: Path,  # noqa: F811
) -> None:
    office = sign_in_page("bangong")
    office.goto("/dispatches/")
    look(office, "dispatches-none")
    office.get_by_role("link", name="拟函").click()
    look(office, "dispatch-new")
    office.get_by_label("标题").fill("关于商请支持检查工作的函")
    office.get_by_label("主送").fill("县财政局")
    office.get_by_label("正文").fill("一、事项\n请派员参加检查。\n二、时间\n另行通知。")
    office.get_by_role("button", name="预览").click()
    expect(office.get_by_text("预览（未保存）")).to_be_visible()
    look(office, "dispatch-preview")
    office.get_by_role("button", name="保存").click()
    expect(office.get_by_role("status").first).to_contain_text("文稿已保存")
    for layer, person in LAYERS.items():
        seats = office.get_by_label(layer, exact=True)
        seats.select_option(str(world.posts[person].pk))
    look(office, "dispatch-draft")
    office.get_by_role("button", name="送签", exact=True).click()
    expect(office.get_by_role("status").first).to_contain_text("现由承办人")

    office.get_by_role("link", name="第 1 轮").click()
    office.get_by_role("button", name="生成签字背书单").click()
    finish(office, "endorsement_pdf", "endorsement-made")
    look(office, "endorsement-mine")
    confirm(office)
    office.get_by_label("意见").fill("材料齐全，建议印发")
    office.get_by_role("button", name="签署", exact=True).click()
    expect(office.get_by_role("status").first).to_contain_text("已签署")
    row = Endorsement.objects.get()
    for username in ("zhuren", "fuxianzhang"):
        endorsements.sign(
            by=actor(world, username), endorsement_id=row.pk, opinion="同意", digest=row.digest
        )
    chief = sign_in_page("xianzhang")
    chief.goto("/endorsements/")
    look(chief, "endorsements-leader")
    chief.get_by_role("link", name="阅读并签署").first.click()
    look(chief, "endorsement-leader")
    confirm(chief)
    chief.get_by_label("意见").fill("同意印发")
    chief.get_by_role("button", name="签署", exact=True).click()
    expect(chief.get_by_role("status").first).to_contain_text("已签署")

    office.goto("/dispatches/")
    look(office, "dispatches")
    office.get_by_role("link", name="关于商请支持检查工作的函").click()
    office.get_by_role("button", name="编号印发").click()
    expect(office.get_by_role("status").first).to_contain_text("已印发，试政函")
    look(office, "dispatch-issued")
    office.get_by_role("button", name="生成 PDF").click()
    finish(office, "dispatch_pdf", "dispatch-made")
    inspector = sign_in_page("jiwei")
    inspector.goto("/endorsements/")
    look(inspector, "endorsements-jiwei")
    inspector.goto("/dispatches/")
    look(inspector, "dispatches-jiwei")


def confirm(page: Page) -> None:
    """The factor was shown a moment ago; asking for it has tests of its own."""
    cookies = {c["name"]: c["value"] for c in page.context.cookies()}
    session = SessionStore(cookies[settings.SESSION_COOKIE_NAME])
    session[CONFIRMED] = timezone.now().isoformat()
    session.save()


def actor(world: World, username: str) -> Actor:
    user = world.users[username]
    return Actor(key=f"user:{user.pk}", name=username, user=user, county=world.county)

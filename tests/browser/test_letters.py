"""The office makes the demo county's letters; they are signed, downloaded, checked."""

from __future__ import annotations

import io
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import Page, expect

from accountability.door import Actor
from accountability.models import County, Job, User
from accountability.services import jobs
from reports.models import Letter, LetterState, SignedFile
from reports.services import enrolment
from tasks.models import ItemSlot, Paper, TaskItem
from tests.browser.conftest import SignIn
from tests.browser.pages import Watch, axe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "Wen-Ding-7421-yun"
PIN = "Liu-4827-shan"
SIGNERS = ("xianzhang", "fuxianzhang", "caizhengju")


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> County:
    """The demo county without letters, its signers enrolled."""
    monkeypatch.setenv("PORTAL_DEMO_PASSWORD", PASSWORD)
    call_command("load_demo", skip_letters=True, stdout=io.StringIO())
    for name in SIGNERS:
        user = User.objects.get(username=name)
        by = Actor(key=f"user:{user.pk}", name=name, user=user, county=user.county)
        enrolment.enrol(by=by, pin=PIN, again=PIN)
    return County.objects.get(name="安和县")


def enter(open_page: SignIn, username: str) -> Page:
    """That account's browser, signed in through the login form."""
    page = open_page()
    page.goto("/")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".mainnav [aria-current]")).to_have_text("工作台")
    return page


def sign_all(page: Page, url: str, *numbers: str) -> None:
    """Sign the letters of these numbers on the signing page."""
    page.goto(url)
    for number in numbers:
        page.get_by_label(number, exact=True).check()
    page.get_by_label("签名口令").fill(PIN)
    page.get_by_role("button", name="确认签署").click()
    expect(page.locator("#signdone")).to_have_text(f"已签署 {len(numbers)} 份", timeout=60_000)


def letter_of(person: str) -> Letter:
    letter: Letter = Letter.objects.get(person_b__name=person)
    return letter


def test_from_making_to_a_voided_letter(
    demo: County, open_page: SignIn, live_server: Any, tmp_path: Path, watch: Watch
) -> None:
    watch.expected(r"status of 409")  # the letters are shown before the change is saved
    paper = Paper.objects.get(county=demo, state="part_issued")
    page_url = f"{live_server.url}/y/{paper.year}/letters/"
    office = enter(open_page, "bangong")
    office.goto(page_url)
    office.get_by_role("button", name="生成责任书").click()
    office.wait_for_url("**/jobs/**")
    job = Job.objects.get(kind="letters_make")
    if job.state != "done":
        jobs.run(job.pk)
    assert Letter.objects.filter(county=demo).count() >= 64
    office.goto(page_url)
    office.get_by_role("button", name="全部送审").click()
    office.get_by_role("button", name="审核通过并送签").first.click()
    expect(office.get_by_role("status").first).to_contain_text("已送签")

    sign_url = f"{page_url}sign/"
    deputy, bureau = letter_of("周建平"), letter_of("黄志强")
    batch = [deputy.number, letter_of("李明华").number, letter_of("王海涛").number]
    chief = enter(open_page, "xianzhang")
    chief.goto(sign_url)
    chief.get_by_role("button", name="确认签署").click()
    expect(chief.locator("#signerr")).to_be_focused()  # nothing chosen, nothing signed
    assert not Letter.objects.filter(state=LetterState.WAIT_B).exists()
    sign_all(chief, sign_url, *batch)
    assert Letter.objects.filter(state=LetterState.WAIT_B).count() == 3

    leader = enter(open_page, "fuxianzhang")
    leader.goto(live_server.url)
    expect(leader.get_by_text("责任书待本人签署")).to_be_visible()
    sign_all(leader, sign_url, deputy.number, bureau.number)
    head = enter(open_page, "caizhengju")
    sign_all(head, sign_url, bureau.number)
    bureau.refresh_from_db()
    assert bureau.state == LetterState.EFFECTIVE

    head.goto(f"{page_url}?id={bureau.pk}")
    expect(head.get_by_role("link", name="签署")).to_have_count(0)
    with head.expect_download() as download:
        head.get_by_role("link", name="PDF").click()
    file = tmp_path / "letter.pdf"
    download.value.save_as(file)
    accepted(file)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    altered = tmp_path / "altered.pdf"
    altered.write_bytes(data)
    assert verdict(altered) == 1

    ask_in_the_grid(office, f"{live_server.url}/y/{paper.year}/assign/", bureau)
    void_by_a_change(office, live_server.url, bureau)
    assert verdict(file) == 1  # the voided letter's file counts no longer


def accepted(file: Path) -> None:
    """verify_pdf and poppler both say yes."""
    assert verdict(file) == 0
    told = subprocess.run(
        ["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False
    ).stdout
    assert told.count("Signature is Valid") == 3


def verdict(file: Path) -> int:
    """What `manage.py verify_pdf` exits with; in a thread, for playwright's loop runs in this."""

    def verify() -> int:
        try:
            call_command("verify_pdf", str(file), stdout=io.StringIO())
        except SystemExit as exit_:
            return int(exit_.code or 0)
        finally:
            connection.close()
        return 0

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(verify).result()


def ask_in_the_grid(office: Page, grid: str, letter: Letter) -> None:
    """A slot emptied in the grid waits for the choice; left as they are, letters are marked."""
    office.goto(grid)
    shown = set(office.evaluate("window.portalGrid.order"))
    item = TaskItem.objects.filter(
        letter_items__letter=letter, slots__kind="lead_unit", state="issued", pk__in=shown
    ).earliest("order")
    office.locator(f'tr[data-task="{item.pk}"] [data-slot="lead_unit-0"]').click()
    office.keyboard.press("Delete")
    dialog = office.get_by_role("dialog", name="份责任书")
    expect(dialog).to_contain_text(letter.number)
    dialog.get_by_role("button", name="暂不保存").click()
    slot = ItemSlot.objects.get(item=item, kind="lead_unit", ordinal=0)
    assert slot.assignments.filter(valid_to=None).exists()
    office.get_by_role("button", name="1 处影响已签责任书").click()
    dialog.get_by_label(letter.number).check()
    dialog.get_by_role("button", name="保存修改").click()
    expect(dialog.get_by_role("alert")).to_contain_text("失效的原因")
    dialog.get_by_label(letter.number).uncheck()
    axe(office)
    dialog.get_by_role("button", name="保存修改").click()
    expect(office.locator("#savest")).to_contain_text("已自动保存")
    letter.refresh_from_db()
    assert letter.is_changed
    assert letter.state == LetterState.EFFECTIVE


def void_by_a_change(office: Page, server: str, letter: Letter) -> None:
    """Another 牵头单位 for one of its tasks: the letters are shown, the chosen one lapses."""
    item = TaskItem.objects.filter(
        letter_items__letter=letter, slots__kind="lead_unit", state="issued"
    ).earliest("order")
    slot = ItemSlot.objects.get(item=item, kind="lead_unit", ordinal=0)
    office.goto(f"{server}/tasks/{item.pk}/slots/")
    office.locator(f"[name=slot_{slot.pk}]").fill("县审计局")
    office.get_by_role("button", name="保存").first.click()
    expect(office.get_by_role("heading", level=1)).to_contain_text("份责任书")
    office.get_by_label(letter.number).check()
    office.get_by_label("失效的原因").fill("分工调整通知第2号")
    office.get_by_role("button", name="保存修改").click()
    letter.refresh_from_db()
    assert letter.state == LetterState.STALE
    assert SignedFile.objects.filter(object_id=letter.pk, state="valid").count() == 0

"""意见文件 in a browser: ask for a file, see it done, download it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accountability.models import Job
from accountability.services import jobs
from tests.browser.conftest import Desk, axe_violations
from tests.reports.filled import TEXT, docx_of, fill_all, imported
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_click_to_download(desk: Callable[..., Desk], world: World) -> None:
    paper = imported(world, docx_of(TEXT), "意见.docx")
    fill_all(world, paper)
    sitting = desk("bangong")
    page = sitting.open("/y/2026/papers/")
    assert axe_violations(page) == []
    page.get_by_role("button", name="生成 Word").click()
    page.wait_for_selector(".made .jobcard >> text=排队中")
    jobs.run(Job.objects.get().pk)
    page.wait_for_selector(".made .jobcard >> text=已完成")
    with page.expect_download() as download:
        page.click(".made .jobcard >> text=下载")
    assert download.value.suggested_filename.endswith(".docx")
    assert axe_violations(page) == []
    sitting.assert_clean(page)


def test_without_scripts_it_is_a_plain_form(desk: Callable[..., Desk], world: World) -> None:
    paper = imported(world, docx_of(TEXT), "意见.docx")
    fill_all(world, paper)
    page = desk("bangong", java_script_enabled=False).open("/y/2026/papers/")
    page.get_by_role("button", name="生成任务分解表").click()
    assert "/jobs/" in page.url
    jobs.run(Job.objects.get().pk)
    page.reload()
    assert page.get_by_role("link", name="下载").count() == 1

"""字体自检: kept for all processes, told to administrators and with each PDF."""

from __future__ import annotations

import subprocess
from pathlib import Path
from threading import Thread

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from accountability.door import acting
from config import celery
from reports.documents import selftest
from reports.documents.content import OfficialPaper, Paragraph
from reports.services import typeface_check
from tests.reports.filled import SYSTEM
from tests.world import World

PAPER = OfficialPaper(title="名单", body=(Paragraph("联络员陳某"),))


@pytest.fixture
def kept(tmp_path: Path, settings) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "typefaces.json"


@pytest.mark.nodb
def test_a_failed_check_is_kept_until_the_next(kept: Path, monkeypatch) -> None:
    assert typeface_check.problems() == []
    monkeypatch.setattr(selftest, "problems", lambda: ["字体角色 Fang 缺少“喆”"])
    with pytest.raises(CommandError, match=r"缺少“喆”.*请重新安装"):
        call_command("check_documents")
    assert typeface_check.problems() == ["字体角色 Fang 缺少“喆”"]
    told = typeface_check.warnings(PAPER)
    assert "“陳”" in told[0]
    assert "自检未通过" in told[1]
    monkeypatch.setattr(selftest, "problems", list)
    call_command("check_documents")
    assert typeface_check.problems() == []
    assert len(typeface_check.warnings(PAPER)) == 1
    kept.write_text("{", "utf-8")
    assert typeface_check.problems() == []


@pytest.mark.nodb
def test_a_typesetter_that_does_not_run_is_a_finding(kept: Path, monkeypatch) -> None:
    def broken() -> list[str]:
        raise OSError("libpango-1.0.so.0")

    monkeypatch.setattr(selftest, "problems", broken)
    assert "排版程序不能运行（OSError：libpango-1.0.so.0）" in typeface_check.check()[0]


@pytest.mark.nodb
def test_the_worker_looks_once_when_it_starts(monkeypatch) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: called.append(command))
    monkeypatch.setattr(Thread, "start", Thread.run)
    celery.look_at_typefaces()
    assert [command[2] for command in called] == ["check_documents"]
    assert Path(called[0][1]).is_file()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "is_told"), [("bangong", True), ("xitong", True), ("caizheng", False), ("jiwei", False)]
)
def test_the_office_and_the_administrator_are_told(
    world: World, client, kept: Path, monkeypatch, who: str, is_told: bool
) -> None:
    monkeypatch.setattr(selftest, "problems", lambda: ["字体角色 Fang 缺少“喆”"])
    typeface_check.check()
    client.force_login(world.users[who])
    page = client.get(reverse("home")).content.decode()
    assert ("公文字体异常" in page) is is_told


@pytest.mark.django_db
def test_names_beyond_the_typefaces_are_found_where_they_are_kept(world: World, client) -> None:
    client.force_login(world.users["bangong"])
    people, units = reverse("settings_people"), reverse("settings_units")
    for address in (people, units):
        assert "不在公文字库中" not in client.get(address).content.decode()
    person, unit = world.persons["任喆"], world.units["柳河镇"]
    with acting(by=SYSTEM) as act:
        act.unchanged()
        person.name, unit.name = "任𬎆", "柳河鎮"
        person.save()
        unit.save()
    for address, name in ((people, "任𬎆（“𬎆” U+2C386）"), (units, "柳河鎮（“鎮” U+93AE）")):
        page = client.get(address).content.decode()
        assert f"PDF 中会印成“〓”：{name}。" in page

"""export_paper and check_documents: the same files as the page, one sentence where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from accountability.door import acting
from reports.documents import selftest
from reports.services.filled_paper import prepare
from tests.reports.filled import SYSTEM, TEXT, docx_of, fill_all, imported
from tests.world import World, build


@pytest.mark.django_db
def test_the_same_files_as_the_page(world: World, tmp_path: Path) -> None:
    paper = imported(world, docx_of(TEXT), "意见.docx")
    fill_all(world, paper)
    wanted = {kind: tmp_path / f"a.{kind}" for kind in ("pdf", "docx", "xlsx")}
    arguments = [f"--{kind}={path}" for kind, path in wanted.items()]
    call_command("export_paper", "--year=2026", *arguments)
    for kind, path in wanted.items():
        assert path.read_bytes() == prepare(paper, kind, on=timezone.localdate()).write()


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as exit_:
        call_command("export_paper", *arguments)
    assert exit_.value.code == 2
    sentence = capsys.readouterr().err.strip()
    assert sentence.endswith("。")
    assert "\n" not in sentence
    return sentence


@pytest.mark.django_db
def test_refusals(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = f"--pdf={tmp_path / 'a.pdf'}"
    assert "2026年度还没有实施意见" in refused(capsys, "--year=2026", target)
    imported(world, docx_of(TEXT), "意见.docx")
    assert "没有指定" in refused(capsys, "--year=2026")
    assert "没有名为" in refused(capsys, "--year=2026", "--county=无此县", target)
    assert "无法写入" in refused(capsys, "--year=2026", f"--docx={tmp_path}/无/a.docx")
    with acting(by=SYSTEM) as act:
        act.unchanged()
        other = build(name="邻县", code="990012", suffix="2")
    imported(other, docx_of(TEXT), "意见.docx")
    assert "--county" in refused(capsys, "--year=2026", target)
    assert not (tmp_path / "a.pdf").exists()
    call_command("export_paper", "--year=2026", "--county=邻县", target)
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def test_check_documents(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, settings, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    call_command("check_documents")
    assert "自检通过" in capsys.readouterr().out
    monkeypatch.setattr(selftest, "problems", lambda: ["字体角色 Fang 缺少“喆”"])
    with pytest.raises(CommandError, match="缺少“喆”"):
        call_command("check_documents")

from __future__ import annotations

import json

import pytest

from tasks.outline.analyse import analyse
from tasks.outline.export import (
    outline_from_dict,
    outline_to_dict,
    source_from_dict,
    source_to_dict,
    to_json_dict,
)
from tasks.outline.source import Cell, Paragraph, Source

from .paper import source_of

pytestmark = pytest.mark.nodb

TEXT = """\
安和县2026年工作要点
一、任务
1.建清单。每季度通报。
牵头领导：王 强
牵头部门：
责任单位：各乡镇
配合单位：县财政局、各乡镇
完成时限：6月底
2.抓落实。由**县负责。
责任单位：
"""


def test_shape_of_the_printed_outline() -> None:
    source = source_of(TEXT)
    printed = to_json_dict(analyse(source), source)
    assert list(printed) == ["title", "items", "sections", "recurring", "hints"]
    assert printed["title"] == "安和县2026年工作要点"
    assert printed["items"][0] == {
        "number": "一1",
        "heading": "建清单",
        "text": "每季度通报。",
        "slots": {"责任领导": ["王强"], "牵头单位": [], "责任单位": ["各乡镇", "县财政局"]},
        "due": "2026-06-30",
        "due_text": "6月底",
        "warnings": [],
    }
    second = printed["items"][1]
    assert second["slots"] == {"责任单位": []}
    assert second["due"] is None
    assert [section["number"] for section in printed["sections"]] == ["一"]
    assert printed["recurring"][0]["frequency"] == "quarter"
    hint = printed["hints"][-1]
    assert hint["code"] == "placeholder"
    assert hint["place"]["anchor"] == hint["place"]["paragraph"] + 1


def test_a_kept_outline_comes_back_the_same() -> None:
    source = source_of(TEXT)
    outline = analyse(source)
    kept = json.loads(json.dumps(outline_to_dict(outline)))
    assert outline_from_dict(kept) == outline


def test_a_kept_source_comes_back_the_same() -> None:
    source = Source(
        "docx",
        (
            Paragraph(0, "1.甲", 3, auto_label="1.", style="Heading1", outline_level=0),
            Paragraph(1, "", 4, cell=Cell(0, 1, 2, 3, 4), in_text_box=True),
        ),
        encoding="utf-8",
        notes=("批注未读取",),
    )
    assert source_from_dict(json.loads(json.dumps(source_to_dict(source)))) == source

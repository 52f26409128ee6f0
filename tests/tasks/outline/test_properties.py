"""What holds for any text, and what must not change when a paper only looks different."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.outline.analyse import analyse
from tasks.outline.export import (
    outline_from_dict,
    outline_to_dict,
    source_from_dict,
    source_to_dict,
    to_json_dict,
)
from tasks.outline.model import Outline, SlotKind
from tasks.outline.numbering import chinese_numeral
from tasks.outline.source import Cell, Paragraph, Source

from .paper import outline_of, places_of, source_of, text_at

pytestmark = pytest.mark.nodb

FRAGMENTS = st.sampled_from(
    [
        *[
            "一、",
            "（一）",
            "1.",
            "１．",
            "(1)",
            "①",
            "第一章",
            "第三条",
            "第二部分",
            "一是",
            "二是",
            "一要",
            "二要",
            "1.1",
            "（—）",
            "（10)",
        ],
        *[
            "责任领导：",
            "牵头单位:",
            "责任",
            "单位：",
            "配合部门",
            "完成时限：",
            "王强",
            "王",
            "强",
            "县财政局",
            "各乡镇",
            "县局（股）",
        ],
        *[
            "2026年6月底",
            "6月30日前",
            "每季度",
            "每年至少2次",
            "年底",
            "**县",
            "区财政局",
            "社区",
            "附件1",
            "抄送：县委",
        ],
        *[
            "序号",
            "工作任务",
            "责任单位",
            "|",
            "、",
            "，",
            "。",
            "；",
            "：",
            "（",
            "）",
            "《",
            "》",
            "“",
            "”",
            "...",
            "…",
        ],
        *["\n", "\n\n", "\t", "　　", " ", "\r\n", "\x0b", "\u2028"],
        "要切实抓好落实，明确责任。",
        "建立清单",
    ]
)
MESSY = st.lists(FRAGMENTS | st.text(max_size=6), max_size=40).map("".join)
CALM = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])


def assert_sound(source: Source, outline: Outline) -> None:
    for place in places_of(outline):
        last = place.paragraph if place.last is None else place.last
        assert 0 <= place.paragraph <= last < len(source.paragraphs)
        assert 0 <= place.start <= len(source.paragraphs[place.paragraph].text)
        assert 0 <= place.end <= len(source.paragraphs[last].text)
        if last == place.paragraph:
            assert place.start <= place.end
    for item in outline.items:
        assert len(item.heading) <= 40
        assert 0 < item.confidence <= 1
        for slot in item.slots:
            assert re.sub(r"\s", "", text_at(source, slot.fill)) == re.sub(
                r"\s", "", text_at(source, slot.fill).strip("；;，,、|｜ \t\u3000")
            )
    assert outline_from_dict(json.loads(json.dumps(outline_to_dict(outline)))) == outline
    assert source_from_dict(json.loads(json.dumps(source_to_dict(source)))) == source
    json.dumps(to_json_dict(outline, source), ensure_ascii=False)


@CALM
@given(MESSY)
def test_any_text_as_lines(text: str) -> None:
    source = source_of(text)
    assert_sound(source, analyse(source))


@CALM
@given(st.lists(MESSY, max_size=6))
def test_any_text_as_paragraphs_with_soft_returns(texts: list[str]) -> None:
    source = Source("docx", tuple(Paragraph(n, text, n) for n, text in enumerate(texts)))
    assert_sound(source, analyse(source))


CELLS = st.builds(
    Cell,
    table=st.integers(0, 1),
    row=st.integers(0, 6),
    column=st.integers(0, 5),
    row_span=st.integers(-1, 4),
    column_span=st.integers(-1, 4),
)
WORDS = (
    st.sampled_from(
        ["序号", "工作任务", "具体措施", "重点工作", "责任单位", "牵头领导", "完成时限"]
    )
    | MESSY
)


@CALM
@given(st.lists(st.tuples(st.none() | CELLS, WORDS), max_size=40))
def test_any_cells(cells: list[tuple[Cell | None, str]]) -> None:
    source = Source(
        "xlsx", tuple(Paragraph(n, text, n, cell=cell) for n, (cell, text) in enumerate(cells))
    )
    assert_sound(source, analyse(source))


WORDING = st.text(
    alphabet="抓好落实制度清单公开审计教育执行监督管理规范服务", min_size=4, max_size=14
)
NAMES = st.lists(
    st.sampled_from(["王强", "李伟", "县财政局", "县审计局（股）", "各乡镇", "县府办"]),
    max_size=4,
    unique=True,
)
ITEM = st.tuples(WORDING, WORDING, NAMES, NAMES)
PAPER = st.lists(st.tuples(WORDING, st.lists(ITEM, min_size=1, max_size=4)), min_size=1, max_size=4)
Sections = list[tuple[str, list[tuple[str, str, list[str], list[str]]]]]
Shape = list[tuple[str, str, dict[SlotKind, list[str]]]]


def written(
    paper: Sections, *, outer: str = "{c}、", inner: str = "（{c}）", runs_on: bool = False
) -> str:
    lines: list[str] = []
    count = 0
    for at, (title, items) in enumerate(paper, 1):
        lines.append(outer.format(c=chinese_numeral(at), n=at) + title)
        if not runs_on:
            count = 0
        for heading, body, leaders, units in items:
            count += 1
            lines.append(inner.format(c=chinese_numeral(count), n=count) + f"{heading}。{body}。")
            lines.append("责任领导：" + "、".join(leaders))
            lines.append("责任单位：" + "、".join(units))
    return "\n".join(lines)


def shape(outline: Outline) -> Shape:
    """What must survive: headings, texts, slots; numbers apart."""
    return [
        (item.heading, item.text, {slot.kind: slot.values for slot in item.slots})
        for item in outline.items
    ]


def expected(paper: Sections) -> Shape:
    return [
        (
            heading,
            f"{body}。",
            {SlotKind.RESPONSIBLE_LEADER: leaders, SlotKind.RESPONSIBLE_UNIT: units},
        )
        for _, items in paper
        for heading, body, leaders, units in items
    ]


@CALM
@given(PAPER)
def test_what_was_written_is_read(paper: Sections) -> None:
    outline = outline_of(written(paper))
    assert shape(outline) == expected(paper)
    assert [item.number for item in outline.items] == [
        f"{chinese_numeral(at)}（{chinese_numeral(n)}）"
        for at, (_, items) in enumerate(paper, 1)
        for n in range(1, len(items) + 1)
    ]


@CALM
@given(
    PAPER,
    st.sampled_from(["{c}、", "第{c}部分　", "第{c}章 ", "{c}．"]),
    st.sampled_from(["（{c}）", "({c})", "{n}.", "{n}．", "{n}、", "（{n}）", "({n}) ", "（{n})"]),
    st.booleans(),
)
def test_numbers_may_look_different(paper: Sections, outer: str, inner: str, runs_on: bool) -> None:
    outline = outline_of(written(paper, outer=outer, inner=inner, runs_on=runs_on))
    assert shape(outline) == expected(paper)
    assert [s.heading for s in outline.sections] == [title for title, _ in paper]


WIDTHS = str.maketrans("（）：，．0123456789", "():,.０１２３４５６７８９")


@CALM
@given(PAPER)
def test_half_and_full_width_do_not_matter(paper: Sections) -> None:
    text = written(paper, inner="{n}．")
    before, after = outline_of(text), outline_of(text.translate(WIDTHS))
    assert [item.number for item in after.items] == [item.number for item in before.items]
    assert [item.heading for item in after.items] == [item.heading for item in before.items]
    assert [len(item.slots) for item in after.items] == [len(item.slots) for item in before.items]


@CALM
@given(PAPER, st.sampled_from(["\n\n", "\n　　", "\n \n"]))
def test_blank_lines_and_indents_do_not_matter(paper: Sections, between: str) -> None:
    text = written(paper)
    assert shape(outline_of(text.replace("\n", between))) == shape(outline_of(text))


@CALM
@given(PAPER)
def test_slots_in_one_bracket_are_the_same_slots(paper: Sections) -> None:
    text = re.sub(
        "\n责任领导：(.*)\n责任单位：(.*)", r"（责任领导：\1；责任单位：\2）", written(paper)
    )
    assert shape(outline_of(text)) == expected(paper)


LONG = "各单位要结合实际制定措施，明确任务分工，压实工作责任，强化督导检查，确保各项任务落到实处"


@CALM
@given(PAPER, st.integers(20, 40))
def test_line_breaks_inside_sentences_do_not_matter(paper: Sections, width: int) -> None:
    whole = written([(t, [(h, LONG + b, p, u) for h, b, p, u in items]) for t, items in paper])
    broken = "\n".join(
        line[at : at + width] for line in whole.split("\n") for at in range(0, len(line), width)
    )
    before, after = outline_of(whole), outline_of(broken)
    assert [(i.number, i.heading) for i in after.items] == [
        (i.number, i.heading) for i in before.items
    ]
    assert [i.text.replace("\n", "") for i in after.items] == [i.text for i in before.items]
    assert [[s.values for s in i.slots] for i in after.items] == [
        [s.values for s in i.slots] for i in before.items
    ]

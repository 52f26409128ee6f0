"""The real papers read the same from every kind of file that they may come in."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import docx
import pytest

from tasks.outline.fill_docx import NewLine, entry_for, fill
from tasks.outline.readers import read, read_pasted
from tasks.outline.sandbox import read_in_child

from . import docx_maker as d

pytestmark = pytest.mark.nodb

_ROOT = Path(__file__).resolve().parents[3]
SEEDS = Path(os.environ.get("PORTAL_SEEDS_DIR", _ROOT.parent / "shared" / "seeds"))
PAPERS = sorted(SEEDS.glob("*.txt"))

# The numbers that Word would make itself: a label at the line's beginning, by level.
_LABELS = (
    (re.compile(r"([一二三四五六七八九十]+)、"), 0, "chineseCounting", "%1、"),
    (re.compile(r"（([一二三四五六七八九十]+)）"), 1, "chineseCounting", "（%2）"),
    (re.compile(r"([0-9]{1,2})\."), 2, "decimal", "%3."),
    (re.compile(r"([0-9]{1,2})．"), 3, "decimal", "%4．"),
    (re.compile(r"\(([0-9]{1,2})\)"), 4, "decimal", "(%5)"),
    (re.compile(r"第([一二三四五六七八九十]+)章"), 5, "chineseCountingThousand", "第%6章"),
    (re.compile(r"第([一二三四五六七八九十]+)条"), 6, "chineseCountingThousand", "第%7条"),
)


def test_the_seed_papers_are_there() -> None:
    if not PAPERS and not os.environ.get("CI"):
        pytest.skip(f"no seed papers in {SEEDS}")
    assert PAPERS


@pytest.fixture(params=PAPERS, ids=lambda path: path.name[:3])
def text(request: pytest.FixtureRequest) -> str:
    path: Path = request.param
    return path.read_text(encoding="utf-8")


def lines(data: bytes, filename: str) -> list[str]:
    return [paragraph.text for paragraph in read(data, filename).paragraphs]


def expected(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_text_encodings(text: str, codec: str) -> None:
    assert lines(text.encode(codec), "a.txt") == expected(text)


def test_pasted(text: str) -> None:
    assert [p.text for p in read_pasted(text).paragraphs] == expected(text)


def test_typed_into_a_docx(text: str) -> None:
    document = docx.Document()
    for line in expected(text):
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    assert lines(out.getvalue(), "a.docx") == expected(text)
    assert [p.text for p in read_in_child(out.getvalue(), "a.docx").paragraphs] == expected(text)


def test_with_soft_returns(text: str) -> None:
    chunks = [expected(text)[n : n + 5] for n in range(0, len(expected(text)), 5)]
    data = d.make(*(d.paragraph(d.run("\n".join(chunk))) for chunk in chunks))
    assert "\n".join(lines(data, "a.docx")) == "\n".join(expected(text))


def test_with_automatic_numbers(text: str) -> None:
    """Each label that can be automatic is; every paragraph starts a list of its own."""
    body, lists = [], {}
    made = 0
    for number, line in enumerate(expected(text), 1):
        for pattern, level, _, _ in _LABELS:
            match = pattern.match(line)
            if match and (level < 5 or not line[match.end() :].strip()):
                lists[number] = (0, d.restart(level, _value(match[1])))
                body.append(d.numbered(line[match.end() :], number, level))
                made += 1
                break
        else:
            body.append(d.paragraph(d.run(line)) if line else "<w:p/>")
    levels = "".join(d.level(level, name, shown) for _, level, name, shown in _LABELS)
    data = d.make(*body, numbering_xml=d.numbering({0: levels}, lists))
    assert made
    assert lines(data, "a.docx") == expected(text)


def test_every_empty_slot_can_be_filled(text: str) -> None:
    data = d.make(*(d.paragraph(d.run(line)) if line else "<w:p/>" for line in expected(text)))
    source = read(data, "a.docx")
    slots = [
        p for p in source.paragraphs if re.fullmatch(r"(责任|牵头)(领导|人员|单位)：\s*", p.text)
    ]
    entries = [entry_for(p, 5, len(p.text), f"值{p.index}") for p in slots]
    filled = fill(data, entries, [NewLine(0, "新增")])
    wanted = expected(text)
    for paragraph in slots:
        wanted[paragraph.index] = paragraph.text[:5] + f"值{paragraph.index}"
    wanted.insert(1, "新增")
    assert lines(filled, "a.docx") == wanted
    # Another library reads the filled file alike.
    assert [p.text for p in docx.Document(io.BytesIO(filled)).paragraphs] == wanted


def _value(digits: str) -> int:
    if digits.isascii():
        return int(digits)
    tens, ten, ones = digits.rpartition("十")
    figures = "一二三四五六七八九"
    if not ten:
        return figures.index(digits) + 1
    return (figures.index(tens) + 1 if tens else 1) * 10 + (figures.index(ones) + 1 if ones else 0)

"""The report as an official paper (报告, GB/T 9704 general form): text, figures, annexes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from reports.charts import Chart, columns, stacked
from reports.documents.content import (
    Block,
    Column,
    Figure,
    Heading,
    Imprint,
    OfficialPaper,
    Paragraph,
    Table,
)

from . import marks
from .annexes import annexes_of
from .marks import Fact
from .material import Material

FIRST = re.compile(r"[一二三四五六七八九十]+、")
SECOND = re.compile(r"（[一二三四五六七八九十]+）")
STEPS = (60, 70, 80, 85, 90, 95)
MOST_SERIES = 6


@dataclass(frozen=True, slots=True)
class Front:
    """What stands around the text; a draft has neither number nor date."""

    title: str
    addressee: str
    body: str
    number: str = ""
    dated: date | None = None
    note: str = ""


def paper_of(front: Front, material: Material, facts: Sequence[Fact]) -> OfficialPaper:
    """The paper; the same front, material and facts give the same paper."""
    imprint = None
    if front.dated is not None:
        imprint = Imprint(issuer=material.office, issued_on=front.dated)
    return OfficialPaper(
        title=front.title,
        head=f"{material.issuer}文件",
        number=front.number,
        addressee=front.addressee,
        body=blocks_of(front.body, facts, charts_of(material)),
        signature=material.issuer,
        dated=front.dated,
        note=front.note,
        annexes=annexes_of(material, [f for f in facts if f.number in marks.used(front.body)]),
        imprint=imprint,
    )


def blocks_of(body: str, facts: Sequence[Fact], charts: Sequence[Chart] = ()) -> tuple[Block, ...]:
    """The text's lines; a line 〔图1〕 is the first chart with its table."""
    found: list[Block] = []
    for line in filter(None, (line.strip() for line in body.splitlines())):
        figure = marks.FIGURE.fullmatch(line)
        if figure is not None:
            number = int(figure[1])
            if 1 <= number <= len(charts):
                found += _figure(number, charts[number - 1])
        elif FIRST.match(line):
            found.append(Heading(1, marks.read(line, ())[0]))
        elif SECOND.match(line):
            head, mark, rest = line.partition("。")
            text, links = marks.read(rest, facts)
            if len(head) > 40:
                found.append(Paragraph(*marks.read(line, facts)))
            else:
                found.append(Heading(2, marks.read(head, ())[0] + mark, text, links))
        else:
            found.append(Paragraph(*marks.read(line, facts)))
    return tuple(found)


def charts_of(material: Material) -> tuple[Chart, ...]:
    """图1 grades by kind, 图2 how the totals are spread."""
    grades = material.grades[:MOST_SERIES]
    return (
        stacked(
            "各类考核对象等次分布",
            grades,
            [(r.kind, [len(r.of_grade(g)) for g in grades]) for r in material.rounds],
            of="类别",
        ),
        columns(
            "考核得分分布", spread(s.total for s in material.subjects), of="得分", unit="对象数"
        ),
    )


def spread(totals: Iterable[Decimal]) -> list[tuple[str, int]]:
    """How many totals lie in each stretch; the lower end belongs to it."""
    names = [
        f"{STEPS[0]}分以下",
        *(f"{a}—{b}分" for a, b in pairwise(STEPS)),
        f"{STEPS[-1]}分以上",
    ]
    counts = [0] * len(names)
    for value in totals:
        counts[sum(value >= step for step in STEPS)] += 1
    return list(zip(names, counts, strict=True))


def _figure(number: int, chart: Chart) -> list[Block]:
    heads = tuple(Column(head, 2 if not n else 1, "center") for n, head in enumerate(chart.head))
    return [
        Figure(chart.drawing, f"图{number}　{chart.title}"),
        Table(heads, chart.rows),
    ]

"""The annexes of a report: ranking, rates, score sheets, deductions, ballots, sources."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from reports.assessment import Nature, shown
from reports.charts import Chart, bars
from reports.documents.content import (
    Align,
    Annex,
    Block,
    Column,
    Figure,
    Heading,
    Paragraph,
    Table,
)

from .drafting import source_of, subject_anchor
from .marks import Fact
from .material import Material, Round, points

RANKING = "考核对象得分、等次和排名"
RATES = "评分指标得分率"
SHEETS = "各考核对象评分表"
LOST = "扣分明细"
BALLOTS = "民主测评统计表"
SOURCES = "数据来源"
MOST_BARS = 24
_C: Align = "center"


def annexes_of(material: Material, facts: Sequence[Fact]) -> tuple[Annex, ...]:
    """All of them, in their order; ballots where there were any."""
    made = [ranking(material), rates(material), sheets(material), deductions(material)]
    if material.ballots:
        made.append(ballots(material))
    if facts:
        made.append(sources(material, facts))
    return tuple(made)


def ranking(material: Material) -> Annex:
    """By kind and rank; each row is the place that a figure of its subject leads to."""
    heads = (
        Column("名次", 0.8, _C), Column("考核对象", 3), Column("得分", 1.1, _C),
        Column("等次", 1.1, _C), Column("说明", 3.4),
    )  # fmt: skip
    blocks: list[Block] = []
    for n, row in enumerate(material.rounds, 1):
        rows: list[tuple[str, ...] | str] = [f"{row.kind}（{row.scheme.title}）"]
        anchors = [f"kind{n}"]
        links = [""]
        for s in row.ranked:
            graded = s.result.graded
            assert graded is not None
            why = "一票否决" if s.result.vetoes else ""
            if not why and graded.grade != graded.band:
                why = f"按得分为{graded.band}，超出名额"
            rows.append((str(s.rank), s.name, points(s.total), s.grade, why))
            anchors.append(subject_anchor(n, s.result.key))
            links.append(_sheet_anchor(n, s.result.key))
        blocks.append(Table(heads, tuple(rows), tuple(anchors), tuple(links)))
    return Annex(RANKING, tuple(blocks))


def rates(material: Material) -> Annex:
    """得分率 of each criterion, as a chart and as its table, by kind."""
    blocks: list[Block] = []
    for n, row in enumerate(material.rounds, 1):
        chart = rates_chart(row)
        blocks.append(Heading(2, f"（{_numeral(n)}）{row.kind}"))
        blocks.append(Figure(chart.drawing, f"{chart.title}（%）"))
        rows = [
            (c.code, c.name, f"{c.points.normalize():f}", points(row.mean(c)),
             f"{row.rate(c).normalize():f}%")
            for c in row.criteria
            if c.nature == Nature.SCORE
        ]  # fmt: skip
        heads = (
            Column("序号", 0.9, _C), Column("指标", 4.2), Column("分值", 1, _C),
            Column("平均得分", 1.3, _C), Column("得分率", 1.2, _C),
        )  # fmt: skip
        anchors = (f"rate{n}", *("" for _ in rows))[: len(rows)]
        blocks.append(Table(heads, tuple(rows), anchors))
    return Annex(RATES, tuple(blocks))


def rates_chart(row: Round) -> Chart:
    """得分率 of a kind's criteria."""
    scored = [c for c in row.criteria if c.nature == Nature.SCORE][:MOST_BARS]
    return bars(
        f"{row.kind}各项指标得分率", [(c.name, row.rate(c)) for c in scored],
        of="指标", unit="得分率（%）", top=100,
    )  # fmt: skip


def sheets(material: Material) -> Annex:
    """Each subject's points, two criteria a row, under the subject's name."""
    heads = (
        Column("指标", 3.4), Column("分值", 0.9, _C), Column("得分", 1.1, _C),
        Column("指标", 3.4), Column("分值", 0.9, _C), Column("得分", 1.1, _C),
    )  # fmt: skip
    blocks: list[Block] = []
    for n, row in enumerate(material.rounds, 1):
        rows: list[tuple[str, ...] | str] = []
        anchors: list[str] = []
        for s in row.ranked:
            cells = [
                (_sign(c.nature) + c.name, f"{c.points.normalize():f}", shown(s.scores.get(c.code)))
                for c in row.criteria
            ]
            half = -(-len(cells) // 2)
            pairs = zip_longest(cells[:half], cells[half:], fillvalue=("", "", ""))
            told = f"{s.name}　得分{points(s.total)}　第{s.rank}名　{s.grade}"
            rows += (
                told + ("　一票否决" if s.result.vetoes else ""),
                *((*left, *right) for left, right in pairs),
            )
            anchors += (_sheet_anchor(n, s.result.key), *("" for _ in range(half)))
        blocks.append(Table(heads, tuple(rows), tuple(anchors)))
    return Annex(SHEETS, tuple(blocks))


def deductions(material: Material) -> Annex:
    """Everything that was not had, with reason and what it rests on."""
    heads = (
        Column("考核对象", 2), Column("指标", 2.6), Column("扣分", 0.9, _C),
        Column("原因", 3.4), Column("依据", 2.4),
    )  # fmt: skip
    blocks: list[Block] = []
    for n, row in enumerate(material.rounds, 1):
        rows: list[tuple[str, ...] | str] = [row.kind]
        anchors, links = [f"lost{n}"], [""]
        for item in row.lost():
            rows.append((
                item.subject.name, item.criterion.name, points(item.points),
                item.reason or "按规则计分", "、".join(item.bases),
            ))  # fmt: skip
            anchors.append("")
            links.append(_sheet_anchor(n, item.subject.result.key))
        for s in row.ranked:
            for code in s.result.vetoes:
                note = s.notes.get(code, {})
                name = next(c.name for c in row.scheme.criteria if c.code == code)
                bases = "、".join(note.get("bases", ()))
                rows.append((s.name, name, "一票否决", note.get("reason", ""), bases))
                anchors.append("")
                links.append(_sheet_anchor(n, s.result.key))
        blocks.append(Table(heads, tuple(rows), tuple(anchors), tuple(links)))
    return Annex(LOST, tuple(blocks), landscape=True)


def ballots(material: Material) -> Annex:
    """Counts of each ballot; of a group that was too small nothing but the slips."""
    heads = (
        Column("测评对象", 2.4), Column("名称", 2.6), Column("参评人员", 1.6),
        Column("发出", 0.8, _C), Column("收回", 0.8, _C), Column("有效", 0.8, _C),
        Column("无效", 0.8, _C), Column("弃权", 0.8, _C), Column("得分", 1, _C),
    )  # fmt: skip
    rows = tuple(
        (
            b["subject"], b["title"], b["group"], str(b["issued"]), str(b["returned"]),
            *("--" if b[k] is None else str(b[k]) for k in ("valid", "spoiled", "abstained")),
            b["score"] or "不显示",
        )
        for b in material.ballots
    )  # fmt: skip
    anchors = ("ballots", *("" for _ in rows))[: len(rows)]
    return Annex(BALLOTS, (Table(heads, rows, anchors),), landscape=True)


def sources(material: Material, facts: Sequence[Fact]) -> Annex:
    """What each figure of the text counts; the number leads on to where that stands."""
    heads = (
        Column("编号", 0.8, _C), Column("数字", 1.1, _C), Column("含义", 3.4),
        Column("统计对象和来源", 4.4),
    )  # fmt: skip
    said = "正文数字由已公布的考核结果统计得出。电子文本中，点正文数字到本表，点编号到所统计的表。"
    of = [
        Paragraph(f"{source_of(row)}，摘要（SHA-256）前16位{row.noted['digest'][:16]}。")
        for row in material.rounds
    ]
    rows = tuple((str(f.number), f.value, f.meaning, f.source) for f in facts)
    anchors, links = tuple(f.anchor for f in facts), tuple(f.to for f in facts)
    return Annex(SOURCES, (Paragraph(said), *of, Table(heads, rows, anchors, links)))


def _sheet_anchor(n: int, key: str) -> str:
    return f"sheet{n}-{key}"


def _sign(nature: Nature) -> str:
    return {Nature.ADD: "加分：", Nature.DEDUCT: "扣分："}.get(nature, "")


def _numeral(n: int) -> str:
    return "一二三四五六七八九十"[n - 1]

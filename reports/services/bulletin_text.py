"""What a 督查通报 says: figures and text from its frozen data, and back. Pure: no database.

The text is lines: one that begins with 一、 is a heading of the first level, with
（一） of the second, any other a paragraph. `draft` writes it, a person edits it,
`paper` sets it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from reports.documents.content import (
    Annex,
    Block,
    Column,
    Heading,
    Imprint,
    OfficialPaper,
    Paragraph,
)
from reports.documents.lines import chinese_date

Data = Mapping[str, Any]
MOST_NAMED = 20
"""Units named in one sentence; beyond that the annex lists them all."""
FIRST = re.compile(r"[一二三四五六七八九十]+、")
SECOND = re.compile(r"（[一二三四五六七八九十]+）")
FIGURE = re.compile(r"\d+(?:\.\d+)?\s*(?:%|个单位|家单位|个次|项|次)")
LAMPS = {"green": "正常", "yellow": "临期", "red": "逾期", "done": "办结", "idle": "未启动"}
COLUMNS = (
    Column("序号", 1.0, "center"),
    Column("单位", 3.4),
    Column("分管领导", 2.0),
    Column("应报", 1.0, "center"),
    Column("已报", 1.0, "center"),
    Column("报送情况", 2.2),
    Column("灯色", 1.4, "center"),
    Column("主要问题和判定依据", 4.6),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of a bulletin's data; a unit counts once in each round (个次 over several)."""

    rounds: int
    total: int
    submitted: int
    on_time: int
    late: int
    zero: int
    missing: int
    due: int
    reported: int
    lamps: Mapping[str, int]

    def share(self, count: int) -> str:
        """`count` of the total in per cent, to one place: 71.9%; 0% of nothing."""
        return percent(count, self.total)


def percent(count: int, of: int) -> str:
    """71.9%, 100%; half up."""
    if not of:
        return "0%"
    exact = (Decimal(100 * count) / of).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{exact.normalize():f}%"


def figures(data: Data) -> Figures:
    """The counts, from the frozen rows alone."""
    rows = data["rows"]
    submitted = [row for row in rows if row["state"] == "submitted"]
    late = sum(row["is_late"] for row in submitted)
    return Figures(
        rounds=len(data["rounds"]),
        total=len(rows),
        submitted=len(submitted),
        on_time=len(submitted) - late,
        late=late,
        zero=sum(row["is_zero"] for row in submitted),
        missing=len(rows) - len(submitted),
        due=sum(row["due"] for row in rows),
        reported=sum(row["reported"] for row in rows),
        lamps={lamp: sum(row["lamp"] == lamp for row in rows) for lamp in LAMPS},
    )


def draft(data: Data) -> str:
    """The first text: opening, overall picture, what is good, what is not, what is asked."""
    f = figures(data)
    many = f.rounds > 1
    word = "个次" if many else "个单位"
    rounds = data["rounds"]
    until = date.fromisoformat(data["on"])
    if many:
        what = f"本时段共开展督查{f.rounds}次，应报送{f.total}个次"
    else:
        title = rounds[0]["title"] if rounds else "督查"
        what = f"{title}范围内共{f.total}个单位"
    lines = [
        f"按照年度督查安排，{office_of(data['issuer'])}对各责任单位落实党风廉政建设主体责任情况进行了督查。"
        f"现将截至{chinese_date(until)}的有关情况通报如下。",
        "一、总体情况",
        f"{what}。已报送{f.submitted}{word}，占{f.share(f.submitted)}，"
        f"其中按期报送{f.on_time}{word}，占{f.share(f.on_time)}；"
        f"逾期补报{f.late}{word}，占{f.share(f.late)}；"
        f"零报告{f.zero}{word}。尚未报送{f.missing}{word}，占{f.share(f.missing)}。",
        f"各单位应报任务合计{f.due}项，已报进展{f.reported}项，占{percent(f.reported, f.due)}。",
        "按单位综合判定："
        + "，".join(f"{label}{f.lamps[lamp]}{word}" for lamp, label in LAMPS.items())
        + "。",
        "二、好的方面",
        _good(data),
        "三、存在问题",
        *_problems(data),
        "四、下一步要求",
        "（一）抓紧补报整改。尚未报送和被退回补正的单位要立即补报，逐项说明原因和完成时间。",
        "（二）压实分管责任。各责任领导要对分管单位的问题逐项过问，督促限期整改。",
        "（三）从严跟踪问效。对判定为逾期的事项逐项跟踪督办，整改到位后销号。",
    ]
    return "\n".join(lines)


def office_of(issuer: str) -> str:
    """Who supervises and issues the bulletin: the government's office."""
    return f"{issuer}办公室" if issuer.endswith("政府") else issuer


def _good(data: Data) -> str:
    whole = [
        row for row in data["rows"]
        if row["state"] == "submitted" and not row["is_late"] and row["due"]
        and row["reported"] == row["due"] and row["lamp"] in ("green", "done")
    ]  # fmt: skip
    if not whole:
        return "本次没有按期且逐项报送进展的单位。"
    return f"{named(whole, data)}按期报送，所承担任务逐项报告了进展。"


def _problems(data: Data) -> list[str]:
    rows = data["rows"]
    found: list[str] = []

    def add(title: str, text: str) -> None:
        found.append(f"（{'一二三四五'[len(found)]}）{title}。{text}")

    if missing := [row for row in rows if row["state"] == "waiting"]:
        add("未按要求报送", f"{named(missing, data)}未报送。")
    if back := [row for row in rows if row["state"] == "returned"]:
        add("报送质量不高", f"{named(back, data)}报送后被退回补正，至今未再报送。")
    if late := [row for row in rows if row["is_late"]]:
        add("逾期补报", f"{named(late, data)}超过期限后补报。")
    if silent := [row for row in rows if row["state"] == "submitted" and row["unsaid"]]:
        texts = [f"{label(row, data)}的{'、'.join(row['unsaid'][:5])}" for row in silent]
        add("任务没有进展", "；".join(texts[:MOST_NAMED]) + _rest(len(texts)) + "未报告进展。")
    if judged := [row for row in rows if row["is_judged"] and row["lamp"] in ("red", "yellow")]:
        texts = [
            f"{label(row, data)}判定为{LAMPS[row['lamp']]}，{row['reason'].rstrip('。')}"
            for row in judged
        ]
        add("推进滞后", "；".join(texts[:MOST_NAMED]) + _rest(len(texts)) + "。")
    return found or ["本次没有发现未报送、逾期或推进滞后的单位。"]


def named(rows: list[dict[str, Any]], data: Data) -> str:
    """县财政局、柳河镇等23个单位: each unit once, no more than twenty of them; round by round."""
    many = len(data["rounds"]) > 1
    told = []
    for number, held in enumerate(data["rounds"]):
        units = [str(row["unit"]) for row in rows if row["round"] == number or not many]
        names = list(dict.fromkeys(units))
        if names:
            told.append(
                (f"{held['title']}中，" if many else "")
                + "、".join(names[:MOST_NAMED])
                + _rest(len(names))
            )
    return "；".join(told)


def _rest(count: int) -> str:
    return f"等{count}个单位" if count > MOST_NAMED else ""


def label(row: Mapping[str, Any], data: Data) -> str:
    """A unit's name, with the round where the data has several."""
    if len(data["rounds"]) == 1:
        return str(row["unit"])
    return f"{row['unit']}（{data['rounds'][row['round']]['title']}）"


def strange_figures(body: str, data: Data) -> list[str]:
    """The counts and percentages of a text that its data does not give, in their order."""
    known = {squeezed(found) for found in FIGURE.findall(draft(data))}
    return [
        found
        for found in dict.fromkeys(squeezed(text) for text in FIGURE.findall(body))
        if found not in known
    ]


def squeezed(text: str) -> str:
    return "".join(text.split())


def blocks(body: str) -> tuple[Block, ...]:
    """The text's lines as headings and paragraphs; a sentence that goes on stays in its line."""
    found: list[Block] = []
    for line in filter(None, (line.strip() for line in body.splitlines())):
        if FIRST.match(line):
            found.append(Heading(1, line))
        elif SECOND.match(line):
            head, mark, rest = line.partition("。")
            found.append(Heading(2, head + mark, rest))
        else:
            found.append(Paragraph(line))
    return tuple(found)


def table_rows(data: Data) -> tuple[tuple[str, ...] | str, ...]:
    """一览表: one row a unit, the rounds' names between them where there are several."""
    made: list[tuple[str, ...] | str] = []
    last = -1
    for number, row in enumerate(data["rows"], start=1):
        if len(data["rounds"]) > 1 and row["round"] != last:
            last = row["round"]
            made.append(str(data["rounds"][last]["title"]))
        made.append(
            (
                str(number),
                row["unit"],
                row["leaders"].replace("、", "\n"),
                str(row["due"]),
                str(row["reported"]),
                state_words(row),
                LAMPS[row["lamp"]],
                "；".join(filter(None, (row["problems"], row["reason"]))),
            )
        )
    return tuple(made)


def state_words(row: Mapping[str, Any]) -> str:
    """How a unit reported."""
    if row["state"] == "submitted":
        told = "零报告" if row["is_zero"] else "已报送"
        return f"{told}（逾期补报）" if row["is_late"] else told
    return "退回补正" if row["state"] == "returned" else "未报送"


@dataclass(frozen=True, slots=True)
class Front:
    """What stands around a bulletin's text: who issues it, its number, its day."""

    issuer: str
    number: str
    dated: date
    layout: str


def paper(title: str, body: str, data: Data, front: Front) -> OfficialPaper:
    """The bulletin as 通报 (general form) or 简报, with its 一览表 as a landscape annex."""
    office = office_of(front.issuer)
    rows = table_rows(data)
    annexes = (Annex.of_table("督查情况一览表", COLUMNS, rows),) if rows else ()
    is_brief = front.layout == "brief"
    return OfficialPaper(
        title=title,
        head="督查简报" if is_brief else f"{office}文件",
        number=front.number,
        addressee="" if is_brief else "各乡镇人民政府，县政府各部门，县直各单位",
        body=blocks(body),
        signature=office,
        dated=front.dated,
        sealed=not is_brief,
        annexes=annexes,
        imprint=Imprint(issuer=office, issued_on=front.dated, copies_to="县政府领导，县纪委监委"),
        form="bulletin" if is_brief else "general",
    )

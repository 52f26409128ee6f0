"""Invented papers of the invented county 安和县."""

from __future__ import annotations

import random
from datetime import date

from reports.documents.content import (
    Annex,
    Block,
    Column,
    Heading,
    Imprint,
    OfficialPaper,
    Paragraph,
    SlotLine,
)

DUTY = (
    "各乡镇人民政府、县直各部门要把握全年工作节奏，逐级压实主体责任，对照任务分解表明确的时限"
    "和标准逐条细化措施，于每季度末报送进展，确保各项任务见人见事、落到实处。"
)
WATCH = (
    "县政府督查室要建立工作台账，对进展迟缓的及时提醒——必要时发出督办单；对推诿应付的，"
    "依规依纪依法追究责任。联络员：喆堃、珺祎、艾力·买买提，联系电话：0123-4567890。"
)
COLUMNS = (
    Column("序号", 0.5, "center"),
    Column("重点任务", 3.4),
    Column("责任领导", 1.3, "center"),
    Column("责任人员", 1.5, "center"),
    Column("牵头单位", 1.5, "center"),
    Column("责任单位", 2.4),
    Column("完成时限", 1.5, "center"),
)


def task_rows(count: int) -> tuple[tuple[str, ...], ...]:
    """So many rows of a 任务分解表."""
    return tuple(
        (
            str(n),
            f"完善第{n}类廉政风险点排查机制，建立风险清单和防控措施清单，实行分级管理",
            "副县长李玥",
            "县财政局局长陈昇",
            "县财政局",
            "县审计局、县发展改革局，各乡镇人民政府",
            f"2026年{n % 12 + 1}月底",
        )
        for n in range(1, count + 1)
    )


def body() -> tuple[Block, ...]:
    """A text with all heading levels and four slots."""
    return (
        Paragraph(DUTY),
        Heading(1, "一、总体要求"),
        Paragraph(DUTY + WATCH),
        Heading(1, "二、重点任务"),
        Heading(
            2, "（一）规范权力运行。", "健全集体决策制度，凡属“三重一大”事项一律集体研究。" + DUTY
        ),
        SlotLine("责任领导", "副县长李玥"),
        SlotLine("责任人员", "县财政局局长陈昇"),
        SlotLine("牵头单位", "县财政局"),
        SlotLine("责任单位"),
        Heading(2, "（二）改进工作作风"),
        Heading(3, "1.精简会议文件。", WATCH),
        Heading(4, "（1）严控规模。", DUTY),
        Heading(1, "三、保障措施"),
        Paragraph(WATCH + DUTY),
    )


def letter(**changes: object) -> OfficialPaper:
    """A paper of about two pages."""
    given: dict[str, object] = {
        "title": "安和县人民政府关于做好2026年度政府系统党风廉政建设重点工作的通知",
        "head": "安和县人民政府文件",
        "number": "安政发〔2026〕10号",
        "addressee": "各乡镇人民政府，县政府各部门、各直属机构",
        "body": body(),
        "signature": "安和县人民政府",
        "dated": date(2026, 3, 28),
        "note": "此件公开发布",
        "imprint": Imprint("安和县人民政府办公室", date(2026, 3, 30), "县委各部门，县监委，县法院"),
    }
    return OfficialPaper(**(given | changes))  # type: ignore[arg-type]


def with_annexes(rows: int = 12) -> OfficialPaper:
    """The paper with a landscape table and a text as annexes."""
    return letter(
        annexes=(
            Annex.of_table("安和县2026年度党风廉政建设重点任务分解表", COLUMNS, task_rows(rows)),
            Annex("工作联系人名单及有关部门职责分工说明", (Paragraph(DUTY),)),
        )
    )


def hanzi() -> list[str]:
    """1500 common characters."""
    return [bytes([a, b]).decode("gb2312") for a in range(0xB0, 0xD7) for b in range(0xA1, 0xFA)][
        :1500
    ]


def punctuated(paragraphs: int, seed: int = 7) -> tuple[Paragraph, ...]:
    """Random text thick with marks, figures, names and quotations."""
    dice = random.Random(seed)
    known = hanzi()

    def word(count: int) -> str:
        return "".join(dice.choice(known) for _ in range(count))

    def mark() -> str:
        return dice.choice(
            [
                *("，", "，", "，", "；", "、", "：", "？", "！", "①", "℃", "2026年", "3月28日"),
                f"《{word(5)}》",
                f"“{word(4)}”，",
                f"“{word(4)}”",
                f"（{word(3)}）",
                f"——{word(4)}，",
                f"……{word(2)}，",
                f"“《{word(4)}》”、",
                f"{word(2)}·{word(3)}",
                "提高9.5%，",
                "〔2026〕12号",
            ]
        )

    return tuple(
        Paragraph(
            "".join(word(dice.randint(3, 14)) + mark() for _ in range(dice.randint(5, 10)))
            + word(3)
            + "。"
        )
        for _ in range(paragraphs)
    )


def outgoing_letter(**changes: object) -> OfficialPaper:
    """A paper of the letter form (信函) of three pages."""
    given: dict[str, object] = {
        "form": "letter",
        "head": "安和县人民政府办公室",
        "number": "安政函〔2026〕12号",
        "title": "安和县人民政府办公室关于商请支持党风廉政建设责任制检查工作的函",
        "signature": "安和县人民政府办公室",
        "sealed": False,
    }
    return letter(**(given | changes))


def bulletin(**changes: object) -> OfficialPaper:
    """A 简报."""
    given: dict[str, object] = {
        "form": "bulletin",
        "head": "党风廉政建设工作简报",
        "number": "第3期",
        "title": "柳河镇压实责任链条情况",
        "addressee": "",
        "signature": "安和县党风廉政建设工作领导小组办公室",
        "note": "",
    }
    return letter(**(given | changes))

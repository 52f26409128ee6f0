"""操作记录.pdf of the evidence package: the events as a landscape table."""

from __future__ import annotations

from collections.abc import Sequence

from ..documents.content import Annex, Column, OfficialPaper, Paragraph
from ..documents.pdf import render_pdf

MOST_LINES = 2000
SHOWN = ("时间", "操作人", "单位", "动作", "对象", "变更项", "变更前", "变更后", "理由", "账本序号")
WIDTHS = (14, 8, 12, 8, 18, 10, 14, 14, 14, 8)


def render(
    *, county: str, purpose: str, asker: str, columns: Sequence[str], lines: Sequence[Sequence[str]]
) -> bytes:
    """The first MOST_LINES lines on paper; the Excel and JSON files hold all."""
    at = [list(columns).index(name) for name in SHOWN]
    rows = tuple(tuple(line[i] for i in at) for line in lines[:MOST_LINES])
    left_out = len(lines) - len(rows)
    body = (
        Paragraph(f"用途：{purpose}"),
        Paragraph(f"导出人：{asker}"),
        Paragraph(
            f"本证据包共{len(lines)}条操作记录，逐条见附件。"
            + (f"纸面只列前{MOST_LINES}条，其余见同包Excel文件。" if left_out > 0 else "")
        ),
        Paragraph(
            "记录的真实性以同包账本、存证点和离线校验程序核对的结果为准，核对方法见校验说明。"
        ),
    )
    paper = OfficialPaper(
        title=f"{county}党风廉政建设主体责任审计轨迹",
        body=body,
        annexes=(
            Annex.of_table(
                "操作记录",
                tuple(Column(name, width=w) for name, w in zip(SHOWN, WIDTHS, strict=True)),
                rows,
            ),
        ),
    )
    return render_pdf(paper)

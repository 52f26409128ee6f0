"""文书措辞 as it will look: blocks of a paper with invented values in its places."""

from __future__ import annotations

from django.utils import timezone

from accountability.models import County
from reports.models import WordedPaper
from reports.services import dispatch_text, letter_making
from reports.services.wordings import filled

# What stands in a place until a paper is made; the county's own names are its own.
SAMPLES = {
    "姓名": "（姓名）",
    "职务": "（单位和职务）",
    "单位": "（单位）",
    "文件": "（文件标题）",
    "内容": "（责任分工或任务分解）",
    "轮次": "1",
}


def preview(county: County, paper: str, part: str, text: str) -> list[tuple[str, str]]:
    """("h1" | "h2" | "p", text) of each line of the part as it will be printed."""
    if paper == WordedPaper.LETTER:
        blocks = letter_making.preview(county, part, text)
        return [(kind, line) for kind, line in blocks]
    issuer = county.issuer
    values = SAMPLES | {
        "年度": str(timezone.localdate().year),
        "县": county.name,
        "发文机关": issuer,
        "印发机关": f"{issuer}办公室" if issuer.endswith("政府") else issuer,
    }
    shown = filled(text, values)
    if paper == WordedPaper.DISPATCH:
        kinds = {"l1": "h1", "l2": "h2"}
        return [(kinds.get(css, "p"), a + b) for css, a, b in dispatch_text.levels_of(shown)]
    return [("p", line) for line in shown.splitlines() if line.strip()]

"""Papers for benches: 20 items as the demo's, or 300 pages with 600 slots, as .docx and .txt."""

from __future__ import annotations

import os
import random
from pathlib import Path

from tasks.outline.numbering import chinese_numeral
from tests.tasks.outline import docx_maker as d

ROOT = Path(__file__).resolve().parents[2]
SECTIONS, ITEMS, LINES = 15, 10, 12
LABELS = ("责任领导：", "责任人员：", "牵头单位：", "责任单位：")
WORDS = (
    "各责任单位", "逐项登记", "核对台账", "公开结果", "县财政局", "项目变更", "会议经费", "柳河镇",
    "如实报送", "逐一说明原因", "依规处理", "采购合同", "补贴名单", "由县审计局抽查", "限期整改",
    "窗口收费", "闲置房产", "拖欠账款", "纳入考核", "一般性支出",
)  # fmt: skip


def small() -> tuple[str, bytes]:
    """Paper 000 of PORTAL_SEEDS_DIR where it is at hand, else the demo county's opinion."""
    folder = Path(os.environ.get("PORTAL_SEEDS_DIR") or ROOT.parent / "shared" / "seeds")
    found = sorted(folder.glob("000_*.txt"))
    path = found[0] if found else ROOT / "accountability" / "demo" / "opinion.txt"
    return ("paper 000" if found else "demo opinion"), path.read_bytes()


def lines() -> list[str]:
    """The text of 300 pages of 22 × 28: 15 sections, 150 items, 600 empty slots."""
    rng = random.Random(7)
    found = ["安和县2026年落实党风廉政建设主体责任实施意见"]
    for section in range(SECTIONS):
        found.append(f"{chinese_numeral(section + 1)}、{_some(rng, 3)}")
        for item in range(ITEMS):
            found.append(f"（{chinese_numeral(item + 1)}）{_some(rng, 3)}。{_text(rng, 80)}")
            found += [_text(rng, 92) for _ in range(LINES)]
            if item == 0:
                found.append("县政府每季度听取一次汇报。")
            found += LABELS
    return found


def _some(rng: random.Random, count: int) -> str:
    return "".join(rng.sample(WORDS, count))


def _text(rng: random.Random, length: int) -> str:
    text = ""
    while len(text) < length:
        text += _some(rng, 4) + "，"
    return text[:-1] + "。"


def as_txt(text: list[str]) -> bytes:
    return "\n".join(text).encode()


def as_docx(text: list[str]) -> bytes:
    """As Word writes it: fonts and sizes on every run, a layout on every paragraph."""
    style = (
        '<w:rFonts w:hint="eastAsia" w:ascii="仿宋_GB2312" w:eastAsia="仿宋_GB2312"/>'
        '<w:color w:val="000000"/><w:sz w:val="32"/><w:szCs w:val="32"/>'
    )
    layout = '<w:spacing w:line="560" w:lineRule="exact"/><w:ind w:firstLineChars="200"/>'
    return d.make(
        *(
            d.paragraph(
                *(d.run(line[at : at + 30], style) for at in range(0, len(line), 30)),
                properties=f"{layout}<w:rPr>{style}</w:rPr>",
            )
            for line in text
        )
    )

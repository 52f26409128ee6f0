"""A letter's canonical text as an official paper; PDF and docx are both made of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from reports.documents.content import Annex, Block, Column, Heading, OfficialPaper, Paragraph, Table
from reports.models import LetterAnnex

# Widths in millimetres of the 156 there are: four characters fit into the narrow ones.
ITEM_COLUMNS = (
    Column("序号", 23.8, "center"),
    Column("责任事项", 71.4),
    Column("承担", 20.2),
    Column("牵头单位", 20.4),
    Column("完成时限", 20.2, "center"),
)
SIGNING_PAGE = "双方签署页"
ANNEX_COLUMNS = (
    Column("附页", 17, "center"),
    Column("变更内容", 70),
    Column("依据", 43),
    Column("日期", 26, "center"),
)
PARTY_COLUMNS = (Column("甲方"), Column("乙方"))


def letter_paper(content: dict[str, Any], digest: str, check_code: str) -> OfficialPaper:
    """The paper. Its last page is the signing page: the places of the signatures are on it."""
    body: list[Block] = []
    for kind, text in content["blocks"]:
        if kind == "h1":
            body.append(Heading(1, text))
        elif kind == "h2":
            body.append(Heading(2, text))
        else:
            body.append(Paragraph(text))
        if kind == "items" and content["items"]:
            body.append(Table(ITEM_COLUMNS, tuple(_row(item) for item in content["items"])))
    return OfficialPaper(
        title=content["title"],
        head=content["issuer"],
        number=content["number"],
        body=tuple(body),
        annexes=(Annex(SIGNING_PAGE, _signing_page(content, digest, check_code), is_listed=False),),
    )


def annex_paper(content: dict[str, Any], annexes: Sequence[LetterAnnex]) -> OfficialPaper:
    """变更附页: what changed in a signed letter and on what ground; it needs no new signature."""
    party_a, party_b = content["party_a"], content["party_b"]
    rows = tuple((f"附页{a.serial}", a.text, a.basis, _day(a.made_at)) for a in annexes)
    return OfficialPaper(
        title=f"{content['title']}变更附页",
        head=content["issuer"],
        number=content["number"],
        body=(
            Paragraph(
                f"甲方{party_a['post']}{party_a['name']}与乙方{party_b['post']}{party_b['name']}"
                f"签订的{content['title']}（{content['number']}）继续有效，"
                "下列事项按本附页执行，不再重新签署。"
            ),
            Table(ANNEX_COLUMNS, rows),
        ),
    )


def _day(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d}"


def _row(item: dict[str, Any]) -> tuple[str, ...]:
    text = item["text"].strip()
    what = item["heading"] if not text or text == item["heading"] else f"{item['heading']}\n{text}"
    return (item["number"], what, item["part"], item["lead"], item["due"])


def _signing_page(content: dict[str, Any], digest: str, check_code: str) -> tuple[Block, ...]:
    parties = tuple(_named(content[side]) for side in ("party_a", "party_b"))
    return (
        Paragraph(f"责任书编号：{content['number']}"),
        Paragraph(f"正文摘要（SHA-256）：{in_eights(digest)}"),
        Paragraph(f"校验码：{check_code}"),
        Paragraph("双方已阅读责任书全文，愿按约定履责，接受监督考核。"),
        Table(PARTY_COLUMNS, (parties,)),
    )


def _named(party: dict[str, str]) -> str:
    return f"{party['post']}\n{party['name'] or '（空缺）'}"


def in_eights(digest: str) -> str:
    """A digest in groups of eight signs, to be compared by eye."""
    return " ".join(digest[i : i + 8] for i in range(0, len(digest), 8))

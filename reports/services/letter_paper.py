"""A letter's canonical text as an official paper; PDF and docx are both made of it."""

from __future__ import annotations

from typing import Any

from reports.documents.content import Annex, Block, Column, Heading, OfficialPaper, Paragraph, Table

ITEM_COLUMNS = (
    Column("序号", 1.9, "center"),
    Column("责任事项", 5.0),
    Column("承担", 2.0),
    Column("牵头单位", 2.4),
    Column("完成时限", 1.7, "center"),
)
SIGNING_PAGE = "双方签署页"
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
        Paragraph("双方已阅读责任书全文，愿按约定履行责任，接受监督和考核。"),
        Table(PARTY_COLUMNS, (parties,)),
    )


def _named(party: dict[str, str]) -> str:
    return f"{party['post']}\n{party['name'] or '（空缺）'}"


def in_eights(digest: str) -> str:
    """A digest in groups of eight signs, to be compared by eye."""
    return " ".join(digest[i : i + 8] for i in range(0, len(digest), 8))

"""The canonical text of a promise, and the paper that is made of it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from reports.documents.content import Annex, Block, Column, OfficialPaper, Paragraph, Table
from reports.models import Promise, PromiseKind
from reports.services.letter_paper import in_eights

FORMAT = 1
TITLES = {
    PromiseKind.PUBLIC: "党风廉政建设公开承诺书",
    PromiseKind.INTEGRITY: "廉政承诺书",
}
PROMISER = "承诺人"
SIGNING_PAGE = "承诺人签署页"


def canonical(promise: Promise, number: str) -> tuple[str, str]:
    """(the canonical text, its SHA-256); the same input gives the same bytes."""
    content = {
        "format": FORMAT,
        "kind": promise.kind,
        "number": number,
        "title": title_of(promise),
        "issuer": promise.county.issuer,
        "year": promise.year,
        "name": promise.person.name,
        "post": promise.post.title,
        "unit": promise.unit.name,
        "lines": promise.text.split("\n"),
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text, hashlib.sha256(text.encode()).hexdigest()


def read(text: str) -> dict[str, Any]:
    """The parts of a canonical text."""
    content: dict[str, Any] = json.loads(text)
    return content


def title_of(promise: Promise) -> str:
    """2026年度廉政承诺书."""
    return f"{promise.year}年度{TITLES[PromiseKind(promise.kind)]}"


def signing_paper(promise: Promise) -> OfficialPaper:
    """The paper that is signed: its last page has the places of the signature and the seal.

    Without a frozen text it is the draft, without code and digest.
    """
    frozen = bool(promise.digest)
    content = read(promise.content if frozen else canonical(promise, "")[0])
    page: list[Block] = [Paragraph(f"编号：{content['number'] or '审核后编号'}")]
    if frozen:
        page += [
            Paragraph(f"正文摘要（SHA-256）：{in_eights(promise.digest)}"),
            Paragraph(f"校验码：{promise.check_code}"),
        ]
    page += [
        Paragraph("承诺内容已经本人阅读确认，自愿接受组织和社会监督。"),
        Table(
            (Column("承诺人单位和职务"), Column("姓名")),
            ((f"{content['unit']}\n{content['post']}", content["name"]),),
        ),
    ]
    # A person promises, no organ issues: there is no red head, the number is on the last page.
    return OfficialPaper(
        title=content["title"],
        body=tuple(Paragraph(line) for line in content["lines"]),
        annexes=(Annex(SIGNING_PAGE, tuple(page), is_listed=False),),
    )

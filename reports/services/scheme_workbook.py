"""考核方案 as Excel: three sheets, out and in again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from accountability.refusals import Invalid
from accountability.workbook import Column, Sheet, Unreadable, read, write
from accountability.workbook.reading import Book, Row
from reports.assessment import Band, Criterion, Method, Nature, Quota, Scheme
from reports.assessment.points import plain
from reports.models import Occasion, SubjectKind
from reports.models.scheme import METHOD_CHOICES, NATURE_CHOICES
from reports.rules import rule_names

SCHEME = Sheet(
    "方案",
    (
        Column("方案名称", "title", is_required=True, width=36),
        Column("考核对象", "kind", "choice", is_required=True, width=12),
        Column("考核类型", "occasion", "choice", is_required=True, width=12),
        Column("专门考核事项", "topic", width=20),
        Column("加分上限", "add_cap", width=10),
        Column("扣分上限", "deduct_cap", width=10),
        Column("名额等次", "quota_grade", width=10),
        Column("名额比例", "quota_percent", width=10),
        Column("否决后的等次", "veto_grade", width=14),
    ),
    "一行，名额比例写百分数的数字，如 30。",
)
BANDS = Sheet(
    "等次",
    (
        Column("等次", "name", is_required=True),
        Column("下限", "low", width=10),
        Column("含下限", "low_in", "bool", width=8),
        Column("上限", "high", width=10),
        Column("含上限", "high_in", "bool", width=8),
    ),
    "从高到低。最高等次不填上限，最低等次不填下限。",
)
CRITERIA = Sheet(
    "指标",
    (
        Column("编号", "code", is_required=True, width=10),
        Column("上级编号", "parent", width=10),
        Column("性质", "nature", "choice", is_required=True, width=10),
        Column("考核内容", "name", is_required=True, width=40),
        Column("评分标准", "standard", width=60),
        Column("分值", "points", width=8),
        Column("权重", "weight", width=8),
        Column("评分方式", "method", "choice", width=18),
        Column("系统规则", "rule", "choice", width=18),
        Column("每项扣分", "per_case", width=10),
    ),
    "一行一项。上级编号写所属部分或类别的编号。",
)
SHEETS = (SCHEME, BANDS, CRITERIA)
MOST_TOLD = 5
LARGEST = Decimal(9999)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a workbook holds: the scheme, and what it is for."""

    core: Scheme
    kind: str
    occasion: str
    topic: str


def _words() -> dict[str, dict[str, str]]:
    """Word → value of the choice columns; "" where the column may be empty."""
    return {
        "kind": {label: value for value, label in SubjectKind.choices},
        "occasion": {label: value for value, label in Occasion.choices},
        "nature": {label: value for value, label in NATURE_CHOICES},
        "method": {"": Method.REVIEW.value} | {label: value for value, label in METHOD_CHOICES},
        "rule": {"": ""} | {label: code for code, label in rule_names().items()},
    }


def export(core: Scheme, *, kind: str, occasion: str, topic: str) -> bytes:
    """The scheme as a workbook that `load` reads back the same."""
    words = _words()
    back = {key: {value: word for word, value in of.items()} for key, of in words.items()}
    head: dict[str, Any] = {
        "title": core.title,
        "kind": back["kind"][kind],
        "occasion": back["occasion"][occasion],
        "topic": topic,
        "add_cap": _text(core.add_cap),
        "deduct_cap": _text(core.deduct_cap),
        "quota_grade": core.quota.grade if core.quota else "",
        "quota_percent": _text(core.quota.percent) if core.quota else "",
        "veto_grade": core.veto_grade,
    }
    bands = [
        {
            "name": b.name,
            "low": _text(b.low),
            "low_in": b.low_in if b.low is not None else None,
            "high": _text(b.high),
            "high_in": b.high_in if b.high is not None else None,
        }
        for b in core.bands
    ]
    names = dict(METHOD_CHOICES)
    criteria = [
        {
            "code": c.code,
            "parent": c.parent,
            "nature": back["nature"][c.nature.value],
            "name": c.name,
            "standard": c.standard,
            "points": plain(c.points) if c.points else "",
            "weight": _text(c.weight),
            "method": names[c.method.value] if c.points else "",
            "rule": back["rule"].get(c.rule, "") if c.rule else "",
            "per_case": _text(c.per_case),
        }
        for c in core.criteria
    ]
    return write(
        {SCHEME.name: [head], BANDS.name: bands, CRITERIA.name: criteria},
        words={key: [w for w in of if w] for key, of in words.items()},
        sheets=SHEETS,
    )


def load(data: bytes) -> Loaded:
    """The workbook as a scheme; `Invalid` names sheet, row and column of what is wrong."""
    try:
        book = read(data, choices=_words(), sheets=SHEETS)
    except Unreadable as error:
        raise Invalid(str(error)) from error
    wrong = [f"“{p.sheet}”第 {p.row} 行{p.column}：{p.message}" for p in book.problems]
    if not wrong:
        wrong = _missing(book)
    if wrong:
        raise Invalid(_told(wrong), details=wrong)
    reader = _Reader(book)
    (head,) = book.rows[SCHEME.name]
    values = head.values
    grade = values.get("quota_grade", "")
    percent = reader.number(head, "quota_percent")
    core = Scheme(
        title=values["title"][:100],
        criteria=tuple(reader.criterion(row) for row in book.rows[CRITERIA.name]),
        bands=tuple(reader.band(row) for row in book.rows[BANDS.name]),
        quota=Quota(grade, percent or Decimal(0)) if grade else None,
        veto_grade=values.get("veto_grade", ""),
        add_cap=reader.number(head, "add_cap"),
        deduct_cap=reader.number(head, "deduct_cap"),
    )
    if reader.wrong:
        raise Invalid(_told(reader.wrong), details=reader.wrong)
    return Loaded(core, values["kind"], values["occasion"], values.get("topic", ""))


def _told(wrong: list[str]) -> str:
    more = f"等 {len(wrong)} 处" if len(wrong) > MOST_TOLD else ""
    return "未导入，请改正后再导入：" + "；".join(wrong[:MOST_TOLD]) + more + "。"


def _missing(book: Book) -> list[str]:
    if len(book.rows.get(SCHEME.name, ())) != 1:
        return ["“方案”表应有且只有一行"]
    return [
        f"“{sheet.name}”表没有内容" for sheet in (BANDS, CRITERIA) if not book.rows.get(sheet.name)
    ]


class _Reader:
    """Numbers of cells; collects what is wrong with them."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.wrong: list[str] = []

    def number(self, row: Row, key: str) -> Decimal | None:
        text = row.values.get(key, "")
        if not text:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or abs(value) > LARGEST or value != round(value, 2):
            place = self.book.place(row.sheet, key)
            self.wrong.append(f"“{row.sheet}”第 {row.number} 行{place}：应为最多两位小数的数字")
            return None
        return value

    def criterion(self, row: Row) -> Criterion:
        values: Mapping[str, Any] = row.values
        nature = Nature(values["nature"])
        return Criterion(
            code=values["code"],
            name=values["name"],
            nature=nature,
            parent=values.get("parent", ""),
            points=self.number(row, "points") or Decimal(0),
            weight=self.number(row, "weight"),
            standard=values.get("standard", ""),
            method=Method(values.get("method", Method.REVIEW.value)),
            rule=values.get("rule", ""),
            per_case=self.number(row, "per_case"),
        )

    def band(self, row: Row) -> Band:
        low, high = self.number(row, "low"), self.number(row, "high")
        return Band(
            row.values["name"],
            low,
            high,
            low_in=bool(row.values.get("low_in")) if low is not None else True,
            high_in=bool(row.values.get("high_in")) if high is not None else False,
        )


def _text(value: Decimal | None) -> str:
    return "" if value is None else plain(value)

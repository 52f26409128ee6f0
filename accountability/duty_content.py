"""What is put on record of a duty, by its kind: the fields of each form and what they must hold.

The record is kept as JSON in exactly this shape; forms are made from it, services
judge by it, papers print by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from .models.duty_rule import DutyKind
from .private_numbers import found_in

Shape = Literal["line", "text", "number", "day", "choice", "units"]
MOST = {"line": 80, "text": 2000}
STUDY_FORMS = ("廉政党课", "中心组学习", "警示教育", "案件通报", "专题学习")
# What a 纪委 member looks at who attends a 民主生活会.
CHECK_POINTS = (
    ("listed", "责任制执行情况列为会议重要内容"),
    ("remarks", "主要负责人对班子成员作了廉政点评"),
    ("signs", "对苗头性、倾向性问题作了提醒"),
    ("former", "上次会议查找的问题已经整改"),
)
# What a record shows of each addressee of a report.
SENT, RECEIPT_ON, RECEIPT = "sent_on", "receipt_on", "receipt"


@dataclass(frozen=True, slots=True)
class ContentField:
    """One field of a record: its key in the JSON, its name on the page, its shape."""

    key: str
    label: str
    shape: Shape = "line"
    required: bool = False
    hint: str = ""
    choices: tuple[str, ...] = ()


F = ContentField
_PLACE = F("place", "地点", required=True)
_CHAIR = F("chair", "主持人", required=True)
_PRESENT = F("present", "出席人员", "text", required=True, hint="姓名之间用顿号分开")

FIELDS: dict[str, tuple[ContentField, ...]] = {
    DutyKind.MEETING: (
        F("time", "时间", hint="如 上午9时"),
        _PLACE,
        _CHAIR,
        _PRESENT,
        F("topics", "议题", "text", required=True, hint="一行一个议题"),
        F("decisions", "议定事项", "text", required=True, hint="一行一项"),
    ),
    DutyKind.HEARING: (
        _PLACE,
        _CHAIR,
        F("heard", "听取了哪些单位", "units"),
        F("summary", "汇报情况", "text", required=True),
        F("demands", "提出的要求", "text"),
    ),
    DutyKind.REPORT: (
        F("number", "报告文号", hint="没有文号的不填"),
        F("title", "报告标题", required=True),
    ),
    DutyKind.LIFE_MEETING: (
        _PLACE,
        _CHAIR,
        _PRESENT,
        F("topic", "会议主题", required=True),
        F("former", "上次整改事项落实情况", "text"),
    ),
    DutyKind.ACCOUNT: (
        _PLACE,
        F("before", "向谁述责述廉", required=True, hint="如 县委全会、本单位干部职工大会"),
        F("report", "述责述廉要点", "text", required=True),
        F("questions", "现场质询", "text", hint="一行一问，没有的写“无”"),
        F("feedback", "评议反馈", "text"),
        F("feedback_on", "反馈日期", "day"),
        F("demands", "整改要求", "text"),
    ),
    DutyKind.STUDY: (
        F("form", "形式", "choice", required=True, choices=STUDY_FORMS),
        _PLACE,
        F("topic", "主题", required=True),
        F("speaker", "主讲或主持", required=True),
        F("audience", "参加范围和人数", required=True),
    ),
    DutyKind.VISIT: (
        F("received", "接待和收到（件次）", "number", required=True),
        F("answered", "已经答复（件次）", "number", required=True),
        F("solved", "重点解决的问题", "text", hint="只写事项，不写来信来访人"),
    ),
    DutyKind.OTHER: (
        F("done", "做了什么", "text", required=True),
        F("result", "结果", "text"),
    ),
    DutyKind.TALK: (),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A record as it is kept, and the sentences about what is wrong, by field."""

    content: dict[str, Any]
    wrong: dict[str, list[str]]


def judge(kind: str, given: Mapping[str, Any], *, send_to: Sequence[str] = (), on: date) -> Judged:
    """`given` in the shape of its kind; nothing that the kind does not know is kept."""
    content: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    for field in FIELDS[kind]:
        value, sentence = _value(field, given.get(field.key), on=on)
        if sentence:
            wrong[field.key] = [sentence]
        elif value not in ("", None, []):
            content[field.key] = value
    if kind == DutyKind.VISIT and content.get("answered", 0) > content.get("received", 0):
        wrong.setdefault("answered", ["答复的件次不能多于收到的件次"])
    if send_to:
        sent, mistakes = _sendings(given, len(send_to), on=on)
        content["sendings"] = sent
        wrong |= mistakes
    return Judged(content, wrong)


def sending_key(number: int, part: str) -> str:
    """The form's name of one part of the sending to addressee `number` (from 0)."""
    return f"to{number}_{part}"


def _sendings(
    given: Mapping[str, Any], count: int, *, on: date
) -> tuple[list[dict[str, str]], dict[str, list[str]]]:
    """(each addressee's sending and receipt, what is wrong by the form's names)."""
    found: list[dict[str, str]] = []
    wrong: dict[str, list[str]] = {}
    for number in range(count):
        row: dict[str, str] = {}
        for part, shape, label in (
            (SENT, "day", "报送日期"),
            (RECEIPT_ON, "day", "签收日期"),
            (RECEIPT, "line", "签收凭据"),
        ):
            key = sending_key(number, part)
            value, sentence = _value(F(part, label, shape), given.get(key), on=on)  # type: ignore[arg-type]
            if sentence:
                wrong[key] = [sentence]
            row[part] = value or ""
        if row[RECEIPT_ON] and (not row[SENT] or row[RECEIPT_ON] < row[SENT]):
            wrong[sending_key(number, RECEIPT_ON)] = ["签收不能早于报送，请核对两个日期"]
        if bool(row[RECEIPT_ON]) != bool(row[RECEIPT]):
            wrong[sending_key(number, RECEIPT)] = ["签收日期和签收凭据请一并填写"]
        found.append(row)
    return found, wrong


def _value(field: ContentField, given: Any, *, on: date) -> tuple[Any, str]:
    """(the value as kept, what is wrong with it or "")."""
    if field.shape == "units":
        ids = sorted({int(v) for v in given or () if str(v).isdecimal()})
        return ids, "" if ids or not field.required else f"请选择{field.label}"
    if isinstance(given, date):
        given = given.isoformat()
    text = "\n".join(line.strip() for line in str(given if given is not None else "").splitlines())
    text = text.strip()
    if not text:
        return "", f"请填写{field.label}" if field.required else ""
    if field.shape == "day":
        return _day(text, on=on)
    if field.shape == "number":
        is_count = text.isdecimal() and len(text) <= 6
        return (int(text), "") if is_count else ("", f"{field.label}写数字")
    if field.shape == "choice":
        return (text, "") if text in field.choices else ("", f"{field.label}请从列表中选择")
    most = MOST[field.shape]
    if len(text) > most:
        return "", f"{field.label}不能超过 {most} 字，现有 {len(text)} 字"
    if number := found_in(text):
        return "", f"{field.label}中有{number}，本系统不收集，请删去后再保存"
    return text, ""


def _day(text: str, *, on: date) -> tuple[str, str]:
    try:
        value = date.fromisoformat(text)
    except ValueError:
        return "", "日期写作 2026-03-01"
    return (value.isoformat(), "") if value <= on else ("", "日期还没有到，请核对")


def held_on_of(kind: str, content: Mapping[str, Any], given: date | None) -> date | None:
    """The day on which the duty was done: a report's is the last sending, once all are sent."""
    sendings = content.get("sendings") or []
    if kind != DutyKind.REPORT or not sendings:
        return given
    days = [row[SENT] for row in sendings]
    return date.fromisoformat(max(days)) if all(days) else None


def missing_of(
    *,
    hand_in: Sequence[str],
    send_to: Sequence[str],
    handed: frozenset[str],
    content: Mapping[str, Any],
) -> list[str]:
    """What still has to be handed in: papers without a file or reference, receipts not there."""
    found = [label for label in hand_in if label not in handed]
    sendings = content.get("sendings") or [{}] * len(send_to)
    for name, row in zip(send_to, sendings, strict=False):
        if not row.get(SENT):
            found.append(f"报送{name}")
        elif not row.get(RECEIPT_ON):
            found.append(f"{name}的签收")
    return found

"""Which words name a slot, and which of the four standard slots each stands for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .model import SlotKind

_LEADER = re.compile(
    r"(?:责任|牵头|分管|主管|主抓|包抓|包联|包保|包挂|联系|挂钩|挂联|督办|具体|协管|县级|市级|区级|镇级"
    r"|县政府|县委|党政|班子|县|市|区|镇|乡镇){1,3}领导(?:干部|同志|成员)?"
)
_PERSON = re.compile(
    r"(?:第一|直接|主要|具体|部门|单位|科室|牵头|工作|整改|落实|分管){0,2}责任人员?"
    r"|(?:经办|承办|落实|具体承办|具体经办)人员?|(?:具体|工作|项目)?负责人员?"
)
_UNIT = re.compile(
    r"(?:牵头|主办|主责|主管|承办|责任|配合|协办|协同|协助|参与|参加|落实|实施|执行|承担|联办|共同|整改"
    r"|主要|具体|第一|直接|县级|县直|相关|有关|及其|及|和|或|与|/|、){1,5}"
    r"(?:单位|部门|科室|股室|处室|乡镇|镇街|机构|主体|站所|单位部门|部门单位)"
)
_UNIT_AND_PERSON = re.compile(
    r"(?:责任|牵头|主办|主责|承办|配合|协办|落实)(?:单位|部门)(?:及其?|和|与|、|/)?(?:具体|主要)?(?:责任人|负责人|联系人)员?"
)
_LEADS = re.compile(r"牵头|主办|主责|主管|承办")
_SHARES = re.compile(r"责任|配合|协办|协同|协助|参与|参加|落实|实施|执行|承担|联办|共同|整改")
_DEADLINE = re.compile(
    r"(?:计划|预计|要求|最终)?(?:完成|办理|办结|整改|落实|工作|推进|截止|截至|销号|任务)?"
    r"(?:时限|期限|时限要求|时间节点|时限节点)"
    r"|(?:计划|预计|要求)?(?:完成|截止|截至|办结|落实|整改完成)(?:时间|日期|时间要求)|时间要求"
)
_BRACKETS = str.maketrans("", "", "（）()[]【】 \t\u3000\n")
_LAST = frozenset("导部志成员人位门室乡镇街构体所限点求间期")
LONGEST = 14


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a label word stands for: a slot, or (kind None) the deadline."""

    kind: SlotKind | None
    confidence: float = 1.0
    reason: str = ""


DEADLINE = Meaning(None)


def meaning(word: str) -> Meaning | None:
    """What the word names, or None. Blanks and brackets in it do not matter."""
    bare = word.translate(_BRACKETS)
    if not 2 <= len(bare) <= LONGEST or bare[-1] not in _LAST:
        return None
    if _LEADER.fullmatch(bare):
        return Meaning(SlotKind.RESPONSIBLE_LEADER)
    if _PERSON.fullmatch(bare):
        return Meaning(SlotKind.RESPONSIBLE_PERSON)
    if _UNIT.fullmatch(bare):
        if _LEADS.search(bare):
            return Meaning(SlotKind.LEAD_UNIT)
        if _SHARES.search(bare):
            return Meaning(SlotKind.RESPONSIBLE_UNIT)
    if _UNIT_AND_PERSON.fullmatch(bare):
        kind = SlotKind.LEAD_UNIT if _LEADS.search(bare) else SlotKind.RESPONSIBLE_UNIT
        return Meaning(kind, 0.6, f"单位和人写在同一栏，按{kind.standard_name}读取")
    if _DEADLINE.fullmatch(bare):
        return DEADLINE
    return None

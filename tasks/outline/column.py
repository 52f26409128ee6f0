"""What a column of a task table holds, told by the words of its header."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from .slot_label import Meaning, meaning

_SPACES = re.compile(r"\s+")
_NUMBER = re.compile(r"序号|编号|项次|序次|项目号|任务号|事项号|No\.?|№", re.IGNORECASE)
_REMARK = re.compile(
    r"备注|说明|完成情况|进展|落实情况|推进情况|工作成效|存在问题|形象进度|佐证|状态|得分|分值|评分|电话|联系"
    r"|依据|来源|文号|职务|姓名|销号|验收|考核(?!内容|事项|指标|项目)|资金|投资|下步|督办情况"
)
_TASK_RANKS = (
    (
        3,
        re.compile(
            r"具体|措施|举措|分解|细化|工作要求|任务要求|落实要求|小项|子任务|内容及要求|工作标准"
        ),
    ),
    (
        2,
        re.compile(
            r"任务|事项|工作内容|主要内容|内容|要点|目标|问题|清单|项目名称|工作名称|条目|中项|工作$"
        ),
    ),
    (
        1,
        re.compile(r"类别|分类|方面|领域|板块|大项|类型|一级|专题|工作大类|责任类"),
    ),
)
_DEADLINE = re.compile(
    r"时限|期限|完成时间|完成日期|时间要求|时间节点|时间安排|截止|截至|^时间$|办结时间|序时"
)
_FIELD = re.compile("重点工作|主要工作")
"""These name the field that tasks belong to: broader than any column of tasks."""
_SHORT_SLOTS = {
    "牵头": "牵头单位",
    "主办": "主办单位",
    "责任": "责任单位",
    "配合": "配合单位",
    "协办": "协办单位",
    "责任人": "责任人",
    "领导": "责任领导",
    "单位": "责任单位",
    "部门": "责任部门",
    "负责人": "负责人",
}


class Content(StrEnum):
    NUMBER = "number"
    TASK = "task"
    SLOT = "slot"
    DEADLINE = "deadline"
    REMARK = "remark"


@dataclass(frozen=True, slots=True)
class Heading:
    """The meaning of a header cell; `rank` grows with how specific a task column is."""

    content: Content
    word: str
    rank: int = 0
    slot: Meaning | None = None


def read_header(text: str, above: str = "") -> Heading | None:
    """What a header cell says; `above` is the cell of a first header row over it."""
    word = _SPACES.sub("", text)
    if not word or len(word) > 24:
        return None
    found = meaning(word)
    if found is None and above:
        short = _SHORT_SLOTS.get(word)
        found = meaning(short) if short else None
    if found is not None and found.kind is not None:
        return Heading(Content.SLOT, word, slot=found)
    if found is not None or (_DEADLINE.search(word) and not _REMARK.search(word)):
        return Heading(Content.DEADLINE, word)
    if _NUMBER.fullmatch(word):
        return Heading(Content.NUMBER, word)
    if len(word) > 16:
        return None
    if _REMARK.search(word):
        return Heading(Content.REMARK, word)
    if _FIELD.fullmatch(word):
        return Heading(Content.TASK, word, 1)
    for rank, pattern in _TASK_RANKS:
        if pattern.search(word):
            return Heading(Content.TASK, word, rank)
    return None

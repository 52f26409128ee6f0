from __future__ import annotations

import pytest

from tasks.outline.model import SlotKind
from tasks.outline.slot_label import DEADLINE, meaning
from tasks.outline.values import look_like_values, split_values

pytestmark = pytest.mark.nodb


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("王强", ["王强"]),
        ("王 强", ["王强"]),
        ("王　强、李 伟", ["王强", "李伟"]),
        ("王强 李伟", ["王强", "李伟"]),
        ("王 强 李建国 赵 敏", ["王强", "李建国", "赵敏"]),
        ("县财政局、县审计局，县发改局；各乡镇", ["县财政局", "县审计局", "县发改局", "各乡镇"]),
        ("县财政局（会计股、预算股）；各乡镇。", ["县财政局（会计股、预算股）", "各乡镇"]),
        ("县财政局（会计 股） 县审计局", ["县财政局（会计股）", "县审计局"]),
        ("县财政局\n县审计局", ["县财政局", "县审计局"]),
        ("县财政局（会计股、县审计局", ["县财政局（会计股", "县审计局"]),
        ("欧阳锋", ["欧阳锋"]),
        ("", []),
        ("________", []),
        ("×××", []),
        ("、，；", []),
    ],
)
def test_split_values(text: str, values: list[str]) -> None:
    assert split_values(text) == values


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("责任领导", SlotKind.RESPONSIBLE_LEADER),
        ("牵头领导", SlotKind.RESPONSIBLE_LEADER),
        ("分管领导", SlotKind.RESPONSIBLE_LEADER),
        ("包抓县级领导", SlotKind.RESPONSIBLE_LEADER),
        ("责任人", SlotKind.RESPONSIBLE_PERSON),
        ("具体责任人", SlotKind.RESPONSIBLE_PERSON),
        ("责任人员", SlotKind.RESPONSIBLE_PERSON),
        ("牵头部门", SlotKind.LEAD_UNIT),
        ("主办单位", SlotKind.LEAD_UNIT),
        ("牵头责任单位", SlotKind.LEAD_UNIT),
        ("责任部门", SlotKind.RESPONSIBLE_UNIT),
        ("责任（配合）单位", SlotKind.RESPONSIBLE_UNIT),
        ("协办单位", SlotKind.RESPONSIBLE_UNIT),
        ("参与部门", SlotKind.RESPONSIBLE_UNIT),
        ("责任单位及责任人", SlotKind.RESPONSIBLE_UNIT),
    ],
)
def test_kin_of_the_standard_slots(word: str, kind: SlotKind) -> None:
    found = meaning(word)
    assert found is not None
    assert found.kind is kind


@pytest.mark.parametrize("word", ["完成时限", "完成时间", "办结时限", "整改时限", "时间要求"])
def test_deadline_labels(word: str) -> None:
    assert meaning(word) is DEADLINE


@pytest.mark.parametrize("word", ["联系人", "主要领导", "单位", "工作要求", "备注", "相关单位"])
def test_no_slot(word: str) -> None:
    assert meaning(word) is None


def test_names_on_a_line_of_their_own() -> None:
    assert look_like_values("县发改局、县住建局")
    assert look_like_values("王强　李伟")
    assert not look_like_values("各单位要抓好落实。")
    assert not look_like_values("保障措施")

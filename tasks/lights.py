"""灯: what a task's light is and why, computed from facts. Pure; the list's SQL form agrees.

The order of the rules is the order of `judge`; `tasks.selectors.lights` says
the same as one CASE, and a property test holds both together. Thresholds are
days that the caller has worked out by the county's working calendar.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Light(StrEnum):
    """The five lights; shape and word say the same as the colour (ui.md D5)."""

    IDLE = "idle"
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    DONE = "done"

    @property
    def word(self) -> str:
        return WORDS[self]


WORDS = {
    Light.IDLE: "未启动",
    Light.GREEN: "正常",
    Light.YELLOW: "临期",
    Light.RED: "逾期",
    Light.DONE: "办结",
}
# The most urgent first: the order of lists, and of several units' lights into one.
URGENCY = (Light.RED, Light.YELLOW, Light.IDLE, Light.GREEN, Light.DONE)
# What a person may set by hand; 办结 is a step of the task, not a light.
BY_HAND = (Light.GREEN, Light.YELLOW, Light.RED)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one task on a day.

    `is_reported`: some unit has handed in progress, ever. `is_returned`: a
    report stands returned and was not handed in again. `is_complete`: the lead
    unit's report of 100 % is approved. `set_light` is a light set by hand,
    `set_why` its reason.
    """

    state: str
    due_on: date | None
    is_reported: bool = False
    is_returned: bool = False
    is_complete: bool = False
    set_light: str = ""
    set_why: str = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """`days` working days before a deadline a task is 临期; they end before `horizon`."""

    days: int
    horizon: date


@dataclass(frozen=True, slots=True)
class Verdict:
    """A light with its grounds (判定依据)."""

    light: Light
    why: str

    @property
    def word(self) -> str:
        return self.light.word


def judge(facts: Facts, threshold: Threshold, *, on: date) -> Verdict | None:
    """The light of a task on a day; None for one that is void."""
    if facts.state == "void":
        return None
    if facts.state == "done":
        return Verdict(Light.DONE, "任务已办结")
    if facts.state == "draft":
        return Verdict(Light.IDLE, "任务尚未下发")
    if facts.set_light:
        return Verdict(Light(facts.set_light), f"人工判定：{facts.set_why}")
    due = facts.due_on
    if due is not None and due < on:
        return Verdict(Light.RED, f"完成时限 {due:%Y-%m-%d} 已过，尚未办结")
    if facts.is_returned:
        return Verdict(Light.YELLOW, "有进展被退回，尚未重新报送")
    if due is not None and due < threshold.horizon and not facts.is_complete:
        return Verdict(
            Light.YELLOW, f"距完成时限 {due:%Y-%m-%d} 不超过 {threshold.days} 个工作日，尚未完成"
        )
    if not facts.is_reported:
        return Verdict(Light.IDLE, "已下发，还没有单位报送进展")
    if facts.is_complete:
        return Verdict(Light.GREEN, "牵头单位所报完成 100% 已通过审核，待办结")
    if due is None:
        return Verdict(Light.GREEN, "已有进展，没有具体完成时限")
    return Verdict(
        Light.GREEN, f"已有进展，距完成时限 {due:%Y-%m-%d} 超过 {threshold.days} 个工作日"
    )


def worst(lights: list[Light]) -> Light | None:
    """The most urgent of several lights."""
    return min(lights, key=URGENCY.index) if lights else None

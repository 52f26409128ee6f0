"""判定灯色: a person sets a task's light with a reason, or leaves it to the rule again."""

from __future__ import annotations

from django.utils import timezone

from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.refusals import Conflict, Invalid, WrongState
from accountability.services.audit import change
from tasks.lights import BY_HAND, Light
from tasks.models import TaskItem, TaskState
from tasks.services.progress import person
from tasks.services.task_items import CHANGED

BY_RULE = "按规则"


def set_light(*, by: Actor, item: TaskItem, light: str, reason: str, version: int) -> TaskItem:
    """Set 正常, 临期 or 逾期 by hand, or "" to go by the rule again; always with a reason."""
    user, reason = person(by), reason.strip()
    with acting(by=by, reason=reason) as act:
        require(by, Action.TASK_EDIT)
        rows = TaskItem.objects.select_for_update(of=("self",))
        visible = TaskItem.objects.visible_to(user, item=item.pk).values("pk")
        now: TaskItem = find(rows.filter(pk__in=visible), pk=item.pk)
        if now.version != version:
            raise Conflict(
                CHANGED,
                details={
                    "mine": {"light": _word(light)},
                    "theirs": {"light": _word(now.set_light), "state": now.get_state_display()},
                    "version": now.version,
                },
            )
        if now.state != TaskState.ISSUED:
            raise WrongState(f"这项任务{now.get_state_display()}，不需要判定灯色。")
        if light and light not in BY_HAND:
            raise Invalid("请从列出的灯色中选择。", details={"light": ["请重选"]})
        if light == now.set_light:
            raise Invalid(f"现在就是“{_word(light)}”，不必再判定。", details={"light": ["请另选"]})
        if not reason:
            raise Invalid("请填写判定依据。", details={"reason": ["请填写判定依据"]})
        before = now.set_light
        now.set_light = light
        now.set_light_why = reason if light else ""
        now.light_set_at = timezone.now() if light else None
        now.light_set_by = user if light else None
        now.version += 1
        now.full_clean()
        now.save()
        act.record(
            "task.light",
            now,
            summary=f"判定灯色：{now.number} {_word(before)} → {_word(light)}",
            changes=[change("set_light", "判定灯色", _word(before), _word(light))],
        )
    return now


def _word(light: str) -> str:
    return Light(light).word if light in BY_HAND else BY_RULE

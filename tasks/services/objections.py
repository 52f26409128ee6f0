"""异议: a unit asks for a re-check of its conclusion; somebody else decides (国令733 第十七条)."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.services import outbox
from accountability.services.audit import change
from tasks.models import (
    JUDGED_LIGHTS,
    OBJECTION_TRANSITIONS,
    Light,
    Objection,
    ObjectionState,
    Return,
)
from tasks.selectors.unit_people import reporters_of
from tasks.services.unit_returns import locked_return

DAYS = 30
"""To object after the feedback, and to decide after the objection."""


def raise_(*, by: Actor, return_id: int, text: str, on: date) -> Objection:
    """The unit objects to what was fed back to it, once, within 30 days."""
    text = text.strip()
    with acting(by=by) as act:
        row = locked_return(by, return_id, Action.RETURN_CONFIRM)
        if by.user is None or row.unit_id not in scope_for(by.user).unit_ids:
            raise NotAllowed("异议须由本单位联络员或主要负责人提出。")
        if row.fed_back_on is None:
            raise WrongState("督查结论还没有反馈，反馈后才能提出异议。")
        if on > row.fed_back_on + timedelta(days=DAYS):
            raise WrongState(f"结论反馈已超过 {DAYS} 日，不再受理异议。")
        if Objection.objects.filter(unit_return=row).exists():
            raise Conflict("本单位已对这次督查提出过异议，不能重复提出。")
        if not text:
            raise Invalid("请写明异议和理由。", details={"text": ["请写明异议和理由"]})
        objection = Objection(
            county_id=row.county_id,
            unit_return=row,
            text=text,
            raised_on=on,
            raised_by=by.user,
            due_on=on + timedelta(days=DAYS),
        )
        _save(objection)
        act.record(
            "objection.raise",
            objection,
            summary=f"{row.unit}对{row.campaign}结论提出异议：{text}"[:500],
            units=[row.unit],
        )
    return objection


def decide(
    *, by: Actor, objection_id: int, is_changed: bool, answer: str, light: str = "", on: date
) -> Objection:
    """Uphold the conclusion or change it, with the judgement that then stands.

    Not by whoever judged the unit or fed the conclusion back (回避).
    """
    answer = answer.strip()
    with acting(by=by, reason=answer) as act:
        user = by.user
        visible = Objection.objects.select_for_update(of=("self",))
        objection: Objection = find(visible.visible_to(user) if user else visible, pk=objection_id)
        require(by, Action.CAMPAIGN_EDIT)
        if user is None:
            raise NotAllowed("复核须由本人登录办理。")
        row = Return.objects.select_for_update(of=("self",)).select_related("campaign", "unit")
        found = row.get(pk=objection.unit_return_id)
        if user.pk in (found.judged_by_id, found.campaign.concluded_by_id, objection.raised_by_id):
            raise NotAllowed("复核须由作出判定、反馈结论以外的人员办理。")
        state = ObjectionState.CHANGED if is_changed else ObjectionState.UPHELD
        if state not in OBJECTION_TRANSITIONS[objection.state]:
            raise WrongState("这项异议已经复核，请刷新后查看。")
        if not answer:
            raise Invalid("请填写复核意见。", details={"answer": ["请填写复核意见"]})
        if is_changed and light not in JUDGED_LIGHTS:
            raise Invalid("变更结论的，请选择新的判定。", details={"light": ["请选择判定"]})
        before = found.get_light_display() if found.light else ""
        objection.state, objection.answer = state, answer[:500]
        objection.decided_at, objection.decided_by = timezone.now(), user
        _save(objection)
        if is_changed:
            found.light, found.judge_reason = light, f"复核变更：{answer}"[:300]
            found.judged_at, found.judged_by = timezone.now(), user
            found.conclusion = f"{found.conclusion}复核变更为{Light(light).label}：{answer}。"[-500:]
            found.save()
        act.record(
            "objection.decide",
            objection,
            summary=f"{found.campaign}：{found.unit}异议复核，{objection.get_state_display()}"
            + ("" if on <= objection.due_on else "（逾期复核）"),
            changes=[
                change("state", "状态", "待复核", objection.get_state_display()),
                *(
                    [change("light", "判定", before, str(Light(light).label))]
                    if is_changed
                    else []
                ),
            ],
            units=[found.unit],
        )
        outbox.tell(
            act,
            people=reporters_of([found.unit_id], on=on),
            rule="objection.decide",
            on=on,
            title=f"{found.campaign}：异议已复核，{objection.get_state_display()}",
            text=answer,
            link=reverse("unit_return", args=[found.pk]),
            about=objection,
            county=found.county_id,
        )
    return objection


def _save(objection: Objection) -> None:
    try:
        objection.full_clean(validate_unique=False)
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
    objection.save()

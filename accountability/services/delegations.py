"""代管: hand a seat's work to somebody for at most 30 days; never its signature."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

from ..access import Action
from ..access.find import find
from ..access.require import require
from ..door import Actor, acting
from ..models import ADMINISTRATORS, Delegation, Person, Post, RoleGrant, Tenure
from ..models.dated import holds_on
from ..models.delegation import MOST_DAYS
from ..refusals import Conflict, Invalid, NotAllowed
from .audit import change


def begin(
    *,
    by: Actor,
    post: Post,
    delegate: Person,
    valid_from: date,
    valid_to: date,
    order_number: str,
    reason: str,
) -> Delegation:
    """`delegate` looks after `post` from–to (to exclusive), on an order.

    The delegator is who holds the seat by tenure on the first day: what is
    only looked after cannot be passed on.
    """
    with acting(by=by, reason=reason.strip()) as act:
        require(by, Action.ROLE_GRANT)
        post = find(
            Post.objects.filter(county=by.county).select_for_update(of=("self",)), pk=post.pk
        )
        delegate = find(Person.objects.filter(county=by.county), pk=delegate.pk)
        held = Tenure.objects.filter(holds_on(valid_from), post=post).order_by("is_acting", "id")
        tenure = held.select_related("person").first()
        if tenure is None:
            raise Invalid(f"{post} 在 {valid_from} 没有任职人，空缺职务请直接任命。")
        if by.user is not None and by.user.person_id in (delegate.pk, tenure.person_id):
            raise NotAllowed("不能为本人登记代管，请由另一名安全管理员办理。")
        if by.user is not None and valid_from < timezone.localdate():
            sentence = "开始日期不能早于今日：代管不倒签。"
            raise Invalid(sentence, details={"valid_from": [sentence]})
        if valid_to <= valid_from:
            raise Invalid("截止日期须晚于开始日期。", details={"valid_to": ["须晚于开始日期"]})
        if valid_to - valid_from > timedelta(days=MOST_DAYS):
            sentence = f"代管一次不超过 {MOST_DAYS} 天，请缩短，期满后可另行登记。"
            raise Invalid(sentence, details={"valid_to": [sentence]})
        if RoleGrant.objects.filter(
            holds_on(valid_from), user__person=delegate, role__in=ADMINISTRATORS
        ).exists():
            raise Invalid("系统、安全、审计管理员不能代管业务职务，请另选代管人。")
        overlapping = Delegation.objects.filter(
            post=post, valid_from__lt=valid_to, valid_to__gt=valid_from
        )
        if overlapping.exists():
            raise Conflict("该职务在所选日期已有代管，请先结束原代管。")
        row = Delegation(
            county=post.county,
            post=post,
            delegator=tenure.person,
            delegate=delegate,
            valid_from=valid_from,
            valid_to=valid_to,
            order_number=order_number.strip(),
            reason=reason.strip(),
            made_by=by.user,
        )
        try:
            row.full_clean()
        except ValidationError as error:
            raise Invalid("；".join(error.messages), details=error.message_dict) from error
        row.save()
        act.record(
            "role.delegate",
            row,
            summary=f"{delegate.name} 代管 {tenure.person.name} 的 {post}，{valid_from} 起，"
            f"至 {valid_to - timedelta(days=1)}，依据 {row.order_number}；不含签署",
            units=[post.unit],
            county=post.county,
            changes=[change("delegate", "代管人", "", delegate.name)],
        )
    return row


def end(*, by: Actor, delegation_id: int, reason: str) -> Delegation:
    """End a delegation from today on."""
    if not reason.strip():
        raise Invalid("请填写结束理由。", details={"reason": ["请填写理由"]})
    with acting(by=by, reason=reason.strip()) as act:
        require(by, Action.ROLE_GRANT)
        row = find(
            Delegation.objects.filter(county=by.county).select_for_update(of=("self",)),
            pk=delegation_id,
        )
        today = timezone.localdate()
        assert row.valid_to is not None
        if row.valid_to <= today:
            raise Conflict("该代管已经结束，请刷新后查看。")
        before = row.valid_to
        row.valid_to = max(today, row.valid_from)
        row.full_clean()
        row.save()
        act.record(
            "role.delegate_end",
            row,
            summary=f"结束 {row.delegate.name} 对 {row.post} 的代管",
            units=[row.post.unit],
            county=row.county,
            changes=[change("valid_to", "失效日期", before, row.valid_to)],
        )
    return row

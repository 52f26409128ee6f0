"""Roles: granted and ended by the security administrator (security.md 4.4)."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from ..access import Action
from ..access.find import find
from ..access.require import require
from ..door import Actor, acting
from ..models import ADMINISTRATORS, UNIT_ROLES, Person, Role, RoleGrant, Unit, User
from ..refusals import Conflict, Invalid, NotAllowed
from .audit import change
from .second_factor import confirm_witness, is_same


def grant(
    *,
    by: Actor,
    user: User,
    role: str,
    unit: Unit | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    reason: str = "",
    witness: str = "",
    witness_code: str = "",
) -> RoleGrant:
    """Give `user` a role from–to (to exclusive).

    The granter is neither the account's person nor who made it. An
    administrator's role also wants a document and a second administrator, who
    confirms with a code of his own; it goes with no other role of the person.
    """
    beside = None
    if by.user is not None:
        require(by, Action.ROLE_GRANT)
        find(User.objects.visible_to(by.user), pk=user.pk)
        _refuse_own(by.user, user, "授予角色")
        if not reason.strip():
            raise Invalid("请填写授权依据。", details={"reason": ["请填写授权依据"]})
        if valid_from is not None and valid_from < timezone.localdate():
            sentence = "生效日期不能早于今日：角色不倒签。"
            raise Invalid(sentence, details={"valid_from": [sentence]})
        if role in ADMINISTRATORS:
            beside = confirm_witness(by=by, about=user, username=witness, code=witness_code)
    with acting(by=by, reason=reason.strip()) as act:
        require(by, Action.ROLE_GRANT)
        user = _lock(user)
        if by.user is not None and user.made_by is not None and is_same(user.made_by, by.user):
            raise NotAllowed("账号由本人创建，须由另一名安全管理员授权。")
        if not user.is_active:
            raise Conflict("该账号已停用，启用后再授权。")
        row = RoleGrant(
            user=user,
            role=role,
            unit=unit,
            valid_from=valid_from or timezone.localdate(),
            valid_to=valid_to,
            granted_by=by.name,
            granter=by.user,
            witness=beside,
            reason=reason.strip(),
        )
        if role not in Role.values:
            raise Invalid("请选择角色。", details={"role": ["请选择角色"]})
        if unit is not None and unit.county_id != user.county_id:
            raise Invalid(
                "所选单位不属于该账号的县，请重新选择。", details={"unit": ["请重新选择"]}
            )
        _refuse_mixture(row)
        _clean(row)
        row.save()
        act.record(
            "role.grant",
            row,
            summary=f"授予 {user.display_name}“{Role(role).label}”"
            + (f"（{unit.name}）" if unit else "")
            + (f"，至 {valid_to}" if valid_to else "")
            + (f"，在场人 {beside.display_name}" if beside else ""),
            units=[unit] if unit else [],
            county=user.county,
            changes=[change("role", "角色", "", Role(role).label)],
        )
    return row


def end(
    *, by: Actor, grant_id: int, reason: str, witness: str = "", witness_code: str = ""
) -> RoleGrant:
    """End a role from today on; the right is gone with the next request."""
    require(by, Action.ROLE_GRANT)
    assert by.user is not None
    if not reason.strip():
        raise Invalid("请填写收回依据。", details={"reason": ["请填写收回依据"]})
    visible = User.objects.visible_to(by.user)
    row: RoleGrant = find(RoleGrant.objects.filter(user__in=visible), pk=grant_id)
    _refuse_own(by.user, row.user, "收回角色")
    beside = None
    if row.role in ADMINISTRATORS:
        beside = confirm_witness(by=by, about=row.user, username=witness, code=witness_code)
    with acting(by=by, reason=reason.strip()) as act:
        user = _lock(row.user)
        row = find(RoleGrant.objects.select_for_update(of=("self",)), pk=grant_id)
        today = timezone.localdate()
        if row.valid_to is not None and row.valid_to <= today:
            raise Conflict("该角色已经结束，请刷新后查看。")
        before = row.valid_to
        row.valid_to = max(today, row.valid_from)
        _clean(row)
        row.save()
        act.record(
            "role.end",
            row,
            summary=f"收回 {user.display_name}“{Role(row.role).label}”"
            + (f"，在场人 {beside.display_name}" if beside else ""),
            units=[row.unit] if row.unit else [],
            county=user.county,
            changes=[change("valid_to", "失效日期", before, row.valid_to)],
        )
    return row


def _lock(user: User) -> User:
    """The account, with its person's row locked: the person is what the rule is about."""
    if user.person_id is not None:
        Person.objects.select_for_update(of=("self",)).get(pk=user.person_id)
    return User.objects.select_for_update(of=("self",)).get(pk=user.pk)


def _refuse_own(one: User, other: User, what: str) -> None:
    if is_same(one, other):
        raise NotAllowed(f"不能为本人{what}，请由另一名安全管理员办理。")


def _refuse_mixture(row: RoleGrant) -> None:
    """Rule 1, in words; the database refuses the same (access/separation_sql.py)."""
    of_person = Q(user=row.user)
    if row.user.person_id is not None:
        of_person |= Q(user__person_id=row.user.person_id)
    others = RoleGrant.objects.filter(of_person).exclude(role=row.role)
    others = others.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=row.valid_from))
    if row.valid_to is not None:
        others = others.filter(valid_from__lt=row.valid_to)
    if row.role not in ADMINISTRATORS:
        others = others.filter(role__in=ADMINISTRATORS)
    if others.exists():
        raise Invalid("系统、安全、审计管理员不得兼任其他角色（含同一人的其他账号）。")
    if row.role in UNIT_ROLES and row.unit is None:
        raise Invalid("单位角色须指明单位。", details={"unit": ["请选择单位"]})


def _clean(row: RoleGrant) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error

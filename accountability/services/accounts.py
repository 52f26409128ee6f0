"""Accounts: make, disable, reset, unlock; one's own password. Rights are `services.grants`."""

from __future__ import annotations

from typing import Any

from axes.utils import reset as reset_attempts
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from ..access import Action
from ..access.find import find
from ..access.require import require
from ..actors import actor_of
from ..door import Actor, acting
from ..models import (
    County,
    EndedBecause,
    PasswordHistory,
    Person,
    SecondFactor,
    SetupPurpose,
    User,
)
from ..passwords import KEPT
from ..refusals import Conflict, Invalid, NotAllowed
from . import sessions, setup_codes
from .audit import change
from .second_factor import is_same


def create(
    *,
    by: Actor,
    username: str,
    password: str | None,
    county: County | None,
    person: Person | None = None,
    must_change_password: bool = True,
) -> User:
    """A new account without rights; `password` None makes one that waits for its set-up."""
    with acting(by=by) as act:
        require(by, Action.ACCOUNT_MANAGE)
        if person is not None and (county is None or person.county_id != county.pk):
            raise Invalid("所选人员不属于本县，请重新选择。", details={"person": ["请重新选择"]})
        user = User(
            username=username.strip(),
            county=county,
            person=person,
            must_change_password=must_change_password,
            made_by=by.user,
        )
        if password is None:
            user.set_unusable_password()
        else:
            user.set_password(password)
            user.password_changed_at = timezone.now()
        _clean(user)
        user.save()
        if password is not None:
            _keep(user)
        act.record("account.create", user, summary=f"新建账号 {user.username}", county=county)
    return user


def create_with_code(
    *, by: Actor, username: str, county: County | None, person: Person | None
) -> tuple[User, str]:
    """A new account and its set-up code: whoever makes it never knows the password."""
    with acting(by=by) as act:
        user = create(
            by=by,
            username=username,
            password=None,
            county=county,
            person=person,
            must_change_password=False,
        )
        code = setup_codes.issue(by=by, user=user, purpose=SetupPurpose.PASSWORD)
        act.record("account.code", user, summary=f"发放 {user.username} 的设置码", county=county)
    return user, code


def set_active(*, by: Actor, user_id: int, is_active: bool, reason: str) -> User:
    """停用 or 启用. Disabling ends all sessions at once; nothing else is taken away."""
    word = "启用" if is_active else "停用"
    if not reason.strip():
        raise Invalid(f"请填写{word}理由。", details={"reason": ["请填写理由"]})
    with acting(by=by, reason=reason.strip()) as act:
        user = _locked(by, user_id, Action.ACCOUNT_MANAGE, f"{word}账号")
        if user.is_active == is_active:
            raise Conflict(f"该账号已{word}，请刷新后查看。")
        user.is_active = is_active
        user.save()
        if not is_active:
            sessions.end_all(act, user, because=EndedBecause.DISABLED)
        act.record(
            "account.enable" if is_active else "account.disable",
            user,
            summary=f"{word}账号 {user.display_name}（{user.username}）",
            county=user.county,
            changes=[change("is_active", "启用", not is_active, is_active)],
        )
    return user


def reset(*, by: Actor, user_id: int, reason: str) -> tuple[User, str]:
    """Take the password away and hand out a set-up code; the second factor stays."""
    if not reason.strip():
        raise Invalid("请填写重置理由。", details={"reason": ["请填写理由"]})
    with acting(by=by, reason=reason.strip()) as act:
        user = _locked(by, user_id, Action.ACCOUNT_MANAGE, "重置密码")
        _keep(user)
        user.set_unusable_password()
        user.save()
        sessions.end_all(act, user, because=EndedBecause.PASSWORD)
        code = setup_codes.issue(by=by, user=user, purpose=SetupPurpose.PASSWORD)
        act.record(
            "account.reset",
            user,
            summary=f"重置 {user.display_name}（{user.username}）的密码，发放设置码",
            county=user.county,
        )
    return user, code


def unlock(*, by: Actor, user_id: int, reason: str) -> User:
    """Forget the failures of an account and of its factor (安全管理员, never one's own)."""
    with acting(by=by, reason=reason.strip()) as act:
        user = _locked(by, user_id, Action.ROLE_GRANT, "解锁账号")
        number = reset_attempts(username=user.username)
        factor = SecondFactor.objects.select_for_update().filter(user=user, ended_at=None).first()
        if factor is not None and (factor.failures or factor.locked_until):
            factor.failures, factor.locked_until = 0, None
            factor.save()
            number += 1
        if not number:
            raise Conflict("该账号没有锁定，不必解锁。")
        act.record(
            "account.unlock",
            user,
            summary=f"解锁账号 {user.display_name}（{user.username}）",
            county=user.county,
        )
    return user


def set_up(request: HttpRequest, *, username: str, code: str, new: str) -> None:
    """Set the first (or a new) password by a set-up code; the same refusal whatever is wrong."""
    by = actor_of(request)
    refusal: Invalid | None = None
    with acting(by=by) as act:
        user = (
            User.objects.select_for_update(of=("self",))
            .filter(username=username.strip(), is_active=True)
            .first()
        )
        try:
            # Nobody of this name: the same look-up for an account without a code.
            setup_codes.redeem(user=user or User(pk=0), purpose=SetupPurpose.PASSWORD, code=code)
        except Invalid as wrong:
            refusal = wrong
            act.record(
                "login.denied",
                user,
                summary=f"设置码未通过：{username[:40]}",
                county=user.county if user else None,
                label=username[:40],
            )
        else:
            assert user is not None
            _set(user, new)
            reset_attempts(username=user.username)
            act.record(
                "password.set",
                user,
                summary=f"{user.display_name}（{user.username}）凭设置码设置密码",
                county=user.county,
            )
    if refusal is not None:
        raise refusal


def change_password(request: HttpRequest, *, old: str, new: str) -> None:
    """Change one's own password; this session goes on, all others end."""
    by: Actor = request.get_actor()  # type: ignore[attr-defined]
    if by.user is None:
        raise Invalid("请先登录。")
    key = request.session.session_key
    with acting(by=by) as act:
        user = User.objects.select_for_update(of=("self",)).get(pk=by.user.pk)
        if not user.check_password(old):
            raise Invalid("原密码不正确，请重新输入。", details={"old": ["原密码不正确"]})
        _set(user, new)
        sessions.end_all(act, user, because=EndedBecause.PASSWORD, but=key)
        act.record("password.change", user, summary=f"{by.name} 修改密码")
    request.user = user
    sessions.follow(request, key, lambda: update_session_auth_hash(request, user))


def _set(user: User, new: str) -> None:
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details={"new": error.messages}) from error
    _keep(user)
    user.set_password(new)
    user.must_change_password = False
    user.password_changed_at = timezone.now()
    user.save()
    _keep(user)


def _keep(user: User) -> None:
    """Remember the hash; those before the last five serve nothing and go."""
    if not user.has_usable_password():
        return
    if not PasswordHistory.objects.filter(user=user, encoded=user.password).exists():
        PasswordHistory(user=user, encoded=user.password).save()
    for row in PasswordHistory.objects.filter(user=user).order_by("-id")[KEPT:]:
        row.delete()


def _locked(by: Actor, user_id: int, action: Action, what: str) -> User:
    """The account, locked, if `by` may do `action` to it; nobody acts on himself."""
    require(by, action)
    if by.user is None:
        return find(User.objects.select_for_update(of=("self",)), pk=user_id)
    user: User = find(User.objects.visible_to(by.user).select_for_update(of=("self",)), pk=user_id)
    if is_same(user, by.user):
        raise NotAllowed(f"不能为本人{what}，请由另一名管理员办理。")
    return user


def _clean(row: Any) -> None:
    try:
        row.full_clean(exclude=["password"])
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error

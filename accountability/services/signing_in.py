"""登录 and 退出登录: password, second factor, the session; and confirming again later.

Nothing tells an unknown name from a wrong password: the same sentence, the
same queries, one hash. After five failures of a name from an address axes
refuses before any hash, for known and unknown names alike; after fifty of
whatever names from an address the service itself does.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.db.models import Max, Sum
from django.http import HttpRequest
from django.utils import timezone

from ..actors import actor_of, client_address
from ..door import Actor, acting
from ..models import AccountSession, Outcome, User
from ..refusals import Invalid, Refusal, TooMany, WrongState
from ..selectors.dormant import is_dormant
from . import second_factor, sessions
from .audit import record

WRONG = "用户名或密码不正确，请核对后重新输入。"
BACKEND = "django.contrib.auth.backends.ModelBackend"
WAITING = "signing_in"  # session key: who has shown his password and not yet the rest
CONFIRMED = "confirmed_at"  # session key: when the factor (or password) was last shown
PATIENCE = timedelta(minutes=5)


class Step(StrEnum):
    """What comes next in signing in."""

    IN = "in"
    CODE = "code"
    OCCUPIED = "occupied"


class ConfirmAgain(Refusal):
    """The factor was shown too long ago for this; the page asks for it and goes on."""

    status = 403
    code = "confirm_again"


def sign_in(request: HttpRequest, *, username: str, password: str) -> Step:
    """Check name and password. Raises `Invalid` with a sentence that fits any reason."""
    username = username.strip()
    _let_address_in(request, username)
    user, locked = _authenticate(request, username, password)
    if user is None:
        _deny(request, username, "登录未通过，已暂停" if locked else "登录未通过")
        raise Invalid(locked_sentence(request, username) if locked else WRONG)
    if is_dormant(user, now=timezone.now()):
        _deny(request, username, "登录未通过，账号长期未登录")
        raise Invalid(
            f"该账号超过 {settings.ACCOUNT_DORMANT_DAYS} 天未登录，已暂停使用。"
            "请联系系统管理员，核实本人后恢复。"
        )
    if second_factor.active(user) is not None:
        _wait(request, user, is_confirmed=False)
        return Step.CODE
    return _enter_or_ask(request, user, has_shown_code=False)


def enter_code(request: HttpRequest, *, code: str) -> Step:
    """The second step; raises `Invalid`."""
    user = waiting(request)
    if user is None:
        raise Invalid("登录已超时，请重新输入用户名和密码。", details={"restart": True})
    second_factor.verify(by=actor_of(request), user=user, code=code)
    return _enter_or_ask(request, user, has_shown_code=True)


def take_over(request: HttpRequest) -> None:
    """End the session that a protected account has elsewhere, and sign in here."""
    user = waiting(request)
    if user is None or not request.session[WAITING]["is_confirmed"]:
        raise Invalid("登录已超时，请重新输入用户名和密码。", details={"restart": True})
    _enter(request, user, has_shown_code=True)


def waiting(request: HttpRequest) -> User | None:
    """Who has shown his password in this browser within five minutes."""
    kept = request.session.get(WAITING)
    if not kept or timezone.now() - datetime.fromisoformat(kept["at"]) > PATIENCE:
        return None
    return User.objects.filter(pk=kept["user"], is_active=True).first()


def occupied_by(user: User) -> AccountSession | None:
    """The session elsewhere that stands in the way."""
    return sessions.open_of(user)


def sign_out(request: HttpRequest) -> None:
    """End the session."""
    by: Actor = request.get_actor()  # type: ignore[attr-defined]
    with acting(by=by) as act:
        act.record("logout", by.user, summary=f"{by.name} 退出登录")
        sessions.leave(request)
        logout(request)


def is_recent(request: HttpRequest) -> bool:
    """Whether this session showed its factor (or password) in the last five minutes."""
    at: str | None = request.session.get(CONFIRMED)
    return at is not None and timezone.now() - datetime.fromisoformat(at) <= settings.RECENT_FACTOR


def confirm(request: HttpRequest, *, code: str) -> None:
    """Show the factor again, or the password where there is none; the session id changes."""
    by: Actor = request.get_actor()  # type: ignore[attr-defined]
    user = by.user
    assert user is not None
    if second_factor.active(user) is not None:
        second_factor.verify(by=by, user=user, code=code)
    elif second_factor.is_required(user):
        raise Invalid("本账号须先登记动态码，请到个人设置登记。")
    else:
        known, locked = _authenticate(request, user.username, code)
        if known is None:
            _deny(request, user.username, "登录未通过，已暂停" if locked else "登录未通过")
            sentence = (
                locked_sentence(request, user.username) if locked else "密码不正确，请重新输入。"
            )
            raise Invalid(sentence, details={"code": [sentence]})
    with acting(by=by) as act:
        act.record("session.confirm", user, summary=f"{by.name} 再次确认身份", county=user.county)
    sessions.rotate(request)
    request.session[CONFIRMED] = timezone.now().isoformat()


def require_recent_factor(request: HttpRequest) -> None:
    """Guard of a view that grants rights, hands out evidence or personal data, or signs.

    Passes when the factor is at most five minutes old, or when this very POST
    carries it in the field `confirm_code`. Otherwise raises `ConfirmAgain`,
    whose page asks for the code and sends the same POST again.
    """
    if is_recent(request):
        return
    code = request.POST.get("confirm_code", "")
    if not code:
        raise ConfirmAgain("办理此事项须先确认身份。")
    try:
        confirm(request, code=code)
    except Invalid as wrong:
        raise ConfirmAgain(wrong.sentence, details={"code": [wrong.sentence]}) from wrong


def require_factor_to_sign(request: HttpRequest) -> None:
    """Whoever signs or enrols a signing key has a second factor: the password alone never signs.

    In a demo it does, so that one person can try every seat. Raises `WrongState`.
    """
    if not settings.DEMO and second_factor.active(request.user) is None:  # type: ignore[arg-type]
        raise WrongState("签署和签名备案须用动态码确认：请先到个人设置登记动态码，再来签署。")


MOST_UNCONFIRMED = 100  # rows of personal data that leave without confirming


def require_recent_factor_for_export(request: HttpRequest, *, rows: int) -> None:
    """`require_recent_factor` for an export of more than 100 rows of personal data."""
    if rows > MOST_UNCONFIRMED:
        require_recent_factor(request)


def locked_sentence(request: HttpRequest, username: str) -> str:
    """Says until when this name is closed from this address, and whom to ask."""
    attempt = (
        AccessAttempt.objects.filter(username=username, ip_address=client_address(request))
        .order_by("-attempt_time")
        .first()
    )
    began = attempt.attempt_time if attempt else timezone.now()
    until = timezone.localtime(began + settings.AXES_COOLOFF_TIME)
    return (
        f"连续 {settings.AXES_FAILURE_LIMIT} 次未通过，已暂停从本机登录，{until:%H:%M} 后可再试；"
        "急需登录请联系安全管理员解锁。"
    )


def _authenticate(request: HttpRequest, username: str, password: str) -> tuple[User | None, bool]:
    """(the user or None, whether axes has closed this name from this address)."""
    bare: Any = HttpRequest()  # axes keeps what it is given: the address is all it needs
    bare.method = "POST"
    bare.META = {"REMOTE_ADDR": request.META.get("REMOTE_ADDR", "")}
    with acting(by=actor_of(request)) as act:
        act.unchanged()  # a better hash of the same password is no change of the account
        user = authenticate(bare, username=username, password=password)
    locked = bool(getattr(bare, "axes_locked_out", False))
    return (user if isinstance(user, User) else None), locked


def _let_address_in(request: HttpRequest, username: str) -> None:
    """Raise `TooMany`, before any hash, where too much failed from this address lately.

    Names and their locks are axes'; this adds up what it counted for all of them.
    """
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    failed = AccessAttempt.objects.filter(
        ip_address=client_address(request), attempt_time__gt=since
    ).aggregate(number=Sum("failures_since_start"), last=Max("attempt_time"))
    if (failed["number"] or 0) < settings.LOGIN_ADDRESS_FAILURES:
        return
    _deny(request, username, "登录被拒，来源地址未通过次数过多")
    until = timezone.localtime(failed["last"] + settings.AXES_COOLOFF_TIME)
    raise TooMany(
        f"从本机登录未通过的次数过多，已暂停从本机登录，{until:%H:%M} 后可再试；"
        "如非本人操作，请告知安全管理员。"
    )


def _deny(request: HttpRequest, username: str, what: str) -> None:
    with acting(by=actor_of(request)) as act:
        known = User.objects.filter(username=username).select_related("county").first()
        event = record(
            act=act,
            action="login.denied",
            target=known,
            summary=f"{what}：{username[:40]}",
            changes=[],
            units=[],
            county=known.county if known else None,
            label=username[:40],
            outcome=Outcome.DENIED,
        )
        act.events.append(event)


def _wait(request: HttpRequest, user: User, *, is_confirmed: bool) -> None:
    request.session.cycle_key()
    request.session[WAITING] = {
        "user": user.pk,
        "at": timezone.now().isoformat(),
        "is_confirmed": is_confirmed,
    }


def _enter_or_ask(request: HttpRequest, user: User, *, has_shown_code: bool) -> Step:
    elsewhere = sessions.open_of(user)
    if elsewhere is not None and sessions.is_protected(user):
        if not has_shown_code:
            until = timezone.localtime(elsewhere.last_seen_at + sessions.idle_limit(user))
            raise Invalid(
                "该账号正在别处登录。请先在原处退出，"
                f"或等待原登录因不操作而结束（最早 {until:%H:%M}），也可请安全管理员结束原登录。"
            )
        _wait(request, user, is_confirmed=True)
        return Step.OCCUPIED
    _enter(request, user, has_shown_code=has_shown_code)
    return Step.IN


def _enter(request: HttpRequest, user: User, *, has_shown_code: bool) -> None:
    request.session.pop(WAITING, None)
    login(request, user, backend=BACKEND)
    request.session[CONFIRMED] = timezone.now().isoformat()
    how = "（动态码）" if has_shown_code else ""
    with acting(by=actor_of(request)) as act:
        act.record("login", user, summary=f"{user.display_name} 登录{how}", county=user.county)

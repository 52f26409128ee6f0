"""动态码: enrol, verify, and let somebody enrol anew.

The algorithm (RFC 6238, drift) is django-otp's; the row, its sealing and its
place on the trail are ours, because django-otp keeps secrets in the clear.
"""

from __future__ import annotations

import base64
import os
import time
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.utils import timezone
from django_otp.oath import TOTP

from ..access import Action, scope_for, scope_of
from ..access.find import find
from ..access.require import require
from ..door import Actor, acting
from ..field_crypto import seal, unseal
from ..models import ADMINISTRATORS, EndedBecause, Role, SecondFactor, SetupPurpose, User
from ..refusals import Conflict, Invalid, NotAllowed, WrongState
from . import sessions, setup_codes

STEP = 30  # seconds a code lives
DIGITS = 6
TOLERANCE = 1  # steps a clock may be off before its drift is learnt
SECRET_BYTES = 20
WRONG = "动态码不正确或已用过，请输入验证器当前显示的 6 位数字。"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator is told: the text secret and the address that a QR shows."""

    secret: str
    address: str


def active(user: User) -> SecondFactor | None:
    """The factor in use."""
    return SecondFactor.objects.filter(user=user, ended_at__isnull=True).first()


def is_required(user: User) -> bool:
    """The three administrators must have one; others may."""
    return bool(scope_for(user).roles & ADMINISTRATORS)


def needs_setup_code(user: User) -> bool:
    """Whether the last enrolment was ended by an administrator, so that a code must be shown."""
    last = SecondFactor.objects.filter(user=user).order_by("-id").first()
    return last is not None and last.ended_at is not None and last.needs_code


def new_secret() -> str:
    """160 random bits in the alphabet that authenticators take."""
    return base64.b32encode(os.urandom(SECRET_BYTES)).decode("ascii")


def enrolment(user: User, secret: str) -> Enrolment:
    """The key address (otpauth:) of `secret` for `user`."""
    issuer = quote(settings.PORTAL_NAME)
    return Enrolment(
        secret=secret,
        address=f"otpauth://totp/{issuer}:{quote(user.username)}?secret={secret}"
        f"&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP}",
    )


def enrol(*, by: Actor, secret: str, code: str, setup_code: str = "") -> SecondFactor:
    """Take `secret` into use by its first right code; the former factor ends."""
    user = by.user
    if user is None:
        raise NotAllowed("动态码由本人登记。")
    used = _step_of(secret, code, after=-1, drift=0)
    if used is None:
        raise Invalid(WRONG, details={"code": [WRONG]})
    with acting(by=by) as act:
        User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        if needs_setup_code(user):
            setup_codes.redeem(user=user, purpose=SetupPurpose.FACTOR, code=setup_code)
        former = SecondFactor.objects.select_for_update().filter(user=user, ended_at__isnull=True)
        for row in former:
            _end(row, by=by.name, needs_code=False)
        row = _make(user, secret, last_step=used[0])
        act.record("account.factor", user, summary=f"{by.name} 登记动态码", county=user.county)
    return row


def verify(*, by: Actor, user: User, code: str) -> None:
    """Raise `Invalid` unless `code` is right now and was not used before.

    Five wrong codes in a row close the factor for half an hour, whoever
    enters them; both are on the trail.
    """
    refusal = ""
    with acting(by=by) as act:
        row = SecondFactor.objects.select_for_update().filter(user=user, ended_at=None).first()
        if row is None:
            act.unchanged()
            raise WrongState("该账号没有登记动态码。")
        now = timezone.now()
        if row.locked_until and row.locked_until > now:
            act.unchanged()
            raise Invalid(locked_sentence(row))
        used = _step_of(
            unseal(row.secret, place=row.place), code, after=row.last_step, drift=row.drift
        )
        if used is not None:
            row.last_step, row.drift = used
            row.failures, row.locked_until = 0, None
            row.save()
            act.unchanged()  # the login or the act that it confirms is the event
            return
        row.failures += 1
        refusal = WRONG
        if row.failures >= settings.FACTOR_FAILURE_LIMIT:
            row.failures, row.locked_until = 0, now + settings.FACTOR_LOCK
            refusal = locked_sentence(row)
        row.save()
        act.record(
            "login.denied", user, summary=f"{user.display_name} 的动态码未通过", county=user.county
        )
    raise Invalid(refusal, details={"code": [refusal]})


def locked_sentence(row: SecondFactor) -> str:
    """Says until when, and whom to ask."""
    assert row.locked_until is not None
    until = timezone.localtime(row.locked_until)
    return f"动态码连续多次未通过，已暂停，{until:%H:%M} 后可再试；急需登录请联系安全管理员解锁。"


def let_enrol_anew(
    *, by: Actor, user_id: int, reason: str, witness: str, witness_code: str
) -> tuple[User, str]:
    """End a lost factor; the returned code, shown once, opens a new enrolment.

    Granted by the security administrator, for a security administrator's own
    by a system administrator: nobody grants his own. A second administrator is
    there and confirms with a code of his own.
    """
    require(by, Action.ACCOUNT_READ)
    assert by.user is not None
    if not reason.strip():
        raise Invalid("请填写理由。", details={"reason": ["请填写理由"]})
    user = find(User.objects.visible_to(by.user), pk=user_id)
    require_guardian(by=by, user=user)
    beside = confirm_witness(by=by, about=user, username=witness, code=witness_code)
    with acting(by=by, reason=reason) as act:
        user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        row = SecondFactor.objects.select_for_update().filter(user=user, ended_at=None).first()
        if row is None:
            raise Conflict("该账号没有在用的动态码，可直接登记。")
        _end(row, by=by.name, beside=beside.display_name, needs_code=True)
        sessions.end_all(act, user, because=EndedBecause.FACTOR)
        code = setup_codes.issue(by=by, user=user, purpose=SetupPurpose.FACTOR)
        act.record(
            "account.factor_anew",
            user,
            summary=f"重新开放 {user.display_name} 的动态码登记，在场人 {beside.display_name}",
            county=user.county,
        )
    return user, code


def is_guardian(*, by: Actor, user: User) -> bool:
    """Whether `by` is the one who lets `user` enrol anew: another one, of the right office."""
    if by.user is None or is_same(user, by.user):
        return False
    of_guardian = Role.SECURITY_ADMIN in scope_of(user).roles
    return scope_for(by.user).may(Action.ACCOUNT_MANAGE if of_guardian else Action.ROLE_GRANT)


def require_guardian(*, by: Actor, user: User) -> None:
    """Raise `NotAllowed` with who it is instead."""
    if not is_guardian(by=by, user=user):
        raise NotAllowed(
            "动态码由安全管理员重新开放登记；安全管理员本人的，由系统管理员办理。不能为本人办理。"
        )


def confirm_witness(*, by: Actor, about: User, username: str, code: str) -> User:
    """The second administrator, confirmed by his own code; neither the actor nor the subject."""
    sentence = "在场人须是另一名管理员，并输入其本人当前的动态码。"
    refusal = Invalid(sentence, details={"witness": [sentence]})
    found = User.objects.filter(username=username.strip(), is_active=True).first()
    if found is None or by.user is None or is_same(found, by.user) or is_same(found, about):
        raise refusal
    if not (scope_of(found).roles & ADMINISTRATORS) or active(found) is None:
        raise refusal
    if by.user.county_id is not None and found.county_id not in (None, by.user.county_id):
        raise refusal
    try:
        verify(by=by, user=found, code=code)
    except Invalid as wrong:
        raise Invalid(wrong.sentence, details={"witness_code": [wrong.sentence]}) from wrong
    return found


def is_same(one: User, other: User) -> bool:
    """The same account, or two accounts of one person."""
    return one.pk == other.pk or (one.person_id is not None and one.person_id == other.person_id)


def enrol_for_demo(*, by: Actor, user: User) -> SecondFactor:
    """A factor whose codes `manage.py demo_code` prints; refused outside a demo."""
    if not settings.DEMO:
        raise WrongState("本系统不是演示环境。")
    with acting(by=by) as act:
        row = _make(user, new_secret(), last_step=-1)
        act.record(
            "account.factor",
            user,
            summary=f"演示账号 {user.username} 登记动态码",
            county=user.county,
        )
    return row


def demo_code(user: User) -> str:
    """The current code of an account of a demo, for `manage.py demo_code` and the tests."""
    if not settings.DEMO:
        raise WrongState("本系统不是演示环境，不显示动态码。")
    row = active(user)
    if row is None:
        raise WrongState("该账号没有登记动态码。")
    return code_of(unseal(row.secret, place=row.place), drift=row.drift)


def code_of(secret: str, *, at: float | None = None, drift: int = 0) -> str:
    """The code that an authenticator with `secret` shows at a Unix time (now)."""
    clock = TOTP(base64.b32decode(secret), step=STEP, digits=DIGITS, drift=drift)
    clock.time = time.time() if at is None else at
    return f"{clock.token():0{DIGITS}d}"


def _make(user: User, secret: str, *, last_step: int) -> SecondFactor:
    row = SecondFactor(user=user, last_step=last_step)
    row.secret = seal(secret, place=row.place)
    row.full_clean()
    row.save()
    return row


def _end(row: SecondFactor, *, by: str, needs_code: bool, beside: str = "") -> None:
    row.ended_at, row.ended_by, row.ended_with = timezone.now(), by, beside
    row.needs_code = needs_code
    row.save()


def _step_of(secret: str, code: str, *, after: int, drift: int) -> tuple[int, int] | None:
    """The time step whose code this is, later than `after`, and the drift it shows; or None."""
    digits = "".join(code.split())
    if len(digits) != DIGITS or not digits.isascii() or not digits.isdigit():
        return None
    clock = TOTP(base64.b32decode(secret), step=STEP, digits=DIGITS, drift=drift)
    clock.time = time.time()
    if not clock.verify(int(digits), tolerance=TOLERANCE, min_t=after + 1):
        return None
    return int(clock.t()), int(clock.drift)

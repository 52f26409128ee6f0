"""设置码: one-time codes that let a person set a password or enrol a factor himself."""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings
from django.utils import timezone

from ..door import Actor, require_act
from ..models import SetupCode, User
from ..refusals import Invalid

# Read aloud without doubt: no 0/O, 1/I/L. Sixteen of 31: 79 bits.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
GROUPS, GROUP = 4, 4
WRONG = "用户名或设置码不正确，或设置码已过期、已用过。请核对，或联系系统管理员重新发放。"


def issue(*, by: Actor, user: User, purpose: str) -> str:
    """A new code for `user`, returned once and kept as a digest; the former one ends.

    Called within the act that grants it; that act has the event.
    """
    require_act()
    now = timezone.now()
    for row in SetupCode.objects.filter(
        user=user, purpose=purpose, used_at__isnull=True, ended_at__isnull=True
    ):
        row.ended_at = now
        row.save()
    code = "-".join("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))
    SetupCode(
        user=user,
        purpose=purpose,
        digest=digest(code),
        made_by=by.name,
        expires_at=now + settings.SETUP_CODE_LIFE,
    ).save()
    return code


def redeem(*, user: User, purpose: str, code: str) -> None:
    """Use up the code, within the act that it allows; raises `Invalid`."""
    require_act()
    row = (
        SetupCode.objects.select_for_update()
        .filter(user=user, purpose=purpose, used_at__isnull=True, ended_at__isnull=True)
        .first()
    )
    given = digest(code)
    is_right = secrets.compare_digest(given, row.digest if row else digest(""))
    if row is None or not is_right or row.expires_at <= timezone.now():
        raise Invalid(WRONG, details={"code": ["设置码不正确或已过期"]})
    row.used_at = timezone.now()
    row.save()


def digest(code: str) -> str:
    """SHA-256 of the code as it may be typed: signs and case do not matter."""
    plain = "".join(c for c in code.upper() if c in LETTERS)
    return hashlib.sha256(plain.encode("ascii")).hexdigest()

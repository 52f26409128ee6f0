"""What 我的签名 shows."""

from __future__ import annotations

from accountability.models import User
from reports.models import SignatureKey


def own_keys(user: User) -> list[SignatureKey]:
    """All enrolments of an account, the newest first; the sealed keys are not read."""
    return list(SignatureKey.objects.filter(user=user).defer("packed", "certificate"))

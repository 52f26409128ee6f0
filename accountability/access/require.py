"""What a service asks before it changes anything."""

from __future__ import annotations

from ..door import Actor
from ..refusals import NotAllowed
from .actions import Action
from .scope import scope_for

# Parts of the system that may do anything their caller was allowed to ask for.
TRUSTED_PARTS = frozenset(
    {
        "system:worker",
        "system:schedule",
        "system:demo",
        "system:bootstrap",
        "system:command",
    }
)


def require(by: Actor, action: Action) -> None:
    """Raise `NotAllowed` unless `by` may do `action` now.

    A job acts on behalf of its asker and is checked as the asker: a right
    that was revoked while the work was queued holds no longer.
    """
    user = by.user or by.on_behalf_of
    if user is None:
        if by.key in TRUSTED_PARTS or by.key == "system:test":
            return
        raise NotAllowed("系统内部账号不能办理此事项。")
    if not scope_for(user).may(action):
        raise NotAllowed("本账号没有这项权限，可联系本单位负责人或系统管理员核对角色。")

"""What must hold of rights after anything that was done."""

from __future__ import annotations

from django.contrib.auth.models import Group
from guardian.models import GroupObjectPermission, UserObjectPermission

from accountability.models import User
from tasks.services import grants


def assert_rights_are_sound() -> None:
    """The table is what the slots say; nothing stands in the tables that are not used."""
    assert grants.check() == []
    for table in (
        User.groups.through,
        User.user_permissions.through,
        Group.permissions.through,
        UserObjectPermission,
        GroupObjectPermission,
    ):
        assert not table._default_manager.exists(), table._meta.label

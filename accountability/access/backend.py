"""guardian with our scope: groups come from today's tenures and roles, never from a list.

`user.has_perm("tasks.view_taskitem", item)` answers as `visible_to(user)`
does; a lapsed tenure or grant, or an inactive account, has nothing from the
next request on, without a job.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Model
from guardian.backends import ObjectPermissionBackend, check_support
from guardian.core import ObjectPermissionChecker
from guardian.ctypes import get_content_type
from guardian.utils import get_group_obj_perms_model

from ..models.dated import holds_on
from .scope import scope_for


class ScopeChecker(ObjectPermissionChecker):
    """Reads direct-foreign-key tables alone; generic grants and grants to persons are not used."""

    def get_user_perms(self, obj: Model) -> Any:
        """No right is ever granted to a person."""
        return Permission.objects.none().values_list("codename", flat=True)

    def get_group_perms(self, obj: Model) -> Any:
        """Codenames granted today on `obj` to the groups of the user's scope."""
        none = Permission.objects.none().values_list("codename", flat=True)
        table: Any = get_group_obj_perms_model(obj)
        if self.user is None or not self.user.is_active or table.objects.is_generic():
            return none
        scope = scope_for(self.user)
        if not scope.permission_group_ids or scope.county_id != getattr(obj, "county_id", None):
            return none
        granted = table.objects.filter(
            holds_on(scope.day), group_id__in=scope.permission_group_ids, content_object=obj
        )
        return Permission.objects.filter(
            content_type=get_content_type(obj), pk__in=granted.values("permission_id")
        ).values_list("codename", flat=True)

    def get_perms(self, obj: Model) -> list[str]:
        """All codenames on `obj`: what is granted, and "view" exactly where lists show it."""
        if self.user is None or not self.user.is_active:
            return []
        key = self.get_local_cache_key(obj)
        if key not in self._obj_perms_cache:
            found = set(self.get_group_perms(obj))
            rows: Any = type(obj)._default_manager
            if hasattr(rows, "visible_to"):
                view = f"view_{obj._meta.model_name}"
                found.discard(view)
                if rows.visible_to(self.user).filter(pk=obj.pk).exists():
                    found.add(view)
            self._obj_perms_cache[key] = sorted(found)
        kept: list[str] = self._obj_perms_cache[key]
        return kept


class ScopeBackend(ObjectPermissionBackend):
    """Object rights of an account, for `user.has_perm(codename, object)`."""

    def has_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        """Whether `user_obj` has `perm` on `obj`; False without an object."""
        if obj is None:
            return False
        app_label, _, codename = perm.rpartition(".")
        if app_label and app_label != obj._meta.app_label:
            return False
        return codename in self.get_all_permissions(user_obj, obj)

    def get_group_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        return self.get_all_permissions(user_obj, obj)

    def get_all_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        """Codenames on `obj`; none without an object, a sign-in or an active account."""
        if obj is None or not check_support(user_obj, obj)[0] or not user_obj.is_active:
            return set()
        return set(ScopeChecker(user_obj).get_perms(obj))

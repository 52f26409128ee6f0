"""The access door: roles as code, scope, ROUTE_POLICY.

Views fetch through `visible_to(user)` querysets and `scope_for(user)`;
services check `require(by, action)`.
"""

from .actions import MATRIX, Action
from .scope import NOBODY, Scope, scope_for, scope_of

__all__ = ["MATRIX", "NOBODY", "Action", "Scope", "scope_for", "scope_of"]

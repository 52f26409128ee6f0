"""A person's scope, computed once a request from what holds today.

A lapsed tenure or grant has no rights from the next request on, without a
job (DESIGN decision 6).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from ..models import (
    ADMINISTRATORS,
    UNIT_ROLES,
    Delegation,
    ModuleSwitch,
    Portfolio,
    RightsGroup,
    Role,
    RoleGrant,
    Tenure,
    UnitGroup,
)
from ..models.dated import holds_on
from ..models.module_switch import SwitchState
from .actions import MATRIX, MODULE_ACTIONS, Action

if TYPE_CHECKING:
    from ..models import User


@dataclass(frozen=True, slots=True)
class Scope:
    """What a user may see and do today.

    `unit_ids` are the units that the user acts for (roles and seats), with
    their sections; `portfolio_unit_ids` those that the user's seats are in
    charge of; `post_ids` the seats held or looked after (代管); `group_ids` the
    unit groups that have one of `unit_ids` as a member. `delegated_post_ids`
    are the seats looked after: whoever signs, signs for `own_post_ids` alone.
    `inspected_unit_ids` are the units to which an inspector's mandate is
    limited; without such a limit `inspects_whole_county` is true.
    `permission_group_ids` are the groups of all these units and seats, to
    to which object rights are granted. `has_module` tells whether 责任追究和谈话函询 is
    on in the county; `actions` has none of its own while it is off.
    """

    user_id: int
    county_id: int | None
    roles: frozenset[str]
    actions: frozenset[Action]
    post_ids: frozenset[int] = frozenset()
    unit_ids: frozenset[int] = frozenset()
    portfolio_unit_ids: frozenset[int] = frozenset()
    group_ids: frozenset[int] = frozenset()
    delegated_post_ids: frozenset[int] = frozenset()
    inspected_unit_ids: frozenset[int] = frozenset()
    inspects_whole_county: bool = False
    permission_group_ids: frozenset[int] = frozenset()
    has_module: bool = False
    day: date = field(default_factory=timezone.localdate)

    def may(self, action: Action | str) -> bool:
        """Whether any of the roles held today allows `action`."""
        return action in self.actions

    @property
    def own_post_ids(self) -> frozenset[int]:
        """The seats held by tenure: a delegation never carries the signature."""
        return self.post_ids - self.delegated_post_ids

    @property
    def sees_whole_county(self) -> bool:
        """The office and the inspectors whose mandate has no limit read all of their county."""
        return self.inspects_whole_county or self.sees_drafts

    @property
    def sees_drafts(self) -> bool:
        """What is not handed out yet is the office's alone."""
        return bool(self.roles & {Role.OFFICE_CLERK, Role.OFFICE_HEAD})


# Roles whose holder is in scope of what is laid on his own seats.
SEATED = frozenset({Role.LEADER, Role.UNIT_HEAD, Role.LIAISON})

NOBODY = Scope(user_id=0, county_id=None, roles=frozenset(), actions=frozenset())


def scope_of(user: User, *, on: date | None = None) -> Scope:
    """The scope of `user` on `on` (today); an inactive user has none."""
    if not user.is_authenticated or not user.is_active:
        return NOBODY
    day = on or timezone.localdate()
    # With the grants, so that the scope takes no query more for it.
    is_open = ModuleSwitch.objects.filter(county=OuterRef("user__county"), state=SwitchState.ON)
    grants = list(
        RoleGrant.objects.filter(holds_on(day), user=user).annotate(has_module=Exists(is_open))
    )
    has_module = any(g.has_module for g in grants)
    roles = frozenset(g.role for g in grants)
    actions = frozenset(a for role in roles for a in MATRIX[role]) | {Action.OWN, Action.HELP}
    if not has_module:
        actions -= MODULE_ACTIONS
    posts: list[tuple[int, int]] = []
    if user.person_id and roles & SEATED:
        posts = list(
            Tenure.objects.filter(
                holds_on(day), holds_on(day, "post__"), person_id=user.person_id
            ).values_list("post_id", "post__unit_id")
        )
    # A unit in an inspector's grant is whom he inspects, not whom he acts for.
    mandates = [g.unit_id for g in grants if g.role == Role.INSPECTOR]
    inspected = {pk for pk in mandates if pk is not None}
    unit_ids = {g.unit_id for g in grants if g.unit_id and g.role != Role.INSPECTOR}
    own = frozenset(p for p, _ in posts)
    delegated, delegated_units = _delegated(user, roles, day)
    delegated -= own
    unit_ids |= delegated_units
    post_ids = own | delegated
    in_charge = (own if Role.LEADER in roles else frozenset()) | delegated
    portfolio: set[int | None] = set()
    if in_charge:
        portfolio = set(
            Portfolio.objects.filter(
                holds_on(day), post_id__in=in_charge, unit__isnull=False
            ).values_list("unit_id", flat=True)
        )
    groups = frozenset(
        UnitGroup.objects.filter(
            holds_on(day),
            holds_on(day, "memberships__"),
            memberships__unit_id__in=unit_ids | portfolio,
        ).values_list("id", flat=True)
    )
    seen_units = unit_ids | portfolio | inspected
    permission_groups = frozenset(
        RightsGroup.objects.filter(Q(unit_id__in=seen_units) | Q(post_id__in=post_ids)).values_list(
            "group_id", flat=True
        )
        if seen_units or post_ids
        else ()
    )
    return Scope(
        user_id=user.pk,
        county_id=user.county_id,
        roles=roles,
        actions=actions,
        post_ids=post_ids,
        unit_ids=frozenset(u for u in unit_ids if u is not None),
        portfolio_unit_ids=frozenset(u for u in portfolio if u is not None),
        group_ids=groups,
        delegated_post_ids=delegated,
        inspected_unit_ids=frozenset(inspected),
        inspects_whole_county=None in mandates,
        permission_group_ids=permission_groups,
        has_module=has_module,
        day=day,
    )


def _delegated(
    user: User, roles: frozenset[str], day: date
) -> tuple[frozenset[int], set[int | None]]:
    """(seats, units) that `user` looks after on `day`.

    A seat counts while its delegator holds it by tenure and the delegate has a
    business role of his own; its unit comes with it where the delegator acts
    for that unit. Delegations do not chain: they are read of tenures alone.
    """
    if not user.person_id or not roles or roles & ADMINISTRATORS:
        return frozenset(), set()
    rows = list(
        Delegation.objects.filter(
            holds_on(day),
            holds_on(day, "post__"),
            holds_on(day, "post__tenures__"),
            delegate_id=user.person_id,
            post__tenures__person_id=F("delegator_id"),
        ).values_list("post_id", "post__unit_id", "delegator_id")
    )
    if not rows:
        return frozenset(), set()
    acting_for = set(
        RoleGrant.objects.filter(
            holds_on(day),
            role__in=UNIT_ROLES,
            user__is_active=True,
            user__person_id__in=[person for _, _, person in rows],
        ).values_list("user__person_id", "unit_id")
    )
    return (
        frozenset(post for post, _, _ in rows),
        {unit for _, unit, person in rows if (person, unit) in acting_for},
    )


def scope_for(user: User) -> Scope:
    """The scope of the user of a request, computed once and kept on the user object."""
    kept: Scope | None = getattr(user, "_scope", None)
    if kept is None:
        kept = scope_of(user)
        user._scope = kept  # type: ignore[attr-defined]
    return kept

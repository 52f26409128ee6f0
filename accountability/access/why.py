"""为什么能看到、不能看到: the same rules as the lists, put into words.

Apps that own objects register an explainer; accountability knows none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..models import Role, User
from .actions import Action
from .scope import Scope, scope_of


@dataclass(frozen=True, slots=True)
class Part:
    """One rule: what it asks, whether it holds, and by what (names, not ids)."""

    rule: str
    holds: bool
    because: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether an account sees an object today, with every rule that was asked.

    `needed` must all hold, and one of `ways`; `label` names the object by its
    number alone, since the asker may not read its content.
    """

    label: str
    is_visible: bool
    needed: tuple[Part, ...]
    ways: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one object beside those of every object; see `explainer`."""

    label: str
    ways: tuple[Part, ...]
    needed: tuple[Part, ...] = ()


# (the object, the account's scope, the account) → its own rules.
Tell = Callable[[Any, Scope, User], Rules]


# (the account, the object's id, the county that the asker may ask about) → None: no such object.
Explainer = Callable[[User, int, int | None], Explanation | None]

_EXPLAINERS: dict[str, tuple[str, Explainer]] = {}


def register(kind: str, label: str, explainer: Explainer) -> None:
    """Make objects of a kind explainable; called when an app is ready."""
    _EXPLAINERS[kind] = (label, explainer)


def kinds() -> list[tuple[str, str]]:
    """(code, label) of what can be explained."""
    return [(kind, label) for kind, (label, _) in _EXPLAINERS.items()]


def explain(kind: str, account: User, pk: int, *, county_id: int | None) -> Explanation | None:
    """The explanation of `account` × object; None where there is no such object."""
    found = _EXPLAINERS.get(kind)
    return found[1](account, pk, county_id) if found else None


def explainer(model: Any, action: Action, reading: str, tell: Tell) -> Explainer:
    """An explainer of `model`: what holds for every object, and what `tell` adds.

    `reading` ends the rule that the role may read it at all. The model has a
    `county` and a `visible_to`, which alone says whether it is visible.
    """

    def explain_one(account: User, pk: int, county_id: int | None) -> Explanation | None:
        row = model.objects.filter(pk=pk).first()
        if row is None or (county_id is not None and row.county_id != county_id):
            return None
        scope = scope_of(account)
        account._scope = scope  # type: ignore[attr-defined]  # one computation, one day
        rules = tell(row, scope, account)
        return Explanation(
            label=rules.label,
            is_visible=model.objects.visible_to(account).filter(pk=pk).exists(),
            needed=(
                Part("账号启用", account.is_active, "" if account.is_active else "账号已停用"),
                Part(f"角色可以查看{reading}", scope.may(action), roles_of(scope)),
                Part(f"{reading}属于本县", scope.county_id == row.county_id),
                *rules.needed,
            ),
            ways=rules.ways,
        )

    return explain_one


def roles_of(scope: Scope) -> str:
    """The roles that hold today, in words."""
    return "、".join(str(Role(role).label) for role in sorted(scope.roles)) or "没有角色"


def whole_county(scope: Scope) -> Part:
    """The way of the office and of inspectors without a limit."""
    return Part(
        "政府办和不限单位的监督检查人员可查看全县", scope.sees_whole_county, roles_of(scope)
    )


def of_unit(scope: Scope, unit: Any, what: str) -> tuple[Part, ...]:
    """The ways by a unit that the account acts for, is in charge of or inspects."""
    pk, name = (unit.pk, str(unit)) if unit is not None else (None, "")
    return tuple(
        Part(f"{what}是{whose}", pk in units, name if pk in units else "")
        for whose, units in (
            ("本人所在单位", scope.unit_ids),
            ("本人分管的单位", scope.portfolio_unit_ids),
            ("本人监督的单位", scope.inspected_unit_ids),
        )
    )


def of_seat(scope: Scope, post: Any, what: str) -> tuple[Part, ...]:
    """The ways by a seat that the account's person holds or looks after."""
    pk, name = (post.pk, str(post)) if post is not None else (None, "")
    return tuple(
        Part(f"{what}是本人{how}的职务", pk in posts, name if pk in posts else "")
        for how, posts in (("任职", scope.own_post_ids), ("代管", scope.delegated_post_ids))
    )

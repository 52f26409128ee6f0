"""为什么能看到、不能看到: the same rules as the lists, put into words.

Apps that own objects register an explainer; accountability knows none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..models import User


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

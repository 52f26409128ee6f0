"""What other parts of the portal add to a duty's record, which accountability does not know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..models import Duty, User


@dataclass(frozen=True, slots=True)
class Annex:
    """One line of the record: its name, its text, and the page that it leads to."""

    label: str
    text: str
    url: str


Maker = Callable[[User, Duty], list[Annex]]
_makers: list[Maker] = []


def register(maker: Maker) -> None:
    """Called once, when the portal starts."""
    _makers.append(maker)


def annexes(user: User, duty: Duty) -> list[Annex]:
    """What the makers have for `user` of this duty, in their order."""
    return [annex for maker in _makers for annex in maker(user, duty)]

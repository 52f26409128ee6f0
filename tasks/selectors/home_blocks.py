"""Cards of the 工作台 that other parts of the portal add, which tasks do not know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from accountability.models import User


@dataclass(frozen=True, slots=True)
class Block:
    """A card: the template that draws it and what it is drawn from."""

    template: str
    content: object


Maker = Callable[[User, date], Block | None]
_makers: list[Maker] = []


def register(maker: Maker) -> None:
    """Called once, when the portal starts."""
    _makers.append(maker)


def blocks(user: User, *, on: date) -> list[Block]:
    """The cards that the makers have for `user`, in their order."""
    return [block for maker in _makers if (block := maker(user, on)) is not None]

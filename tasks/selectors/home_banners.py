"""工作台's first line: what waits for the person, told by the parts of the portal that know.

Letters are made in `reports`, which tasks do not know (imports run one way):
`reports` registers its teller here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from accountability.models import User


@dataclass(frozen=True, slots=True)
class Banner:
    """One thing that waits: what, which, and where it is done.

    A warning that is not mended in the portal has no `url` and no `button`.
    """

    title: str
    detail: str
    url: str
    button: str
    icon: str = "sign"
    is_warning: bool = False


Teller = Callable[[User, date], Banner | None]
_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Called once, when the portal starts."""
    _tellers.append(teller)


def banners(user: User, *, on: date) -> list[Banner]:
    """What waits for `user`, in the order of the tellers."""
    return [banner for teller in _tellers if (banner := teller(user, on)) is not None]

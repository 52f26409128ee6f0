"""The numbers of notices, as tasks ask for them: a number is taken, or void.

The series stand in `reports`, which keeps the numbers of everything that the
county sends out: one page lists them all, the void ones too. tasks do not know
reports (imports run one way), so reports registers its register here.
"""

from __future__ import annotations

from typing import Protocol

from django.db.models import Model

from accountability.door import Actor
from accountability.models import County


class Register(Protocol):
    """What gives numbers, continuous by county, kind and year, and never gives one twice."""

    def take(self, *, county: County, kind: str, year: int, for_: Model) -> str:
        """The next number, inside the open door of the service that sends the paper."""

    def void(self, *, by: Actor, for_: Model, reason: str) -> None:
        """Void the number that was taken for `for_`; it stays listed and is not given again."""


_register: Register | None = None


def use(register: Register) -> None:
    """Called once, when the portal starts."""
    global _register
    _register = register


def register() -> Register:
    """The register in use; without one nothing that has a number can be sent."""
    assert _register is not None, "reports registers its numbers when the portal starts"
    return _register

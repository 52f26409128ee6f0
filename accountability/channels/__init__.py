"""Ways out of the portal. Each sends one message to one person, or says how it went wrong.

`NotNow` and `Refused` are raised where it is certain that nothing arrived; any
other error leaves it open, and the delivery shows 待核实.
"""

from __future__ import annotations

from dataclasses import dataclass


class NotNow(Exception):
    """Nothing was sent, and later it may go: tried again with back-off."""


class Away(NotNow):
    """The other end does not answer at all: what else goes there waits as well."""


class Refused(Exception):
    """Nothing was sent, and trying again is of no use before somebody sees to it."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is sent to whom; `key` is the same each time this very message is sent."""

    key: str
    county_id: int
    name: str
    address: str
    title: str
    text: str

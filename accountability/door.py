"""The one door for writing (DESIGN decision 2).

`acting(by=…)` opens a transaction, tells the database who acts, and insists on
an audit event: no event, no change. Everything that writes goes through it:
services, login, set-up, jobs, commands.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

if TYPE_CHECKING:
    from django.db.models import Model

    from .models import AuditEvent, County, Unit, User
    from .services.audit import Note


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user with the post held now, or a part of the system.

    `key` is what the database is told (`app.actor`): "user:12" or "system:worker".
    `on_behalf_of` is the user for whom a job or a delegate acts.
    """

    key: str
    name: str
    user: User | None = None
    post: str = ""
    unit: str = ""
    county: County | None = None
    address: str | None = None
    request_id: str = ""
    on_behalf_of: User | None = None

    @classmethod
    def system(
        cls, part: str, *, county: County | None = None, on_behalf_of: User | None = None
    ) -> Actor:
        """A part of the system itself (系统), such as "worker", "migration", "demo"."""
        return cls(
            key=f"system:{part}",
            name=f"系统（{SYSTEM_PARTS.get(part, part)}）",
            county=county,
            on_behalf_of=on_behalf_of,
            request_id=str(uuid.uuid4()),
        )


SYSTEM_PARTS = {
    "worker": "后台任务",
    "schedule": "计划任务",
    "migration": "升级",
    "demo": "演示数据",
    "bootstrap": "初始安装",
    "command": "命令行",
    "login": "登录",
    "test": "测试",
}


class DoorClosed(RuntimeError):
    """A recorded row was written outside `acting()`: a programming error."""


class UnrecordedChange(RuntimeError):
    """`acting()` ended without an audit event: no event, no change."""


@dataclass(slots=True)
class Act:
    """One opened door: its actor, its reason, and the events recorded so far."""

    actor: Actor
    reason: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    events: list[AuditEvent] = field(default_factory=list)
    is_quiet: bool = False
    closed_years: frozenset[tuple[int, int]] | None = None  # year_guard's, read once an act

    def record(
        self,
        action: str,
        target: Model | None = None,
        *,
        summary: str,
        changes: Iterable[dict[str, Any]] = (),
        units: Iterable[Unit | int] = (),
        county: County | None = None,
        label: str = "",
    ) -> AuditEvent:
        """Write the audit event of this act, in the same transaction.

        `changes` are dicts {"field", "label", "before", "after"} in names, not ids;
        `units` are the units that the act touches, as they stand now.
        """
        from .services import audit

        event = audit.record(
            act=self,
            action=action,
            target=target,
            summary=summary,
            changes=list(changes),
            units=list(units),
            county=county,
            label=label,
        )
        self.events.append(event)
        return event

    def record_many(self, notes: Sequence[Note]) -> list[AuditEvent]:
        """Write many events of this act, one for each note, in a bounded number of statements."""
        from .services import audit

        events = audit.record_many(act=self, notes=notes)
        self.events.extend(events)
        return events

    def unchanged(self) -> None:
        """Say that nothing was changed, so no event is due."""
        self.is_quiet = True


_act: ContextVar[Act | None] = ContextVar("act", default=None)


def current_act() -> Act | None:
    """The innermost open door, if any."""
    return _act.get()


def told() -> tuple[str, str, str]:
    """(actor, on behalf of, event) of the open door, "" for each when nobody acts."""
    act = _act.get()
    if act is None:
        return "", "", ""
    behalf = act.actor.on_behalf_of
    return act.actor.key, f"user:{behalf.pk}" if behalf else "", act.id


def _tell_database(values: tuple[str, str, str]) -> tuple[str, str, str] | None:
    """Set app.actor, app.on_behalf_of, app.event for this transaction on PostgreSQL.

    Returns the former values. SQLite's triggers ask `told()` itself.
    """
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('app.actor', true), ''),"
            " coalesce(current_setting('app.on_behalf_of', true), ''),"
            " coalesce(current_setting('app.event', true), '')"
        )
        former: tuple[str, str, str] = cursor.fetchone()
        cursor.execute(
            "SELECT set_config('app.actor', %s, true),"
            " set_config('app.on_behalf_of', %s, true), set_config('app.event', %s, true)",
            values,
        )
    return former


@contextmanager
def acting(*, by: Actor, reason: str = "") -> Iterator[Act]:
    """Open the door: a transaction in which `by` acts, for `reason`.

    Raises `UnrecordedChange` (and rolls back) when the block neither recorded
    an event nor said that it changed nothing. May be nested; the inner act
    has its own actor, the outer one is restored.
    """
    act = Act(actor=by, reason=reason)
    with transaction.atomic():
        token = _act.set(act)
        former = _tell_database(told())
        try:
            yield act
            if not act.events and not act.is_quiet:
                raise UnrecordedChange(f"{by.key} changed something without an audit event")
        finally:
            _act.reset(token)
        if former is not None:
            _tell_database(former)
        from .trail.witness import pump_on_commit

        pump_on_commit()


def require_act() -> Act:
    """The open door; raises `DoorClosed` when a row is written outside it."""
    act = _act.get()
    if act is None:
        raise DoorClosed("a recorded row is written only inside acting(by=…)")
    return act

"""轨迹 of one object: the latest events on its own page, all of them on 全部轨迹.

Apps register the kinds of objects that have a trail; accountability knows none
but its own. What the asker may not see has no trail for him.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import timezone

from ..access import Action, scope_for
from ..access.find import find
from ..models import AuditEvent, Outcome, Person, Post, Unit, UnitGroup, User
from ..refusals import NotFound
from . import row_past
from .changes import about
from .trail import ledger_places

INLINE = 5
PAGE = 50


@dataclass(frozen=True, slots=True)
class Subject:
    """An object that has a trail: its name, its page, the events that tell of it."""

    title: str
    url: str
    events: QuerySet[AuditEvent]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of objects with a trail. `as_of` is the route of its past.

    A kind without one has its past shown by its fields, where `row_past` knows it.

    `visible` gives the objects that a user may see, as lists and pages have it.
    """

    code: str
    label: str
    model: type[Model]
    visible: Callable[[User], Any]
    subject: Callable[[User, Any], Subject]
    as_of: str = ""

    def past_of(self, pk: int) -> str:
        """The address of an object's past, "" for none."""
        if self.as_of:
            return reverse(self.as_of, args=[pk])
        return reverse("object_as_of", args=[self.code, pk]) if row_past.has(self.code) else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event with its place in the ledger and the address of the object's past that day."""

    event: AuditEvent
    place: dict[str, Any] | None
    past_url: str = ""


@dataclass(frozen=True, slots=True)
class Trail:
    """The latest events of an object, for `partials/_trail.html`; addresses "" for who may not.

    `is_whole`: all that there is stands on the page already.
    """

    entries: list[Entry] = field(default_factory=list)
    all_url: str = ""
    past_url: str = ""
    is_whole: bool = True


_KINDS: dict[str, Kind] = {}


def register(
    code: str,
    label: str,
    model: type[Model],
    *,
    visible: Callable[[User], Any],
    subject: Callable[[User, Any], Subject],
    as_of: str = "",
) -> None:
    """Give a kind of objects a trail; called when an app is ready."""
    _KINDS[code] = Kind(code, label, model, visible, subject, as_of)


def inline(user: User, code: str, pk: int, events: QuerySet[AuditEvent]) -> Trail:
    """The five latest of `events` for the page of an object that the caller has found."""
    found = list(events.filter(outcome=Outcome.DONE).order_by("-id")[: INLINE + 1])
    return of_many(user, code, {pk: found})[pk]


def of_list(events: QuerySet[AuditEvent]) -> Trail:
    """The five latest of `events` for a page of many small objects that the asker may see."""
    found = list(events.filter(outcome=Outcome.DONE).order_by("-id")[:INLINE])
    places = ledger_places(found)
    return Trail(entries=[_entry(event, places, "") for event in found])


def of_many(user: User, code: str, found: Mapping[int, Sequence[AuditEvent]]) -> dict[int, Trail]:
    """Trails of events that were read already, newest first, by the object's id.

    An object with more events than are shown gives one more. One query for all.
    """
    kind, scope = _KINDS[code], scope_for(user)
    may_trail, may_past = scope.may(Action.OBJECT_TRAIL_READ), scope.may(Action.PAST_READ)
    places = ledger_places([event for rows in found.values() for event in rows[:INLINE]])
    followed = set(found) if may_trail else set()
    if scope.may(Action.SECURITY_LOG_READ):  # whose trail is that of accounts alone
        followed &= set(kind.visible(user).filter(pk__in=followed).values_list("pk", flat=True))
    trails = {}
    for pk, rows in found.items():
        past = kind.past_of(pk) if may_past else ""
        trails[pk] = Trail(
            entries=[_entry(event, places, past) for event in rows[:INLINE]],
            all_url=reverse("audit_object", args=[code, pk]) if pk in followed else "",
            past_url=past,
            is_whole=len(rows) <= INLINE,
        )
    return trails


def _entry(event: AuditEvent, places: Mapping[int, dict[str, Any]], past_url: str) -> Entry:
    day = timezone.localtime(event.at).date()
    return Entry(event, places.get(event.pk), f"{past_url}?on={day:%Y-%m-%d}" if past_url else "")


def find_subject(user: User, code: str, pk: int) -> tuple[Kind, Any, Subject]:
    """A kind, one of its objects, what is told of it; raises `NotFound`."""
    kind = _KINDS.get(code)
    if kind is None:
        raise NotFound
    row = find(kind.visible(user), pk=pk)
    return kind, row, kind.subject(user, row)


def page(user: User, code: str, pk: int, *, before: int | None = None) -> dict[str, Any]:
    """全部轨迹: one page of an object's events, newest first; raises `NotFound`."""
    kind, _, subject = find_subject(user, code, pk)
    events = subject.events.filter(outcome=Outcome.DONE)
    if before is not None:
        events = events.filter(pk__lt=before)
    found = list(events.order_by("-id")[: PAGE + 1])
    past = kind.past_of(pk) if scope_for(user).may(Action.PAST_READ) else ""
    places = ledger_places(found[:PAGE])
    return {
        "subject": subject,
        "kind": kind,
        "entries": [_entry(event, places, past) for event in found[:PAGE]],
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "past_url": past,
        "may_open": scope_for(user).may(Action.TRAIL_OR_LOG_READ),
    }


def addresses(user: User, events: Sequence[AuditEvent]) -> dict[int, str]:
    """Where 全部轨迹 of each event's object is, by the event; of what `user` may see alone.

    One query a kind that occurs among the events.
    """
    if not scope_for(user).may(Action.OBJECT_TRAIL_READ):
        return {}
    found: dict[int, str] = {}
    for kind in _KINDS.values():
        of_kind = [e for e in events if e.target_type == kind.model._meta.label_lower]
        if not of_kind:
            continue
        rows = kind.visible(user).filter(pk__in={e.target_id for e in of_kind})
        seen = set(rows.values_list("pk", flat=True))
        for event in of_kind:
            if event.target_id in seen:
                found[event.pk] = reverse("audit_object", args=[kind.code, event.target_id])
    return found


def _directory(model: type[Unit | UnitGroup | Post | Person]) -> Callable[[User], Any]:
    """Rows of the directory; the audit administrator's trail is that of accounts alone."""

    def visible(user: User) -> Any:
        rows = model.objects.visible_to(user)
        return rows.none() if scope_for(user).may(Action.SECURITY_LOG_READ) else rows

    return visible


def _accounts(user: User) -> Any:
    """Accounts have a trail for the audit administrator alone (security.md 4.3)."""
    rows = User.objects.visible_to(user)
    return rows if scope_for(user).may(Action.SECURITY_LOG_READ) else rows.none()


def _unit(user: User, unit: Unit) -> Subject:
    return Subject(unit.name, reverse("unit_edit", args=[unit.pk]), about(unit, unit=unit))


def _group(user: User, group: UnitGroup) -> Subject:
    return Subject(group.name, reverse("group_edit", args=[group.pk]), about(group))


def _post(user: User, post: Post) -> Subject:
    return Subject(str(post), reverse("post_edit", args=[post.pk]), events_of_post(post))


def _person(user: User, person: Person) -> Subject:
    url = reverse("person_edit", args=[person.pk])
    return Subject(person.name, url, about(person, *person.tenures.all()))


def _account(user: User, account: User) -> Subject:
    url = reverse("account_edit", args=[account.pk])
    return Subject(account.username, url, events_of_account(user, account))


def events_of_post(post: Post) -> QuerySet[AuditEvent]:
    """A seat's own events (分管 among them) and those of its tenures."""
    found: QuerySet[AuditEvent] = about(post, *post.tenures.all())
    return found


def events_of_account(viewer: User, account: User) -> QuerySet[AuditEvent]:
    """What was done to an account, of what the viewer may read of the log."""
    return AuditEvent.objects.visible_to(viewer).filter(
        target_type="accountability.user", target_id=account.pk
    )


register("unit", "单位", Unit, visible=_directory(Unit), subject=_unit, as_of="unit_as_of")
register("group", "单位集合", UnitGroup, visible=_directory(UnitGroup), subject=_group)
register("post", "职务", Post, visible=_directory(Post), subject=_post, as_of="post_as_of")
register("person", "人员", Person, visible=_directory(Person), subject=_person)
register("account", "账号", User, visible=_accounts, subject=_account)

"""Writes audit events. Called by `Act.record`, and by the middleware for denials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.utils import timezone

from ..door import Act, Actor
from ..models import AuditEvent, AuditEventUnit, County, Outcome, Unit
from ..trail import concerns


@dataclass(frozen=True, slots=True)
class Note:
    """What one event says; see `Act.record` for the meaning of each."""

    action: str
    target: Model | None
    summary: str
    changes: list[dict[str, Any]] = field(default_factory=list)
    units: Sequence[Unit | int] = ()
    label: str = ""


def record(
    *,
    act: Act,
    action: str,
    target: Model | None,
    summary: str,
    changes: list[dict[str, Any]],
    units: list[Unit | int],
    county: County | None,
    label: str,
    outcome: str = Outcome.DONE,
) -> AuditEvent:
    """One event with the units it touches; see `Act.record`."""
    event = _event(
        act,
        Note(action, target, summary, changes, units, label),
        county=county,
        outcome=outcome,
    )
    event.save()
    AuditEventUnit.objects.bulk_create(_units_of(event, units))
    return event


def record_many(*, act: Act, notes: Sequence[Note]) -> list[AuditEvent]:
    """Many events of one act in two statements; see `Act.record_many`."""
    events = AuditEvent.objects.bulk_create(
        [_event(act, note, county=None, outcome=Outcome.DONE) for note in notes]
    )
    AuditEventUnit.objects.bulk_create(
        [
            row
            for event, note in zip(events, notes, strict=True)
            for row in _units_of(event, note.units)
        ]
    )
    return list(events)


def _event(act: Act, note: Note, *, county: County | None, outcome: str) -> AuditEvent:
    actor, target = act.actor, note.target
    return AuditEvent(
        county_id=county.pk if county else county_id_of(target, actor.county),
        actor_key=actor.key,
        user=actor.user,
        actor_name=actor.name,
        actor_post=actor.post,
        actor_unit=actor.unit,
        on_behalf_of=actor.on_behalf_of,
        address=actor.address,
        request_id=actor.request_id,
        act_id=act.id,
        action=note.action,
        concern=concerns.classify(note.action, note.changes, outcome),
        is_odd_hour=concerns.is_odd_hour(timezone.now()) and actor.user is not None,
        target_type=target._meta.label_lower if target is not None else "",
        target_id=target.pk if target is not None else None,
        target_label=(note.label or (str(target) if target is not None else ""))[:200],
        summary=note.summary[:500],
        changes=note.changes,
        reason=act.reason,
        outcome=outcome,
    )


def _units_of(event: AuditEvent, units: Sequence[Unit | int]) -> list[AuditEventUnit]:
    ids = dict.fromkeys(u if isinstance(u, int) else u.pk for u in units)
    return [AuditEventUnit(event=event, unit_id=unit_id) for unit_id in ids]


def record_denial(*, by: Actor, action: str, sentence: str, target_label: str = "") -> AuditEvent:
    """The event of a refusal, in a transaction of its own after the roll-back."""
    from ..door import acting

    with acting(by=by) as act:
        event = record(
            act=act,
            action=action,
            target=None,
            summary=sentence,
            changes=[],
            units=[],
            county=by.county,
            label=target_label,
            outcome=Outcome.DENIED,
        )
        act.events.append(event)
    return event


def county_id_of(target: Model | None, otherwise: County | None) -> int | None:
    """The county that a row belongs to, where it says so; asks the database nothing."""
    if isinstance(target, County):
        return target.pk
    said: int | None = getattr(target, "county_id", None)
    return said or (otherwise.pk if otherwise else None)


def change(field: str, label: str, before: Any, after: Any) -> dict[str, Any]:
    """One entry of `AuditEvent.changes`, values as people read them."""
    return {"field": field, "label": label, "before": shown(before), "after": shown(after)}


def shown(value: Any) -> Any:
    """A value as it stands in the trail: names for rows, 是/否 for truth, lists joined."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple | set):
        return "、".join(str(shown(v)) for v in value)
    return str(value)


def differences(instance: Model, values: dict[str, Any]) -> list[dict[str, Any]]:
    """What setting `values` would change on `instance`, labelled with verbose names."""
    found = []
    for name, after in values.items():
        field: Any = instance._meta.get_field(name)
        before = getattr(instance, name)
        if before == after:
            continue
        display = getattr(instance, f"get_{name}_display", None)
        if display is not None and field.choices:
            choices = dict(field.flatchoices)
            found.append(
                change(name, str(field.verbose_name), display(), choices.get(after, after))
            )
        else:
            found.append(change(name, str(field.verbose_name), before, after))
    return found

"""人员: make, edit, retire. A person is retired, never deleted."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q

from .. import pinyin
from ..door import Actor
from ..models import County, Person, Tenure
from ..refusals import Invalid
from . import bulk
from .audit import change
from .carried import Holder, refuse_while_carrying
from .directory import apply, check_version, clean, editing
from .units import ended


def set_keys(person: Person) -> None:
    """Search keys of the name, the surname's own reading first."""
    person.pinyin, person.initials = pinyin.keys(
        [person.name], is_person=True, override=person.pinyin_override
    )


def create(
    *,
    by: Actor,
    county: County,
    name: str,
    note: str = "",
    pinyin_override: str = "",
    reason: str = "",
) -> Person:
    """A new person; `note` tells two of one name apart."""
    with editing(by=by, county=county, reason=reason) as act:
        person = Person(
            county=county,
            name="".join(name.split()),
            note=note.strip(),
            pinyin_override=pinyin_override.strip(),
        )
        set_keys(person)
        clean(person)
        person.save()
        act.record(
            "person.create",
            person,
            summary=f"新增人员 {person.name}",
            changes=[change("name", "姓名", "", person.name)],
        )
    return person


def edit(
    *,
    by: Actor,
    person: Person,
    values: dict[str, Any],
    version: int | None = None,
    reason: str = "",
) -> Person:
    """Change name, note or reading; see `units.edit`."""
    with editing(by=by, county=person.county_id, reason=reason) as act:
        row = Person.objects.select_for_update().get(pk=person.pk)
        values = dict(values)
        if "name" in values:
            values["name"] = "".join(values["name"].split())
        check_version(row, version, values)
        changes = apply(row, values)
        if not changes:
            act.unchanged()
            return row
        set_keys(row)
        clean(row)
        row.save()
        act.record("person.edit", row, summary=f"修改人员 {row.name}", changes=changes)
    return row


def retire(*, by: Actor, person: Person, day: date, reason: str = "") -> Person:
    """The person leaves (离任) on `day`: all tenures end.

    Refused while a seat held by nobody else carries open work: appoint the
    successor first (the work stays on the seat), or hand it over.
    """
    with editing(by=by, county=person.county_id, reason=reason) as act:
        row = Person.objects.select_for_update().get(pk=person.pk)
        if row.retired_on is not None:
            raise Invalid(f"{row.name} 已于 {row.retired_on:%Y-%m-%d} 离任，不必重复办理。")
        after = Q(valid_to__isnull=True) | Q(valid_to__gt=day)
        tenures = list(
            Tenure.objects.select_for_update(of=("self",))
            .filter(after, person=row)
            .select_related("post__unit")
        )
        others = set(
            Tenure.objects.filter(after, post_id__in=[t.post_id for t in tenures])
            .exclude(person=row)
            .values_list("post_id", flat=True)
        )
        refuse_while_carrying(
            row.name,
            [Holder("p", t.post_id) for t in tenures if t.post_id not in others],
            on=day,
            way="任命继任者或批量移交",
            act="办理离任",
        )
        bulk.update(ended(tenures, day), ["valid_to"])
        row.retired_on = day
        clean(row)
        row.save()
        act.record(
            "person.retire",
            row,
            summary=f"{row.name} 离任",
            units=list({t.post.unit_id: t.post.unit for t in tenures}.values()),
            changes=[
                change("retired_on", "离任日期", None, day),
                *(change("valid_to", "任职", t.post, f"{day} 止") for t in tenures),
            ],
        )
    return row

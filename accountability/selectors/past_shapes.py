"""以往情况 of groups, people, duties, their rules and talks."""

from __future__ import annotations

from typing import Any

from ..duty_content import FIELDS
from ..models import (
    Duty,
    DutyFile,
    DutyRule,
    GroupMembership,
    Layer,
    Person,
    Talk,
    Tenure,
    UnitGroup,
    UnitKind,
)
from .as_of import NONE
from .row_past import Part, Shape, labelled, register

NAMES = frozenset({"pinyin", "initials", "name_pinyin", "name_initials"})


def _record(duty: Any) -> str:
    """What was put on record, by the names of its kind's form."""
    told = [
        f"{field.label}：{value if isinstance(value, str) else '、'.join(map(str, value))}"
        for field in FIELDS.get(duty.kind, ())
        if (value := duty.record.get(field.key)) and isinstance(value, str | list)
    ]
    return "\n".join(told) or NONE


register(
    "group",
    Shape(
        UnitGroup,
        parts=(Part(GroupMembership, "group", "unit"),),
        without=NAMES,
    ),
)
register(
    "person",
    Shape(Person, parts=(Part(Tenure, "person", "post"),), without=NAMES),
)
register(
    "duty",
    Shape(
        Duty,
        parts=(Part(DutyFile, "duty", "label", without=frozenset({"void_reason"})),),
        without=frozenset({"check_answers", "reminders"}),
        shown={"record": _record},
    ),
)
register(
    "duty_rule",
    Shape(
        DutyRule,
        shown={
            "layers": labelled("layers", Layer.choices),
            "unit_kinds": labelled("unit_kinds", UnitKind.choices),
            "hears_kinds": labelled("hears_kinds", UnitKind.choices),
        },
    ),
)
register("talk", Shape(Talk))

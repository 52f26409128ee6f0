"""What all services of the directory (单位与人员) share: the lock, the checks, the version.

Writers of one county's directory go one after another: they lock the county's
row first, so that uniqueness, overlap and cycles are checked against what
stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model

from ..access.actions import Action
from ..access.require import require
from ..door import Act, Actor, acting
from ..models import AuditEvent, County
from ..refusals import Conflict, Invalid, NotFound
from .audit import differences, shown


@contextmanager
def editing(*, by: Actor, county: County | int, reason: str = "") -> Iterator[Act]:
    """The door for one county's directory; `NotAllowed` without the right, 404 for another's."""
    county_id = county if isinstance(county, int) else county.pk
    with acting(by=by, reason=reason.strip()) as act:
        # "no key": rows that point at the county may still be written meanwhile.
        County.objects.select_for_update(no_key=True).get(pk=county_id)
        require(by, Action.DIRECTORY_EDIT)
        user = by.user or by.on_behalf_of
        if user is not None and user.county_id != county_id:
            raise NotFound
        yield act


def clean(row: Model) -> None:
    """`full_clean`, told as a refusal with a sentence for each field."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error


def version_of(row: Any) -> int:
    """The number of the row's last kept version; a form carries it along."""
    number = row.history.order_by("-history_id").values_list("history_id", flat=True).first()
    return int(number or 0)


def check_version(row: Any, version: int | None, values: dict[str, Any]) -> None:
    """`Conflict` with both versions when `row` was changed since `version` was read.

    The same values arriving twice are no conflict: nothing would be lost.
    """
    if version is None or version == version_of(row):
        return
    clashes = differences(row, values)
    if not clashes:
        return
    last = (
        AuditEvent.objects.filter(target_type=row._meta.label_lower, target_id=row.pk)
        .order_by("-id")
        .first()
    )
    who = f"{last.actor_name}刚刚" if last else "他人已"
    raise Conflict(
        f"{who}修改了“{row}”，本次修改没有保存。请核对后重新提交。",
        details=[
            {"label": c["label"], "theirs": shown(c["before"]), "mine": shown(c["after"])}
            for c in clashes
        ],
    )


def apply(row: Any, values: dict[str, Any]) -> list[dict[str, Any]]:
    """Set `values` on `row`; gives what changed, in names."""
    found = differences(row, values)
    for name, value in values.items():
        setattr(row, name, value)
    return found


def same_county(county_id: int, *rows: Any) -> None:
    """Rows of another county do not exist here."""
    for row in rows:
        if row is not None and row.county_id != county_id:
            raise NotFound


def end_day(row: Any, day: date, *, word: str) -> None:
    """`Invalid` unless `row` holds before `day` and can end on it."""
    if row.valid_to is not None:
        raise Invalid(f"“{row}”已于 {row.valid_to:%Y-%m-%d} {word}，不必重复办理。")
    if day < row.valid_from:
        raise Invalid(
            f"{word}日期不能早于生效日期 {row.valid_from:%Y-%m-%d}，请改正日期。",
            details={"day": [f"不能早于 {row.valid_from:%Y-%m-%d}"]},
        )


def aliases_of(values: Any, *, besides: tuple[str, ...] = ()) -> list[str]:
    """Aliases without blanks, repeats and names that the row already has."""
    found = dict.fromkeys("".join(str(v).split()) for v in values)
    return [a for a in found if a and a not in besides]

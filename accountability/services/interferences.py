"""违规干预插手记录: put on record once, corrected by a further entry, each reading an event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils import timezone

from ..access import Action
from ..access.find import find
from ..access.require import require
from ..door import Actor, acting
from ..field_crypto import Unsealable, seal, unseal
from ..models import County, Interference, InterferenceMatter, InterferenceWay, User
from ..private_numbers import found_in
from ..refusals import Invalid, NotAllowed, NotFound

MOST = {"who": 60, "facts": 200}
LABELS = {"who": "干预人单位和职务", "facts": "简要情况"}
LOST = "密钥已更换或者销毁，内容不能显示"


@dataclass(frozen=True, slots=True)
class Opened:
    """One entry with its sealed fields opened, and its corrections with theirs."""

    row: Interference
    who: str
    facts: str
    corrections: tuple[Opened, ...] = ()


def record(
    *,
    by: Actor,
    happened_on: date,
    matter: str,
    way: str,
    who: str,
    facts: str,
    corrects_id: int | None = None,
    now: datetime,
) -> Interference:
    """Put one on record; `corrects_id` is an own entry that this one corrects.

    Raises `Invalid` for what may not be entered, `NotFound` for somebody else's entry.
    """
    told = {"who": who.strip(), "facts": facts.strip()}
    with acting(by=by) as act:
        require(by, Action.INTERFERENCE_RECORD)
        user, county = _person(by)
        on = timezone.localdate(now)
        _check(happened_on, matter, way, told, on=on)
        first: Interference | None = None
        if corrects_id is not None:
            first = find(
                Interference.objects.numbered_by(user).filter(corrects__isnull=True),
                pk=corrects_id,
            )
        County.objects.select_for_update(no_key=True).get(pk=county.pk)
        last = Interference.objects.filter(county=county, year=on.year).aggregate(n=Max("serial"))
        row = Interference(
            county=county,
            year=on.year,
            serial=(last["n"] or 0) + 1,
            happened_on=happened_on,
            matter=matter,
            way=way,
            corrects=first,
            recorded_at=now,
            recorded_by=user,
        )
        row.who = seal(told["who"], place=row.place("who"))
        row.facts = seal(told["facts"], place=row.place("facts"))
        try:
            row.full_clean()
        except ValidationError as error:
            raise Invalid("；".join(error.messages), details=error.message_dict) from error
        row.save()
        act.record(
            "interference.correct" if first else "interference.record",
            row,
            summary=f"登记违规干预插手记录 {row.number}"
            + (f"，更正 {first.number}" if first else ""),
        )
    return row


def read(*, by: Actor, interference_id: int) -> Opened:
    """查阅 one entry with what corrects it: the reading is an event (security.md 4.4, rule 10)."""
    with acting(by=by) as act:
        require(by, Action.INTERFERENCE_READ)
        user, _ = _person(by)
        row: Interference = find(
            Interference.objects.visible_to(user).select_related("recorded_by__person"),
            pk=interference_id,
        )
        corrections = row.corrections.select_related("recorded_by__person").order_by("id")
        opened = Opened(
            row,
            _opened(row, "who"),
            _opened(row, "facts"),
            tuple(Opened(c, _opened(c, "who"), _opened(c, "facts")) for c in corrections),
        )
        act.record("read.interference", row, summary=f"查阅违规干预插手记录 {row.number}")
    return opened


def _opened(row: Interference, field: str) -> str:
    try:
        return unseal(getattr(row, field), place=row.place(field))
    except Unsealable:
        return LOST


def _check(happened_on: date, matter: str, way: str, told: dict[str, str], *, on: date) -> None:
    wrong: dict[str, list[str]] = {}
    if happened_on > on:
        wrong["happened_on"] = ["日期还没有到，请核对"]
    if matter not in InterferenceMatter.values:
        wrong["matter"] = ["请选择事项类别"]
    if way not in InterferenceWay.values:
        wrong["way"] = ["请选择干预方式"]
    for field, text in told.items():
        if not text:
            wrong[field] = [f"请填写{LABELS[field]}"]
        elif len(text) > MOST[field]:
            wrong[field] = [f"{LABELS[field]}不能超过 {MOST[field]} 字，材料留在纸质档案中"]
        elif number := found_in(text):
            wrong[field] = [f"{LABELS[field]}中有{number}，本系统不收集，请删去"]
    if wrong:
        raise Invalid("；".join(v[0] for v in wrong.values()), details=wrong)


def _person(by: Actor) -> tuple[User, County]:
    if by.user is None:
        raise NotAllowed("须由本人登录办理。")
    if by.user.county is None:
        raise NotFound
    return by.user, by.user.county

"""廉政谈话: put on record by the talker, or by the office for him; voided for a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from ..access import Action, scope_for
from ..access.find import find
from ..access.require import require
from ..door import Act, Actor, acting
from ..models import Duty, DutyKind, DutyState, Post, Talk, TalkTopic, User
from ..private_numbers import found_in
from ..refusals import Invalid, NotAllowed, WrongState
from ..selectors.talk_partners import Seats
from . import duties

MOST_NOTE = 200
# The trail is read more widely than a talk: it does not name who was talked with.
LABEL = "廉政谈话"


def record(
    *,
    by: Actor,
    talker_post: Post,
    talked_post_ids: list[int],
    topic: str,
    held_on: date,
    note: str,
    now: datetime,
) -> list[Talk]:
    """One talk with each of the seats chosen, on one day; the year's duty is done with the last.

    Only day, parties and the class of the topic are kept, with a short note.
    Raises `NotAllowed` for who neither holds the talker's seat nor is the office.
    """
    on, note = timezone.localdate(now), note.strip()
    with acting(by=by) as act:
        user = _person(by)
        seat: Post = find(
            Post.objects.visible_to(user).select_for_update(of=("self",)).select_related("unit"),
            pk=talker_post.pk,
        )
        require_talker(user, seat)
        _check(topic, held_on, note, on=on)
        seats = Seats(seat.county_id, on=held_on)
        talker = seats.holder.get(seat.pk)
        if talker is None:
            raise Invalid(
                f"{held_on:%Y-%m-%d} {seat}没有任职人，请核对日期。",
                details={"held_on": ["当日该职务没有任职人"]},
            )
        partners = {p.post.pk: p for p in seats.partners(seat)}
        chosen = [partners[pk] for pk in dict.fromkeys(talked_post_ids) if pk in partners]
        if not chosen or len(chosen) != len(set(talked_post_ids)):
            raise Invalid(
                "请选择谈话对象；只能选当日在任的班子成员、下级和分管单位主要负责人。",
                details={"talked": ["请从列表中选择"]},
            )
        made = []
        for partner in chosen:
            talk = Talk(
                county_id=seat.county_id,
                year=held_on.year,
                group=partner.group,
                talker_post=seat,
                talker=talker,
                talked_post=partner.post,
                talked=partner.person,
                topic=topic,
                held_on=held_on,
                note=note,
                recorded_by=user,
            )
            _clean(talk)
            talk.save()
            made.append(talk)
            act.record(
                "talk.record",
                talk,
                summary=f"登记廉政谈话，对象为{talk.get_group_display()}",
                units=[seat.unit],
                label=LABEL,
            )
        follow(act, seat=seat, year=held_on.year, seats=Seats(seat.county_id, on=on), on=on)
    return made


def tell_read(*, by: Actor, seat: Post, year: int, read: Sequence[Talk]) -> None:
    """That somebody read talks which were not his own is an event; of one's own nothing."""
    user = by.user
    others = [
        row
        for row in read
        if user is None
        or (row.recorded_by_id != user.pk and user.person_id not in (row.talker_id, row.talked_id))
    ]
    if not others:
        return
    with acting(by=by) as act:
        told = f"查看{seat} {year}年度廉政谈话登记 {len(others)} 人次"
        act.record("read.talks", summary=told, county=by.county, label=str(seat)[:200])


def void(*, by: Actor, talk_id: int, reason: str, now: datetime) -> Talk:
    """作废 a talk that was put on record by mistake; the year's duty may be owed again."""
    reason, on = reason.strip(), timezone.localdate(now)
    with acting(by=by, reason=reason) as act:
        user = _person(by)
        talk: Talk = find(
            Talk.objects.visible_to(user)
            .select_for_update(of=("self",))
            .select_related("talker_post__unit", "talked_post__unit", "talker", "talked"),
            pk=talk_id,
        )
        require_talker(user, talk.talker_post)
        if talk.voided_at is not None:
            raise WrongState("这次谈话的登记已经作废。")
        if not reason or len(reason) > MOST_NOTE:
            raise Invalid(
                f"请填写作废理由，不超过 {MOST_NOTE} 字。",
                details={"reason": ["请填写作废理由"]},
            )
        talk.voided_at, talk.voided_by, talk.void_reason = now, user, reason
        _clean(talk)
        talk.save()
        act.record(
            "talk.void",
            talk,
            summary=f"作废廉政谈话的登记：{reason}",
            units=[talk.talker_post.unit],
            label=LABEL,
        )
        seats = Seats(talk.county_id, on=on)
        follow(act, seat=talk.talker_post, year=talk.year, seats=seats, on=on)
    return talk


def follow(act: Act, *, seat: Post, year: int, seats: Seats, on: date) -> None:
    """Let the seat's yearly duty be done or owed, as its talks stand; inside the caller's act."""
    rows = (
        Duty.objects.select_for_update(of=("self",))
        .filter(
            post=seat,
            kind=DutyKind.TALK,
            year=year,
            state__in=[DutyState.OPEN, DutyState.DONE],
        )
        .select_related("rule", "post__unit", "unit", "county")
        .order_by("id")
    )
    talked = set(
        Talk.objects.standing()
        .filter(talker_post=seat, year=year)
        .values_list("talked_id", flat=True)
    )
    left = [p for p in seats.partners(seat) if p.person.pk not in talked]
    for duty in rows:
        duties.complete_talks(act, duty=duty, is_complete=bool(talked) and not left, on=on)


def may_record(user: User, seat: Post) -> bool:
    """Whether `user` may put this seat's talks on record: its holder, or the office."""
    scope = scope_for(user)
    if not scope.may(Action.DUTY_RECORD):
        return False
    return scope.may(Action.DUTY_MANAGE) or seat.pk in scope.own_post_ids


def require_talker(user: User, seat: Post) -> None:
    """Raise `NotAllowed` unless `user` may put this seat's talks on record."""
    require(Actor(key=f"user:{user.pk}", name="", user=user), Action.DUTY_RECORD)
    if not may_record(user, seat):
        raise NotAllowed("廉政谈话由谈话人本人或者政府办公室登记。")


def _check(topic: str, held_on: date, note: str, *, on: date) -> None:
    wrong: dict[str, list[str]] = {}
    if topic not in TalkTopic.values:
        wrong["topic"] = ["请选择谈话主题"]
    if held_on > on:
        wrong["held_on"] = ["日期还没有到，请核对"]
    if len(note) > MOST_NOTE:
        wrong["note"] = [f"备注不能超过 {MOST_NOTE} 字，谈话内容留在纸质材料中"]
    elif number := found_in(note):
        wrong["note"] = [f"备注中有{number}，本系统不收集，请删去"]
    if wrong:
        raise Invalid("；".join(v[0] for v in wrong.values()), details=wrong)


def _clean(talk: Talk) -> None:
    try:
        talk.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error


def _person(by: Actor) -> User:
    if by.user is None:
        raise NotAllowed("廉政谈话须由登录人员登记。")
    return by.user

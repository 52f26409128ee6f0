"""承诺书: made from the county's wording, reworded by the person, approved, published, withdrawn.

Who signs is `promise_signing`'s. Everything here keeps to PROMISE_TRANSITIONS.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from accountability.access import Action, scope_for
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.models import County, Layer, Post, User
from accountability.models.dated import holds_on
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from accountability.services import bulk
from accountability.services.audit import Note, change
from reports.models import (
    PROMISE_TRANSITIONS,
    NumberKind,
    Promise,
    PromiseKind,
    PromiseState,
    WordedPaper,
)
from reports.models.letter import own_seats
from reports.models.promise import EDITED_STATES, LIVE_PROMISES
from reports.selectors.letter_plan import holders_of
from reports.services import numbers, promise_content, publishable, sealing
from reports.services.publication_telling import tell_promisers, tell_returned
from reports.services.wordings import filled, wording_of

KIND = "promise"  # of the signed files
MOST_CHARACTERS = 4000
PART_OF = {
    Layer.FIRST_RESPONSIBLE: "first",
    Layer.DUAL_DUTY: "dual",
    Layer.SECTION_HEAD: "section",
    Layer.STAFF: "staff",
}


def make(
    *, by: Actor, county: County, year: int, kind: str, layers: Sequence[str], on: date
) -> list[Promise]:
    """Make the year's promises of the posts that have none yet, from the county's wording.

    公开承诺 is each unit's, by its first responsible post; 廉政承诺书 is of the
    posts of `layers`. A vacant post gets none. Run again, it makes what is missing.
    """
    if kind not in PromiseKind.values:
        raise Invalid("没有这种承诺书，请从页面上选择。", details={"kind": ["请选择种类"]})
    if not 2000 <= year <= 2099:
        raise Invalid("年度有误，请填写四位年份。")
    wanted = [Layer.FIRST_RESPONSIBLE] if kind == PromiseKind.PUBLIC else list(layers)
    if not wanted or set(wanted) - set(Layer.values):
        raise Invalid("请选择责任层级。", details={"layers": ["请选择责任层级"]})
    with acting(by=by) as act:
        require(by, Action.PROMISE_EDIT)
        _check_county(by, county.pk)
        county = County.objects.select_for_update(no_key=True).get(pk=county.pk)
        posts = _posts(county, year, kind, wanted, on)
        holders = holders_of([post.pk for post in posts], on=on)
        wording = wording_of(county, WordedPaper.PROMISE)
        made = bulk.create(
            [
                Promise(
                    county=county,
                    year=year,
                    kind=kind,
                    post=post,
                    person=holders[post.pk],
                    unit=post.unit,
                    text=_worded(wording, county, year, kind, post, holders[post.pk].name),
                    made_by=by.name,
                )
                for post in posts
                if post.pk in holders
            ]
        )
        if not made:
            act.unchanged()
            return []
        act.record_many(
            [Note("promise.make", row, f"生成{row}", [], [row.unit_id]) for row in made]
        )
        tell_promisers(act, made, on=on, rule="promise.made", said="已生成，待本人修改后送审")
    return made


def _posts(county: County, year: int, kind: str, layers: Sequence[str], on: date) -> list[Post]:
    live = Promise.objects.filter(county=county, year=year, kind=kind, state__in=LIVE_PROMISES)
    posts = (
        Post.objects.filter(holds_on(on), holds_on(on, "unit__"), county=county, layer__in=layers)
        .exclude(pk__in=live.values("post_id"))
        .select_related("unit")
        .order_by("unit__precedence", "unit_id", "precedence", "id")
    )
    if kind == PromiseKind.INTEGRITY:
        return list(posts)
    # A unit promises once, by its first in rank.
    units = set(live.values_list("unit_id", flat=True))
    first: dict[int, Post] = {}
    for post in posts:
        if post.unit_id not in units:
            first.setdefault(post.unit_id, post)
    return list(first.values())


def _worded(
    wording: dict[str, str], county: County, year: int, kind: str, post: Post, name: str
) -> str:
    part = "unit" if kind == PromiseKind.PUBLIC else PART_OF[Layer(post.layer)]
    values = {
        "年度": str(year),
        "姓名": name,
        "职务": str(post),
        "单位": post.unit.name,
        "县": county.name,
    }
    return filled(wording[part], values)[:MOST_CHARACTERS]


def reword(*, by: Actor, promise: Promise, text: str, version: int) -> Promise:
    """The person rewords his own promise before it goes to review."""
    lines = [" ".join(line.split()) for line in text.replace("\r\n", "\n").split("\n")]
    kept = "\n".join(line for line in lines if line)
    if not kept:
        raise Invalid("请填写承诺内容。", details={"text": ["请填写承诺内容"]})
    if len(kept) > MOST_CHARACTERS:
        raise Invalid(
            f"承诺内容不超过 {MOST_CHARACTERS} 字，请精简。", details={"text": ["内容过长"]}
        )
    publishable.check(kept, field="text")
    with acting(by=by) as act:
        now = locked(by, promise)
        require_promiser(by, now)
        if now.state not in EDITED_STATES:
            raise WrongState(f"{now}现在是“{now.get_state_display()}”，修改须先由办公室退回。")
        if now.version != version:
            raise Conflict("承诺书刚才已修改，请核对最新内容后再保存。")
        if kept == now.text:
            act.unchanged()
            return now
        before, now.text = now.text, kept
        now.version += 1
        _save(now)
        act.record(
            "promise.reword",
            now,
            summary=f"修改{now}",
            changes=[change("text", "承诺内容", before[:200], kept[:200])],
            units=[now.unit_id],
        )
    return now


def submit(*, by: Actor, promises: Iterable[Promise]) -> int:
    """送审: the person his own, or the office those of people without an account; how many."""

    def take(user: User, rows: list[Promise]) -> None:
        if not scope_for(user).may(Action.PROMISE_EDIT):
            for row in rows:
                require_promiser(by, row)
        for row in rows:
            _check_publishable(row)
            row.state, row.reason = PromiseState.REVIEW, ""

    return _advance(by, promises, PromiseState.REVIEW, "promise.submit", "送审", take)


def approve(*, by: Actor, promises: Iterable[Promise]) -> int:
    """审核通过: the text is frozen and numbered, and waits for the signature; how many."""
    now = timezone.now()

    def take(user: User, rows: list[Promise]) -> None:
        _require_office(by)
        by_year: dict[int, list[Promise]] = {}
        for row in rows:
            if row.number_id is None:
                by_year.setdefault(row.year, []).append(row)
        for year, unnumbered in by_year.items():
            taken = numbers.take_many(
                county=unnumbered[0].county,
                kind=NumberKind.PROMISE,
                year=year,
                for_=unnumbered,
            )
            for row, number in zip(unnumbered, taken, strict=True):
                row.number = number
        for row in rows:
            assert row.number is not None
            _check_publishable(row)
            row.content, row.digest = promise_content.canonical(row, row.number.text)
            row.approved_at, row.approved_by = now, by.name
            row.state = PromiseState.APPROVED

    return _advance(by, promises, PromiseState.APPROVED, "promise.approve", "审核通过", take)


def publish(*, by: Actor, promises: Iterable[Promise]) -> int:
    """公开: what is signed goes on the public page and into the next static package; how many."""
    now = timezone.now()

    def take(user: User, rows: list[Promise]) -> None:
        _require_office(by)
        for row in rows:
            row.published_at, row.published_by = now, by.name
            row.state = PromiseState.PUBLISHED

    return _advance(by, promises, PromiseState.PUBLISHED, "promise.publish", "公开", take)


_COLUMNS = (
    "state", "reason", "number", "content", "digest", "approved_at", "approved_by",
    "published_at", "published_by",
)  # fmt: skip


def _advance(
    by: Actor,
    promises: Iterable[Promise],
    to: PromiseState,
    action: str,
    told: str,
    take: Any,
) -> int:
    """Take every one that may go to `to` there, in one transaction and set-wise."""
    user = _person(by)
    with acting(by=by) as act:
        wanted = Promise.objects.visible_to(user).filter(pk__in=[row.pk for row in promises])
        sources = [state for state, targets in PROMISE_TRANSITIONS.items() if to in targets]
        rows = list(_lockable(wanted).filter(state__in=sources).order_by("pk"))
        if not rows:
            raise WrongState(f"没有可以{told}的承诺书，请刷新页面核对状态。")
        before = {row.pk: row.get_state_display() for row in rows}
        take(user, rows)
        bulk.update(rows, _COLUMNS)
        act.record_many(
            [
                Note(
                    action,
                    row,
                    f"{told}{row}",
                    [change("state", "状态", before[row.pk], to.label)],
                    [row.unit_id],
                )
                for row in rows
            ]
        )
        if to == PromiseState.APPROVED:
            tell_promisers(
                act,
                rows,
                on=timezone.localdate(),
                rule="promise.approved",
                said="已审核，待本人签署",
            )
    return len(rows)


def _check_publishable(row: Promise) -> None:
    """Name whose words are at fault: many may be moved at once."""
    try:
        publishable.check(row.text, field="text")
    except Invalid as refusal:
        raise Invalid(f"{row.person.name}的承诺书：{refusal.sentence}") from refusal


def give_back(*, by: Actor, promise: Promise, reason: str) -> Promise:
    """退回修改: the reviewer, or the person before signing, sends it back with a reason."""
    reason = _reason(reason)
    with acting(by=by, reason=reason) as act:
        now = locked(by, promise)
        is_office = scope_for(_person(by)).may(Action.PROMISE_EDIT)
        if not is_office:
            require_promiser(by, now)
            if now.state != PromiseState.APPROVED:
                raise WrongState(f"{now}正在审核，需要修改的请联系政府办公室退回。")
        now.reason = reason
        now.content = now.digest = now.approved_by = ""
        now.approved_at = None
        move(act, now, PromiseState.RETURNED, action="promise.return", summary=f"退回{now}")
        if is_office:
            tell_returned(act, now, on=timezone.localdate())
    return now


def void(*, by: Actor, promise: Promise, reason: str) -> Promise:
    """作废 before it was public; its number is void with it."""
    reason = _reason(reason)
    with acting(by=by, reason=reason) as act:
        _require_office(by)
        now = locked(by, promise)
        check_move(now, PromiseState.VOID)
        if now.number_id is not None:
            numbers.void(by=by, number_id=now.number_id, reason=reason[:200])
        if now.file_id is not None:
            sealing.void_files(kind=KIND, object_id=now.pk, reason=reason)
        now.reason = reason
        move(act, now, PromiseState.VOID, action="promise.void", summary=f"作废{now}")
    return now


def withdraw(*, by: Actor, promise: Promise, note: str, on: date) -> Promise:
    """撤下: the text leaves the public page; a dated note stands in its place for good."""
    note = note.strip()
    if not note:
        raise Invalid("请填写撤下说明，说明随编号一并公开。", details={"note": ["请填写撤下说明"]})
    if len(note) > 200:
        raise Invalid("撤下说明不超过 200 字，请精简。", details={"note": ["不超过 200 字"]})
    publishable.check(note, field="note")
    with acting(by=by, reason=note) as act:
        _require_office(by)
        now = locked(by, promise)
        check_move(now, PromiseState.WITHDRAWN)
        assert now.published_at is not None
        if not timezone.localdate(now.published_at) <= on <= timezone.localdate():
            sentence = "撤下日期须在公开之日以后、今天以前（含）。"
            raise Invalid(sentence, details={"day": [sentence]})
        now.withdrawn_on, now.withdrawn_note, now.withdrawn_by = on, note, by.name
        sealing.void_files(kind=KIND, object_id=now.pk, reason=note)
        move(act, now, PromiseState.WITHDRAWN, action="promise.withdraw", summary=f"撤下{now}")
    return now


def locked(by: Actor, promise: Promise) -> Promise:
    """The row as it stands now, locked, within what the actor may see; else `NotFound`."""
    rows = Promise.objects.visible_to(_person(by)).filter(pk=promise.pk)
    found: Promise | None = _lockable(rows).first()
    if found is None:
        raise NotFound
    return found


def _lockable(rows: QuerySet[Promise]) -> QuerySet[Promise]:
    return (
        Promise.objects.select_for_update(of=("self",))
        .filter(pk__in=rows.values("pk"))
        .select_related("county", "post__unit", "person", "unit", "number", "file")
    )


def check_move(promise: Promise, to: PromiseState) -> None:
    """Raise `WrongState` with what to do when the promise cannot go to `to` from here."""
    if to not in PROMISE_TRANSITIONS[promise.state]:
        raise WrongState(
            f"{promise}现在是“{promise.get_state_display()}”，不能转为“{to.label}”，"
            "请刷新页面后再办。"
        )


def move(
    act: Act,
    promise: Promise,
    to: PromiseState,
    *,
    action: str,
    summary: str,
    changes: Sequence[dict[str, Any]] = (),
) -> None:
    """Change the state and save, with its event. The promise is locked, the act allowed."""
    check_move(promise, to)
    before = promise.get_state_display()
    promise.state = to
    _save(promise)
    act.record(
        action,
        promise,
        summary=summary,
        changes=[change("state", "状态", before, to.label), *changes],
        units=[promise.unit_id],
    )


def require_promiser(by: Actor, promise: Promise) -> User:
    """The promise's own person, who still sits on its post; nobody speaks for another."""
    user = _person(by)
    if user.person_id != promise.person_id:
        raise NotAllowed("承诺书由本人修改和签署，他人不能代办。")
    if promise.post_id not in own_seats(user):
        raise WrongState("职务已有变动，请政府办公室作废这份承诺书后重新生成。")
    return user


def _require_office(by: Actor) -> None:
    require(by, Action.PROMISE_EDIT)


def _check_county(by: Actor, county_id: int) -> None:
    if _person(by).county_id != county_id:
        raise NotFound


def _person(by: Actor) -> User:
    if by.user is None:
        raise NotAllowed("承诺书须由本人或政府办公室人员登录办理。")
    return by.user


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Invalid("请填写原因。", details={"reason": ["请填写原因"]})
    if len(reason) > 300:
        raise Invalid("原因不超过 300 字，请精简。", details={"reason": ["不超过 300 字"]})
    return reason


def _save(promise: Promise) -> None:
    try:
        promise.full_clean(exclude=["content"])
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
    promise.save()

"""考核方案: drafted by the office, published by somebody else, corrected by a new version."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.models import User
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.services import bulk
from accountability.services.audit import change, differences
from reports.assessment import Criterion as CoreCriterion
from reports.assessment import Method, Nature, numbered, problems
from reports.assessment import Scheme as CoreScheme
from reports.assessment.package import band_as_data
from reports.assessment.scheme import PARENTS, ROOTS, WITH_POINTS
from reports.models import SCHEME_TRANSITIONS, Criterion, Scheme, SchemeState
from reports.rules import rule_names

MOST_CRITERIA = 300


def draft(
    *, by: Actor, year: int, kind: str, occasion: str, topic: str, core: CoreScheme
) -> Scheme:
    """A new draft with the content of `core` (an example, an import, another scheme)."""
    user = person(by)
    if not 2000 <= year <= 2100:
        raise Invalid("年度有误，请填写四位年份。", details={"year": ["请填写四位年份"]})
    with acting(by=by) as act:
        require(by, Action.ASSESS_EDIT)
        scheme = Scheme(
            county=by.county,
            year=year,
            kind=kind,
            occasion=occasion,
            topic=topic.strip(),
            made_by=user,
            version=1 + _last_version(by, year, kind, occasion, topic.strip()),
        )
        _fill(scheme, core)
        _saved_anew(scheme)
        _write_tree(scheme, core.criteria)
        _record(act, "scheme.draft", scheme, f"草拟{scheme}")
    return scheme


def revise(*, by: Actor, scheme: Scheme, values: dict[str, Any]) -> Scheme:
    """Change title, caps, bands, quota of a draft; `values` are fields of the model."""
    with acting(by=by) as act:
        now = _locked_draft(by, scheme)
        changes = [c for c in differences(now, values) if c["field"] != "bands"]
        if values.get("bands", now.bands) != now.bands:
            changes.append(change("bands", "等次", _bands(now.bands), _bands(values["bands"])))
        if not changes:
            act.unchanged()
            return now
        for name, value in values.items():
            setattr(now, name, value)
        checked(now)
        now.save()
        _record(act, "scheme.revise", now, f"修改{now}", changes)
    return now


def put_criterion(
    *, by: Actor, scheme: Scheme, criterion_id: int | None, values: dict[str, Any]
) -> Criterion:
    """Add a line to a draft, or change one; `values` may hold `parent` of a new line."""
    with acting(by=by) as act:
        now = _locked_draft(by, scheme)
        if criterion_id is None:
            if now.criteria.count() >= MOST_CRITERIA:
                raise Invalid(f"一个方案最多 {MOST_CRITERIA} 项，请合并同类项目。")
            row = Criterion(scheme=now, position=30_000, code="?", nature=values["nature"])
            parent = values.get("parent")
            if parent is not None:
                row.parent = find(now.criteria.all(), pk=parent)
        else:
            row = find(now.criteria.all(), pk=criterion_id)
        for name, value in values.items():
            if name not in ("parent", "nature"):
                setattr(row, name, value)
        _judge_line(row)
        checked(row)
        row.save()
        _renumber(now)
        row.refresh_from_db()
        told = "增加" if criterion_id is None else "修改"
        _record(act, "scheme.criterion", now, f"{told}{now}的“{row}”")
    return row


def drop_criterion(*, by: Actor, scheme: Scheme, criterion_id: int) -> None:
    """Take a line out of a draft; one with lines below it is refused."""
    with acting(by=by) as act:
        now = _locked_draft(by, scheme)
        row = find(now.criteria.all(), pk=criterion_id)
        if row.children.exists():
            raise Invalid(f"“{row}”之下还有项目，请先删去下级项目。")
        bulk.delete([row])
        _renumber(now)
        _record(act, "scheme.criterion", now, f"删去{now}的“{row}”")


def publish(*, by: Actor, scheme: Scheme) -> Scheme:
    """发布: from now on it does not change; what it corrects is 已修订. Not by its drafter."""
    user = person(by)
    with acting(by=by) as act:
        require(by, Action.ASSESS_ISSUE)
        now = _locked(by, scheme)
        if now.made_by_id == user.pk:
            raise NotAllowed("方案须由拟稿人以外的人审核发布，请由办公室另一名负责人办理。")
        found = problems(now.core(), rules=rule_names())
        if found:
            raise Invalid("方案还不能发布：" + "".join(found), details=found)
        former = now.replaces
        if former is not None and former.state == SchemeState.PUBLISHED:
            _move(former, SchemeState.REPLACED)
            former.save()
        _move(now, SchemeState.PUBLISHED)
        now.published_at, now.published_by = timezone.now(), user
        checked(now)
        now.save()
        told = f"，修订第 {former.version} 版：{now.reason}" if former else ""
        _record(act, "scheme.publish", now, f"发布{now}{told}", state_change("草拟", "已发布"))
    return now


def correct(*, by: Actor, scheme: Scheme, reason: str) -> Scheme:
    """修订: the next version as a draft, with its reason; the published one stays until then."""
    user, reason = person(by), reason.strip()
    if not reason:
        raise Invalid("请填写修订原因。", details={"reason": ["请填写修订原因"]})
    with acting(by=by, reason=reason) as act:
        require(by, Action.ASSESS_EDIT)
        former = _locked(by, scheme)
        if former.state != SchemeState.PUBLISHED:
            raise WrongState("只有已发布的方案需要修订，草拟中的方案请直接修改。")
        core = former.core()
        row = Scheme(
            county_id=former.county_id,
            year=former.year,
            kind=former.kind,
            occasion=former.occasion,
            topic=former.topic,
            version=1 + _last_version(by, former.year, former.kind, former.occasion, former.topic),
            replaces=former,
            reason=reason[:300],
            made_by=user,
        )
        _fill(row, core)
        _saved_anew(row)
        _write_tree(row, core.criteria)
        _record(act, "scheme.correct", row, f"修订{former}，成为第 {row.version} 版：{reason}")
    return row


def void(*, by: Actor, scheme: Scheme, reason: str) -> Scheme:
    """Give up a draft; it stays listed with its reason."""
    reason = reason.strip()
    if not reason:
        raise Invalid("请填写作废原因。", details={"reason": ["请填写作废原因"]})
    with acting(by=by, reason=reason) as act:
        now = _locked_draft(by, scheme)
        _move(now, SchemeState.VOID)
        now.save()
        _record(act, "scheme.void", now, f"作废{now}：{reason}", state_change("草拟", "作废"))
    return now


def person(by: Actor) -> User:
    """The person who acts; assessments are nobody else's work."""
    if by.user is None:
        raise NotAllowed("考核事项须由本人登录办理。")
    return by.user


def checked(row: Any) -> None:
    """`Invalid` with the sentences of the model's own rules."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error


def state_change(before: str, after: str) -> list[dict[str, Any]]:
    """The one change of a step."""
    return [change("state", "状态", before, after)]


def _locked(by: Actor, scheme: Scheme) -> Scheme:
    rows = Scheme.objects.visible_to(person(by)).select_related("replaces")
    found: Scheme = find(rows.select_for_update(of=("self",)), pk=scheme.pk)
    return found


def _locked_draft(by: Actor, scheme: Scheme) -> Scheme:
    require(by, Action.ASSESS_EDIT)
    now = _locked(by, scheme)
    if now.state != SchemeState.DRAFT:
        raise WrongState(
            f"{now}{now.get_state_display()}，不再改动；发布后需要变动的，请“修订”成新版本。"
        )
    return now


def _move(scheme: Scheme, to: SchemeState) -> None:
    if to not in SCHEME_TRANSITIONS[scheme.state]:
        raise WrongState(f"{scheme}{scheme.get_state_display()}，请刷新后查看。")
    scheme.state = to


def _last_version(by: Actor, year: int, kind: str, occasion: str, topic: str) -> int:
    rows = Scheme.objects.filter(
        county=by.county, year=year, kind=kind, occasion=occasion, topic=topic
    )
    last = rows.order_by("-version").values_list("version", flat=True).first()
    return last or 0


def _fill(scheme: Scheme, core: CoreScheme) -> None:
    scheme.title = core.title
    scheme.bands = [band_as_data(band) for band in core.bands]
    scheme.quota_grade = core.quota.grade if core.quota else ""
    scheme.quota_percent = core.quota.percent if core.quota else None
    scheme.veto_grade = core.veto_grade
    scheme.add_cap, scheme.deduct_cap = core.add_cap, core.deduct_cap


def _saved_anew(scheme: Scheme) -> None:
    checked(scheme)
    try:
        with transaction.atomic():
            scheme.save()
    except IntegrityError as error:
        raise Conflict("同类考核已有草拟中的方案，请刷新后在其上修改。") from error


def _write_tree(scheme: Scheme, criteria: tuple[CoreCriterion, ...]) -> None:
    """All lines of a new draft: level by level, so that each finds its parent."""
    if len(criteria) > MOST_CRITERIA:
        raise Invalid(f"一个方案最多 {MOST_CRITERIA} 项，请合并同类项目。")
    codes = dict(numbered([(c.code, c.parent or None, c.nature) for c in criteria]))
    if len(codes) != len(criteria):
        lost = "、".join(c.code for c in criteria if c.code not in codes)
        raise Invalid(f"编号 {lost} 重复，或没有放在已有的上级项目之下，请改正后再导入。")
    order = {code: place for place, code in enumerate(codes)}
    made: dict[str, Criterion] = {}
    level = [c for c in criteria if not c.parent]
    while level:
        rows = [
            Criterion(
                scheme=scheme,
                parent=made.get(c.parent),
                position=order[c.code],
                code=codes[c.code],
                nature=c.nature.value,
                name=c.name[:200],
                standard=c.standard,
                points=c.points,
                weight=c.weight,
                method=c.method.value,
                rule=c.rule,
                per_case=c.per_case,
            )
            for c in level
        ]
        for row in rows:
            checked(row)
        for c, row in zip(level, bulk.create(rows), strict=True):
            made[c.code] = row
        level = [c for c in criteria if c.parent and c.parent in made and c.code not in made]


def _judge_line(row: Criterion) -> None:
    """What a line may be where it stands; points and rules are judged when it is published."""
    nature = Nature(row.nature)
    if nature in ROOTS and row.parent is not None:
        raise Invalid("这类项目不放在其他项目之下，请改选性质。")
    if nature in PARENTS and (
        row.parent is None or Nature(row.parent.nature) not in PARENTS[nature]
    ):
        raise Invalid("类别和评分项须放在某一部分或类别之下。")
    if nature not in WITH_POINTS:
        row.points, row.method, row.rule, row.per_case = Decimal(0), "review", "", None
    if nature != Nature.PART:
        row.weight = None
    if row.method != Method.RULE:
        row.rule, row.per_case = "", None
    elif row.rule not in rule_names():
        raise Invalid("请选择系统计分的规则。", details={"rule": ["请选择规则"]})


def _renumber(scheme: Scheme) -> None:
    """Codes and positions by place; two steps, since a code is unique at every moment."""
    rows = list(scheme.criteria.order_by("position", "id"))
    by_id = {row.pk: row for row in rows}
    places = numbered([(row.pk, row.parent_id, Nature(row.nature)) for row in rows])
    moved = [
        (by_id[pk], code, place)
        for place, (pk, code) in enumerate(places)
        if (by_id[pk].code, by_id[pk].position) != (code, place)
    ]
    for step in ("~", ""):
        for row, code, place in moved:
            row.code, row.position = f"{step}{code}", place
        bulk.update([row for row, _, _ in moved], ["code", "position"])


def _record(
    act: Act,
    action: str,
    scheme: Scheme,
    summary: str,
    changes: list[dict[str, Any]] | None = None,
) -> None:
    act.record(action, scheme, summary=summary, changes=changes or [])


def _bands(bands: list[dict[str, Any]]) -> str:
    return "、".join(f"{b['name']} {b['low'] or '不限'}" for b in bands)

"""签字背书: ask for it, sign in order, return it. The signer is the seat's own holder, always."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting, require_act
from accountability.models import Post, User
from accountability.models.dated import holds_on
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.services.audit import change
from reports.models import (
    ENDORSEMENT_TRANSITIONS,
    Dispatch,
    DispatchState,
    EndorsedKind,
    Endorsement,
    EndorsementLayer,
    EndorsementState,
    EndorsementStep,
    YearReport,
    YearReportState,
)
from reports.models.endorsement import OF_A_PAPER, STILL
from reports.selectors.endorsements import canonical_text, differences, digest_of, seats_held
from reports.services import endorsement_sheet
from reports.services.publication_telling import tell_asker, tell_signer
from tasks.models import Paper, PaperState

MOST_OPINION = 200
CHANGED = "内容在送签后已有改动，原背书不再有效，请由办公室重新送签。"


def ask(
    *,
    by: Actor,
    paper: Paper | None = None,
    dispatch: Dispatch | None = None,
    report: YearReport | None = None,
    kind: str,
    post_ids: list[int],
) -> Endorsement:
    """Freeze what the paper, dispatch or report says now and send it to four seats, in order.

    A round of former content is voided in the same step, with all its
    signatures. Raises `Conflict` while a round of this very content counts.
    """
    user = _person(by)
    kinds: tuple[str, ...] = OF_A_PAPER
    if dispatch is not None or report is not None:
        kinds = (EndorsedKind.DISPATCH if dispatch is not None else EndorsedKind.REPORT,)
    if kind not in kinds:
        raise Invalid("没有这种背书内容，请从页面上选择。")
    with acting(by=by) as act:
        require(by, Action.PAPER_ISSUE)
        subject = _report(user, report) if report else _subject(user, paper, dispatch)
        posts = _posts(user, post_ids)
        today = timezone.localdate()
        text = canonical_text(subject, kind, on=today)
        rounds = Endorsement.objects.filter(
            paper=paper, dispatch=dispatch, report=report, kind=kind
        )
        former = rounds.filter(state__in=STILL).first()
        if former is not None:
            if former.digest == digest_of(text):
                raise Conflict("这份内容正在签署或已经背书，没有改动，不必重新送签。")
            count = len(differences(former.content, text))
            _end(former, EndorsementState.VOID, user, f"内容有 {count} 处改动，重新送签")
        endorsement = Endorsement(
            county=subject.county,
            paper=paper,
            dispatch=dispatch,
            report=report,
            kind=kind,
            round=(rounds.aggregate(last=Max("round"))["last"] or 0) + 1,
            content=text,
            digest=digest_of(text),
            asked_by=user,
        )
        _checked(endorsement)
        endorsement.save()
        steps = [
            EndorsementStep(endorsement=endorsement, layer=layer, post=post)
            for layer, post in zip(EndorsementLayer, posts, strict=True)
        ]
        for step in steps:
            step.save()
        tell_signer(act, endorsement, steps[0], on=today)
        act.record(
            "endorsement.ask",
            endorsement,
            summary=f"送签{endorsement}，摘要 {endorsement.digest[:16]}"
            + (f"；{former}失效" if former else ""),
            units=dict.fromkeys(post.unit_id for post in posts),
            changes=[change("digest", "摘要", former.digest if former else "", endorsement.digest)],
        )
    return endorsement


def _subject(user: User, paper: Paper | None, dispatch: Dispatch | None) -> Paper | Dispatch:
    """What is endorsed, locked, in a state in which it may be."""
    if dispatch is not None:
        rows = Dispatch.objects.select_for_update(of=("self",)).select_related("county")
        written: Dispatch = find(
            rows.filter(pk__in=Dispatch.objects.visible_to(user).values("pk")), pk=dispatch.pk
        )
        if written.state != DispatchState.DRAFT:
            raise WrongState(f"{written}{written.get_state_display()}，不必再送签。")
        return written
    assert paper is not None
    found: Paper = find(Paper.objects.visible_to(user).select_for_update(of=("self",)), pk=paper.pk)
    if found.state == PaperState.DRAFT:
        raise WrongState("意见尚未下发，各级领导还看不到，请下发后再送签。")
    return found


def _report(user: User, report: YearReport) -> YearReport:
    """The report, locked; approved, for only then its text is frozen."""
    rows = YearReport.objects.select_for_update(of=("self",)).select_related("county")
    found: YearReport = find(
        rows.filter(pk__in=YearReport.objects.visible_to(user).values("pk")), pk=report.pk
    )
    if found.state != YearReportState.APPROVED:
        raise WrongState(f"报告{found.get_state_display()}，定稿后、印发前才能送签。")
    return found


@sensitive_variables("pin")
def sign(
    *, by: Actor, endorsement_id: int, opinion: str, digest: str, pin: str = ""
) -> Endorsement:
    """Write the opinion and sign, as the holder of the seat whose turn it is.

    `digest` is of the text that the signer was shown. Whoever has enrolled a
    key signs with it and its PIN. The view has asked for the factor again.
    Rendering and signing run outside the transaction; under the lock
    everything is looked at again. Raises `NotAllowed` for everybody else, a
    delegate included.
    """
    user, opinion = _person(by), opinion.strip()
    seen, step = _turn(user, endorsement_id)
    if not opinion:
        raise Invalid("请填写意见。", details={"opinion": ["请填写意见"]})
    if len(opinion) > MOST_OPINION:
        told = f"意见不超过 {MOST_OPINION} 字，请精简。"
        raise Invalid(told, details={"opinion": [told]})
    if digest != seen.digest:
        raise Conflict("页面上的内容不是送签的内容，请刷新后重新阅读。")
    if endorsement_sheet.is_enrolled(by) and not pin:
        raise Invalid("请输入签名口令。", details={"pin": ["请输入签名口令"]})
    data, certificate = endorsement_sheet.signed(
        by=by, endorsement=seen, step=step, opinion=opinion, pin=pin
    )
    with acting(by=by) as act:
        endorsement, step = _turn(user, endorsement_id, lock=True)
        if endorsement.file_id != seen.file_id or digest != endorsement.digest:
            raise Conflict("背书刚才已有变化，请刷新后重新阅读。")
        endorsement_sheet.keep(endorsement, data)
        step.opinion, step.signed_at, step.signed_by = opinion, timezone.now(), user
        step.certificate = certificate
        _checked(step)
        step.save()
        today = timezone.localdate(step.signed_at)
        following = endorsement.steps.filter(signed_at__isnull=True).first()
        if following is None:
            _move(endorsement, EndorsementState.DONE)
            tell_asker(act, endorsement, on=today, rule="endorsement.done", said="已签署完毕")
        else:
            tell_signer(act, endorsement, following, on=today)
        endorsement.save()
        layer = step.get_layer_display()
        act.record(
            "endorsement.sign",
            endorsement,
            summary=f"{layer}签署{endorsement}：{opinion}",
            units=[step.post.unit],
            changes=[
                change("signed_by", layer, "", user.display_name),
                change("certificate", "签名证书摘要", "", certificate or "账号签署"),
            ],
        )
    return endorsement


def return_(*, by: Actor, endorsement_id: int, reason: str) -> Endorsement:
    """提出修改: whoever's turn it is sends it back with a reason; the round ends."""
    user, reason = _person(by), reason.strip()
    with acting(by=by, reason=reason) as act:
        endorsement, step = _turn(user, endorsement_id, lock=True)
        if not reason:
            raise Invalid("请填写修改意见。", details={"opinion": ["请填写修改意见"]})
        _end(endorsement, EndorsementState.RETURNED, user, reason[:200])
        tell_asker(
            act,
            endorsement,
            on=timezone.localdate(),
            rule="endorsement.returned",
            said=f"退回修改：{reason}",
        )
        act.record(
            "endorsement.return",
            endorsement,
            summary=f"{step.get_layer_display()}退回{endorsement}：{reason}",
            units=[step.post.unit],
            changes=[change("state", "状态", "签署中", "退回修改")],
        )
    return endorsement


def _turn(
    user: User, endorsement_id: int, *, lock: bool = False
) -> tuple[Endorsement, EndorsementStep]:
    """The round and the step that is due, if it is this person's own; locked to change it."""
    visible = Endorsement.objects.visible_to(user).filter(pk=endorsement_id)
    rows = Endorsement.objects.filter(pk__in=visible.values("pk"))
    if lock:
        rows = rows.select_for_update(of=("self",))
    endorsement: Endorsement = find(
        rows.select_related(
            "county", "paper__county", "dispatch__county", "report__county", "file"
        ),
        pk=endorsement_id,
    )
    today = timezone.localdate()
    seats = seats_held(user, on=today)
    if not endorsement.steps.filter(post_id__in=seats).exists():
        raise NotAllowed("签署须由该职务的任职人本人办理，不能代签。")
    if endorsement.state != EndorsementState.OPEN:
        raise WrongState(f"{endorsement}{endorsement.get_state_display()}，请刷新后查看。")
    if digest_of(canonical_text(endorsement.subject, endorsement.kind, on=today)) != (
        endorsement.digest
    ):
        raise WrongState(CHANGED)
    step = endorsement.steps.filter(signed_at__isnull=True).select_related("post__unit").first()
    assert step is not None
    if step.post_id not in seats:
        raise WrongState(f"现由{step.get_layer_display()}签署，轮到本职务时再签。")
    return endorsement, step


def _posts(user: User, post_ids: list[int]) -> list[Post]:
    today = timezone.localdate()
    held = Post.objects.filter(
        holds_on(today), holds_on(today, "tenures__"), county_id=user.county_id, pk__in=post_ids
    ).distinct()
    found = {post.pk: post for post in held}
    if len(post_ids) != len(EndorsementLayer) or set(post_ids) - set(found):
        raise Invalid("请为承办人、部门负责人、分管领导、主要领导各选一个现有任职人的职务。")
    if len(found) != len(EndorsementLayer):
        raise Invalid("四个层级须是不同的职务，请调整。")
    return [found[pk] for pk in post_ids]


def end_of_report(*, report: YearReport, by: User, reason: str) -> None:
    """The round of a report that is no longer as it was endorsed ends, inside the open act."""
    require_act()
    rows = report.endorsements.select_for_update(of=("self",)).filter(state__in=STILL)
    for endorsement in rows:
        _end(endorsement, EndorsementState.VOID, by, reason)


def _end(endorsement: Endorsement, state: str, user: User, reason: str) -> None:
    _move(endorsement, state)
    endorsement.ended_at, endorsement.ended_by = timezone.now(), user
    endorsement.end_reason = reason
    endorsement_sheet.drop(endorsement, reason)
    _checked(endorsement)
    endorsement.save()


def _move(endorsement: Endorsement, state: str) -> None:
    if state not in ENDORSEMENT_TRANSITIONS[endorsement.state]:
        raise WrongState(f"{endorsement}{endorsement.get_state_display()}，请刷新后查看。")
    endorsement.state = state


def _person(by: Actor) -> User:
    if by.user is None:
        raise NotAllowed("签字背书须由本人登录办理。")
    return by.user


def _checked(row: Endorsement | EndorsementStep) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error

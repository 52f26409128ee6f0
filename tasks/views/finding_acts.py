"""What may be done with a finding, by whom and in which state: the acts that its page offers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accountability.access import Action, Scope
from tasks.forms import findings as forms
from tasks.forms.notices import (
    ActForm,
    ExtensionForm,
    OpinionForm,
    ReturnForm,
    VerdictForm,
    VoidForm,
)
from tasks.models import (
    UNITS_WORK,
    Finding,
    FindingState,
    Objection,
    ObjectionState,
    Rectification,
    RectificationState,
)
from tasks.services import findings, objections, rectifications
from tasks.views.acts import Act, Offered, offered


def _post_id(form: Any) -> int | None:
    seat = form.cleaned_data["post"]
    return seat.pk if seat else None


def _decide(by: Any, pk: int, form: Any) -> object:
    objection = Objection.objects.filter(finding_id=pk).values_list("pk", flat=True).first()
    return objections.decide(by=by, objection_id=objection or 0, **form.cleaned_data)


OFFICE_ACTS = (
    Act("serve", "送单位确认", "送单位确认", "已送单位确认",
        lambda by, pk, form: findings.serve(by=by, finding_id=pk)),
    Act("establish", "认定", "确认认定", "已认定，单位开始整改",
        lambda by, pk, form: findings.establish(by=by, finding_id=pk, **form.cleaned_data),
        forms.DecisionForm),
    Act("recheck", "复查", "复查通过", "复查通过，由另一位负责人销号",
        lambda by, pk, form: rectifications.recheck(by=by, finding_id=pk, **form.cleaned_data),
        OpinionForm),
    Act("strike", "销号", "确认销号", "已销号",
        lambda by, pk, form: rectifications.strike(by=by, finding_id=pk)),
    Act("extension", "审批延期", "提交审批", "延期申请已审批",
        lambda by, pk, form: rectifications.decide_extension(
            by=by, finding_id=pk, is_granted=form.is_granted, reason=form.cleaned_data["reason"]),
        VerdictForm),
    Act("decide", "复核申诉", "提交决定", "复核决定已送达申诉单位", _decide, forms.ObjectionForm),
    Act("return", "退回重办", "退回重办", "已退回重办",
        lambda by, pk, form: rectifications.return_(by=by, finding_id=pk, **form.cleaned_data),
        ReturnForm, "btn-line"),
    Act("revise", "修改底稿", "保存", "已保存",
        lambda by, pk, form: findings.revise(by=by, finding_id=pk, content=form.content()),
        forms.FindingForm),
    Act("withdraw", "撤销", "确认撤销", "已撤销",
        lambda by, pk, form: findings.withdraw(by=by, finding_id=pk, **form.cleaned_data),
        VoidForm, "btn-danger"),
)  # fmt: skip
UNIT_ACTS = (
    Act("reply", "答复", "提交答复", "已答复",
        lambda by, pk, form: findings.reply(
            by=by, finding_id=pk, is_confirmed=form.cleaned_data["verdict"] == "confirm",
            statement=form.cleaned_data["statement"]),
        forms.ReplyForm),
    Act("report", "报整改结果", "提交整改结果", "已报整改结果，等待复查",
        lambda by, pk, form: rectifications.report(
            by=by, finding_id=pk, text=form.cleaned_data["text"],
            reference=form.cleaned_data["reference"], attached=form.attached),
        forms.ReportForm),
    Act("plan", "整改措施", "提交整改措施", "整改措施已报送",
        lambda by, pk, form: rectifications.plan(
            by=by, finding_id=pk, measures=form.cleaned_data["measures"],
            responsible=form.cleaned_data["responsible"], post_id=_post_id(form)),
        forms.PlanForm),
    Act("extension", "申请延期", "提交申请", "延期申请已提交，等待审批",
        lambda by, pk, form: rectifications.ask_extension(
            by=by, finding_id=pk, **form.cleaned_data),
        ExtensionForm, "btn-line"),
    Act("object", "提出申诉", "提交申诉", "申诉已提交，30 日内作出决定",
        lambda by, pk, form: objections.to_finding(by=by, finding_id=pk, **form.cleaned_data),
        forms.GroundsForm, "btn-line"),
)  # fmt: skip


def may_examine(scope: Scope) -> bool:
    """Whether the asker writes down findings and looks a second time."""
    return scope.may(Action.FINDING_EDIT) and scope.sees_whole_county


def of_finding(
    finding: Finding, scope: Scope, today: date, bound: dict[str, dict[str, ActForm]]
) -> list[Offered]:
    """The acts that the page offers, the unit's first."""
    row: Rectification | None = getattr(finding, "rectification", None)
    initial = _initial(finding, row)
    found: list[Offered] = []
    for side, acts, names in (
        ("unit", UNIT_ACTS, _unit_may(finding, row, scope, today)),
        ("office", OFFICE_ACTS, _office_may(finding, row, scope, today)),
    ):
        url = reverse(f"finding_{side}", args=[finding.pk])
        found += offered(acts, names, url, initial=initial, bound=bound.get(side, {}))
    return found


def _initial(finding: Finding, row: Rectification | None) -> dict[str, dict[str, Any]]:
    copied = ("source_kind", "source_text", "source_number", "source_on", "title", "rectify_by",
              "facts", "basis", "demand", "examiners", "source_id")  # fmt: skip
    return {
        "revise": {name: getattr(finding, name) for name in copied},
        "decide": {"facts": finding.facts},
        "return": {"days": 10},
        # The last text comes with it: nothing is asked for twice.
        "plan": {"measures": row.measures, "responsible": row.responsible, "post": row.post_id}
        if row
        else {},
        "report": {"text": row.report, "reference": row.report_reference} if row else {},
    }


def _unit_may(finding: Finding, row: Rectification | None, scope: Scope, today: date) -> set[str]:
    if not scope.may(Action.UNIT_ANSWER) or finding.unit_id not in scope.unit_ids:
        return set()
    if finding.state == FindingState.SERVED:
        return {"reply"}
    if finding.state != FindingState.STANDING or row is None:
        return set()
    names: set[str] = set()
    if row.state in UNITS_WORK:
        names.add("plan")
        if row.state != RectificationState.ASKED:
            names.add("report")
        if today <= row.due_on and row.extension_until is None:
            names.add("extension")
    if getattr(finding, "objection", None) is None and finding.established_at is not None:
        last = timezone.localdate(finding.established_at) + timedelta(
            days=objections.DAYS_TO_OBJECT
        )
        if today <= last:
            names.add("object")
    return names


def _office_may(finding: Finding, row: Rectification | None, scope: Scope, today: date) -> set[str]:
    if not may_examine(scope):
        return set()
    decides = scope.may(Action.FINDING_DECIDE)
    names = {
        FindingState.DRAFT: {"revise", "withdraw", "establish" if finding.is_outside else "serve"},
        FindingState.SERVED: {"withdraw"},
        FindingState.DISPUTED: {"serve", "revise", "withdraw"},
    }.get(FindingState(finding.state), set())
    if (
        finding.state == FindingState.SERVED
        and finding.reply_due_on
        and (today > finding.reply_due_on)
    ):
        names.add("establish")
    if decides:
        names |= {
            FindingState.DISPUTED: {"establish"},
            FindingState.STANDING: {"withdraw"},
        }.get(FindingState(finding.state), set())
        objection: Objection | None = getattr(finding, "objection", None)
        if (
            objection is not None
            and objection.state == ObjectionState.OPEN
            and scope.user_id not in (objection.against_id, finding.made_by_id)
        ):
            names.add("decide")
    return names | (_work_may(row, scope, decides) if row is not None else set())


def _work_may(row: Rectification, scope: Scope, decides: bool) -> set[str]:
    names: set[str] = set()
    if row.state == RectificationState.REPORTED:
        names |= {"recheck", "return"}
    if row.state == RectificationState.RECHECKED:
        names.add("return")
        if decides and row.rechecked_by_id != scope.user_id:
            names.add("strike")
    if decides and row.extension_until is not None:
        names.add("extension")
    return names

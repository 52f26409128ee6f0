"""督办文书: the list, drafting, one notice with what its office and its unit do."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accountability import workdays
from accountability.access import Action, Scope, scope_for
from accountability.access.find import find
from accountability.downloads import export_response, file_response
from accountability.http import PortalRequest
from accountability.refusals import Invalid, NotFound
from accountability.selectors import object_trail
from accountability.selectors.units import unit_blocks
from accountability.services.files import XLSX
from tasks.forms import notices as forms
from tasks.models import Notice, NoticeKind, NoticeState, SourceKind, TaskItem
from tasks.selectors import notices as selector
from tasks.selectors import sources
from tasks.selectors.notice_trail import events_of_notice
from tasks.selectors.unit_choices import unit_choices
from tasks.services import notice_work
from tasks.services import notices as services
from tasks.views.acts import Act, Offered, offered, perform
from tasks.views.numbers_given import number_of, numbers_of
from tasks.views.task_list import query

NAV = "notice_list_latest"
OFFICE_ACTS = (
    Act("issue", "签发", "确认签发", "已签发",
        lambda by, pk, form: services.issue(by=by, notice_ids=[pk])),
    Act("recheck", "复核", "复核通过", "复核通过，转为黄色，由另一位负责人销号",
        lambda by, pk, form: notice_work.recheck(by=by, notice_id=pk, **form.cleaned_data),
        forms.OpinionForm),
    Act("strike", "销号", "确认销号", "已销号",
        lambda by, pk, form: notice_work.strike(by=by, notice_id=pk)),
    Act("extension", "审批延期", "提交审批", "延期申请已审批",
        lambda by, pk, form: notice_work.decide_extension(
            by=by, notice_id=pk, is_granted=form.is_granted, reason=form.cleaned_data["reason"]),
        forms.VerdictForm),
    Act("return", "退回重办", "退回重办", "已退回重办",
        lambda by, pk, form: notice_work.return_(by=by, notice_id=pk, **form.cleaned_data),
        forms.ReturnForm, "btn-line"),
    Act("colour", "升级颜色", "升级颜色", "颜色已升级",
        lambda by, pk, form: notice_work.recolour(by=by, notice_id=pk, **form.cleaned_data),
        forms.ColourForm, "btn-line"),
    Act("revise", "修改草稿", "保存", "已保存",
        lambda by, pk, form: services.revise(by=by, notice_id=pk, content=form.content()),
        forms.NoticeForm),
    Act("void", "作废", "确认作废", "已作废",
        lambda by, pk, form: services.void(by=by, notice_id=pk, **form.cleaned_data),
        forms.VoidForm, "btn-danger"),
)  # fmt: skip
UNIT_ACTS = (
    Act("take", "签收", "确认签收", "已签收",
        lambda by, pk, form: notice_work.take(by=by, notice_id=pk)),
    Act("answer", "反馈办理情况", "提交反馈", "已反馈，等待复核",
        lambda by, pk, form: notice_work.answer(
            by=by, notice_id=pk, text=form.cleaned_data["text"],
            reference=form.cleaned_data["reference"], attached=form.attached),
        forms.AnswerForm),
    Act("extension", "申请延期", "提交申请", "延期申请已提交，等待审批",
        lambda by, pk, form: notice_work.ask_extension(
            by=by, notice_id=pk, **form.cleaned_data),
        forms.ExtensionForm, "btn-line"),
)  # fmt: skip


@require_safe
def notice_list_latest(request: PortalRequest) -> HttpResponse:
    """The list of the latest year with notices in view, else of this year."""
    found = selector.years(request.user)
    return redirect("notice_list", year=found[0] if found else timezone.localdate().year)


@require_safe
def notice_list(request: PortalRequest, year: int) -> HttpResponse:
    """The notices of a year, newest first; the filters stand in the address."""
    today = timezone.localdate()
    form = _filters(request)
    is_valid = form.is_valid()
    rows = selector.of_year(request.user, year, form.cleaned_data if is_valid else {}, on=today)
    if not is_valid:
        rows = rows.none()
    page, lines = selector.list_page(
        rows, on=today, before=number_of(request, "before"), after=number_of(request, "after")
    )
    scope = scope_for(request.user)
    context = {
        "year": year,
        "years": sorted({*selector.years(request.user), year}, reverse=True),
        "form": form,
        "page": page,
        "lines": lines,
        "tally": selector.tally(request.user, year, on=today),
        "query": query(request),
        "active_nav": NAV,
        "may_issue": scope.may(Action.NOTICE_ISSUE),
        "has_drafts": any(_may_send(line.notice, scope) for line in lines),
        "unknown_year": _unknown_year(request),
    }
    return render(request, "notices.html", context, status=200 if is_valid else 422)


def _may_send(row: Notice, scope: Scope) -> bool:
    return (
        row.state == NoticeState.DRAFT
        and scope.may(Action.NOTICE_ISSUE)
        and row.made_by_id != scope.user_id
    )


def _unknown_year(request: PortalRequest) -> int | None:
    """This year, where its days off are not announced yet: deadlines may be wrong."""
    county_id, year = request.user.county_id, timezone.localdate().year
    return None if county_id is None or workdays.known(county_id, year) else year


@require_safe
def notice_xlsx(request: PortalRequest, year: int) -> FileResponse:
    """督办台账: the filtered list as Excel."""
    form = _filters(request)
    if not form.is_valid():
        raise Invalid("筛选条件有误，请返回督办文书改正后再导出。")
    rows = selector.of_year(request.user, year, form.cleaned_data, on=timezone.localdate())
    title = f"{year}年度督办台账"
    write = import_string(settings.WORKBOOK_WRITER)
    lines = selector.ledger(rows)
    data = write(title, list(selector.HEADS), lines)
    return export_response(request, data, name=f"{title}.xlsx", content_type=XLSX, rows=len(lines))


def _filters(request: PortalRequest) -> forms.FilterForm:
    return forms.FilterForm(request.GET, units=unit_choices(request.user, on=timezone.localdate()))


@require_POST
def notice_issue(request: PortalRequest) -> HttpResponse:
    """签发 of all that were ticked on the list, numbered in the list's order from below."""
    ids = sorted(numbers_of(request.POST, "ids"))
    rows = services.issue(by=request.get_actor(), notice_ids=ids)
    messages.success(request, f"已签发 {len(rows)} 份：{rows[0].number} 至 {rows[-1].number}")
    return redirect("notice_list", year=rows[0].year)


@require_http_methods(["GET", "POST"])
def notice_new(request: PortalRequest) -> HttpResponse:
    """Draft notices: `?unit=` (more than one) `&item=&campaign=&follows=&kind=` fill it in."""
    if request.method == "POST":
        form = forms.NoticeForm(request.POST)
        units = numbers_of(request.POST, "units")
        if form.is_valid():
            data = form.cleaned_data
            _named_source(request, data)
            made = form.attempt(
                lambda: services.draft(
                    by=request.get_actor(),
                    content=form.content(),
                    unit_ids=units,
                    item_id=data["item"],
                    follows_id=data["follows"],
                )
            )
            if made is not None:
                messages.success(request, f"已拟 {len(made)} 份，由办公室负责人签发")
                if len(made) == 1:
                    return redirect("notice_detail", notice_id=made[0].pk)
                year = reverse("notice_list", args=[made[0].year])
                return redirect(f"{year}?state=draft")
    else:
        initial, units = _given(request)
        form = forms.NoticeForm(initial=initial)
    context = {
        "form": form,
        "blocks": unit_blocks(request.user, on=timezone.localdate(), chosen=set(units)),
        "can_edit": True,
        "active_nav": NAV,
        "year": timezone.localdate().year,
        **_attached(request, form),
    }
    return render(request, "notice_new.html", context, status=form.status)


def _named_source(request: PortalRequest, data: dict[str, Any]) -> None:
    """A source that is not in the asker's sight is none."""
    if sources.named(request.user, data["source_kind"], data["source_id"]) is None:
        data["source_id"] = None


def _given(request: PortalRequest) -> tuple[dict[str, Any], list[int]]:
    """What the address says of the notice that is wanted; `NotFound` for what is out of sight."""
    units = numbers_of(request.GET, "unit")
    initial: dict[str, Any] = {"source_kind": SourceKind.MEETING}
    if request.GET.get("kind") in NoticeKind.values:
        initial["kind"] = request.GET["kind"]
    if (pk := number_of(request, "item")) is not None:
        item: TaskItem = find(TaskItem.objects.visible_to(request.user), pk=pk)
        initial |= {"item": pk, "source_kind": SourceKind.TASK, "title": item.heading[:120]}
    if (pk := number_of(request, "campaign")) is not None:
        name = sources.named(request.user, SourceKind.CAMPAIGN, pk)
        if name is not None:
            initial |= {"source_id": pk, "source_text": name[:200]}
        initial["source_kind"] = SourceKind.CAMPAIGN
    if (pk := number_of(request, "follows")) is not None:
        before: Notice = find(Notice.objects.visible_to(request.user), pk=pk)
        copied = ("title", "demand", "source_kind", "source_text", "source_id")
        initial |= {name: getattr(before, name) for name in copied}
        initial |= {"follows": pk, "item": before.item_id}
        units = units or [before.unit_id]
    return initial, units


def _attached(request: PortalRequest, form: forms.NoticeForm) -> dict[str, Any]:
    """The task and the notice that the draft rests on, for the page to name."""
    item_id, follows_id = form["item"].value(), form["follows"].value()
    rows = TaskItem.objects.visible_to(request.user)
    notices = Notice.objects.visible_to(request.user)
    return {
        "item": rows.filter(pk=item_id).first() if str(item_id or "").isdecimal() else None,
        "before": notices.filter(pk=follows_id).first()
        if str(follows_id or "").isdecimal()
        else None,
    }


def found(request: PortalRequest, notice_id: int) -> Notice:
    """The notice within what the asker may see, or 404."""
    rows = Notice.objects.visible_to(request.user).select_related(
        "unit", "item", "follows", "made_by__person", "issued_by__person", "taken_by__person",
        "answered_by__person", "rechecked_by__person", "struck_by__person", "voided_by__person",
        "extension_asked_by__person", "answer_file",
    )  # fmt: skip
    notice: Notice = find(rows, pk=notice_id)
    return notice


@require_safe
def notice_detail(request: PortalRequest, notice_id: int) -> HttpResponse:
    """One notice, where it stands, and what the asker may do with it."""
    return _page(request, found(request, notice_id))


@require_POST
def notice_office(request: PortalRequest, notice_id: int) -> HttpResponse:
    """What the office does."""
    return _act(request, notice_id, OFFICE_ACTS, "office")


@require_POST
def notice_unit(request: PortalRequest, notice_id: int) -> HttpResponse:
    """What the unit does."""
    return _act(request, notice_id, UNIT_ACTS, "unit")


def _act(request: PortalRequest, notice_id: int, acts: tuple[Act, ...], side: str) -> HttpResponse:
    notice = found(request, notice_id)
    return perform(
        request,
        acts,
        notice.pk,
        back=reverse("notice_detail", args=[notice.pk]),
        page=lambda bound, status: _page(request, notice, {side: bound}, status=status),
    )


def _page(
    request: PortalRequest,
    notice: Notice,
    bound: dict[str, dict[str, Any]] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    today, scope = timezone.localdate(), scope_for(request.user)
    given = bound or {}
    context = {
        "notice": notice,
        "line": selector.line_of(notice, on=today),
        "acts": [
            *_offered(notice, UNIT_ACTS, _unit_may(notice, scope, today), "unit", given),
            *_offered(notice, OFFICE_ACTS, _office_may(notice, scope), "office", given),
        ],
        "followers": list(
            Notice.objects.visible_to(request.user).filter(follows=notice).order_by("pk")[:10]
        ),
        "may_follow": scope.may(Action.NOTICE_EDIT)
        and notice.issued_at is not None
        and notice.state not in (NoticeState.STRUCK, NoticeState.VOID),
        "source_url": sources.address(request.user, notice),
        "trail": object_trail.inline(request.user, "notice", notice.pk, events_of_notice(notice)),
        "active_nav": NAV,
    }
    return render(request, "notice.html", context, status=status)


def _offered(
    notice: Notice,
    acts: tuple[Act, ...],
    names: set[str],
    side: str,
    bound: dict[str, dict[str, Any]],
) -> list[Offered]:
    copied = ("kind", "title", "demand", "source_kind", "source_text", "source_id", "colour",
              "colour_reason", "ack_days", "answer_days")  # fmt: skip
    initial = {
        "revise": {name: getattr(notice, name) for name in copied},
        "return": {"days": notice.answer_days},
        # The last text comes with it: nothing is asked for twice.
        "answer": {"text": notice.answer, "reference": notice.answer_reference},
    }
    url = reverse(f"notice_{side}", args=[notice.pk])
    return offered(acts, names, url, initial=initial, bound=bound.get(side, {}))


def _unit_may(notice: Notice, scope: Scope, today: Any) -> set[str]:
    if not scope.may(Action.UNIT_ANSWER) or notice.unit_id not in scope.unit_ids:
        return set()
    if notice.state == NoticeState.ISSUED:
        return {"take"}
    if notice.state not in (NoticeState.TAKEN, NoticeState.RETURNED):
        return set()
    is_late = notice.answer_due_on is not None and today > notice.answer_due_on
    return {"answer"} if is_late or notice.extension_until else {"answer", "extension"}


def _office_may(notice: Notice, scope: Scope) -> set[str]:
    state, names = notice.state, set()
    if scope.may(Action.NOTICE_EDIT):
        names |= {
            NoticeState.DRAFT: {"revise", "void"},
            NoticeState.ANSWERED: {"recheck", "return"},
            NoticeState.RECHECKED: {"return"},
        }.get(NoticeState(state), set())
        if state in (NoticeState.ISSUED, NoticeState.TAKEN, NoticeState.ANSWERED,
                     NoticeState.RETURNED) and notice.colour != "red":  # fmt: skip
            names.add("colour")
    if scope.may(Action.NOTICE_ISSUE):
        if state == NoticeState.DRAFT and notice.made_by_id != scope.user_id:
            names.add("issue")
        if state == NoticeState.RECHECKED and notice.rechecked_by_id != scope.user_id:
            names.add("strike")
        if state in (NoticeState.ISSUED, NoticeState.TAKEN, NoticeState.ANSWERED,
                     NoticeState.RETURNED):  # fmt: skip
            names.add("void")
        if notice.extension_until is not None:
            names.add("extension")
    return names


@require_safe
def notice_file(request: PortalRequest, notice_id: int) -> FileResponse:
    """The evidence that came with the answer."""
    notice = found(request, notice_id)
    if notice.answer_file is None:
        raise NotFound
    return file_response(notice.answer_file)

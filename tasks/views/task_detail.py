"""任务详情: one duty, its history, and the office's small forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.http import PortalRequest
from accountability.middleware import wants_json
from accountability.refusals import Conflict, Invalid
from accountability.selectors import object_trail
from accountability.views.audit import cursor
from tasks.forms.ledger import LedgerForm
from tasks.forms.progress import ExtensionForm, LightForm
from tasks.forms.task_item import CorrectForm, DueForm, MeasureForm, ReasonForm, initial_of
from tasks.models import TASK_TRANSITIONS, TaskItem, TaskState
from tasks.selectors import ledger, slot_answers
from tasks.selectors import task_detail as selector
from tasks.selectors.task_progress import progress_of
from tasks.selectors.trail import events_of
from tasks.services import light_marks, task_items
from tasks.services.commitments import choice_of
from tasks.views.task_list import bound_form, query


@require_safe
def task_detail(request: PortalRequest, task_id: int) -> HttpResponse:
    """One task; the filters in the address lead on within the same list."""
    return page(request, found(request, task_id))


@require_safe
def task_history(request: PortalRequest, task_id: int) -> HttpResponse:
    """All that was done to the task, for whoever sees the task; the page of 全部轨迹."""
    context = object_trail.page(request.user, "task", task_id, before=cursor(request))
    return render(request, "audit_object.html", context | {"active_nav": "task_list_latest"})


@require_POST
def task_due(request: PortalRequest, task_id: int) -> HttpResponse:
    """Set the deadline."""

    def save(item: TaskItem, data: dict[str, Any]) -> None:
        task_items.change_due(by=request.get_actor(), item=item, **data)

    return change(request, task_id, "due", DueForm, save, "完成时限已调整")


@require_POST
def task_measure(request: PortalRequest, task_id: int) -> HttpResponse:
    """Set the measure of done."""

    def save(item: TaskItem, data: dict[str, Any]) -> None:
        task_items.change_measure(by=request.get_actor(), item=item, **data)

    return change(request, task_id, "measure", MeasureForm, save, "完成标准已调整")


@require_POST
def task_correct(request: PortalRequest, task_id: int) -> HttpResponse:
    """更正文字."""

    def save(item: TaskItem, data: dict[str, Any]) -> None:
        choice = choice_of(request.POST)
        task_items.correct(by=request.get_actor(), item=item, **data, choice=choice)

    return change(request, task_id, "correct", CorrectForm, save, "文字已更正")


@require_POST
def task_done(request: PortalRequest, task_id: int) -> HttpResponse:
    """办结."""

    def save(item: TaskItem, data: dict[str, Any]) -> None:
        task_items.mark_done(by=request.get_actor(), item=item, **data)

    return change(request, task_id, "done", ReasonForm, save, "任务已办结")


@require_POST
def task_reopen(request: PortalRequest, task_id: int) -> HttpResponse:
    """A finished task is taken up again."""

    def save(item: TaskItem, data: dict[str, Any]) -> None:
        task_items.reopen(by=request.get_actor(), item=item, **data)

    return change(request, task_id, "reopen", ReasonForm, save, "任务已恢复办理")


@require_POST
def task_void(request: PortalRequest, task_id: int) -> HttpResponse:
    """作废."""

    def save(item: TaskItem, data: dict[str, Any]) -> None:
        task_items.void(by=request.get_actor(), item=item, **data, choice=choice_of(request.POST))

    return change(request, task_id, "void", ReasonForm, save, "任务已作废")


def found(request: PortalRequest, task_id: int) -> TaskItem:
    """The task within what the asker may see, or 404."""
    visible = TaskItem.objects.visible_to(request.user, item=task_id)
    rows = visible.select_related("paper", "parent")
    item: TaskItem = find(rows.defer("paper__reading", "paper__findings"), pk=task_id)
    return item


@require_POST
def task_light(request: PortalRequest, task_id: int) -> HttpResponse:
    """判定灯色, with its reason."""

    def save(item: TaskItem, data: dict[str, Any]) -> None:
        light_marks.set_light(by=request.get_actor(), item=item, **data)

    return change(request, task_id, "light", LightForm, save, "灯色已判定")


def change(
    request: PortalRequest,
    task_id: int,
    name: str,
    form_class: type[forms.Form],
    save: Callable[[TaskItem, dict[str, Any]], None],
    done: str,
) -> HttpResponse:
    """Bind the form, call the service, go back to the page; or show what is wrong."""
    item = found(request, task_id)
    form = form_class(request.POST, prefix=name)
    status = 422
    conflict: Conflict | None = None
    if form.is_valid():
        try:
            save(item, form.cleaned_data)
        except Invalid as refusal:
            known = {k: v for k, v in (refusal.details or {}).items() if k in form.fields}
            for field, sentences in (known or {None: [refusal.sentence]}).items():
                for sentence in sentences:
                    form.add_error(field, sentence)
        except Conflict as refusal:
            if wants_json(request):
                raise
            status, conflict = 409, refusal
            item = found(request, task_id)
            sent = request.POST.copy()
            sent[form.add_prefix("version")] = str(item.version)
            form.data = sent
        else:
            messages.success(request, done)
            address = reverse("task_detail", args=[item.pk])
            return redirect(f"{address}?{query(request)}" if request.GET else address)
    return page(request, item, {name: form}, status=status, conflict=conflict)


def page(
    request: PortalRequest,
    item: TaskItem,
    bound: dict[str, forms.Form] | None = None,
    *,
    status: int = 200,
    conflict: Conflict | None = None,
) -> HttpResponse:
    """The page, with a form as it was sent where something is wrong with it."""
    today = timezone.localdate()
    context = selector.detail(request.user, item, on=today)
    filters: LedgerForm = bound_form(request, item.year)
    tasks = ledger.tasks_of(
        request.user, item.year, filters.cleaned_data if filters.is_valid() else {}, on=today
    )
    before, after = tasks.neighbours(item)
    may_edit = scope_for(request.user).may(Action.TASK_EDIT)
    context |= {
        "trail": object_trail.inline(request.user, "task", item.pk, events_of(item)),
        "answers": slot_answers.of_item(request.user, item.pk),
        "own_url": reverse("task_history", args=[item.pk]),
        "before": before,
        "after": after,
        "query": query(request),
        "actions": actions(item, bound or {}) if may_edit else [],
        **progress_of(request.user, item, on=today),
        "extension_form": (bound or {}).get("extension")
        or ExtensionForm(prefix="extension", initial={"due_wanted": item.due_on}),
        "is_asking": "extension" in (bound or {}),
        "conflict": conflict.details if conflict else None,
        "conflict_sentence": conflict.sentence if conflict else "",
        "active_nav": "task_list_latest",
    }
    return render(request, "task_detail.html", context, status=status)


def actions(item: TaskItem, bound: dict[str, forms.Form]) -> list[dict[str, Any]]:
    """The forms that the task's state allows: label, address, form, whether it is open."""
    offered: list[tuple[str, str, type[forms.Form], str]] = []
    if item.state in (TaskState.DRAFT, TaskState.ISSUED):
        offered.append(("due", "调整时限", DueForm, "保存时限"))
        offered.append(("measure", "完成标准", MeasureForm, "保存完成标准"))
        offered.append(("correct", "更正文字", CorrectForm, "保存更正"))
    if item.state == TaskState.ISSUED:
        offered.append(("light", "判定灯色", LightForm, "保存判定"))
    names = {
        TaskState.DONE: ("done", "办结", "确认办结"),
        TaskState.ISSUED: ("reopen", "恢复办理", "确认恢复办理"),
        TaskState.VOID: ("void", "作废", "确认作废"),
    }
    for state, (name, label, button) in names.items():
        if state not in TASK_TRANSITIONS[item.state]:
            continue
        if state == TaskState.ISSUED and item.state == TaskState.DRAFT:
            continue  # handing out is done in 任务分解, for the whole paper
        offered.append((name, label, ReasonForm, button))
    return [
        {
            "name": name,
            "label": label,
            "button": button,
            "url": reverse(f"task_{name}", args=[item.pk]),
            "form": bound.get(name) or form(initial=initial_of(item), prefix=name),
            "is_open": name in bound,
        }
        for name, label, form, button in offered
    ]

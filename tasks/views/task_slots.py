"""The form of one task's slots that works without a script, and 拆分任务."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accountability.access.find import find
from accountability.http import PortalRequest
from accountability.refusals import Conflict, Invalid, WrongState
from accountability.selectors.directory import directory
from tasks.forms.slots import SlotsForm
from tasks.forms.split import SubItemForm
from tasks.models import Milestone, TaskItem, TaskState
from tasks.selectors.charge import charge
from tasks.selectors.checks import check_item
from tasks.selectors.held import cells_of
from tasks.selectors.suggestions import Finder
from tasks.services import slots, split
from tasks.services.commitments import choice_of


def _item(request: PortalRequest, task_id: int) -> TaskItem:
    visible = TaskItem.objects.visible_to(request.user, item=task_id)
    found: TaskItem = find(visible.select_related("parent", "county"), pk=task_id)
    return found


def _refused(form: Form, refusal: Invalid | Conflict | WrongState) -> None:
    """A refusal on the form itself: what was typed stays."""
    if isinstance(refusal, Conflict) and isinstance(refusal.details, dict):
        for kind in ("cells", "dues"):
            for told in refusal.details.get(kind, {}).values():
                form.add_error(
                    None,
                    f"{told['where']}：{told['who']} {told['when']} 改为"
                    f"{told['theirs_text'] or '空'}，本页所填未保存，请核对后再保存。",
                )
    wanted = refusal.details.get("reason") if isinstance(refusal.details, dict) else None
    if wanted and "reason" in form.fields:
        form.add_error("reason", wanted)
    elif not form.non_field_errors():
        form.add_error(None, refusal.sentence)


@require_http_methods(["GET", "POST"])
def task_slots(request: PortalRequest, task_id: int) -> HttpResponse:
    """One text field a slot; names are resolved by the directory; the grid's own service."""
    item = _item(request, task_id)
    found = directory(item.county_id, on=timezone.localdate())
    cells = cells_of([item], directory=found).get(item.pk, [])
    form = SlotsForm(item, cells, found, request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                changes = replace(form.changes(), letters=choice_of(request.POST))
                slots.fill(by=request.get_actor(), paper=item.paper, changes=changes)
            except (Invalid, Conflict, WrongState) as refusal:
                _refused(form, refusal)
                status = refusal.status
            else:
                messages.success(request, f"已保存 {item.number} 的责任和时限。")
                return redirect("assign", year=item.year)
    charged = charge(found)
    suggested = Finder(found, charged).suggest(item.heading, item.text)
    return render(
        request,
        "task_slots.html",
        {
            "item": item,
            "form": form,
            "check": check_item(item, cells, directory=found, charge=charged),
            "suggestions": [
                {
                    "label": cell.slot.label,
                    "names": "、".join(found.by_key[k].label for k in suggestion.keys),
                    "reason": suggestion.reason,
                }
                for cell in cells
                if not cell.holders and (suggestion := suggested.get(cell.slot.kind))
            ],
            "active_nav": "assign_latest",
        },
        status=status,
    )


def _sub_items(parent: TaskItem) -> list[dict[str, Any]]:
    """The sub-tasks of a task with holders and milestones; constant queries."""
    found = directory(parent.county_id, on=timezone.localdate())
    subs = list(TaskItem.objects.filter(parent=parent).order_by("order", "id"))
    cells = cells_of(subs, directory=found)
    milestones: dict[int, list[Milestone]] = {}
    for row in Milestone.objects.filter(item__in=subs, is_dropped=False):
        milestones.setdefault(row.item_id, []).append(row)
    return [
        {
            "item": sub,
            "cells": cells.get(sub.pk, []),
            "milestones": milestones.get(sub.pk, []),
            "is_open": sub.state in (TaskState.DRAFT, TaskState.ISSUED),
        }
        for sub in subs
    ]


@require_http_methods(["GET", "POST"])
def task_split(request: PortalRequest, task_id: int) -> HttpResponse:
    """The sub-tasks of a task, and the form for one more."""
    parent = _item(request, task_id)
    found = directory(parent.county_id, on=timezone.localdate())
    form = SubItemForm(found, request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = split.add(by=request.get_actor(), item=parent, sub=form.sub_item())
            except (Invalid, WrongState) as refusal:
                _refused(form, refusal)
                status = refusal.status
            else:
                messages.success(request, f"已拆分出 {made.number} {made.heading}。")
                return redirect("task_split", task_id=parent.pk)
    return render(
        request,
        "task_split.html",
        {
            "item": parent,
            "form": form,
            "subs": _sub_items(parent),
            "active_nav": "assign_latest",
        },
        status=status,
    )


@require_http_methods(["GET", "POST"])
def task_sub_item(request: PortalRequest, task_id: int) -> HttpResponse:
    """Edit one sub-task."""
    item = _item(request, task_id)
    if item.parent_id is None:
        return redirect("task_split", task_id=item.pk)
    found = directory(item.county_id, on=timezone.localdate())
    cells = cells_of([item], directory=found).get(item.pk, [])
    form = SubItemForm(
        found,
        request.POST or None,
        item=item,
        cells=cells,
        milestones=list(Milestone.objects.filter(item=item, is_dropped=False)),
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                split.edit(
                    by=request.get_actor(),
                    item=item,
                    sub=form.sub_item(),
                    version=form.cleaned_data["version"] or 0,
                    reason=form.cleaned_data.get("reason", ""),
                    letters=choice_of(request.POST),
                )
            except (Invalid, Conflict, WrongState) as refusal:
                _refused(form, refusal)
                status = refusal.status
            else:
                messages.success(request, f"已保存 {item.number}。")
                return redirect("task_split", task_id=item.parent_id)
    return render(
        request,
        "task_sub_item.html",
        {"item": item, "form": form, "active_nav": "assign_latest"},
        status=status,
    )


@require_POST
def task_sub_void(request: PortalRequest, task_id: int) -> HttpResponse:
    """作废 a sub-task, with its reason."""
    item = _item(request, task_id)
    split.void(
        by=request.get_actor(),
        item=item,
        reason=request.POST.get("reason", ""),
        letters=choice_of(request.POST),
    )
    messages.success(request, f"已作废 {item.number} {item.heading}。")
    return redirect("task_split", task_id=item.parent_id)

"""任务分解: the grid, its saves, 校验并下发, 沿用上年."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accountability.access.find import find
from accountability.access.scope import scope_for
from accountability.http import PortalRequest
from accountability.middleware import wants_json
from accountability.refusals import NotFound
from tasks.forms.slots import changes_from_json
from tasks.models import Paper, TaskItem
from tasks.selectors import grid as grids
from tasks.selectors import slot_answers
from tasks.services import carry_over, issue, slots
from tasks.services.commitments import choice_of


@require_safe
def assign_latest(request: PortalRequest) -> HttpResponse:
    """The year asked for, else the latest that has a paper, else this year's empty page."""
    wanted = request.GET.get("year", "")
    if wanted.isascii() and wanted.isdigit() and len(wanted) == 4:
        return redirect("assign", year=int(wanted))
    found = grids.years(request.user)
    return redirect("assign", year=found[0] if found else timezone.localdate().year)


@require_safe
def assign(request: PortalRequest, year: int) -> HttpResponse:
    """The grid; the office edits, others read what they may see of it."""
    if not 1990 <= year <= 2200:
        raise NotFound
    years = grids.years(request.user)
    paper = grids.paper_of(request.user, year)
    context: dict[str, Any] = {
        "year": year,
        "years": sorted({*years, year}, reverse=True),
        "paper": paper,
        "may_edit": scope_for(request.user).may("slot.fill"),
        "active_nav": "assign_latest",
    }
    if paper is None:
        return render(request, "assign_empty.html", context)
    part = request.GET.get("part", "")
    found = grids.grid(
        request.user,
        paper,
        on=timezone.localdate(),
        part=int(part) if part.isascii() and part.isdigit() and len(part) < 12 else None,
    )
    context["grid"] = found
    context["next_number"] = issue.suggested_number(paper) if found.is_editable else ""
    return render(request, "assign.html", context)


def _paper(request: PortalRequest, year: int) -> Paper:
    paper = grids.paper_of(request.user, year)
    if paper is None:
        raise NotFound
    return paper


@require_POST
def assign_slots(request: PortalRequest, year: int) -> HttpResponse:
    """One save of the grid: a batch of cells and deadlines as JSON."""
    changes = changes_from_json(request.body)
    answer = slots.fill(by=request.get_actor(), paper=_paper(request, year), changes=changes)
    return JsonResponse({**answer, "at": f"{timezone.localtime():%H:%M:%S}"})


@require_http_methods(["GET", "POST"])
def assign_issue(request: PortalRequest, year: int) -> HttpResponse:
    """校验 on GET (a page, or JSON for the dialog); 下发 on POST."""
    paper = _paper(request, year)
    if request.method == "POST":
        expected = request.POST.get("expected", "")
        done = issue.issue(
            by=request.get_actor(),
            paper=paper,
            number=request.POST.get("number", ""),
            expected=int(expected) if expected.isascii() and expected.isdigit() else None,
            letters=choice_of(request.POST),
        )
        sentence = f"已下发 {done.items} 项任务。"
        if done.left:
            sentence += f"还有 {done.left} 项未落实，仍为草稿。"
        elif done.paper.number:
            sentence += f"意见已印发，文号 {done.paper.number}，印发件在意见文件中下载。"
        messages.success(request, sentence)
        if wants_json(request):
            return JsonResponse({"items": done.items, "left": done.left, "said": sentence})
        return redirect("assign", year=year)
    checked = issue.check(paper)
    if wants_json(request):
        return JsonResponse(
            {
                "complete": len(checked.complete),
                "empty": checked.empty_slots,
                "units": len(checked.unit_ids),
                "incomplete": [
                    {
                        "id": c.item.pk,
                        "label": f"{c.item.number} {c.item.heading}",
                        "missing": c.missing_labels,
                    }
                    for c in checked.incomplete
                ],
                "doubtful": [
                    {"id": c.item.pk, "label": c.item.number, "warnings": c.warnings}
                    for c in checked.doubtful
                ],
            }
        )
    number, today = issue.suggested_number(paper), timezone.localdate()
    return render(
        request,
        "assign_issue.html",
        {
            "paper": paper,
            "year": year,
            "check": checked,
            "number": number,
            "answered": slot_answers.totals(slot_answers.counted(request.user, on=today).values()),
            "active_nav": "assign_latest",
        },
    )


@require_POST
def assign_carry_over(request: PortalRequest, year: int) -> HttpResponse:
    """沿用上年 into the empty slots."""
    answer = carry_over.carry_over(
        by=request.get_actor(),
        paper=_paper(request, year),
        token=request.headers.get("Idempotency-Key", "")[:64],
    )
    left = len(answer["not_taken"])
    sentence = f"沿用上年 {len(answer['cells'])} 格。"
    if left:
        first = "；".join(f"{n['where']} {n['why']}" for n in answer["not_taken"][:4])
        sentence += f"{left} 处未沿用：{first}{' 等' if left > 4 else ''}。"
    if wants_json(request):
        at = f"{timezone.localtime():%H:%M:%S}"
        return JsonResponse({**answer, "at": at, "said": sentence})
    messages.info(request, sentence)
    return redirect("assign", year=year)


@require_safe
def assign_suggestions(request: PortalRequest, year: int) -> HttpResponse:
    """How many suggestions were adopted and how many were kept."""
    paper = _paper(request, year)
    return render(
        request,
        "assign_suggestions.html",
        {
            "paper": paper,
            "year": year,
            "adopted": grids.adopted(paper, on=timezone.localdate()),
            "active_nav": "assign_latest",
        },
    )


@require_safe
def task_changes(request: PortalRequest, task_id: int) -> HttpResponse:
    """最近变更 of a task, for the grid's side pane and the plain form."""
    item: TaskItem = find(TaskItem.objects.visible_to(request.user, item=task_id), pk=task_id)
    template = "partials/_task_changes.html" if request.htmx else "task_changes.html"
    return render(
        request,
        template,
        {
            "item": item,
            "events": grids.last_changes(item),
            "back": reverse("assign", args=[item.year]),
        },
    )

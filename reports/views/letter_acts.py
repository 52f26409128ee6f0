"""What the office and the parties do with letters: each view calls one service."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accountability.access.find import find
from accountability.http import PortalRequest
from accountability.refusals import Invalid
from reports.forms.letters import ClausesForm, ReasonForm, ScanForm, SettingForm
from reports.models import Letter, LetterLayer, WordedPaper
from reports.services import (
    letter_making,
    letter_scans,
    letter_settings,
    letter_text,
    letters,
    scans,
)
from reports.views.job_answer import job_answer
from reports.views.letters import found, page
from tasks.models import Paper


@require_POST
def letters_make(request: PortalRequest, year: int) -> HttpResponse:
    """Ask for the letters of a paper; the job's page shows the progress."""
    given = request.POST.get("paper", "")
    if not given.isdecimal() or len(given) > 17:
        raise Invalid("请选择从哪份实施意见生成责任书。")
    paper = find(Paper.objects.visible_to(request.user).filter(year=year), pk=int(given))
    job = letter_making.ask(by=request.get_actor(), paper=paper)
    return job_answer(request, job)


@require_POST
def letters_advance(request: PortalRequest, year: int) -> HttpResponse:
    """送审 or 审核通过并送签 for all of a year that are there."""
    rows = Letter.objects.visible_to(request.user).filter(year=year)
    by = request.get_actor()
    if request.POST.get("step") == "send":
        count = letters.send(by=by, letters=rows)
        messages.success(request, f"已送签 {count} 份责任书")
    else:
        count = letters.submit(by=by, letters=rows)
        messages.success(request, f"已送审 {count} 份责任书")
    return redirect("letters", year=year)


def _back(letter: Letter) -> HttpResponse:
    return redirect(f"{reverse('letters', args=[letter.year])}?id={letter.pk}")


@require_POST
def letter_move(request: PortalRequest, letter_id: int) -> HttpResponse:
    """送审 or 送签 of one letter."""
    letter = found(request, letter_id)
    if request.POST.get("step") == "send":
        letters.send(by=request.get_actor(), letters=[letter])
        messages.success(request, f"{letter.number} 已送签")
    else:
        letters.submit(by=request.get_actor(), letters=[letter])
        messages.success(request, f"{letter.number} 已送审")
    return _back(letter)


def _with_reason(
    request: PortalRequest, letter_id: int, act: Callable[[Letter, str], object], done: str
) -> HttpResponse:
    letter = found(request, letter_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        act(letter, form.cleaned_data["reason"])
        messages.success(request, f"{letter.number} {done}")
        return _back(letter)
    return page(request, letter.year, chosen=letter.pk, bound={"reason": form}, status=422)


@require_POST
def letter_return(request: PortalRequest, letter_id: int) -> HttpResponse:
    """提出修改."""

    def act(letter: Letter, reason: str) -> object:
        return letters.give_back(by=request.get_actor(), letter=letter, reason=reason)

    return _with_reason(request, letter_id, act, "已退回政府办公室修改")


@require_POST
def letter_void(request: PortalRequest, letter_id: int) -> HttpResponse:
    """作废."""

    def act(letter: Letter, reason: str) -> object:
        return letters.void(by=request.get_actor(), letter=letter, reason=reason)

    return _with_reason(request, letter_id, act, "已作废，编号不再使用")


@require_POST
def letter_remind(request: PortalRequest, letter_id: int) -> HttpResponse:
    """催签."""
    letter = letters.remind(by=request.get_actor(), letter=found(request, letter_id))
    messages.success(request, f"{letter.number} 已催签，第 {letter.reminders} 次")
    return _back(letter)


@require_POST
def letter_revise(request: PortalRequest, letter_id: int) -> HttpResponse:
    """Reword the unit-specific clauses and make the text anew."""
    letter = found(request, letter_id)
    form = ClausesForm(request.POST)
    if form.is_valid():
        try:
            letter_text.revise(
                by=request.get_actor(),
                letter=letter,
                clauses=form.lines,
                revision=form.cleaned_data["revision"],
            )
        except Invalid as refusal:
            form.add_error("clauses", refusal.sentence)
        else:
            messages.success(request, f"{letter.number} 已按最新任务和范本重新生成")
            return _back(letter)
    return page(request, letter.year, chosen=letter.pk, bound={"clauses": form}, status=422)


@require_POST
def letter_scan(request: PortalRequest, letter_id: int) -> HttpResponse:
    """改为纸质签字: upload the scan of a letter that both signed by hand."""
    letter = found(request, letter_id)
    form = ScanForm(request.POST, request.FILES)
    if form.is_valid():
        scan = form.cleaned_data["scan"]
        try:
            letter_scans.accept(
                by=request.get_actor(),
                letter=letter,
                code=form.cleaned_data["code"],
                name=scan.name,
                data=scan.read(scans.MOST_BYTES + 1),
            )
        except Invalid as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{letter.number} 已登记为纸质签署")
            return _back(letter)
    return page(request, letter.year, chosen=letter.pk, bound={"scan": form}, status=422)


@require_POST
def letter_setting(request: PortalRequest) -> HttpResponse:
    """Letters or lists, and down to which level."""
    county = request.user.county
    assert county is not None
    form = SettingForm(request.POST)
    if form.is_valid():
        letter_settings.choose(
            by=request.get_actor(),
            county=county,
            form=form.cleaned_data["form"],
            lowest=form.cleaned_data["lowest"],
        )
        messages.success(request, "责任书设置已保存")
        return redirect("wording", paper=WordedPaper.LETTER, part=LetterLayer.FRAME)
    raise Invalid("请选择责任落实方式和签到哪一级。")

"""责任书: the matrix of who signed with whom, and the letter at its right."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accountability.access.find import find
from accountability.downloads import export_response, file_response
from accountability.http import PortalRequest
from accountability.refusals import NotFound
from accountability.services import files
from accountability.services.signing_in import require_recent_factor_for_export
from reports.documents.xlsx import render_xlsx
from reports.forms.letters import ClausesForm, ReasonForm, ScanForm
from reports.models import Letter
from reports.selectors import letter_detail
from reports.selectors import letters as selector
from reports.services import letter_exports, letter_succession
from reports.views.job_answer import job_answer
from tasks.models import Paper, PaperState


@require_safe
def letters_latest(request: PortalRequest) -> HttpResponse:
    """The page of the latest year with letters, else of this year."""
    year = request.GET.get("year", "")
    if not (year.isdecimal() and len(year) == 4):
        year = str(selector.latest_year(request.user) or timezone.localdate().year)
    return redirect("letters", year=int(year))


@require_safe
def letters(request: PortalRequest, year: int) -> HttpResponse:
    """The page; `s` chooses the tab, `id` the letter shown at the right."""
    return page(request, year)


def page(
    request: PortalRequest,
    year: int,
    *,
    chosen: int | None = None,
    bound: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, with a form as it was sent where something is wrong with it."""
    given = request.GET.get("id", "")
    if chosen is None and given.isdecimal() and len(given) < 18:
        chosen = int(given)
        find(Letter.objects.visible_to(request.user).filter(year=year), pk=chosen)
    context = selector.page(request.user, year, tab=request.GET.get("s", ""), chosen=chosen)
    context |= {
        "year": year,
        "years": sorted({*selector.years(request.user), year}, reverse=True),
        "active_nav": "letters_latest",
        "papers": _papers(request, year) if context["may_edit"] else [],
        "moved_count": letter_succession.behind(selector.of_year(request.user, year))
        if context["may_edit"]
        else 0,
    }
    if context["current"] is not None:
        letter = found(request, context["current"])
        context |= letter_detail.detail(request.user, letter)
        context["forms"] = {
            "reason": ReasonForm(),
            "clauses": ClausesForm(
                initial={"clauses": "\n".join(context["clauses"]), "revision": letter.revision}
            ),
            "scan": ScanForm(),
        } | (bound or {})
        context["opened"] = list(bound or {})
    return render(request, "letters.html", context, status=status)


def _papers(request: PortalRequest, year: int) -> list[Paper]:
    """What letters can be made from."""
    rows = Paper.objects.visible_to(request.user).filter(
        year=year, state__in=[PaperState.PART_ISSUED, PaperState.ISSUED]
    )
    return list(rows.defer("reading", "findings"))


def found(request: PortalRequest, letter_id: int) -> Letter:
    """The letter within what the asker may see, or 404."""
    rows = Letter.objects.visible_to(request.user).select_related(
        "county", "party_a__unit", "party_b__unit", "unit", "person_a", "person_b", "file",
        "signed_a_by__person", "signed_b_by__person", "replaces",
    )  # fmt: skip
    letter: Letter = find(rows, pk=letter_id)
    return letter


@require_safe
def letter_pdf(request: PortalRequest, letter_id: int) -> HttpResponseBase:
    """The stored file, signed so far, or the scan; else the page, where a file is asked for."""
    letter = found(request, letter_id)
    if letter.file is None:
        return redirect(f"{reverse('letters', args=[letter.year])}?id={letter.pk}")
    return file_response(letter.file)


@require_POST
def letter_export(request: PortalRequest, letter_id: int, kind: str) -> HttpResponse:
    """Ask for a letter as a file, or its annexes; the job's card shows the progress."""
    job = letter_exports.ask_file(
        by=request.get_actor(), letter=found(request, letter_id), kind=kind
    )
    return job_answer(request, job)


@require_safe
def letters_xlsx(request: PortalRequest, year: int) -> FileResponse:
    """签订台账 as Excel."""
    rows = selector.ledger(request.user, year)
    data = render_xlsx(f"{year}年度责任书签订台账", selector.LEDGER_COLUMNS, rows)
    name = f"{year}年度责任书签订台账.xlsx"
    return export_response(request, data, name=name, content_type=files.XLSX, rows=len(rows))


@require_POST
def letters_zip(request: PortalRequest, year: int) -> HttpResponse:
    """下载我的责任书: the letters on one's own seats and units, or, for who reads all, all."""
    rows = selector.of_year(request.user, year)
    if request.POST.get("scope") != "all":
        rows = selector.own(request.user, rows)
    require_recent_factor_for_export(request, rows=rows.count())
    job = letter_exports.ask_zip(by=request.get_actor(), letters=rows, year=year)
    return job_answer(request, job)


@require_POST
def duty_list(request: PortalRequest, year: int) -> HttpResponse:
    """责任清单 as PDF: what the asker answers for in a year."""
    if not 2000 <= year <= 2100:
        raise NotFound
    return job_answer(request, letter_exports.ask_duty_list(by=request.get_actor(), year=year))

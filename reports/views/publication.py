"""对外公开: the public pages (no login), and the office's package for the county's website."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accountability.access.find import find
from accountability.downloads import bytes_response
from accountability.http import PortalRequest
from accountability.models import County
from accountability.refusals import NotFound
from accountability.services import files
from reports.selectors import publication as selector
from reports.services import publication
from reports.views.job_answer import job_answer


@require_safe
def public_start(request: HttpRequest) -> HttpResponse:
    """The counties of this installation; the only one at once."""
    counties = selector.counties()
    if len(counties) == 1:
        return redirect("public_county", code=counties[0].code)
    return render(request, "public/start.html", {"counties": counties})


@require_safe
def public_county(request: HttpRequest, code: str) -> HttpResponse:
    """A county's public promises of a year, and its public lists of powers."""
    county = _county(code)
    promises = selector.promises(county)
    years = sorted({row.year for row in promises}, reverse=True)
    given = request.GET.get("year", "")
    year = int(given) if given.isdecimal() and len(given) == 4 else (years[0] if years else 0)
    context = {
        "place": county,
        "years": years,
        "year": year,
        "promises": [row for row in promises if row.year == year],
        "lists": selector.lists(county),
    }
    return render(request, "public/county.html", context)


@require_safe
def public_promise(request: HttpRequest, code: str, promise_id: int) -> HttpResponse:
    """One public promise; withdrawn, its dated note."""
    county = _county(code)
    row = _one(selector.promises(county, pk=promise_id))
    return render(request, "public/promise.html", {"place": county, "promise": row})


@require_safe
def public_promise_pdf(request: HttpRequest, code: str, promise_id: int) -> FileResponse:
    """The public promise as PDF, of its public fields alone."""
    row = _one(selector.promises(_county(code), pk=promise_id))
    if row.withdrawn_on is not None:
        raise NotFound
    data = publication.promise_pdf(row)
    return bytes_response(data, name=f"{row.number}.pdf", content_type=files.PDF)


@require_safe
def public_list(request: HttpRequest, code: str, list_id: int) -> HttpResponse:
    """One public list of powers; withdrawn, its dated note."""
    county = _county(code)
    row = _one(selector.lists(county, pk=list_id))
    return render(request, "public/powers.html", {"place": county, "list": row})


@require_safe
def publication_page(request: PortalRequest) -> HttpResponse:
    """What is public, and the package of it."""
    county = request.user.county
    assert county is not None
    promises, lists = selector.promises(county), selector.lists(county)
    context = {
        "promises": promises,
        "lists": lists,
        "place": county,
        "active_nav": "promises_latest",
        "tab_of": "publication",
    }
    return render(request, "publication.html", context)


@require_POST
def publication_zip(request: PortalRequest) -> HttpResponse:
    """Ask for the package."""
    job = publication.ask(by=request.get_actor())
    return job_answer(request, job)


def _county(code: str) -> County:
    row: County = find(County.objects.all(), code=code)
    return row


def _one(rows: list[Any]) -> Any:
    if not rows:
        raise NotFound
    return rows[0]

"""历年比较: results over the years."""

from __future__ import annotations

import re

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accountability.http import PortalRequest
from accountability.refusals import NotFound
from reports.models import SubjectKind
from reports.selectors import comparison as selector

KEY = re.compile(r"[up][1-9][0-9]{0,17}")


@require_safe
def comparison(request: PortalRequest) -> HttpResponse:
    """Of one subject (?of=u12), or of one criterion among a kind (?kind=town&criterion=…)."""
    of = request.GET.get("of", "")
    kind = request.GET.get("kind", "")
    name = request.GET.get("criterion", "")
    if (of and not KEY.fullmatch(of)) or (kind and not selector.is_kind(kind)):
        raise NotFound
    known = selector.subjects(request.user)
    results = selector.results(request.user, of) if of else []
    if of and not results:
        raise NotFound
    context = {
        "active_nav": "assessments_latest",
        "of": of,
        "subjects": known,
        "title": dict(known).get(of, ""),
        "results": results,
        "lines": selector.lines(results) if results else None,
        "kinds": SubjectKind.choices,
        "kind": kind,
        "kind_label": dict(SubjectKind.choices).get(kind, ""),
        "names": selector.names(request.user, kind) if kind else [],
        "criterion": name,
        "table": selector.of_criterion(request.user, kind, name) if kind and name else None,
    }
    return render(request, "year_comparison.html", context)

"""文书措辞: each part of each paper as the county words it, with preview and versions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accountability.http import PortalRequest
from accountability.models import County
from accountability.refusals import NotFound
from reports.forms.letters import SettingForm
from reports.forms.wordings import WordingForm
from reports.models import LetterLayer, WordedPaper
from reports.selectors import wording_trail
from reports.selectors.letter_plan import setting_of
from reports.services import wording_preview, wordings


@require_safe
def wording_latest(request: PortalRequest) -> HttpResponse:
    """The first part of the first paper."""
    return redirect("wording", paper=WordedPaper.LETTER, part=LetterLayer.FRAME)


@require_http_methods(["GET", "HEAD", "POST"])
def wording(request: PortalRequest, paper: str, part: str) -> HttpResponse:
    """One part: its text, a preview, the versions. 预览 shows what was typed and keeps nothing."""
    county = request.user.county
    parts = wordings.parts(paper)
    if county is None or part not in parts:
        raise NotFound
    form, previewed = None, ""
    if request.method == "POST":
        form = WordingForm(request.POST, initial=_seen(county, paper, part))
        if form.is_valid():
            text = form.cleaned_data["text"]
            if "preview" in request.POST:
                done = form.attempt(lambda: wordings.checked(paper, part, text))
                previewed = text if done is not None else ""
            else:
                kept = form.attempt(
                    lambda: (
                        wordings.reword(
                            by=request.get_actor(),
                            county=county,
                            paper=paper,
                            part=part,
                            text=text,
                            seen_version=form.cleaned_data["version"] or 0,
                        ),
                    )
                )
                if kept is not None:
                    told = "措辞已保存，新生成的文书按此措辞" if kept[0] else "措辞没有变化"
                    messages.success(request, told)
                    return redirect("wording", paper=paper, part=part)
    seen = _seen(county, paper, part)
    context: dict[str, Any] = {
        "papers": [
            (kind.value, kind.label, next(iter(wordings.parts(kind)))) for kind in WordedPaper
        ],
        "paper": paper,
        "paper_label": WordedPaper(paper).label,
        "parts": parts.values(),
        "part": parts[part],
        "form": form or WordingForm(initial=seen),
        "versions": wordings.versions(county, paper, part),
        "preview": wording_preview.preview(county, paper, part, previewed or seen["text"]),
        "is_preview": bool(previewed),
        "tab": "wording",
        "trail": wording_trail.inline(request.user, wordings.versions(county, paper, part)),
    }
    if paper == WordedPaper.LETTER:
        kept_setting = setting_of(county)
        context["setting"] = SettingForm(
            initial={"form": kept_setting.form, "lowest": kept_setting.lowest}
        )
    return render(request, "settings/wording.html", context, status=form.status if form else 200)


def _seen(county: County, paper: str, part: str) -> dict[str, Any]:
    made = wordings.versions(county, paper, part)
    return {
        "text": wordings.wording_of(county, paper)[part],
        "version": made[0].version if made else 0,
    }

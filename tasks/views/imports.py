"""导入意见: ① 选择文件 ② 核对 ③ 完成."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.db.models.functions import Length
from django.http import FileResponse, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accountability.access.find import find
from accountability.downloads import bytes_response, file_response
from accountability.http import PortalRequest
from accountability.refusals import Invalid, NotFound
from accountability.selectors.directory import directory
from accountability.services.files import CONTENT_TYPES
from tasks.forms.imports import (
    StartForm,
    choices_of,
    cut_of,
    due_of,
    number_of,
    numbers_of,
)
from tasks.models import ImportDraft, Paper
from tasks.selectors.imports import page_of, panel_of
from tasks.services import imports
from tasks.services.commitments import choice_of

Correction = Callable[[PortalRequest, ImportDraft, int, QueryDict], None]


@require_http_methods(["GET", "POST"])
def start(request: PortalRequest, year: int) -> HttpResponse:
    """① 选择文件: choose, drop or paste; a refusal is named on this page."""
    form = StartForm(request.POST or None, request.FILES or None)
    refused = ""
    if request.method == "POST" and form.is_valid():
        try:
            return _started(request, year, form)
        except Invalid as refusal:
            refused = refusal.sentence
    bad = request.method == "POST"
    drafts = (
        ImportDraft.objects.visible_to(request.user)
        .without_data()
        .filter(year=year)
        .exclude(corrections__has_key="paper")[:5]
    )
    context = {"form": form, "year": year, "refused": refused, "drafts": drafts}
    return render(request, "import.html", context, status=422 if bad else 200)


def _started(request: PortalRequest, year: int, form: StartForm) -> HttpResponse:
    county = request.user.county
    if county is None:
        raise NotFound
    by = request.get_actor()
    upload = form.cleaned_data.get("file")
    if upload is not None:
        draft = imports.start(by=by, county=county, year=year, name=upload.name, data=upload.read())
    else:
        draft = imports.start_pasted(
            by=by, county=county, year=year, text=form.cleaned_data["text"]
        )
    return redirect("import_draft", year=year, draft_id=draft.pk)


@require_safe
def draft(request: PortalRequest, year: int, draft_id: int) -> HttpResponse:
    """② 核对: the whole page, or (htmx) the panel of the node that was chosen."""
    row = _draft(request, year, draft_id)
    if "paper" in row.corrections:
        return redirect("import_done", year=year, draft_id=draft_id)
    node = request.GET.get("node", "")
    if request.htmx and request.htmx.target == "panel":
        return render(request, "partials/_import_panel.html", panel_of(row, node))
    return _desk(request, row, node)


def _desk(request: PortalRequest, row: ImportDraft, node: str) -> HttpResponse:
    template = "partials/_import_desk.html" if request.htmx else "import_draft.html"
    return render(request, template, page_of(row, node))


@require_POST
def correct(request: PortalRequest, year: int, draft_id: int) -> HttpResponse:
    """One correction; `do` names it."""
    row = _draft(request, year, draft_id)
    data = request.POST
    do = data.get("do", "")
    if data.get("add"):
        do = "add"
    correction = CORRECTIONS.get(do)
    if correction is None:
        raise Invalid("提交的内容不完整，请刷新页面后再试。")
    correction(request, row, number_of(data, "version"), data)
    node = data.get("node", "")
    if request.htmx:
        return _desk(request, _draft(request, year, draft_id), node)
    messages.success(request, "已修改识别结果。")
    url = reverse("import_draft", args=[year, draft_id])
    return redirect(f"{url}?node={node}#at-{node}" if node.isalnum() else url)


@require_POST
def confirm(request: PortalRequest, year: int, draft_id: int) -> HttpResponse:
    """确认导入: make the tasks, or put the paper in the place of the draft that is there."""
    row = _draft(request, year, draft_id)
    replace = request.POST.get("replace", "")
    imports.confirm(
        by=request.get_actor(),
        draft=row,
        version=number_of(request.POST, "version"),
        replace=int(replace) if replace.isascii() and replace.isdigit() else None,
        letters=choice_of(request.POST),
    )
    return redirect("import_done", year=year, draft_id=draft_id)


@require_safe
def done(request: PortalRequest, year: int, draft_id: int) -> HttpResponse:
    """③ 完成: what was made, and what comes next."""
    row = _draft(request, year, draft_id)
    paper_id = row.corrections.get("paper")
    if paper_id is None:
        return redirect("import_draft", year=year, draft_id=draft_id)
    papers = Paper.objects.visible_to(request.user).select_related("source").with_counts()
    paper = find(papers, pk=paper_id)
    return render(request, "import_done.html", {"paper": paper, "year": year})


@require_POST
def discard(request: PortalRequest, year: int, draft_id: int) -> HttpResponse:
    """放弃导入: throw the draft away."""
    imports.discard(by=request.get_actor(), draft=_draft(request, year, draft_id))
    messages.success(request, "已放弃导入，上传的文件已从系统删除。")
    return redirect("import", year=year)


@require_safe
def source(request: PortalRequest, year: int, draft_id: int) -> FileResponse:
    """The bytes of a draft, as they came."""
    row = find(ImportDraft.objects.visible_to(request.user), pk=draft_id, year=year)
    if "paper" in row.corrections:
        paper = find(
            Paper.objects.visible_to(request.user).select_related("source"),
            pk=row.corrections["paper"],
        )
        return file_response(paper.source)
    suffix = "." + row.name.rpartition(".")[2].lower()
    return bytes_response(
        bytes(row.data),
        name=row.name,
        content_type=CONTENT_TYPES.get(suffix, "application/octet-stream"),
    )


@require_safe
def paper_source(request: PortalRequest, paper_id: int) -> FileResponse:
    """A paper's original file, unchanged."""
    papers = Paper.objects.visible_to(request.user).select_related("source")
    return file_response(find(papers, pk=paper_id).source)


def _draft(request: PortalRequest, year: int, draft_id: int) -> ImportDraft:
    drafts = ImportDraft.objects.visible_to(request.user).without_data()
    row: ImportDraft = find(drafts.annotate(size=Length("data")), pk=draft_id, year=year)
    return row


# --- corrections ----------------------------------------------------------------


def _split(request: PortalRequest, row: ImportDraft, version: int, data: QueryDict) -> None:
    paragraph, offset = cut_of(data)
    imports.split(
        by=request.get_actor(),
        draft=row,
        version=version,
        node=data.get("node", ""),
        paragraph=paragraph,
        offset=offset,
    )


def _merge(request: PortalRequest, row: ImportDraft, version: int, data: QueryDict) -> None:
    imports.merge(by=request.get_actor(), draft=row, version=version, node=data.get("node", ""))


def _item(request: PortalRequest, row: ImportDraft, version: int, data: QueryDict) -> None:
    node = data.get("paragraph") or data.get("node", "")
    imports.make_item(by=request.get_actor(), draft=row, version=version, node=node)


def _section(request: PortalRequest, row: ImportDraft, version: int, data: QueryDict) -> None:
    imports.make_section(
        by=request.get_actor(), draft=row, version=version, node=data.get("node", "")
    )


def _level(request: PortalRequest, row: ImportDraft, version: int, data: QueryDict) -> None:
    imports.change_level(
        by=request.get_actor(),
        draft=row,
        version=version,
        node=data.get("node", ""),
        is_up=data.get("do") == "up",
    )


def _edit(request: PortalRequest, row: ImportDraft, version: int, data: QueryDict) -> None:
    imports.edit(
        by=request.get_actor(),
        draft=row,
        version=version,
        node=data.get("node", ""),
        number=data.get("number", ""),
        heading=data.get("heading", ""),
        due=due_of(data),
    )


def _add(request: PortalRequest, row: ImportDraft, version: int, data: QueryDict) -> None:
    node, _, kind = data.get("add", "").partition("|")
    imports.add_slot(
        by=request.get_actor(),
        draft=row,
        version=version,
        node=node if kind else data.get("node", ""),
        kind=kind or data.get("kind", ""),
        label=data.get("label", ""),
    )


def _drop(request: PortalRequest, row: ImportDraft, version: int, data: QueryDict) -> None:
    imports.drop_slot(
        by=request.get_actor(),
        draft=row,
        version=version,
        node=data.get("node", ""),
        position=number_of(data, "position"),
    )


def _fill(request: PortalRequest, row: ImportDraft, version: int, data: QueryDict) -> None:
    imports.fill_all_slots(by=request.get_actor(), draft=row, version=version)


def _title(request: PortalRequest, row: ImportDraft, version: int, data: QueryDict) -> None:
    imports.set_title(
        by=request.get_actor(), draft=row, version=version, title=data.get("title", "")
    )


def _hints(request: PortalRequest, row: ImportDraft, version: int, data: QueryDict) -> None:
    imports.decide_hints(
        by=request.get_actor(), draft=row, version=version, accepted=numbers_of(data, "hint")
    )


def _demands(request: PortalRequest, row: ImportDraft, version: int, data: QueryDict) -> None:
    imports.decide_demands(
        by=request.get_actor(), draft=row, version=version, kept=numbers_of(data, "demand")
    )


def _choose(request: PortalRequest, row: ImportDraft, version: int, data: QueryDict) -> None:
    known = directory(row.county_id, on=timezone.localdate())
    imports.choose(
        by=request.get_actor(), draft=row, version=version, choices=choices_of(data, known)
    )


def _start_over(request: PortalRequest, row: ImportDraft, version: int, data: QueryDict) -> None:
    imports.start_over(by=request.get_actor(), draft=row, version=version)


CORRECTIONS: dict[str, Correction] = {
    "split": _split,
    "merge": _merge,
    "item": _item,
    "section": _section,
    "up": _level,
    "down": _level,
    "edit": _edit,
    "add": _add,
    "drop": _drop,
    "fill": _fill,
    "title": _title,
    "hints": _hints,
    "demands": _demands,
    "choose": _choose,
    "start_over": _start_over,
}

"""A dispatch as PDF or Word: asked for by a person, made by a worker, kept by digest."""

from __future__ import annotations

import hashlib

from django.db import transaction

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import Job, User
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services import files, jobs
from accountability.services.audit import change
from accountability.services.jobs import Outcome, Progress
from reports.documents.docx import render_docx
from reports.documents.pdf import render_pdf
from reports.models import Dispatch
from reports.services import typeface_check
from reports.services.dispatch_text import paper_of

KINDS = {"pdf": "PDF", "docx": "Word"}


def ask(*, by: Actor, dispatch: Dispatch, kind: str) -> Job:
    """The job that makes the file; the same text asked for again is the same job."""
    if kind not in KINDS:
        raise Invalid("只能生成 PDF 和 Word，请从页面上的按钮选择。")
    user = _asker(by)
    require(by, Action.DISPATCH_READ)
    row = _visible(user, dispatch.pk)
    digest = digest_of(row)
    with transaction.atomic():
        return jobs.ask(
            by=by,
            kind=f"dispatch_{kind}",
            key=f"dispatch_{kind}:{row.pk}:u{user.pk}:{digest}",
            title=f"《{row.title}》{KINDS[kind]}",
            county=row.county,
            parameters={"dispatch_id": row.pk, "digest": digest},
        )


def make(*, job: Job, by: Actor, progress: Progress) -> Outcome:
    """The work; it may run twice. The asker's rights are looked at again before it is stored."""
    kind = job.kind.removeprefix("dispatch_")
    row = _visible(_asker(by), job.parameters["dispatch_id"])
    if digest_of(row) != job.parameters["digest"]:
        raise WrongState("排队期间这份文稿又有修改，请回到文稿页重新生成。")
    progress(20, "排版")
    paper = paper_of(row)
    data = render_pdf(paper) if kind == "pdf" else render_docx(paper)
    progress(90, "保存文件")
    fresh = User.objects.get(pk=_asker(by).pk)
    with acting(by=by) as act:
        _visible(fresh, row.pk)
        if not scope_for(fresh).may(Action.DISPATCH_READ):
            raise NotAllowed("本账号已没有这项权限，文件没有保存。")
        number = f"{row.number.text} " if row.number else "（未印发）"
        file = files.store(
            county=row.county,
            name=f"{number}{row.title}.{kind}",
            data=data,
            content_type=files.CONTENT_TYPES[f".{kind}"],
        )
        act.record(
            "dispatch.export",
            row,
            summary=f"生成{row}的 {KINDS[kind]} 文件",
            changes=[change("file", "文件", "", f"{file.name}（SHA-256 {file.sha256}）")],
        )
    told = typeface_check.warnings(paper) if kind == "pdf" else []
    return Outcome(file=file, result={"warnings": told})


def digest_of(dispatch: Dispatch) -> str:
    """Of all that the files say."""
    return hashlib.sha256(repr(paper_of(dispatch)).encode()).hexdigest()


def _asker(by: Actor) -> User:
    user = by.user or by.on_behalf_of
    if user is None:
        raise NotAllowed("生成文件须由登录人员发起。")
    return user


def _visible(user: User, dispatch_id: int) -> Dispatch:
    row: Dispatch = find(
        Dispatch.objects.visible_to(user).select_related("county", "number"), pk=dispatch_id
    )
    return row

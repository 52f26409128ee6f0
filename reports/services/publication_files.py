"""What is rendered before it is signed: 承诺书, 权力清单 and 签字背书单 as PDF.

Asked for by a person, made by a worker, kept by digest. A signed file, or a
scan, is stored already and never made here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import Job, User
from accountability.refusals import NotAllowed, NotFound, WrongState
from accountability.services import files, jobs
from accountability.services.audit import change
from accountability.services.jobs import Outcome, Progress
from reports.documents.content import OfficialPaper
from reports.documents.pdf import render_pdf
from reports.models import Endorsement, PowerList, Promise
from reports.selectors.endorsements import reads_text
from reports.selectors.power_lists import items_of
from reports.services import (
    endorsement_sheet,
    power_lists,
    promise_content,
    promise_signing,
    typeface_check,
)

CHANGED = "排队期间内容又有修改，请回到原页面重新生成。"
Row = Promise | PowerList | Endorsement


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of paper: who may have it, what it says, how its file is called and made."""

    action: Action
    event: str
    visible: Callable[[User], Any]
    paper: Callable[[Any], OfficialPaper]
    name: Callable[[Any], str]
    render: Callable[[OfficialPaper], bytes] = render_pdf


def _promises(user: User) -> Any:
    return Promise.objects.visible_to(user).select_related(
        "county", "post__unit", "person", "unit", "number"
    )


def _power_lists(user: User) -> Any:
    return PowerList.objects.visible_to(user).select_related("county", "unit", "post__unit")


def _endorsements(user: User) -> Any:
    return Endorsement.objects.visible_to(user).select_related("county", "paper", "dispatch")


PROMISE, POWER, ENDORSEMENT = "promise_pdf", "power_pdf", "endorsement_pdf"
KINDS = {
    PROMISE: Kind(
        Action.PROMISE_READ,
        "promise.export",
        _promises,
        promise_content.signing_paper,
        promise_signing.file_name,
    ),
    POWER: Kind(
        Action.POWER_READ,
        "power.export",
        _power_lists,
        lambda row: power_lists.paper_of(row, items_of(row)),
        power_lists.file_name,
    ),
    ENDORSEMENT: Kind(
        Action.ENDORSEMENT_READ,
        "endorsement.export",
        _endorsements,
        endorsement_sheet.paper_of,
        endorsement_sheet.file_name,
        endorsement_sheet.with_fields,
    ),
}


def ask(*, by: Actor, kind: str, row: Row) -> Job:
    """The job that makes the PDF; the same text asked for again by the same person is the same job.

    Raises `WrongState` where the signed file is there: that is the one to read.
    """
    of, user = KINDS[kind], _asker(by)
    require(by, of.action)
    now = _found(kind, user, row.pk)
    if getattr(now, "file_id", None) is not None:
        raise WrongState("已有签署文件，请刷新页面后直接下载。")
    digest = _digest(of.paper(now))
    with transaction.atomic():
        return jobs.ask(
            by=by,
            kind=kind,
            key=f"{kind}:{now.pk}:u{user.pk}:{digest}",
            title=of.name(now).removesuffix(".pdf")[:200],
            county=now.county,
            parameters={"id": now.pk, "digest": digest},
        )


def make(*, job: Job, by: Actor, progress: Progress) -> Outcome:
    """The work; it may run twice. The asker's rights are looked at again before it is stored."""
    of = KINDS[job.kind]
    row = _found(job.kind, _asker(by), job.parameters["id"])
    paper = of.paper(row)
    if _digest(paper) != job.parameters["digest"]:
        raise WrongState(CHANGED)
    progress(20, "排版")
    data = of.render(paper)
    progress(90, "保存文件")
    with acting(by=by) as act:
        fresh = User.objects.get(pk=_asker(by).pk)
        _found(job.kind, fresh, row.pk)
        if not scope_for(fresh).may(of.action):
            raise NotAllowed("本账号已没有这项权限，文件没有保存。")
        file = files.store(county=row.county, name=of.name(row), data=data, content_type=files.PDF)
        act.record(
            of.event,
            row,
            summary=f"生成{row}的 PDF 文件",
            changes=[change("file", "文件", "", f"{file.name}（SHA-256 {file.sha256}）")],
        )
    return Outcome(file=file, result={"warnings": typeface_check.warnings(paper)})


def sees(user: User, job: Job) -> bool:
    """Whether what a job's file says still is for the user to read."""
    try:
        _found(job.kind, user, job.parameters["id"])
    except NotFound:
        return False
    return True


def _found(kind: str, user: User, row_id: int) -> Any:
    row = find(KINDS[kind].visible(user), pk=row_id)
    if kind == ENDORSEMENT and not reads_text(user, row, on=timezone.localdate()):
        raise NotFound
    return row


def _digest(paper: OfficialPaper) -> str:
    return hashlib.sha256(repr(paper).encode()).hexdigest()


def _asker(by: Actor) -> User:
    user = by.user or by.on_behalf_of
    if user is None:
        raise NotAllowed("生成文件须由登录人员发起。")
    return user

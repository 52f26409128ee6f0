"""对外公开包: all that is public as a static zip of HTML and PDF for the county's own website."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping

from django.contrib.staticfiles import finders
from django.db import transaction
from django.template.loader import render_to_string

from accountability.access import Action
from accountability.access.require import require
from accountability.access.scope import scope_of
from accountability.door import Actor, acting
from accountability.models import County, Job, StoredFile, User
from accountability.refusals import NotAllowed, WrongState
from accountability.services import files, jobs
from accountability.services.audit import change
from accountability.services.jobs import Outcome, Progress
from reports.documents.content import Annex, OfficialPaper, Paragraph
from reports.documents.lines import chinese_date
from reports.documents.pdf import render_pdf
from reports.selectors import publication
from reports.selectors.publication import PublicList, PublicPromise
from reports.services.letter_exports import ZIP_TIME, ZIP_TYPE
from reports.services.power_sheet import PRINTED

JOB = "publication_zip"
STYLE = "css/publication.css"


def ask(*, by: Actor) -> Job:
    """Ask for the package; as long as nothing public has changed it is the same job."""
    require(by, Action.PUBLISH)
    user = _asker(by)
    assert user.county is not None
    promises, lists = publication.promises(user.county), publication.lists(user.county)
    if not promises and not lists:
        raise WrongState("还没有公开的承诺书和权力清单，公开后再生成公开包。")
    digest = _digest(promises, lists)
    with transaction.atomic():
        return jobs.ask(
            by=by,
            kind=JOB,
            key=f"{JOB}:u{user.pk}:{digest}",
            title=f"对外公开包（承诺书 {len(promises)} 份、权力清单 {len(lists)} 份）",
            county=user.county,
            parameters={"digest": digest},
        )


def make(*, job: Job, by: Actor, progress: Progress) -> Outcome:
    """The work; run again, the same public content gives the same bytes."""
    county = job.county
    assert county is not None
    promises, lists = publication.promises(county), publication.lists(county)
    if _digest(promises, lists) != job.parameters["digest"]:
        raise WrongState("排队期间公开的内容又有变化，请重新生成公开包。")
    count = 1 + len(promises) + len(lists)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, members in enumerate(_members(county, promises, lists)):
            progress(5 + 85 * place // count, f"第 {place + 1} 页，共 {count} 页")
            for name, data in members:
                archive.writestr(zipfile.ZipInfo(name, ZIP_TIME), data)
    return Outcome(file=_keep(by=by, county=county, data=out.getvalue(), count=count - 1))


def _keep(*, by: Actor, county: County, data: bytes, count: int) -> StoredFile:
    fresh = User.objects.get(pk=_asker(by).pk)
    if not scope_of(fresh).may(Action.PUBLISH):
        raise NotAllowed("本账号已没有这项权限，文件没有保存。")
    with acting(by=by) as act:
        file = files.store(
            county=county, name=f"{county.name}公开包.zip", data=data, content_type=ZIP_TYPE
        )
        act.record(
            "publication.zip",
            file,
            summary=f"生成对外公开包，{count} 份公开内容",
            changes=[change("file", "文件", "", f"{file.name}（SHA-256 {file.sha256}）")],
            county=county,
        )
    return file


def _members(
    county: County, promises: list[PublicPromise], lists: list[PublicList]
) -> Iterator[list[tuple[str, bytes]]]:
    """The files of the package, a page with its PDF at a time."""
    years = sorted({row.year for row in promises}, reverse=True)
    context: dict[str, object] = {
        "site": county.name,
        "promises": promises,
        "lists": lists,
        "years": years,
    }
    yield [
        ("index.html", _html("index", context | {"root": ""})),
        ("style.css", _style()),
    ]
    for promise in promises:
        page = _html("promise", {"site": county.name, "promise": promise, "root": "../"})
        members = [(f"promises/{promise.id}.html", page)]
        if promise.withdrawn_on is None:
            members.append((f"promises/{promise.id}.pdf", promise_pdf(promise)))
        yield members
    for row in lists:
        page = _html("powers", {"site": county.name, "list": row, "root": "../"})
        members = [(f"powers/{row.id}.html", page)]
        if row.withdrawn_on is None:
            members.append((f"powers/{row.id}.pdf", list_pdf(row)))
        yield members


def promise_pdf(promise: PublicPromise) -> bytes:
    """A public promise as a paper: nothing but its public fields."""
    return render_pdf(
        OfficialPaper(
            title=f"{promise.unit}{promise.post}{promise.title}",
            body=tuple(Paragraph(line) for line in promise.lines),
            signature=f"承诺人：{promise.name}",
            dated=promise.signed_on,
            sealed=False,
            note=f"{promise.number}，{chinese_date(promise.published_on)}公开",
        )
    )


def list_pdf(row: PublicList) -> bytes:
    """A public list of powers as a paper with its landscape table."""
    rows = tuple(
        (
            str(p.position), p.name, p.category, p.basis, p.holder, p.risk, p.level, p.measures,
        )
        for p in row.powers
    )  # fmt: skip
    told = f"第 {row.version} 版，共 {len(rows)} 项，{chinese_date(row.published_on)}公开，见附件。"
    return render_pdf(
        OfficialPaper(
            title=row.title,
            body=(Paragraph(told),),
            signature=row.unit,
            dated=row.published_on,
            sealed=False,
            annexes=(Annex.of_table(row.title, PRINTED, rows),),
        )
    )


def _html(page: str, context: Mapping[str, object]) -> bytes:
    return render_to_string(f"publication/{page}.html", context).encode()


def _style() -> bytes:
    path = finders.find(STYLE)
    assert isinstance(path, str)
    with open(path, "rb") as file:
        return file.read()


def _digest(promises: list[PublicPromise], lists: list[PublicList]) -> str:
    return hashlib.sha256(repr((promises, lists)).encode()).hexdigest()


def _asker(by: Actor) -> User:
    user = by.user or by.on_behalf_of
    if user is None:
        raise NotAllowed("公开包须由政府办公室人员发起。")
    return user

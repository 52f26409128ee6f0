"""反馈书 as files: one as PDF or Word, all of a year's that the asker may see as one archive."""

from __future__ import annotations

import hashlib
import io
import zipfile

from django.db import transaction

from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.access.scope import scope_of
from accountability.door import Actor, acting
from accountability.models import Job, StoredFile, User
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services import files, jobs
from accountability.services.audit import change
from accountability.services.jobs import Outcome, Progress
from reports.documents.content import Annex, Block, Column, Heading, OfficialPaper, Paragraph
from reports.documents.docx import render_docx
from reports.documents.pdf import render_pdf
from reports.documents.typefaces import unprintable, unprintable_sentence
from reports.models import Sheet
from reports.selectors.result_notices import Notice, notices, published_sheets
from reports.services.letter_exports import ZIP_TIME, ZIP_TYPE

KINDS = {"pdf": "PDF", "docx": "Word"}
ZIP = "result_notices_zip"
CHANGED = "排队期间结果或整改又有变化，请回到反馈书页重新生成。"
COLUMNS = (
    Column("考核指标", 4.4),
    Column("满分", 1.2, "center"),
    Column("得分", 1.2, "center"),
    Column("扣分", 1.4, "center"),
    Column("扣分说明", 4.6),
    Column("依据", 4.2),
)


def paper_of(notice: Notice) -> OfficialPaper:
    """The notice as an official letter; its annex names every deduction."""
    sheet = notice.sheet
    issuer = sheet.county.issuer
    office = f"{issuer}办公室" if issuer.endswith("政府") else issuer
    return OfficialPaper(
        form="letter",
        head=office,
        title=f"关于{sheet.assessment}结果的反馈书",
        addressee=sheet.name.removesuffix("领导班子"),
        body=_body(notice),
        signature=office,
        dated=notice.decided_on,
        annexes=(Annex.of_table("扣分明细表", COLUMNS, _rows(notice)),) if notice.lines else (),
    )


def _body(notice: Notice) -> tuple[Block, ...]:
    sheet = notice.sheet
    kind = sheet.assessment.get_kind_display()
    tie = "（并列）" if notice.is_tied else ""
    told = (
        f"得分{notice.total}分，在参加考核的{notice.count}个{kind}中列第{notice.rank}名{tie}，"
        f"等次为“{notice.grade}”。"
    )
    if notice.added:
        told += f"其中加分{notice.added}分。"
    blocks: list[Block] = [
        Paragraph(
            f"根据《{notice.scheme}》，{sheet.assessment}经评分、核定和审定，结果已经公布"
            f"（第{notice.publication.version}版）。现将{sheet.name}的考核结果反馈如下。"
        ),
        Heading(1, "一、考核结果"),
        Paragraph(told),
        Heading(1, "二、扣分情况"),
        Paragraph(_lost(notice)),
        Heading(1, "三、整改要求"),
    ]
    demands = [line for line in notice.lines if line.demand is not None]
    for place, line in enumerate(demands, 1):
        assert line.demand is not None
        due, number = line.demand.due_on, line.demand.finding.number
        blocks.append(
            Paragraph(
                f"{place}.{line.deduction.name}（问题{number}），"
                f"{due.year}年{due.month}月{due.day}日前完成整改。"
            )
        )
    if demands:
        blocks.append(Paragraph("以上问题请明确措施和责任人，按期报送整改结果。"))
    elif notice.lines:
        blocks.append(Paragraph("请对照扣分明细查找原因，制定措施，认真整改。"))
    else:
        blocks.append(Paragraph("请巩固成效，保持责任落实的标准。"))
    return tuple(blocks)


def _lost(notice: Notice) -> str:
    if not notice.lines:
        return "各项指标没有扣分。"
    vetoes = [line for line in notice.lines if line.deduction.is_veto]
    count = len(notice.lines) - len(vetoes)
    told = f"共有{count}项指标扣分，逐项的说明和依据见附件。" if count else "逐项说明见附件。"
    if notice.is_weighed and count:
        told += "各项按方案确定的权重折算计入总分。"
    if vetoes:
        names = "、".join(line.deduction.name for line in vetoes)
        told += f"一票否决情形：{names}。"
    return told


def _rows(notice: Notice) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            f"{line.deduction.code} {line.deduction.name}",
            *line.points,
            line.reason or "—",
            "；".join(line.grounds) or "—",
        )
        for line in notice.lines
    )


def ask(*, by: Actor, sheet: Sheet, kind: str) -> Job:
    """Ask for one notice; the same text asked for again is the same job."""
    if kind not in KINDS:
        raise Invalid("只能生成 PDF 和 Word，请从页面上的按钮选择。")
    require(by, Action.ASSESS_READ)
    user = _asker(by)
    paper = paper_of(_one(user, sheet.pk))
    with transaction.atomic():
        return jobs.ask(
            by=by,
            kind=f"sheet_notice_{kind}",
            key=f"sheet_notice_{kind}:{sheet.pk}:u{user.pk}:{_digest([paper])}",
            title=f"{sheet.name}反馈书 {KINDS[kind]}",
            county=user.county,
            parameters={"sheets": [sheet.pk], "digest": _digest([paper])},
        )


def make(*, job: Job, by: Actor, progress: Progress) -> Outcome:
    """The work of one notice; it may run twice. The asker's sight is looked at again."""
    kind = job.kind.removeprefix("sheet_notice_")
    notice = _one(_asker(by), job.parameters["sheets"][0])
    paper = paper_of(notice)
    if _digest([paper]) != job.parameters["digest"]:
        raise WrongState(CHANGED)
    progress(20, "排版")
    data = _rendered(paper, kind)
    progress(90, "保存文件")
    file = _keep(
        by=by,
        sheets=[notice.sheet],
        name=f"{_name(notice)}.{kind}",
        data=data,
        content_type=files.CONTENT_TYPES[f".{kind}"],
        told=f"生成{notice.sheet}反馈书的 {KINDS[kind]} 文件",
    )
    warning = unprintable_sentence(unprintable(paper.texts())) if kind == "pdf" else ""
    return Outcome(file=file, result={"warnings": [warning] if warning else []})


def ask_all(*, by: Actor, year: int) -> Job:
    """Ask for all notices of a year that the asker may see, in one archive."""
    require(by, Action.ASSESS_READ)
    user = _asker(by)
    found = _all(user, year)
    if not found:
        raise WrongState(f"{year}年度还没有可以查看的已公布结果，公布后再生成反馈书。")
    digest = _digest([paper_of(notice) for notice in found])
    with transaction.atomic():
        return jobs.ask(
            by=by,
            kind=ZIP,
            key=f"{ZIP}:{year}:u{user.pk}:{digest}",
            title=f"{year}年度考核反馈书（{len(found)} 份）",
            county=user.county,
            parameters={
                "year": year,
                "sheets": [notice.sheet.pk for notice in found],
                "digest": digest,
            },
        )


def make_all(*, job: Job, by: Actor, progress: Progress) -> Outcome:
    """The work of the archive: each notice as PDF and Word, by round; run again, the same bytes."""
    year = job.parameters["year"]
    found = _all(_asker(by), year)
    if _digest([paper_of(notice) for notice in found]) != job.parameters["digest"]:
        raise WrongState(CHANGED)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, notice in enumerate(found):
            progress(5 + 85 * place // len(found), f"第 {place + 1} 份，共 {len(found)} 份")
            paper, sheet = paper_of(notice), notice.sheet
            stem = f"{sheet.assessment}/{sheet.position + 1:03d} {sheet.name}反馈书"
            for kind in KINDS:
                info = zipfile.ZipInfo(f"{stem}.{kind}", ZIP_TIME)
                archive.writestr(info, _rendered(paper, kind), zipfile.ZIP_DEFLATED)
    file = _keep(
        by=by,
        sheets=[notice.sheet for notice in found],
        name=f"{year}年度考核反馈书.zip",
        data=buffer.getvalue(),
        content_type=ZIP_TYPE,
        told=f"生成{year}年度考核反馈书 {len(found)} 份",
    )
    return Outcome(file=file, result={"made": len(found)})


def sees_sheets(user: User, job: Job) -> bool:
    """Whether all sheets of a file still are among what the user may see."""
    wanted = job.parameters["sheets"]
    return Sheet.objects.visible_to(user).filter(pk__in=wanted).count() == len(wanted)


def _one(user: User, sheet_id: int) -> Notice:
    rows = Sheet.objects.visible_to(user).select_related("assessment__scheme", "county")
    sheet: Sheet = find(rows, pk=sheet_id)
    notice = notices([sheet]).get(sheet.pk)
    if notice is None:
        raise WrongState("结果公布以后才有反馈书。")
    return notice


def _all(user: User, year: int) -> list[Notice]:
    rows = published_sheets(user, year)
    found = notices(rows)
    return [found[row.pk] for row in rows if row.pk in found]


def _rendered(paper: OfficialPaper, kind: str) -> bytes:
    return render_pdf(paper) if kind == "pdf" else render_docx(paper)


def _name(notice: Notice) -> str:
    return f"{notice.sheet.assessment}{notice.sheet.name}反馈书"


def _digest(papers: list[OfficialPaper]) -> str:
    return hashlib.sha256(repr(papers).encode()).hexdigest()


def _keep(
    *, by: Actor, sheets: list[Sheet], name: str, data: bytes, content_type: str, told: str
) -> StoredFile:
    """Store it, if the asker may see all of it by now too: rendering took a while."""
    fresh = User.objects.get(pk=_asker(by).pk)
    seen = Sheet.objects.visible_to(fresh).filter(pk__in=[s.pk for s in sheets]).count()
    if not scope_of(fresh).may(Action.ASSESS_READ) or seen != len(sheets):
        raise NotAllowed("本账号已没有这项权限，文件没有保存。")
    with acting(by=by) as act:
        file = files.store(county=sheets[0].county, name=name, data=data, content_type=content_type)
        act.record(
            "assessment.notice",
            sheets[0] if len(sheets) == 1 else file,
            summary=told,
            changes=[change("file", "文件", "", f"{file.name}（SHA-256 {file.sha256}）")],
            county=sheets[0].county,
        )
    return file


def _asker(by: Actor) -> User:
    user = by.user or by.on_behalf_of
    if user is None:
        raise NotAllowed("生成文件须由登录人员发起。")
    return user

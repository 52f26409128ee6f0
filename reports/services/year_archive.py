"""年度归档包: a closed year as one file that a later reader checks without the portal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.utils import timezone

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import AuditEvent, ClosedYear, DoorModel, Job, Outcome, User
from accountability.refusals import NotAllowed, WrongState
from accountability.services import evidence, files, jobs, proof_package
from accountability.services.jobs import Outcome as JobOutcome
from accountability.services.jobs import Progress
from accountability.trail import checkpoints
from reports.assessment import standalone
from reports.documents.pdf import render_pdf
from reports.models import Publication, PublicationState
from reports.selectors.archive_files import issued_dispatches, tables, year_files
from reports.services.closing import FORMAT
from reports.services.dispatch_text import paper_of
from reports.services.schemes import person

KIND = "year_archive"
RECOMPUTE = "recompute_assessment.py"
UNSAFE = re.compile(r'[\\/:*?"<>|\s]+')


def ask(*, by: Actor, closing_id: int) -> Job:
    """The job that makes the archive of a year that is closed; it is on the trail."""
    require(by, Action.YEAR_EDIT)
    row = _closed(person(by), closing_id)
    with acting(by=by) as act:
        job = jobs.ask(
            by=by,
            kind=KIND,
            key=f"{KIND}:{act.id}",
            title=f"{row.year}年度归档包",
            county=row.county,
            parameters={"closing_id": row.pk},
        )
        act.record("year.archive", row, summary=f"生成{row.year}年度归档包")
    return job


def make(*, job: Job, by: Actor, progress: Progress) -> JobOutcome:
    """Made outside a transaction, stored in a short one; run twice it stores one more file."""
    asker = by.on_behalf_of
    if asker is None:
        raise NotAllowed("年度归档包须由办公室人员本人发起。")
    require(by, Action.YEAR_EDIT)
    row = _closed(asker, job.parameters["closing_id"])
    progress(3, "写入存证点")
    checkpoints.write(cause=f"{row.year}年度归档")
    data = archive(row, asker=asker.display_name, progress=progress)
    with acting(by=by) as act:
        require(by, Action.YEAR_EDIT)
        file = files.store(
            county=row.county,
            name=f"{row.county.short_name}{row.year}年度归档包{timezone.localdate():%Y%m%d}.zip",
            data=data,
            content_type=evidence.ZIP,
        )
        act.record(
            "year.archived",
            row,
            summary=f"{row.year}年度归档包已生成，SHA-256 {file.sha256[:16]}…",
        )
    return JobOutcome(file=file, result={"sha256": file.sha256})


def may_fetch(user: User, job: Job) -> bool:
    """Whether the archive still is of the asker's own county."""
    return scope_for(user).county_id == job.county_id


def archive(row: ClosedYear, *, asker: str, progress: Progress) -> bytes:
    """The zip: papers, letters, bulletins, dispatches, scores, tables, trail, proof."""
    contents: dict[str, bytes] = {}
    listed: list[dict[str, Any]] = []
    wanted = year_files(row.county_id, row.year)
    for place, (folder, file) in enumerate(wanted):
        progress(5 + 45 * place // len(wanted), file.name)
        name = _unused(contents, folder, file.name)
        contents[name] = files.read(file)
        listed.append({"name": name, "of": file.name, "sha256": file.sha256, "size": file.size})
    for dispatch in issued_dispatches(row.county_id, row.year):
        number = dispatch.number.text if dispatch.number else ""
        name = _unused(contents, "发文", f"{number}{dispatch.title}.pdf")
        contents[name] = render_pdf(paper_of(dispatch))
    contents["文件清单.jsonl"] = proof_package.jsonl(listed)
    for publication in _results(row):
        of = publication.assessment
        name = _unused(contents, "考核成绩", f"{of}-第{publication.version}版.json")
        contents[name] = publication.content.encode()
    contents[RECOMPUTE] = Path(standalone.__file__).read_bytes()
    progress(55, "写出台账")
    for title, columns, lines in tables(row.county_id, row.year):
        contents[f"台账/{title}.xlsx"] = evidence.workbook(title, columns, lines)
    progress(65, "写出审计轨迹")
    keys, targets = _of_year(row)
    events = list(_events(row, targets))
    contents["审计轨迹.jsonl"] = proof_package.jsonl(evidence.event_values(events))
    progress(75, "写出账本")
    heads = proof_package.heads_of(row.county_id)
    contents["ledger.jsonl"] = proof_package.jsonl(
        proof_package.ledger_values(heads, lambda table, key, _event: (table, key) in keys)
    )
    contents["校验说明.txt"] = _instructions(row, asker).encode()
    progress(90, "签名打包")
    about = {
        "kind": KIND,
        "county": row.county.name,
        "year": row.year,
        "asked_by": asker,
        "events": len(events),
        "closing": {
            "format": FORMAT,
            "chain": row.county_id,
            "county": row.county.code,
            "year": row.year,
            "standing": row.standing,
            "head": [row.head_seq, row.head_link],
            "digest": row.digest,
        },
    }
    return proof_package.sealed(contents, about=about, heads=heads)


def _closed(user: User, closing_id: int) -> ClosedYear:
    rows = ClosedYear.objects.visible_to(user).select_related("county")
    row: ClosedYear = find(rows, pk=closing_id)
    if not row.is_shut:
        raise WrongState(f"{row}{row.get_state_display()}，结转后才能生成归档包。")
    return row


def _results(row: ClosedYear) -> Iterator[Publication]:
    """The results published in the year's rounds, corrected ones too."""
    yield from (
        Publication.objects.filter(
            assessment__county_id=row.county_id,
            assessment__year=row.year,
            state__in=[PublicationState.PUBLISHED, PublicationState.REPLACED],
        )
        .select_related("assessment__scheme")
        .order_by("assessment_id", "version")
    )


def _of_year(row: ClosedYear) -> tuple[set[tuple[str, str]], dict[str, set[int]]]:
    """The closed rows as (table, key) of the ledger, and as type → ids of the trail."""
    keys: set[tuple[str, str]] = set()
    targets: dict[str, set[int]] = {}
    for model in apps.get_models():
        path = getattr(model, "year_path", None)
        if path is None or not issubclass(model, DoorModel):
            continue
        at = f"{path}__" if path else ""
        found = model._base_manager.filter(
            **{f"{at}county_id": row.county_id, f"{at}year": row.year}
        )
        ids = set(found.order_by().values_list("pk", flat=True))
        keys |= {(model._meta.db_table, str(pk)) for pk in ids}
        targets[model._meta.label_lower] = ids
    targets[ClosedYear._meta.label_lower] = {row.pk}
    keys.add((ClosedYear._meta.db_table, str(row.pk)))
    return keys, targets


def _events(row: ClosedYear, targets: dict[str, set[int]]) -> Iterator[AuditEvent]:
    """What was done to the closed rows; of what carries over and of other years nothing."""
    events = AuditEvent.objects.filter(
        county_id=row.county_id, target_type__in=targets, outcome=Outcome.DONE
    ).order_by("id")
    for event in events.iterator(chunk_size=2000):
        if event.target_id in targets[event.target_type]:
            yield event


def _unused(contents: dict[str, bytes], folder: str, name: str) -> str:
    """A path in the archive that nothing has yet."""
    name = UNSAFE.sub("_", name)
    path, number = f"{folder}/{name}", 1
    while path in contents:
        number += 1
        path = f"{folder}/{number}-{name}"
    return path


def _instructions(row: ClosedYear, asker: str) -> str:
    return (
        f"{row.county.name}{row.year}年度归档包\n\n结转摘要：{row.digest}\n"
        f"结转时间：{timezone.localtime(row.closed_at):%Y-%m-%d %H:%M}\n生成人：{asker}\n"
        f"存证公钥：{checkpoints.public_key()}\n\n"
        "核对方法（断网可用，只需 Python 3）：\n"
        "    python3 verify_ledger.py 归档包.zip --key 登记的存证公钥\n"
        f"    python3 {RECOMPUTE} 考核成绩/某一份.json\n\n"
        "第一条核对文件、账本和结转摘要，显示“核对通过”为真；改动任何一个字节都会显示不一致之处。\n"
        "第二条按冻结的评分重新计算每个单位的得分、名次和等次。\n"
    )

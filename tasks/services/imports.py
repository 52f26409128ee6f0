"""导入草稿: start one from a file or a text, correct it, confirm it or throw it away.

Nothing of a draft is a task before 确认导入. A draft is its maker's desk and
not a record, so working on it is no event of the trail; confirming it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.utils import timezone

from accountability.access import Action
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.models import County
from accountability.refusals import Conflict, Invalid, NotFound
from accountability.selectors.directory import directory
from tasks.models import ImportDraft, Paper
from tasks.outline import corrections, sandbox
from tasks.outline.export import (
    outline_from_dict,
    outline_to_dict,
    source_from_dict,
    source_to_dict,
)
from tasks.outline.model import Outline, SlotKind
from tasks.outline.refusal import Refused
from tasks.outline.source import Source
from tasks.selectors.comparing import alike_last_year
from tasks.selectors.matching import LEAVE, Choice, choices_from, match_values

from . import commitments, newcomers
from .paper_replacement import replace_paper
from .paper_rows import Reading
from .papers import check_county, store_source, write_paper

PASTED = "粘贴正文.txt"
KEPT_DAYS = 7
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(slots=True)
class Desk:
    """A draft opened for correction: its source, and its outline as corrected so far."""

    draft: ImportDraft
    source: Source
    outline: Outline
    corrections: dict[str, Any]


def start(*, by: Actor, county: County, year: int, name: str, data: bytes) -> ImportDraft:
    """Read an uploaded file in a child process and keep it as a draft.

    Raises `Invalid` with the reader's sentence; then nothing is kept. Drafts
    older than a week are thrown away on the way. The same bytes chosen again
    open the draft that is already there.
    """
    require(by, Action.PAPER_IMPORT)
    check_county(by, county)
    if by.user is None:
        raise Invalid("导入草稿须由登录人员建立。")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid(f"年度须在 {FIRST_YEAR} 至 {LAST_YEAR} 之间，请改正。")
    if len(data) > settings.IMPORT_MAX_BYTES:
        raise Invalid("文件超过 20 MB，无法读取，请删去其中的图片或拆分后重新上传。")
    name = tidy_name(name)
    digest = hashlib.sha256(data).hexdigest()
    source, outline = read(data, name, year=year)
    findings = outline_to_dict(outline)
    with acting(by=by) as act:
        act.unchanged()
        old = timezone.now() - timedelta(days=KEPT_DAYS)
        ImportDraft.objects.filter(county=county, made_at__lt=old).delete()
        for known in ImportDraft.objects.select_for_update().filter(
            county=county, made_by=by.user, year=year, sha256=digest, name=name
        ):
            if "paper" not in known.corrections:
                return known
        draft = ImportDraft(
            county=county,
            made_by=by.user,
            year=year,
            name=name,
            data=data,
            sha256=digest,
            reading=source_to_dict(source),
            findings=findings,
            corrections={"original": findings, "last_year": alike_last_year(county, year, outline)},
        )
        draft.full_clean(exclude=["reading", "findings", "corrections", "data"])
        draft.save()
    return draft


def start_pasted(*, by: Actor, county: County, year: int, text: str) -> ImportDraft:
    """Keep a pasted text as a draft; it is read like a file of its own."""
    if not text.strip():
        raise Invalid("没有收到文字内容，请粘贴全文后再提交。")
    return start(by=by, county=county, year=year, name=PASTED, data=text.encode("utf-8"))


def read(data: bytes, name: str, *, year: int) -> tuple[Source, Outline]:
    """Source and outline of a file, made in a child process; `Invalid` with its sentence."""
    try:
        return sandbox.outline_in_child(data, name, year=year)
    except Refused as refused:
        raise Invalid(str(refused)) from refused


def tidy_name(name: str) -> str:
    """An uploaded name without folders and control characters, at most 200 long."""
    name = "".join(c for c in name.replace("\\", "/").split("/")[-1] if c.isprintable()).strip()
    if len(name) > 200:
        suffix = PurePath(name).suffix[:20]
        name = name[: 200 - len(suffix)] + suffix
    return name or "未命名"


@contextmanager
def correcting(*, by: Actor, draft: ImportDraft, version: int) -> Iterator[Desk]:
    """Open a draft for one correction: lock, check the version, keep what was changed."""
    with acting(by=by) as act:
        act.unchanged()
        row = _locked(by, draft.pk)
        if "paper" in row.corrections:
            raise Conflict("这份意见已确认导入，不能再修改导入草稿。")
        _check_version(row, version)
        desk = open_desk(row)
        try:
            yield desk
        except Refused as refused:
            raise Invalid(str(refused)) from refused
        row.findings = outline_to_dict(desk.outline)
        row.corrections = desk.corrections
        row.version += 1
        row.save(update_fields=["findings", "corrections", "version"])
        draft.version = row.version


def open_desk(draft: ImportDraft) -> Desk:
    """The draft's source and corrected outline."""
    return Desk(
        draft=draft,
        source=source_from_dict(draft.reading),
        outline=outline_from_dict(draft.findings),
        corrections=dict(draft.corrections),
    )


def split(
    *, by: Actor, draft: ImportDraft, version: int, node: str, paragraph: int, offset: int
) -> None:
    """拆分: part an item at a place of the source."""
    with correcting(by=by, draft=draft, version=version) as desk:
        corrections.split(desk.outline, desk.source, node, paragraph, offset)


def merge(*, by: Actor, draft: ImportDraft, version: int, node: str) -> None:
    """合并: join an item to the one before it."""
    with correcting(by=by, draft=draft, version=version) as desk:
        corrections.merge(desk.outline, node)


def make_item(*, by: Actor, draft: ImportDraft, version: int, node: str) -> None:
    """设为任务: a heading or a paragraph becomes an item."""
    with correcting(by=by, draft=draft, version=version) as desk:
        corrections.make_item(desk.outline, desk.source, node)


def make_section(*, by: Actor, draft: ImportDraft, version: int, node: str) -> None:
    """不是任务: an item becomes a heading."""
    with correcting(by=by, draft=draft, version=version) as desk:
        corrections.make_section(desk.outline, node)


def change_level(*, by: Actor, draft: ImportDraft, version: int, node: str, is_up: bool) -> None:
    """升一级、降一级."""
    with correcting(by=by, draft=draft, version=version) as desk:
        corrections.change_level(desk.outline, node, -1 if is_up else 1)


def edit(
    *,
    by: Actor,
    draft: ImportDraft,
    version: int,
    node: str,
    number: str,
    heading: str,
    due: date | str | None = "",
) -> None:
    """Put a node's number, heading and deadline right."""
    with correcting(by=by, draft=draft, version=version) as desk:
        corrections.edit(desk.outline, node, number=number, heading=heading, due=due)


def add_slot(
    *, by: Actor, draft: ImportDraft, version: int, node: str, kind: str, label: str = ""
) -> None:
    """补一个槽位."""
    with correcting(by=by, draft=draft, version=version) as desk:
        corrections.add_slot(desk.outline, node, _slot_kind(kind), label)


def drop_slot(*, by: Actor, draft: ImportDraft, version: int, node: str, position: int) -> None:
    """去掉一个槽位."""
    with correcting(by=by, draft=draft, version=version) as desk:
        corrections.drop_slot(desk.outline, node, position)


def fill_all_slots(*, by: Actor, draft: ImportDraft, version: int) -> None:
    """为每条补充空槽位: all four for every item that has none."""
    with correcting(by=by, draft=draft, version=version) as desk:
        if not corrections.fill_all_slots(desk.outline):
            raise Invalid("每项任务都已有责任槽位，不必补充。")


def set_title(*, by: Actor, draft: ImportDraft, version: int, title: str) -> None:
    """Put the paper's title right."""
    title = " ".join(title.split())
    if not title or len(title) > 200:
        raise Invalid("标题不能为空，且不超过 200 个字，请改正。")
    with correcting(by=by, draft=draft, version=version) as desk:
        desk.outline.title = title


def decide_hints(*, by: Actor, draft: ImportDraft, version: int, accepted: frozenset[int]) -> None:
    """文稿校对: which hints are taken as notes; the file itself is never altered."""
    with correcting(by=by, draft=draft, version=version) as desk:
        known = range(len(desk.outline.hints))
        desk.corrections["hints"] = sorted(accepted & frozenset(known))


def decide_demands(*, by: Actor, draft: ImportDraft, version: int, kept: frozenset[int]) -> None:
    """周期要求: which ones are listed."""
    with correcting(by=by, draft=draft, version=version) as desk:
        known = frozenset(range(len(desk.outline.recurring)))
        desk.corrections["demands_off"] = sorted(known - kept)


def choose(
    *, by: Actor, draft: ImportDraft, version: int, choices: dict[str, Choice | None]
) -> None:
    """Say what values mean: a candidate, something to create, or nothing (未匹配).

    None takes a choice back. A value that the paper does not have is passed over.
    """
    with correcting(by=by, draft=draft, version=version) as desk:
        known = directory(desk.draft.county_id, on=timezone.localdate())
        kept = dict(desk.corrections.get("choices", {}))
        matches = {m.code: m for m in match_values(desk.outline, known, {})}
        for code, choice in choices.items():
            if code not in matches:
                continue
            if choice is None:
                kept.pop(code, None)
                continue
            if choice.key not in ("", LEAVE) and choice.key not in known.by_key:
                raise Invalid(f"“{matches[code].value}”所选的对象已停用，请重新选择。")
            kept[code] = choice.to_dict()
        desk.corrections["choices"] = kept


def start_over(*, by: Actor, draft: ImportDraft, version: int) -> None:
    """还原识别结果: all corrections of the outline are taken back."""
    with correcting(by=by, draft=draft, version=version) as desk:
        kept = {name: desk.corrections[name] for name in ("original", "last_year")}
        desk.outline = outline_from_dict(kept["original"])
        desk.corrections = kept


def discard(*, by: Actor, draft: ImportDraft) -> None:
    """Throw a draft away with its bytes."""
    with acting(by=by) as act:
        act.unchanged()
        row = _locked(by, draft.pk)
        row.delete()


def confirm(
    *,
    by: Actor,
    draft: ImportDraft,
    version: int,
    replace: int | None = None,
    letters: commitments.Choice | None = None,
) -> Paper:
    """确认导入: the draft becomes a paper, or takes the place of paper `replace`.

    One transaction. A repeated request gives the same paper and makes nothing
    more; a draft that was changed since `version` is a `Conflict`. `letters` as of
    `replace_paper`.
    """
    with acting(by=by) as act:
        require(by, Action.PAPER_IMPORT)
        row = _locked(by, draft.pk)
        done = row.corrections.get("paper")
        if done is not None:
            act.unchanged()
            return Paper.objects.get(pk=done, county_id=row.county_id)
        _check_version(row, version)
        desk = open_desk(row)
        paper = _store(act, desk, replace, letters)
        # The desk is cleared; what is left of the draft answers a repeated request.
        row.data, row.reading, row.findings = b"", {}, {}
        row.corrections = {"paper": paper.pk}
        row.save()
    return paper


def _store(act: Act, desk: Desk, replace: int | None, letters: commitments.Choice | None) -> Paper:
    draft = desk.draft
    on = timezone.localdate()
    choices = choices_from(desk.corrections.get("choices", {}))
    known = directory(draft.county_id, on=on)
    matches = match_values(desk.outline, known, choices)
    created = newcomers.create(
        by=act.actor, county=draft.county, matches=matches, directory=known, on=on
    )
    if created:
        known = directory(draft.county_id, on=on)
    keys = {m.code: m.chosen.key for m in matches if m.state == "matched" and m.chosen}
    reading = Reading(
        source=desk.source,
        outline=desk.outline,
        directory=known,
        on=on,
        keys={**keys, **created},
        accepted_hints=frozenset(desk.corrections.get("hints", [])),
        dropped_demands=frozenset(desk.corrections.get("demands_off", [])),
    )
    data = bytes(draft.data)
    if replace is None:
        return write_paper(
            act, county=draft.county, year=draft.year, name=draft.name, data=data, reading=reading
        )
    if not Paper.objects.filter(pk=replace, county_id=draft.county_id, year=draft.year).exists():
        raise NotFound("要替换的意见不在本年度，请返回核对。")
    source = store_source(draft.county, draft.name, data)
    return replace_paper(act, paper_id=replace, source=source, reading=reading, letters=letters)


def _locked(by: Actor, draft_id: int) -> ImportDraft:
    """The draft, locked and read again; only its maker gets it."""
    if by.user is None:
        raise NotFound
    require(by, Action.PAPER_IMPORT)
    row = (
        ImportDraft.objects.select_for_update(of=("self",))
        .select_related("county")
        .visible_to(by.user)
        .without_data()
        .filter(pk=draft_id)
        .first()
    )
    if row is None:
        raise NotFound
    return row


def _check_version(row: ImportDraft, version: int) -> None:
    if row.version != version:
        raise Conflict(
            "这份草稿已在另一个窗口修改，本次修改没有保存。请刷新页面，核对后再改。",
            details={"submitted": version, "current": row.version},
        )


def _slot_kind(kind: str) -> SlotKind:
    try:
        return SlotKind(kind)
    except ValueError:
        raise Refused("请选择槽位的种类。", code="slot_kind") from None

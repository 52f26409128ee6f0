"""实施意见: store one from its outline, without a draft."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.utils import timezone

from accountability import pinyin
from accountability.access import Action
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.models import County, StoredFile
from accountability.refusals import Invalid, NotFound
from accountability.selectors.directory import directory
from accountability.services import bulk, files
from accountability.services.audit import change
from tasks.models import Paper
from tasks.outline.document_number import document_number
from tasks.outline.export import outline_to_dict, source_to_dict
from tasks.outline.model import Outline
from tasks.outline.source import Source
from tasks.selectors.matching import match_values

from . import paper_rows
from .paper_rows import ORDER_STEP, Reading

MAX_ITEMS = 5_000


def store_paper(
    *,
    by: Actor,
    county: County,
    year: int,
    name: str,
    data: bytes,
    source: Source,
    outline: Outline,
    matches: Mapping[str, str] | None = None,
    accepted_hints: frozenset[int] = frozenset(),
    dropped_demands: frozenset[int] = frozenset(),
    on: date | None = None,
    reason: str = "",
) -> Paper:
    """Store a paper with its items, slots and the holders that it names; one transaction.

    `data` are the uploaded bytes, kept unchanged under `name`. `matches` maps
    values (matching.code_of) to keys of the directory on `on` (today) and
    takes precedence; a value that is named there by nothing is matched where
    its name is unambiguous, else its slot stays empty and a note says so.
    """
    day = on or timezone.localdate()
    with acting(by=by, reason=reason) as act:
        require(by, Action.PAPER_IMPORT)
        check_county(by, county)
        known = directory(county, on=day)
        keys = {m.code: m.chosen.key for m in match_values(outline, known, {}) if m.chosen}
        reading = Reading(
            source=source,
            outline=outline,
            directory=known,
            on=day,
            keys={**keys, **(matches or {})},
            accepted_hints=accepted_hints,
            dropped_demands=dropped_demands,
        )
        return write_paper(act, county=county, year=year, name=name, data=data, reading=reading)


def check_county(by: Actor, county: County) -> None:
    """A person writes in the own county alone."""
    user = by.user or by.on_behalf_of
    if user is not None and user.county_id != county.pk:
        raise NotFound


def write_paper(
    act: Act, *, county: County, year: int, name: str, data: bytes, reading: Reading
) -> Paper:
    """The rows of a new paper and its event, inside an open door."""
    outline = reading.outline
    check_outline(outline)
    paper = Paper(
        county=county,
        year=year,
        source=store_source(county, name, data),
        imported_by=act.actor.name,
    )
    set_reading(paper, reading)
    save_paper(paper)
    ordered = paper_rows.ordered_nodes(outline)
    sections = paper_rows.create_sections(paper, ordered, {})
    wanted = [
        (node.item, sections.get(node.parent), (position + 1) * ORDER_STEP)
        for position, node in enumerate(n for n in ordered if n.item is not None)
        if node.item is not None
    ]
    items, slots, holders, units = paper_rows.create_items(paper, wanted, reading)
    demands = bulk.create(paper_rows.demand_rows(paper, reading))
    notes = bulk.create(paper_rows.note_rows(paper, reading))
    act.record(
        "paper.import",
        paper,
        summary=f"导入{year}年度实施意见：{len(items)} 项任务，{slots} 个责任槽位",
        changes=[
            change("source", "原文件", "", f"{name}（SHA-256 {paper.source.sha256}）"),
            change("items", "任务", "", len(items)),
            change("slots", "责任槽位", "", slots),
            change("assignments", "原文已填责任", "", holders),
            change("recurring_demands", "周期要求", "", sum(d.is_kept for d in demands)),
            change("notes", "采纳的文稿校对", "", sum(n.is_accepted for n in notes)),
        ],
        units=sorted(set(units)),
    )
    return paper


def check_outline(outline: Outline) -> None:
    """Raise Invalid where an outline cannot be stored."""
    if not outline.items:
        raise Invalid("没有任务可以导入，请先将正文段落设为任务。")
    if len(outline.items) > MAX_ITEMS:
        raise Invalid(f"任务超过 {MAX_ITEMS} 项，请拆分成几份文件后导入。")


def store_source(county: County, name: str, data: bytes) -> StoredFile:
    """The uploaded bytes, unchanged."""
    suffix = PurePath(name).suffix.lower()
    return files.store(
        county=county,
        name=name,
        data=data,
        content_type=files.CONTENT_TYPES.get(suffix, "application/octet-stream"),
    )


def default_title(year: int) -> str:
    """What a paper is called whose text has no title."""
    return f"{year}年度落实党风廉政建设主体责任实施意见"


def set_reading(paper: Paper, reading: Reading) -> None:
    """Put title, text and findings of a reading on a paper."""
    paper.title = (reading.outline.title or default_title(paper.year))[:200]
    paper.title_pinyin, paper.title_initials = pinyin.text_keys(paper.title)
    paper.source_kind = reading.source.kind
    paper.reading = source_to_dict(reading.source)
    paper.findings = outline_to_dict(reading.outline)
    if not paper.number:
        paper.number = own_number(paper, reading.source)


def own_number(paper: Paper, source: Source) -> str:
    """The number at the paper's head, unless another paper of the county has it."""
    number = document_number(source)
    others = Paper.objects.filter(county=paper.county, number=number).exclude(pk=paper.pk)
    return "" if number and others.exists() else number


def save_paper(paper: Paper) -> None:
    """Validate and save; a broken constraint is a sentence."""
    try:
        paper.full_clean(exclude=["reading", "findings"])
    except ValidationError as error:
        raise Invalid("；".join(error.messages)) from error
    paper.save()

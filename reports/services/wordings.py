"""文书措辞: as the portal ships it, and as a county rewords it; one mechanism for all papers.

A paper's file in `reports/wording/` names its parts, and the places that each
may have: `{姓名}` is filled, an insert stands alone on its line and is
replaced by blocks. A new kind of paper is a file and a `WordedPaper`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.db.models import Max

from accountability.access import Action
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import County
from accountability.refusals import Conflict, Invalid, NotFound
from accountability.services.audit import change
from reports.models import WordedPaper, Wording

SHIPPED = Path(__file__).resolve().parent.parent / "wording"
PLACE = re.compile(r"\{([^{}]*)\}")
MOST_CHARACTERS = 8000


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a paper that can be reworded."""

    key: str
    label: str
    text: str
    hint: str
    places: tuple[str, ...]
    inserts: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    may_be_empty: bool = False

    @property
    def all_places(self) -> tuple[str, ...]:
        """Whatever may stand in braces."""
        return (*self.places, *self.inserts)


@cache
def parts(paper: str) -> dict[str, Part]:
    """The parts of a paper, by key, as they are shipped. Raises `NotFound` for no paper of ours."""
    if paper not in WordedPaper.values:
        raise NotFound
    with (SHIPPED / f"{paper}.toml").open("rb") as file:
        read = tomllib.load(file)
    return {
        key: Part(
            key=key,
            label=part["label"],
            text=part["text"].strip(),
            hint=part.get("hint", read["hint"]),
            places=tuple(read["places"]),
            inserts=tuple(part.get("inserts", ())),
            needed=tuple(part.get("needed", ())),
            may_be_empty=part.get("may_be_empty", False),
        )
        for key, part in read["parts"].items()
    }


def shipped(paper: str) -> dict[str, str]:
    """The wording that comes with the portal, by part."""
    return {key: part.text for key, part in parts(paper).items()}


def wording_of(county: County, paper: str) -> dict[str, str]:
    """The county's latest wording of each part of a paper; one query."""
    found = shipped(paper)
    rows = Wording.objects.filter(county=county, paper=paper).order_by("version")
    found.update((part, text) for part, text in rows.values_list("part", "text") if part in found)
    return found


def versions(county: County, paper: str, part: str) -> list[Wording]:
    """All versions that the county made of a part, the latest first."""
    return list(Wording.objects.filter(county=county, paper=paper, part=part).order_by("-version"))


def checked(paper: str, part: str, text: str) -> str:
    """The wording as it is kept. Raises `Invalid` for an unknown place or a lost one."""
    known = parts(paper).get(part)
    if known is None:
        raise NotFound
    lines = [line.strip() for line in text.replace("\r\n", "\n").split("\n")]
    kept = "\n".join(line for line in lines if line)
    if not kept and not known.may_be_empty:
        raise _invalid("措辞不能为空，请填写内容。")
    if len(kept) > MOST_CHARACTERS:
        raise _invalid(f"措辞不能超过 {MOST_CHARACTERS} 字，请精简。")
    allowed = "、".join(f"{{{name}}}" for name in known.all_places)
    for name in PLACE.findall(kept):
        if name not in known.all_places:
            raise _invalid(f"没有“{{{name}}}”这个填写处，可用的有：{allowed}。")
    if re.search(r"[{}]", PLACE.sub("", kept)):
        raise _invalid(f"花括号须成对，且只用于填写处，可用的有：{allowed}。")
    standing = kept.split("\n")
    for name in known.inserts:
        if f"{{{name}}}" in kept and f"{{{name}}}" not in standing:
            raise _invalid(f"插入处 {{{name}}} 须单独成行。")
    missing = [f"{{{name}}}" for name in known.needed if f"{{{name}}}" not in standing]
    if missing:
        raise _invalid(f"{known.label}须有单独成行的{'、'.join(missing)}，否则文书缺少这部分内容。")
    return kept


def _invalid(sentence: str) -> Invalid:
    return Invalid(sentence, details={"text": [sentence]})


def reword(
    *, by: Actor, county: County, paper: str, part: str, text: str, seen_version: int
) -> Wording | None:
    """Keep a new version of a part's wording; None when nothing is different.

    Papers made before keep their words. `Conflict` when another version was
    saved since `seen_version`.
    """
    with acting(by=by) as act:
        require(by, Action.FORM_MANAGE)
        kept = checked(paper, part, text)
        county = County.objects.select_for_update(no_key=True).get(pk=county.pk)
        if by.user is not None and by.user.county_id != county.pk:
            raise NotFound
        rows = Wording.objects.filter(county=county, paper=paper, part=part)
        last = rows.aggregate(last=Max("version"))["last"] or 0
        if last != seen_version:
            raise Conflict("措辞刚才已由他人修改，请核对最新版本后再保存。")
        before = wording_of(county, paper)[part]
        if before == kept:
            act.unchanged()
            return None
        row = Wording(
            county=county, paper=paper, part=part, version=last + 1, text=kept, made_by=by.name
        )
        row.full_clean()
        row.save()
        label = parts(paper)[part].label
        act.record(
            "wording.edit",
            row,
            summary=f"修改{row.get_paper_display()}措辞“{label}”，第 {row.version} 版",
            changes=[change("text", "内容", before[:200], kept[:200])],
        )
    return row


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with its named places filled; one pass, so that a value is never read again."""
    return PLACE.sub(lambda match: values.get(match[1], match[0]), text)

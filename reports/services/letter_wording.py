"""责任书范本: the wording of letters as it is shipped, and as a county rewords it."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from django.db.models import Max

from accountability.access import Action
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import County
from accountability.refusals import Conflict, Invalid, NotFound
from accountability.services.audit import change
from reports.models import LetterLayer, LetterTemplate

SHIPPED = Path(__file__).resolve().parent.parent / "wording" / "letters.toml"
PLACES = frozenset({"年度", "甲方", "乙方", "单位", "依据", "事项数"})
INSERTS = ("{职责}", "{事项}", "{单位条款}")
PLACE = re.compile(r"\{([^{}]*)\}")
MOST_CHARACTERS = 8000


@cache
def shipped() -> dict[str, str]:
    """The wording that comes with the portal, by layer."""
    with SHIPPED.open("rb") as file:
        return {layer: part["text"].strip() for layer, part in tomllib.load(file).items()}


def wording_of(county: County) -> dict[str, str]:
    """The county's latest wording of each layer; one query."""
    found = dict(shipped())
    for layer, text in (
        LetterTemplate.objects.filter(county=county)
        .order_by("version")
        .values_list("layer", "text")
    ):
        found[layer] = text
    return found


def versions(county: County, layer: str) -> list[LetterTemplate]:
    """All versions that the county made of a layer, the latest first."""
    return list(LetterTemplate.objects.filter(county=county, layer=layer).order_by("-version"))


def checked(layer: str, text: str) -> str:
    """The wording as it is kept. Raises `Invalid` for an unknown place or a lost one."""
    if layer not in LetterLayer.values:
        raise NotFound
    lines = [line.strip() for line in text.replace("\r\n", "\n").split("\n")]
    kept = "\n".join(line for line in lines if line)
    if not kept:
        raise Invalid("范本不能为空，请填写内容。", details={"text": ["请填写内容"]})
    if len(kept) > MOST_CHARACTERS:
        raise Invalid(f"范本不能超过 {MOST_CHARACTERS} 字，请精简。", details={"text": ["过长"]})
    is_frame = layer == LetterLayer.FRAME
    known = PLACES | ({i[1:-1] for i in INSERTS} if is_frame else set())
    strange = [name for name in PLACE.findall(kept) if name not in known]
    if strange:
        sentence = f"没有“{{{strange[0]}}}”这个填写处，可用的有：{'、'.join(sorted(known))}。"
        raise Invalid(sentence, details={"text": [sentence]})
    if is_frame:
        missing = [i for i in ("{职责}", "{事项}") if i not in kept.split("\n")]
        if missing:
            sentence = f"正文框架须有单独成行的{'、'.join(missing)}，否则责任书没有责任内容。"
            raise Invalid(sentence, details={"text": [sentence]})
    return kept


def reword(
    *, by: Actor, county: County, layer: str, text: str, seen_version: int
) -> LetterTemplate | None:
    """Keep a new version of a layer's wording; None when nothing is different.

    Letters made before keep their words; a draft takes them when it is made
    anew. `Conflict` when another version was saved since `seen_version`.
    """
    with acting(by=by) as act:
        require(by, Action.LETTER_EDIT)
        kept = checked(layer, text)
        county = County.objects.select_for_update(no_key=True).get(pk=county.pk)
        if by.user is not None and by.user.county_id != county.pk:
            raise NotFound
        rows = LetterTemplate.objects.filter(county=county, layer=layer)
        last = rows.aggregate(last=Max("version"))["last"] or 0
        if last != seen_version:
            raise Conflict("范本刚才已由他人修改，请核对最新版本后再保存。")
        before = wording_of(county)[layer]
        if before == kept:
            act.unchanged()
            return None
        row = LetterTemplate(
            county=county, layer=layer, version=last + 1, text=kept, made_by=by.name
        )
        row.full_clean()
        row.save()
        act.record(
            "letter.template",
            row,
            summary=f"修改责任书范本“{row.get_layer_display()}”，第 {row.version} 版",
            changes=[change("text", "内容", before[:200], kept[:200])],
        )
    return row


def filled(text: str, values: dict[str, str]) -> str:
    """`text` with its named places filled; one pass, so that a value is never read again."""
    return PLACE.sub(lambda match: values.get(match[1], match[0]), text)

"""Whose red head a letter carries: the organ in whose name its first party gives it."""

from __future__ import annotations

from accountability.models import County, Unit, UnitKind
from reports.models import LetterLevel

PARTY_COMMITTEE = "委"
GOVERNMENT = "政府"
OF_TOWNS = ("镇人民政府", "乡人民政府", "镇政府", "乡政府")


def issuer_of(county: County, level: str, giver: Unit) -> str:
    """The county government's for its members and its units; else the giver's own organ's.

    The directory calls organs as the county does (县委, 县财政局); a red head
    has the full name (GB/T 9704, 7.2.4: 发文机关全称或者规范化简称).
    """
    if level in (LetterLevel.LEADER, LetterLevel.UNIT):
        return county.issuer
    return full_name(county, giver)


def full_name(county: County, giver: Unit) -> str:
    """An organ of the county as a paper signs it: 县政府 is 安和县人民政府."""
    name, place = giver.name, county.name
    if giver.kind == UnitKind.TOWN and name.endswith(("镇", "乡")):
        name = f"{name}人民政府"
    kind = place[-1:]  # 县, 区, 市
    if name == f"{kind}{GOVERNMENT}":
        return county.issuer
    if name == f"{kind}{PARTY_COMMITTEE}":
        return f"中共{place}委员会"
    if name.startswith(f"{kind}{GOVERNMENT}"):
        return f"{place}人民{name.removeprefix(kind)}"
    if name.startswith(kind):
        return f"{place}{name.removeprefix(kind)}"
    return name if name.startswith(place.removesuffix(kind)) else f"{place}{name}"


def keeper_of(issuer: str) -> str:
    """留存单位: the office of a government or a committee; any other organ keeps its own."""
    is_committee = issuer.startswith("中共") and issuer.endswith(f"{PARTY_COMMITTEE}员会")
    is_government = issuer.endswith(GOVERNMENT) and not issuer.endswith(OF_TOWNS)
    return f"{issuer}办公室" if is_committee or is_government else issuer

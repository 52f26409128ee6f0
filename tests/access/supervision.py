"""Supervision for the tests of access: rounds, returns and bulletins, a canary in each."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accountability.services import files
from reports.models import Bulletin
from reports.services import numbers
from tasks.models import Campaign, Return
from tests.world import World

if TYPE_CHECKING:
    from tests.access.people import Scene

NAMES = {
    "campaign": ("running", "desk", "other_county"),
    "return": ("unit", "town", "other_county"),
    "bulletin": ("issued", "desk", "other_county"),
}
DRAW = {"seed": "s", "day": "2026-01-05", "units": [], "inspectors": [], "drawn": []}


def word(kind: str, name: str) -> str:
    """The canary of an object."""
    return f"CANARY{kind}{name}X".upper()


def hidden_from(who: str, seen: dict[tuple[str, str], set[str]]) -> list[str]:
    """The canaries that a principal may see nowhere."""
    return [
        word(kind, name)
        for kind, names in NAMES.items()
        for name in names
        if who not in seen[kind, name]
    ]


def lay(made: Scene) -> None:
    """A running round of two units, one on the office's desk, one over there; their bulletins."""
    home, away = made.home, made.away
    rounds = {
        "running": _campaign(home, "running", "running"),
        "desk": _campaign(home, "desk", "draft"),
        "other_county": _campaign(away, "other_county", "running"),
    }
    returns = {
        name: _return(rounds[of], world, name, unit)
        for name, of, world, unit in (
            ("unit", "running", home, "县财政局"),
            ("town", "running", home, "柳河镇"),
            ("other_county", "other_county", away, "县财政局"),
        )
    }
    bulletins = {
        "issued": _bulletin(rounds["running"], home, "issued"),
        "desk": _bulletin(rounds["desk"], home, "desk"),
        "other_county": _bulletin(rounds["other_county"], away, "other_county"),
    }
    made.kwargs["campaign"] = {n: {"campaign_id": row.pk} for n, row in rounds.items()}
    made.kwargs["return"] = {n: {"return_id": row.pk} for n, row in returns.items()}
    made.kwargs["bulletin"] = {n: {"bulletin_id": row.pk} for n, row in bulletins.items()}
    made.kwargs["bulletin_file"] = {
        n: made.kwargs["bulletin"][n] for n in ("issued", "other_county")
    }


def _campaign(world: World, name: str, state: str) -> Campaign:
    today, is_open = timezone.localdate(), state == "running"
    row = Campaign(
        county=world.county, year=today.year, kind="special", title=f"{word('campaign', name)}督查",
        content="内容", objects_text="各单位", scope="holders", draw=DRAW, starts_on=today,
        due_on=today + timedelta(days=20), state=state, drafted_by=world.users["bangong"],
        opened_on=today if is_open else None,
        approved_at=timezone.now() if is_open else None,
        approved_by=world.users["zhuren"] if is_open else None,
    )  # fmt: skip
    row.save()
    return row


def _return(campaign: Campaign, world: World, name: str, unit: str) -> Return:
    row = Return(
        county=world.county, campaign=campaign, unit=world.units[unit], due_on=campaign.due_on,
        problems=f"{word('return', name)}问题",
    )  # fmt: skip
    row.save()
    return row


def _bulletin(campaign: Campaign, world: World, name: str) -> Bulletin:
    title = f"{word('bulletin', name)}通报"
    values: dict[str, Any] = {}
    if name != "desk":
        file = files.store(
            county=world.county, name=f"{title}.pdf", data=b"x", content_type=files.PDF
        )
        number = numbers.take(county=world.county, kind="circular", year=campaign.year, for_="样张")
        values = {
            "state": "issued", "issued_at": timezone.now(), "issued_by": world.users["zhuren"],
            "number": number, "content": "{}", "digest": "0" * 64, "pdf": file,
        }  # fmt: skip
    data = {"format": 1, "issuer": "", "on": "2026-01-05", "rounds": [], "rows": []}
    row = Bulletin(
        county=world.county, year=campaign.year, kind="round", campaign=campaign,
        layout="circular", title=title, body="正文", data=data,
        drafted_by=world.users["bangong"], **values,
    )  # fmt: skip
    row.save()
    return row

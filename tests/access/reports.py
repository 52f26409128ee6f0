"""Progress for the tests of access: reports, evidence, shares and requests, here and over there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accountability.models import Unit
from accountability.services import files
from tasks.models import Evidence, Extension, Progress, ProgressEvidence, Share, TaskItem
from tests.world import World

if TYPE_CHECKING:
    from tests.access.people import Scene


def progress_of(made: Scene) -> None:
    """What the finance bureau and a town reported; inside the open door of the scene."""
    for where, world, item in (
        ("unit", made.home, made.tasks["unit"]),
        ("other_county", made.away, made.tasks["other_county"]),
    ):
        unit = world.units["县财政局"]
        row = _report(world, item, unit, "caizheng")
        made.kwargs.setdefault("progress", {})[where] = {"progress_id": row.pk}
        _evidence(made, where, world, row)
        asked = Extension(
            county=world.county, item=item, unit=unit, due_before=item.due_on,
            due_wanted=item.due_on.replace(year=item.due_on.year + 1), reason=f"{item.heading}延期",
            asked_by=world.users["caizheng"],
        )  # fmt: skip
        asked.save()
        made.kwargs.setdefault("extension", {})[where] = {"extension_id": asked.pk}
        share = Share(
            county=world.county, item=item, unit=unit, person=world.persons["黄志强"],
            text=f"{item.heading}分工",
        )  # fmt: skip
        share.save()
        made.kwargs.setdefault("share", {})[where] = {"share_id": share.pk}
        _places(made, where, item, unit)
    town = _report(made.home, made.tasks["part"], made.home.units["柳河镇"], "liuhe")
    made.kwargs["progress"]["town"] = {"progress_id": town.pk}
    _places(made, "town", made.tasks["group"], made.home.units["柳河镇"])


def _places(made: Scene, name: str, item: TaskItem, unit: Unit) -> None:
    keys: dict[str, Any] = {"task_id": item.pk, "unit_id": unit.pk}
    made.kwargs.setdefault("task_share", {})[name] = keys
    made.kwargs.setdefault("task_unit", {})[name] = keys | {"period": f"{item.year}Q1"}


def _report(world: World, item: TaskItem, unit: Unit, who: str) -> Progress:
    row = Progress(
        county=world.county, item=item, unit=unit, year=item.year, quarter=1, part="lead",
        text=f"{item.heading}进展", state="submitted", reported_at=timezone.now(),
        reported_by=world.users[who],
    )  # fmt: skip
    row.save()
    return row


def _evidence(made: Scene, where: str, world: World, row: Progress) -> None:
    for name, state in (("unit", "clean"), ("held", "quarantined")):
        data = f"{where}{name}".encode()
        title = f"{row.item.heading}{name}.pdf"
        piece = Evidence(
            county=world.county, unit=row.unit, name=title, digest=f"{name:0>64}", state=state,
            file=files.store(
                county=world.county, name=title, data=data, content_type="application/pdf"
            ),
            mark="正文“机密”标志" if state == "quarantined" else "",
            added_by=world.users["caizheng"],
        )  # fmt: skip
        piece.save()
        if name == "unit":
            ProgressEvidence(progress=row, evidence=piece).save()
        key = where if name == "unit" else name
        if where == "unit" or name == "unit":
            made.kwargs.setdefault("evidence", {})[key] = {"evidence_id": piece.pk}

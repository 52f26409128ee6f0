"""Promises, lists of powers and dispatches for the tests of access, each with its canary."""

from __future__ import annotations

from django.utils import timezone

from accountability.services import files
from reports.models import Dispatch, PowerItem, PowerList, Promise
from reports.services import endorsements, promise_content
from tests.access.people import YEAR, Scene, actor, canary
from tests.world import World


def lay(made: Scene) -> None:
    """Inside an open door."""
    _promises(made)
    _power_lists(made)
    _dispatches(made)


def _promises(made: Scene) -> None:
    home, away = made.home, made.away
    for name, world, person, unit, state in (
        ("review", home, "黄志强", "县财政局", "review"),
        ("desk", home, "曾立", "柳河镇", "draft"),
        ("public", home, "单明", "县住房和城乡建设局", "published"),
        ("other_county", away, "黄志强", "县财政局", "draft"),
    ):
        word = canary(f"promise_{name}")
        row = Promise(
            county=world.county, year=YEAR, kind="integrity", post=world.posts[person],
            person=world.persons[person], unit=world.units[unit], state=state,
            text=f"{word}承诺", made_by="测试",
        )  # fmt: skip
        if state == "published":
            now = timezone.now()
            row.content, row.digest = promise_content.canonical(row, f"〔{YEAR}〕诺-001")
            row.approved_at, row.approved_by = now, "测试"
            row.signed_at, row.signed_by = now, world.users["caizhengju"]
            row.published_at, row.published_by = now, "测试"
            row.file = files.store(
                county=world.county, name="扫描.pdf", data=b"%PDF-1", content_type=files.PDF
            )
        row.save()
        made.texts["promise", name] = word
        made.kwargs.setdefault("promise", {})[name] = {"promise_id": row.pk}
        made.kwargs.setdefault("public_promise", {})[name] = {
            "code": world.county.code, "promise_id": row.pk,
        }  # fmt: skip


def _power_lists(made: Scene) -> None:
    for name, world, unit, state in (
        ("desk", made.home, "县财政局", "draft"),
        ("public", made.home, "县审计局", "published"),
        ("other_county", made.away, "县财政局", "draft"),
    ):
        word, now = canary(f"power_list_{name}"), timezone.now()
        is_out = state == "published"
        row = PowerList(
            county=world.county, unit=world.units[unit], version=1, state=state,
            basis=f"{word}依据", made_by="测试", approved_at=now if is_out else None,
            approved_by="测试" if is_out else "", published_at=now if is_out else None,
            published_by="测试" if is_out else "",
        )  # fmt: skip
        row.save()
        PowerItem(
            power_list=row, position=1, name=f"{word}权力", holder="科长", risk="风险",
            level="high", measures="措施",
        ).save()  # fmt: skip
        made.texts["power_list", name] = word
        made.kwargs.setdefault("power_list", {})[name] = {"list_id": row.pk}
        made.kwargs.setdefault("public_list", {})[name] = {
            "code": world.county.code, "list_id": row.pk,
        }  # fmt: skip


def _dispatches(made: Scene) -> None:
    for name, world in (("own", made.home), ("sent", made.home), ("other_county", made.away)):
        word = canary(f"dispatch_{name}")
        # Of what was sent to be signed the trail names the title; its text is hidden all the same.
        title, body = (word, "请予支持。") if name != "sent" else ("商请", f"{word}请予支持。")
        row = Dispatch(
            county=world.county, year=YEAR, form="letter", mark="试县人民政府办公室",
            title=f"{title}的函", addressee="县财政局", body=body,
            signature="试县人民政府办公室", made_by="测试",
        )  # fmt: skip
        row.save()
        if name == "sent":
            _send(world, row)
        made.texts["dispatch", name] = word
        made.kwargs.setdefault("dispatch", {})[name] = {"dispatch_id": row.pk}


def _send(world: World, row: Dispatch) -> None:
    """To the deputy's seat among others; it is not his turn."""
    endorsements.ask(
        by=actor(world.users["bangong"]),
        dispatch=row,
        kind="dispatch",
        post_ids=[world.posts[n].pk for n in ("许静", "单明", "周建平", "解放")],
    )

"""The makers of what is worded, promised, listed and sent out."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from reports import models as out

from .makers import MAKERS, Book, Maker


def a_promise(book: Book) -> Any:
    world = book.world
    return out.Promise(
        county=world.county, year=3000 + book.next(), kind="integrity",
        post=world.posts["黄志强"], person=world.persons["黄志强"],
        unit=world.units["县财政局"], state="draft", text="承诺", made_by="测试",
    )  # fmt: skip


def a_power_list(book: Book) -> Any:
    return out.PowerList(
        county=book.world.county, unit=book.world.units["县财政局"], version=100 + book.next(),
        state="void", basis="纪要", made_by="测试", ended_on=timezone.localdate(),
        end_note="已修改", ended_by="测试",
    )  # fmt: skip


def a_power_item(book: Book) -> Any:
    power_list = a_power_list(book)
    power_list.save()
    return out.PowerItem(
        power_list=power_list, position=1, name="资金分配", holder="股长", risk="不公开",
        level="high", measures="公示",
    )  # fmt: skip


def a_dispatch(book: Book) -> Any:
    return out.Dispatch(
        county=book.world.county, year=2026, form="letter", mark="办公室",
        title=f"第{book.next()}件函", addressee="县财政局", body="请支持。", signature="办公室",
        made_by="测试",
    )  # fmt: skip


def a_wording(book: Book) -> Any:
    return out.Wording(
        county=book.world.county, paper="promise", part="unit", version=book.next(),
        text="措辞", made_by="测试",
    )  # fmt: skip


MAKERS.update(
    {
        "reports.Promise": Maker(a_promise, "reason"),
        "reports.PowerList": Maker(a_power_list, "end_note"),
        "reports.PowerItem": Maker(a_power_item, "measures"),
        "reports.Dispatch": Maker(a_dispatch, "title"),
        "reports.Wording": Maker(a_wording, "text"),
    }
)

"""The makers of supervision: rounds, their parts, returns, bulletins."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from reports import models as out
from tasks import models as what

from .makers import MAKERS, Book, Maker

DAY = date(2026, 3, 25)


def a_campaign(book: Book) -> Any:
    return what.Campaign(
        county=book.world.county, year=2026, kind="special", title=f"专项督查{book.next()}",
        content="内容", objects_text="各单位", scope="holders", starts_on=DAY, due_on=DAY,
        drafted_by=book.world.users["bangong"],
    )  # fmt: skip


def a_saved_campaign(book: Book) -> Any:
    row = a_campaign(book)
    row.save()
    return row


def a_return(book: Book) -> Any:
    return what.Return(
        county=book.world.county, campaign=a_saved_campaign(book),
        unit=book.world.units["县财政局"], due_on=DAY,
    )  # fmt: skip


def a_bulletin(book: Book) -> Any:
    number = MAKERS["reports.DocumentNumber"].make(book)
    number.save()
    return out.Bulletin(
        county=book.world.county, year=2026, kind="round", campaign=a_saved_campaign(book),
        layout="circular", title="通报", body="正文", data={"rows": []}, state="issued",
        drafted_by=book.world.users["bangong"], issued_at=timezone.now(),
        issued_by=book.world.users["zhuren"], number=number, content="{}", digest="0" * 64,
    )  # fmt: skip


MAKERS.update(
    {
        "tasks.Campaign": Maker(a_campaign, "title"),
        "tasks.CampaignItem": Maker(
            lambda b: what.CampaignItem(campaign=a_saved_campaign(b), item=b.made.items[0]),
            "item_id",
            lambda b: b.made.items[1].pk,
        ),
        "tasks.CampaignMember": Maker(
            lambda b: what.CampaignMember(
                campaign=a_saved_campaign(b), person=b.world.persons["罗文涛"]
            ),
            "person_id",
            lambda b: b.world.persons["许静"].pk,
        ),
        "tasks.Return": Maker(a_return, "problems"),
        "reports.Bulletin": Maker(a_bulletin, "title"),
    }
)

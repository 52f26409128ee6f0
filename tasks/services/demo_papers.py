"""The demo county's own opinions (实施意见), read and handed out as any other paper.

Last year's is filled, issued and finished, so that 沿用上年 has something to
take; this year's is partly filled: what is complete is handed out, the rest
waits in 任务分解 for the newcomer.
"""

from __future__ import annotations

from datetime import date

from accountability.demo.loader import Loaded
from accountability.demo.make_opinion import Opinion, opinion_docx, opinion_text
from accountability.door import Actor
from tasks.models import Paper
from tasks.outline.analyse import analyse
from tasks.outline.readers import read

from . import issue, task_items
from .papers import store_paper

COUNTY = "安和县"  # the opinions are its own
CLERK = "bangong"
FINISHED = "上年度考核已确认"


def load(*, loaded: Loaded) -> list[Paper]:
    """Import both opinions of a county that was just loaded; none for another county."""
    if loaded.county.name != COUNTY:
        return []
    before = load_previous(loaded=loaded)
    clerk = clerk_of(loaded)
    now = _import(by=clerk, year=loaded.demo.year, opinion=Opinion.CURRENT)
    issue.issue(by=clerk, paper=now)
    return [before, now]


def load_previous(*, loaded: Loaded) -> Paper:
    """Last year's opinion alone: filled, issued, and all its tasks finished."""
    clerk = clerk_of(loaded)
    year = loaded.demo.year - 1
    paper = _import(by=clerk, year=year, opinion=Opinion.PREVIOUS)
    number = opinion_text(year, Opinion.PREVIOUS).splitlines()[1]
    issue.issue(by=clerk, paper=paper, number=number)
    for item in paper.items.order_by("order"):
        task_items.mark_done(by=clerk, item=item, reason=FINISHED, version=item.version)
    return paper


def clerk_of(loaded: Loaded) -> Actor:
    """The demo's office clerk as actor."""
    user = loaded.users[CLERK]
    return Actor(
        key=f"user:{user.pk}",
        name=user.display_name,
        user=user,
        post="科员",
        unit="县政府办公室督查室",
        county=loaded.county,
    )


def _import(*, by: Actor, year: int, opinion: Opinion) -> Paper:
    name = f"安和县{year}年度实施意见.docx"
    data = opinion_docx(year, opinion)
    source = read(data, name)
    assert by.county is not None
    return store_paper(
        by=by,
        county=by.county,
        year=year,
        name=name,
        data=data,
        source=source,
        outline=analyse(source, year=year),
        on=date(year, 3, 28) if opinion is Opinion.PREVIOUS else None,
    )

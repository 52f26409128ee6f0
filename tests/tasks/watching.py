"""Notices and findings for tests: drafted, sent, answered by the county of tests.world."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from accountability.door import Actor
from accountability.models import User
from tasks.models import Finding, Notice
from tasks.services import findings, notices
from tests.world import World

# A Monday without holidays near it, so that working days are easy to count.
DAY = date(2026, 11, 9)


def at(day: date = DAY) -> datetime:
    """Ten in the morning of a day."""
    return timezone.make_aware(datetime.combine(day, time(10)))


class Desk:
    """`desk("bangong")` is that account as actor, its scope as of now."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __call__(self, name: str) -> Actor:
        user = User.objects.get(pk=self.world.users[name].pk)
        return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=user.county)

    def draft(self, *units: str, **values: Any) -> list[Notice]:
        """Drafts by the clerk, one for each unit."""
        given: dict[str, Any] = {
            "kind": "supervision", "title": "规范票据管理", "demand": "核对三季度票据，报送结果。",
            "source_kind": "meeting",
        }  # fmt: skip
        item = values.pop("item_id", None)
        return notices.draft(
            by=self("bangong"),
            content=notices.Content(**(given | values)),
            unit_ids=[self.world.units[u].pk for u in units or ("县财政局",)],
            item_id=item,
            now=at(),
        )

    def sent(self, *units: str, **values: Any) -> list[Notice]:
        """The same, sent by the head."""
        rows = self.draft(*units, **values)
        ids = [row.pk for row in rows]
        return notices.issue(by=self("zhuren"), notice_ids=ids, now=at())

    def found(self, unit: str = "县财政局", **values: Any) -> Finding:
        """A draft of a finding, by the clerk."""
        given: dict[str, Any] = {
            "title": "票据存根缺号", "facts": "抽查 30 本存根，2 本缺号未说明。",
            "basis": "票据管理办法第九条", "rectify_by": date(2026, 12, 10),
            "source_kind": "campaign", "source_text": "四季度督查",
        }  # fmt: skip
        return findings.draft(
            by=self("bangong"),
            content=findings.Content(**(given | values)),
            unit_id=self.world.units[unit].pk,
            now=at(),
        )

    def standing(self, unit: str = "县财政局", **values: Any) -> Finding:
        """A finding from outside that stands: the unit has it to put right."""
        outside = {
            "source_kind": "tour", "source_text": "巡察一组反馈意见",
            "source_on": date(2026, 11, 1),
        }  # fmt: skip
        row = self.found(unit, **(outside | values))
        return findings.establish(by=self("bangong"), finding_id=row.pk, now=at())

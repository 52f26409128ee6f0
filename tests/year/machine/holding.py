"""What must hold after every step, whatever was done in whatever order (security.md 2.7)."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone
from hypothesis.stateful import invariant

from accountability.access import scope_of
from accountability.models import OutboxMessage, Person, Tenure, User
from accountability.models.dated import holds_on
from accountability.trail.verify import verify
from reports.models import DocumentNumber, Letter
from tasks.models import Campaign, Finding, Notice, Part, Progress, Return, Share, TaskItem
from tasks.selectors import shares
from tasks.selectors.lights import of_county, verdicts
from tasks.selectors.report_days import report_days
from tests.access.sound import assert_rights_are_sound

from .book import Row
from .desk import PEOPLE, Desk

REMINDERS = ("notice.reminder", "rectification.reminder", "campaign.remind")
LOOKED_EVERY = 10


class Holding(Desk):
    """The cheap ones after each step; the whole book, rights and sight now and then."""

    steps = 0

    @invariant()
    def holds(self) -> None:
        self.what_was_acknowledged_stands()
        self.each_quarter_has_its_round_once()
        self.numbers_run_on()
        self.nobody_is_told_twice()
        self.hands_are_apart()
        self.a_round_has_each_unit_once()
        self.duties_are_there_once()
        self.lights_are_computed()
        self.shares_roll_up()
        self.steps += 1
        if self.steps % LOOKED_EVERY == 0:
            self.the_book_and_the_rights_are_sound()

    def what_was_acknowledged_stands(self) -> None:
        """I1, I8."""
        self.assert_kept()

    def each_quarter_has_its_round_once(self) -> None:
        """I3, I4: whatever was slept through, and however often the schedule ran."""
        found = Counter(
            (row["year"], row["period"])
            for row in self.rows("tasks_campaign")
            if row["kind"] == "quarterly"
        )
        assert set(found.values()) <= {1}
        assert set(found) == self.due_by_now()

    def due_by_now(self) -> set[tuple[int, int]]:
        """The quarters whose round opens by the last day on which the schedule ran."""
        if self.ran_on is None:
            return set()
        year = self.ran_on.year
        opens = {(y, n): date(y, n * 3, 25) for y in (year - 1, year) for n in (1, 2, 3, 4)}
        began = self.world.county.started_on
        return {key for key, day in opens.items() if began <= day <= self.ran_on}

    def numbers_run_on(self) -> None:
        """Each kind and year from one on without a gap; what is void keeps its number."""
        found: dict[int, list[int]] = defaultdict(list)
        rows = DocumentNumber.objects.order_by("series", "ordinal")
        for series, ordinal in rows.values_list("series", "ordinal"):
            found[series].append(ordinal)
        for key, ordinals in found.items():
            assert ordinals == list(range(1, len(ordinals) + 1)), key
        serials = sorted((row["year"], row["serial"]) for row in self.rows("tasks_finding"))
        counted: Counter[int] = Counter()
        for year, serial in serials:
            counted[year] += 1
            assert serial == counted[year], "整改台账 has a gap"
        sent = [row for row in self.rows("tasks_notice") if row["issued_at"]]
        assert len({row["number"] for row in sent}) == len(sent)
        assert all(not row["number"] for row in self.rows("tasks_notice") if not row["issued_at"])

    def nobody_is_told_twice(self) -> None:
        """No message twice, no third reminder within a clock, nothing to who has left."""
        of = ("person_id", "rule", "on", "about_type", "about_id")
        messages = list(OutboxMessage.objects.order_by().values_list(*of))
        assert [key for key, n in Counter(messages).items() if n > 1] == []
        urged: Counter[tuple[Any, ...]] = Counter()
        for person, rule, _, kind, pk in messages:
            if rule.startswith(REMINDERS):
                urged[person, rule.rpartition(":")[0], kind, pk] += 1
        assert set(urged.values()) <= {1, 2}, "a third reminder"
        for table in ("tasks_return", "accountability_duty", "reports_letter"):
            assert all(row["reminders"] <= 2 for row in self.rows(table)), table
        for person, told in self.told_before.items():
            left = Person.objects.get(pk=person).retired_on
            later = OutboxMessage.objects.filter(person=person, id__gt=told, on__gte=left)
            assert not later.exists(), "told after leaving"

    def hands_are_apart(self) -> None:
        """Drafter ≠ sender, answerer ≠ re-checker ≠ who strikes off, drafter ≠ approver."""
        apart = {
            "tasks_notice": (("made_by_id", "issued_by_id"), ("answered_by_id", "rechecked_by_id"),
                             ("rechecked_by_id", "struck_by_id")),
            "tasks_rectification": (("reported_by_id", "rechecked_by_id"),
                                    ("rechecked_by_id", "struck_by_id")),
            "tasks_progress": (("reported_by_id", "confirmed_by_id"),
                               ("reported_by_id", "reviewed_by_id")),
            "tasks_extension": (("asked_by_id", "decided_by_id"),),
            "tasks_campaign": (("drafted_by_id", "approved_by_id"),),
            "reports_bulletin": (("drafted_by_id", "issued_by_id"),),
        }  # fmt: skip
        for table, pairs in apart.items():
            for row in self.rows(table):
                for one, other in pairs:
                    assert row[one] is None or row[one] != row[other], (table, row["id"], one)

    def a_round_has_each_unit_once(self) -> None:
        """I3: one return for a unit and round; frozen content stays while it is handed in."""
        pairs = [(row["campaign_id"], row["unit_id"]) for row in self.rows("tasks_return")]
        assert len(set(pairs)) == len(pairs)
        open_rounds = {
            row["id"] for row in self.rows("tasks_campaign")
            if row["state"] in ("running", "concluded", "void")
        }  # fmt: skip
        assert {campaign for campaign, _ in pairs} <= open_rounds

    def duties_are_there_once(self) -> None:
        of = [(r["rule_id"], r["period"], r["unit_id"], r["post_id"]) for r in self.duties()]
        assert len(set(of)) == len(of)

    def duties(self) -> list[Row]:
        return self.rows("accountability_duty")

    def lights_are_computed(self) -> None:
        """The list's light, the page's and the rule said once more here are one."""
        threshold = report_days(self.world.county.pk).threshold(self.day)
        listed = dict(
            of_county(TaskItem.objects.all(), self.world.county.pk, on=self.day)
            .order_by()
            .values_list("pk", "light")
        )
        told = verdicts(list(listed), on=self.day)
        for row in self.rows("tasks_taskitem"):
            mine = self.light_of(row, threshold.horizon)
            assert listed[row["id"]] == told[row["id"]].light == mine, row["number"]

    def light_of(self, task: Row, horizon: date) -> str:
        reports = [r for r in self.rows("tasks_progress") if r["item_id"] == task["id"]]
        if task["state"] != "issued":
            return {"done": "done", "draft": "idle"}[task["state"]]
        due = date.fromisoformat(task["due_on"])
        done = any(
            r["state"] == "approved" and r["part"] == Part.LEAD and r["percent"] == 100
            for r in reports
        )
        steps = (
            (bool(task["set_light"]), task["set_light"]),
            (due < self.day, "red"),
            (any(r["state"] == "returned" for r in reports), "yellow"),
            (due < horizon and not done, "yellow"),
            (all(r["state"] == "draft" for r in reports), "idle"),
        )
        return next((light for holds, light in steps if holds), "green")

    def shares_roll_up(self) -> None:
        """The unit's page shows the mean of what its sections and persons reported."""
        parts: dict[tuple[int, int], list[int]] = defaultdict(list)
        for row in self.rows("tasks_share"):
            if not bool(row["is_dropped"]):
                parts[row["item_id"], row["unit_id"]].append(row["percent"])
        if not parts:
            return
        (item, unit), percents = sorted(parts.items())[self.steps % len(parts)]
        share = Share.objects.kept().filter(item=item, unit=unit).select_related("item", "unit")
        first = share[0]
        clerk = User.objects.get(pk=self.world.users["bangong"].pk)
        page = shares.page(clerk, first.item, first.unit)
        assert page["mean"] == sum(percents) // len(percents)

    # --- now and then ---------------------------------------------------------------
    def the_book_and_the_rights_are_sound(self) -> None:
        """I2, I5, I9: the chain, each live row, the rights, and who sees what."""
        if connection.vendor == "postgresql":
            # Links are made at commit, which never comes here.
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        report = verify(trust_outside=False, check_triggers=False)
        assert report.faults == [], report.faults[:3]
        self.tally.verified += report.rows
        assert_rights_are_sound()
        for name in PEOPLE:
            self.assert_sight(self.user(name))

    def assert_sight(self, user: User) -> None:
        """Who is disabled or sits nowhere sees nothing by that way; the others what is theirs."""
        scope = scope_of(user)
        seen: dict[str, set[Any]] = {
            model.__name__: {row.pk for row in model._default_manager.visible_to(user).only("pk")}
            for model in SEEN
        }
        if not user.is_active or not scope.roles:
            assert not any(seen.values()), (user.username, seen)
            return
        if scope.sees_whole_county:
            assert seen["TaskItem"] == set(self.items)
            return
        seats = Tenure.objects.filter(
            holds_on(timezone.localdate()), person_id=user.person_id
        ).values_list("post_id", flat=True)
        assert scope.own_post_ids <= set(seats), "a seat that was left"
        units = scope.unit_ids | scope.portfolio_unit_ids | scope.inspected_unit_ids
        if not units and not scope.post_ids:
            assert not any(seen.values()), (user.username, seen)
        for table, name in (("tasks_notice", "Notice"), ("tasks_finding", "Finding")):
            of = {row["id"]: row["unit_id"] for row in self.rows(table)}
            assert all(of[pk] in units for pk in seen[name]), (user.username, name)


SEEN: tuple[Any, ...] = (TaskItem, Campaign, Return, Progress, Notice, Finding, Letter)

"""Who answers: slots filled and handed over, groups, seats taken and left, accounts, roles."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Max
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from accountability.models import OutboxMessage, Person, RoleGrant, Tenure, Unit, UnitGroup
from accountability.models.dated import holds_on
from accountability.services import accounts, groups, persons, tenures
from accountability.services import grants as roles
from accountability.services.commitments import Choice
from tasks.models import ItemSlot, Paper, TaskItem
from tasks.services import handover, slots

from .desk import Desk, mostly, which, yes_or_no

SLOT, USER = "tasks_itemslot", "accountability_user"
CARRIERS = ("县财政局", "县审计局", "县住房和城乡建设局", "柳河镇")
TOWNS = ("柳河镇", "石桥镇", "长岭乡")
SEATED = ("周建平", "李明华", "黄志强", "曾立")
# Accounts that the machine may disable, with the seats and roles that they hold.
LENT = ("caizheng", "fuxianzhang", "jiwei")
# Rights are dated by the clock, as a person's request is; the machine's days are the schedule's.
carriers = st.sampled_from(CARRIERS)
# So that the year goes on with somebody in it.
rarely = st.integers(0, 3).map(lambda n: n == 0)


class PeopleRules(Desk):
    """The directory, the slots and the accounts change under the year's work."""

    @rule(place=which, by=mostly("bangong"), unit=carriers, stale=which)
    def fill_slot(self, place: int, by: str, unit: str, stale: int) -> None:
        """One unit in a task's 牵头单位 or 责任单位; what is read stale is a conflict."""
        found = [s for s in self.rows(SLOT) if s["kind"] in ("lead_unit", "responsible_unit")]
        slot = found[place % len(found)]
        item = self.row("tasks_taskitem", slot["item_id"])
        paper = Paper.objects.get(pk=item["paper_id"])
        change = slots.CellChange(
            slot["id"], (f"u{self.unit(unit)}",), slot["version"] - (stale > 90)
        )
        done = self.attempt("fill slot", lambda: slots.fill(
            by=self.by(by), paper=paper,
            changes=slots.Changes(cells=[change], reason="会议纪要", letters=Choice())),
            told=False)  # fmt: skip
        if done is not None:
            stored = ItemSlot.objects.get(pk=slot["id"])
            assert done["cells"] == {str(stored.pk): stored.version}

    @rule(place=which, by=mostly("bangong"), days=st.integers(1, 40))
    def move_deadline(self, place: int, by: str, days: int) -> None:
        item = TaskItem.objects.get(pk=self.items[place % len(self.items)])
        due = slots.DueChange(item.pk, self.later(days), item.version)
        done = self.attempt("move deadline", lambda: slots.fill(
            by=self.by(by), paper=item.paper,
            changes=slots.Changes(dues=[due], reason="会议纪要", letters=Choice())),
            told=False)  # fmt: skip
        if done is not None:
            assert TaskItem.objects.get(pk=item.pk).due_on == due.due

    @rule(by=mostly("bangong"), giver=carriers, taker=carriers)
    def hand_over(self, by: str, giver: str, taker: str) -> None:
        self.attempt("hand over", lambda: handover.reassign(
            by=self.by(by), county=self.world.county, source=f"u{self.unit(giver)}",
            target=f"u{self.unit(taker)}", day=timezone.localdate(), reason="职能调整",
            letters=Choice()))  # fmt: skip

    @rule(by=mostly("bangong"), towns=st.sets(st.sampled_from(TOWNS), min_size=1))
    def change_group(self, by: str, towns: set[str]) -> None:
        group = UnitGroup.objects.get(pk=self.world.groups["各乡镇"].pk)
        members = [Unit.objects.get(pk=self.unit(name)) for name in sorted(towns)]
        self.attempt("change group", lambda: groups.set_members(
            by=self.by(by), group=group, units=members, day=timezone.localdate(),
            letters=Choice()), told=False)  # fmt: skip

    @rule(by=mostly("bangong"), seat=st.sampled_from(SEATED), who=st.sampled_from(SEATED))
    def take_up_post(self, by: str, seat: str, who: str) -> None:
        """Who sat there leaves the seat the same day; what is laid on it stays on it."""
        post, person = self.world.posts[seat], Person.objects.get(pk=self.world.persons[who].pk)
        done = self.attempt("take up post", lambda: tenures.appoint(
            by=self.by(by), post=post, person=person, day=timezone.localdate()))  # fmt: skip
        if done is not None:
            now = timezone.localdate()
            sitting = Tenure.objects.filter(holds_on(now), post=post)
            assert [t.person_id for t in sitting] == [person.pk]

    @rule(by=mostly("bangong"), seat=st.sampled_from(SEATED), ahead=st.sampled_from([0, 0, 10]),
          now=rarely)  # fmt: skip
    def leave_post(self, by: str, seat: str, ahead: int, now: bool) -> None:
        today = timezone.localdate()
        sitting = Tenure.objects.filter(holds_on(today), post=self.world.posts[seat]).first()
        if sitting is not None and now:
            self.attempt("leave post", lambda: tenures.end(
                by=self.by(by), tenure=sitting, day=today + timedelta(days=ahead)))  # fmt: skip

    @rule(by=mostly("bangong"), who=st.sampled_from(["刘芳", "李明华", "吴霞"]), now=rarely)
    def leave_county(self, by: str, who: str, now: bool) -> None:
        """Rarely: a person leaves on the machine's day, and is told nothing from then on."""
        person = Person.objects.get(pk=self.world.persons[who].pk)
        if not now:
            return
        told = OutboxMessage.objects.aggregate(last=Max("id"))["last"] or 0
        done = self.attempt("leave county", lambda: persons.retire(
            by=self.by(by), person=person, day=self.day))  # fmt: skip
        if done is not None:
            self.told_before[person.pk] = told

    @rule(who=mostly("xitong"), name=st.sampled_from(LENT), is_active=yes_or_no, now=rarely)
    def switch_account(self, who: str, name: str, is_active: bool, now: bool) -> None:
        user = self.user(name)
        if not now:
            return
        done = self.attempt("switch account", lambda: accounts.set_active(
            by=self.by(who), user_id=user.pk, is_active=is_active, reason="休假"))  # fmt: skip
        if done is not None:
            self.keep(USER, user.pk, is_active=self.row(USER, user.pk)["is_active"])
            assert bool(self.row(USER, user.pk)["is_active"]) == is_active

    @precondition(lambda self: any(not bool(u["is_active"]) for u in self.rows(USER)))
    @rule()
    def enable_all(self) -> None:
        for name in LENT:
            user = self.user(name)
            if not user.is_active:
                self.attempt("switch account", lambda pk=user.pk: accounts.set_active(
                    by=self.by("xitong"), user_id=pk, is_active=True,
                    reason="返岗"))  # fmt: skip
                self.keep(USER, user.pk, is_active=self.row(USER, user.pk)["is_active"])

    @rule(who=mostly("anquan"), name=st.sampled_from(LENT), now=rarely)
    def end_role(self, who: str, name: str, now: bool) -> None:
        grant = (
            RoleGrant.objects.filter(holds_on(timezone.localdate()), user=self.user(name))
            .order_by("id")
            .first()
        )
        if grant is not None and now:
            self.attempt("end role", lambda: roles.end(
                by=self.by(who), grant_id=grant.pk, reason="岗位调整"))  # fmt: skip

    @rule(who=mostly("anquan"), name=st.sampled_from(LENT), unit=carriers)
    def grant_role(self, who: str, name: str, unit: str) -> None:
        role = {"caizheng": "liaison", "fuxianzhang": "leader", "jiwei": "inspector"}[name]
        of = self.world.units[unit] if role == "liaison" else None
        self.attempt("grant role", lambda: roles.grant(
            by=self.by(who), user=self.user(name), role=role, unit=of,
            reason="任命文件"))  # fmt: skip

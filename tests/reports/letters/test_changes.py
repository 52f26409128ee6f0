"""Change control: after signing only what a letter prints counts."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accountability.door import Actor, acting
from accountability.models import AuditEvent, Unit, UnitGroup
from accountability.refusals import Invalid
from accountability.services import groups
from reports.models import Letter, LetterState
from reports.services import letter_files, letter_signing, letter_succession
from reports.services.letter_changes import LetterKeeper
from reports.services.letter_content import read
from tasks.models import Assignment, ItemSlot, TaskItem
from tasks.services import slots, split, task_items
from tasks.services.commitments import Choice, LettersConcerned
from tasks.services.slots import CellChange, Changes, DueChange
from tests.reports.letters.conftest import OFFICE, YEAR, Act, Sign
from tests.reports.letters.keyring import PIN, TestKeyring
from tests.task_factory import MadePaper
from tests.world import World

pytestmark = pytest.mark.django_db


def moved(paper: MadePaper, world: World, choice: Choice | None) -> Changes:
    """The first task's 牵头单位 becomes 县审计局."""
    slot = ItemSlot.objects.get(item=paper.items[0], kind="lead_unit")
    key = f"u{world.units['县审计局'].pk}"
    return Changes(cells=[CellChange(slot.pk, (key,), slot.version)], letters=choice)


def test_an_extension_is_a_numbered_annex(
    effective: Letter, paper: MadePaper, act: Act, sent: dict[str, Letter]
) -> None:
    before = effective.digest
    for day, version in ((date(YEAR, 11, 20), 1), (date(YEAR, 11, 28), 2)):
        task_items.change_due(
            by=act(OFFICE), item=paper.items[0], due_on=day, due_text="",
            reason="政府常务会议纪要第9号", version=version,
        )  # fmt: skip
    effective.refresh_from_db()
    assert effective.state == LetterState.EFFECTIVE
    assert effective.digest == before
    assert not effective.is_changed
    first, second = effective.annexes.order_by("serial")
    assert (first.serial, second.serial) == (1, 2)
    assert "调整为11月20日" in first.text
    assert "由11月20日调整为11月28日" in second.text
    assert first.basis == "政府常务会议纪要第9号"
    # A letter that nobody signed is made anew instead.
    town = sent["曾立"]
    town.refresh_from_db()
    assert not town.annexes.exists()
    assert "11月28日" in town.content
    assert town.revision == 3


def test_another_change_is_asked_before_it_is_saved(
    effective: Letter, paper: MadePaper, act: Act, world: World
) -> None:
    with pytest.raises(LettersConcerned, match="影响 1 份责任书") as refusal:
        slots.fill(by=act(OFFICE), paper=paper.paper, changes=moved(paper, world, None))
    assert [row["id"] for row in refusal.value.details["letters"]] == [effective.pk]
    slot = ItemSlot.objects.get(item=paper.items[0], kind="lead_unit")
    assert slot.version == 1
    effective.refresh_from_db()
    assert effective.state == LetterState.EFFECTIVE
    assert not effective.is_changed


def test_the_chosen_lapse_and_the_rest_are_marked(
    effective: Letter, paper: MadePaper, act: Act, world: World
) -> None:
    with pytest.raises(Invalid, match="失效的原因"):
        slots.fill(
            by=act(OFFICE),
            paper=paper.paper,
            changes=moved(paper, world, Choice(frozenset({effective.pk}))),
        )
    slots.fill(by=act(OFFICE), paper=paper.paper, changes=moved(paper, world, Choice()))
    effective.refresh_from_db()
    assert effective.state == LetterState.EFFECTIVE
    assert effective.is_changed
    item = TaskItem.objects.get(pk=paper.items[1].pk)
    choice = Choice(frozenset({effective.pk}), "分工调整通知第2号")
    task_items.void(
        by=act(OFFICE), item=item, reason="并入其他事项", version=item.version, choice=choice
    )
    effective.refresh_from_db()
    assert effective.state == LetterState.STALE
    assert effective.reason == "分工调整通知第2号"
    assert effective.file is not None  # the old one stays readable
    assert AuditEvent.objects.filter(action="letter.stale", target_id=effective.pk).exists()


def test_who_reads_a_waiting_letter_is_told_of_the_change(
    sent: dict[str, Letter], paper: MadePaper, act: Act, world: World, keyring: TestKeyring
) -> None:
    letter = sent["黄志强"]
    shown = letter.digest
    slots.fill(by=act(OFFICE), paper=paper.paper, changes=moved(paper, world, None))
    letter.refresh_from_db()
    assert letter.digest != shown
    assert letter.state == LetterState.WAIT_A
    assert read(letter.content)["items"][0]["part"] == "责任人员"
    with pytest.raises(letter_signing.Conflict, match="已更新"):
        letter_signing.sign(by=act("fuxianzhang"), letter=letter, digest=shown, pin=PIN)


def test_what_the_letter_does_not_print_changes_nothing(
    effective: Letter, paper: MadePaper, act: Act
) -> None:
    task_items.change_measure(
        by=act(OFFICE), item=paper.items[0], measure="有台账可查", reason="纪要", version=1
    )
    effective.refresh_from_db()
    assert not effective.is_changed
    assert not effective.annexes.exists()


def test_a_job_is_not_asked_but_marks(effective: Letter, paper: MadePaper, world: World) -> None:
    slots.fill(by=Actor.system("test"), paper=paper.paper, changes=moved(paper, world, None))
    effective.refresh_from_db()
    assert effective.is_changed


def correct(paper: MadePaper, act: Act, text: str, choice: Choice | None = None) -> TaskItem:
    """The first task's wording becomes `text`."""
    item = TaskItem.objects.get(pk=paper.items[0].pk)
    return task_items.correct(
        by=act(OFFICE), item=item, heading=item.heading, text=text, reason="校对勘误",
        version=item.version, choice=choice,
    )  # fmt: skip


def test_a_slip_goes_into_an_annex_and_nothing_more_does(
    effective: Letter, paper: MadePaper, act: Act, sent: dict[str, Letter]
) -> None:
    paper.items[0].refresh_from_db()
    text = paper.items[0].text or paper.items[0].heading
    correct(paper, act, f"{text}。", Choice())
    effective.refresh_from_db()
    first = effective.annexes.get()
    assert "更正为" in first.text
    assert first.values == {"text": f"{text}。"}
    assert first.basis == "校对勘误"
    assert not effective.is_changed
    town = Letter.objects.get(pk=sent["曾立"].pk)  # nobody signed it: made anew
    assert f"{text}。" in town.content
    assert letter_files.annex_pdf(effective) == letter_files.annex_pdf(effective)
    with pytest.raises(LettersConcerned):
        correct(paper, act, f"{text}，另行增加一项从未有过的工作任务。")
    assert effective.annexes.count() == 1
    # An annexed wording is what the letter prints from then on.
    slot = ItemSlot.objects.get(item=paper.items[0], kind="lead_unit")
    slots.fill(
        by=act(OFFICE),
        paper=paper.paper,
        changes=Changes(cells=[CellChange(slot.pk, (), slot.version)], letters=Choice()),
    )
    effective.refresh_from_db()
    assert effective.is_changed
    assert effective.annexes.count() == 1


def test_the_grids_deadline_is_an_annex_too(
    effective: Letter, paper: MadePaper, act: Act, world: World
) -> None:
    item = TaskItem.objects.get(pk=paper.items[0].pk)
    dues = [DueChange(item.pk, date(YEAR, 11, 20), item.version)]
    changes = Changes(dues=dues, reason="政府常务会议纪要第9号")
    slots.fill(by=act(OFFICE), paper=paper.paper, changes=changes)
    assert effective.annexes.get().values == {"due": "11月20日"}
    # The annexed deadline alone is no difference when something else is changed.
    with acting(by=act(OFFICE)) as door:
        door.unchanged()
        LetterKeeper().settle(door, [item.pk], None)


def test_a_letter_that_was_not_shown_is_asked_about(
    effective: Letter, paper: MadePaper, act: Act, world: World
) -> None:
    stale = Choice(frozenset(), "", frozenset({effective.pk + 1000}))
    with pytest.raises(LettersConcerned):
        slots.fill(by=act(OFFICE), paper=paper.paper, changes=moved(paper, world, stale))
    seen = Choice(frozenset(), "", frozenset({effective.pk}))
    slots.fill(by=act(OFFICE), paper=paper.paper, changes=moved(paper, world, seen))
    effective.refresh_from_db()
    assert effective.is_changed


def sub_of(paper: MadePaper, act: Act, world: World) -> TaskItem:
    """A sub-task of the first task, led by 县财政局, handed out."""
    unit = f"u{world.units['县财政局'].pk}"
    wanted = split.SubItem(heading="分项排查", holders={"lead_unit": [unit]})
    made = split.add(by=act(OFFICE), item=paper.items[0], sub=wanted)
    with acting(by=Actor.system("test")) as door:
        door.unchanged()
        made.state, made.issued_at = "issued", timezone.now()
        made.issued_by = world.users[OFFICE]
        made.save()
    return made


def test_what_is_handed_out_or_split_after_signing_is_asked(
    sent: dict[str, Letter], paper: MadePaper, act: Act, world: World, sign: Sign
) -> None:
    letter = sent["黄志强"]
    made = sub_of(paper, act, world)
    letter_succession.follow(by=act(OFFICE), county=world.county, year=YEAR)
    with acting(by=act(OFFICE)) as door:
        LetterKeeper().settle(door, [made.pk], None)  # nobody has signed: the text follows
    letter.refresh_from_db()
    assert made.pk in {item["id"] for item in read(letter.content)["items"]}
    sign("fuxianzhang", letter)
    sub = split.SubItem(
        heading="分项排查", holders={"lead_unit": [f"u{world.units['县审计局'].pk}"]}
    )
    made.refresh_from_db()
    with pytest.raises(LettersConcerned):
        split.edit(by=act(OFFICE), item=made, sub=sub, version=made.version)
    with pytest.raises(LettersConcerned):
        split.void(by=act(OFFICE), item=made, reason="并入其他事项")
    made.refresh_from_db()
    assert made.state == "issued"
    choice = Choice(frozenset({letter.pk}), "任务合并")
    split.void(by=act(OFFICE), item=made, reason="并入其他事项", letters=choice)
    letter.refresh_from_db()
    assert letter.state == LetterState.STALE


def test_a_slip_in_a_sub_task_is_an_annex(
    sent: dict[str, Letter], paper: MadePaper, act: Act, world: World, sign: Sign
) -> None:
    made = sub_of(paper, act, world)
    letter = sent["黄志强"]
    with acting(by=act(OFFICE)) as door:
        LetterKeeper().settle(door, [made.pk], None)
    sign("fuxianzhang", letter)
    unit = f"u{world.units['县财政局'].pk}"
    sub = split.SubItem(heading="分项核查", holders={"lead_unit": [unit]})
    made.refresh_from_db()
    split.edit(by=act(OFFICE), item=made, sub=sub, version=made.version, reason="勘误")
    letter.refresh_from_db()
    assert letter.state == LetterState.WAIT_B
    assert "“分项排查”更正为“分项核查”" in letter.annexes.get().text


def test_a_groups_members_are_asked_about(
    sent: dict[str, Letter], paper: MadePaper, act: Act, world: World, sign: Sign
) -> None:
    town = sent["曾立"]
    assert read(town.content)["items"]
    sign("xianzhang", town)
    group = UnitGroup.objects.get(
        pk__in=Assignment.objects.filter(item__in=paper.items, group__isnull=False).values("group")
    )
    rest = Unit.objects.filter(group_memberships__group=group).exclude(name="柳河镇")
    day = timezone.localdate()

    def leave(choice: Choice | None) -> None:
        groups.set_members(
            by=act(OFFICE), group=group, units=rest, day=day, reason="撤并", letters=choice
        )

    with pytest.raises(LettersConcerned) as refusal:
        leave(None)
    assert [row["id"] for row in refusal.value.details["letters"]] == [town.pk]
    leave(Choice(frozenset({town.pk}), "成员调整"))
    town.refresh_from_db()
    assert town.state == LetterState.STALE


def test_the_statements_of_a_change_do_not_grow_with_the_letters(
    sent: dict[str, Letter], paper: MadePaper, act: Act, world: World, sign: Sign
) -> None:
    def statements(index: int) -> int:
        slot = ItemSlot.objects.get(item=paper.items[index], kind="lead_unit")
        key = f"u{world.units['县审计局'].pk}"
        changes = Changes(cells=[CellChange(slot.pk, (key,), slot.version)], letters=Choice())
        with CaptureQueriesContext(connection) as told:
            slots.fill(by=act(OFFICE), paper=paper.paper, changes=changes)
        return len(told)

    with acting(by=Actor.system("test")) as door:
        door.unchanged()
        for name, letter in sent.items():
            if name != "黄志强":
                letter.state = LetterState.VOID
                letter.save()
    one = statements(0)
    with acting(by=Actor.system("test")) as door:
        door.unchanged()
        for letter in sent.values():
            letter.refresh_from_db()
            letter.state = LetterState.WAIT_A
            letter.save()
    assert Letter.objects.filter(state=LetterState.WAIT_A).count() > 4
    assert statements(1) <= one + 2

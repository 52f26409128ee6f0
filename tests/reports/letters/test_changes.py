"""Change control: after signing only what a letter prints counts."""

from __future__ import annotations

from datetime import date

import pytest

from accountability.door import Actor
from accountability.models import AuditEvent
from accountability.refusals import Invalid
from reports.models import Letter, LetterState
from reports.services import letter_signing
from reports.services.letter_content import read
from tasks.models import ItemSlot, TaskItem
from tasks.services import slots, task_items
from tasks.services.commitments import Choice, LettersConcerned
from tasks.services.slots import CellChange, Changes
from tests.reports.letters.conftest import OFFICE, YEAR, Act
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

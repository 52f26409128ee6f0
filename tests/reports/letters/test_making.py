"""Letters are made from what was handed out, level by level (M07)."""

from __future__ import annotations

import pytest

from accountability.door import Actor, acting
from accountability.models import AuditEvent
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from reports.models import Letter, LetterLevel, LetterState
from reports.models.letter import CODE_SIGNS
from reports.selectors.letters import own_text
from reports.services import letter_files, letter_settings, letter_wording, letters
from reports.services.letter_content import digest_of, read
from reports.services.sealing import CODE_ALPHABET
from tests.reports.letters.conftest import OFFICE, YEAR, Act
from tests.task_factory import MadePaper, make_tasks
from tests.world import World, build

pytestmark = pytest.mark.django_db


def test_the_cascade_follows_posts_and_portfolios(made: dict[str, Letter], world: World) -> None:
    pairs = {(row.level, row.person_a.name, name) for name, row in made.items() if row.person_a}
    assert (LetterLevel.LEADER, "陈志远", "周建平") in pairs
    assert (LetterLevel.LEADER, "陈志远", "李明华") in pairs
    assert (LetterLevel.UNIT, "周建平", "黄志强") in pairs  # 县财政局 is in his portfolio
    assert (LetterLevel.UNIT, "陈志远", "曾立") in pairs  # nobody is in charge of 柳河镇
    assert all(row.state == LetterState.DRAFT for row in made.values())
    assert not {name for _, _, name in pairs} & {"陈志远", "许静"}  # 县审计局 has no task


def test_numbers_are_continuous_and_never_used_twice(
    made: dict[str, Letter], paper: MadePaper, act: Act
) -> None:
    serials = sorted(row.serial for row in made.values())
    assert serials == list(range(1, len(made) + 1))
    last = max(made.values(), key=lambda row: row.serial)
    assert last.number == f"〔{YEAR}〕责-{last.serial:03d}"
    letters.void(by=act(OFFICE), letter=last, reason="重复")
    again = letters.make_letters(by=act(OFFICE), paper=paper.paper)
    assert [row.serial for row in again] == [last.serial + 1]
    assert letters.make_letters(by=act(OFFICE), paper=paper.paper) == []


def test_each_letter_prints_its_own_tasks(made: dict[str, Letter], paper: MadePaper) -> None:
    content = read(made["黄志强"].content)
    assert [item["id"] for item in content["items"]] == [item.pk for item in paper.items]
    assert {item["part"] for item in content["items"]} == {"责任人员、牵头单位"}
    assert made["黄志强"].items.count() == len(paper.items)
    assert {i["part"] for i in read(made["李明华"].content)["items"]} == set()
    assert paper.paper.number in made["黄志强"].basis
    assert made["黄志强"].basis in "".join(text for _, text in content["blocks"])


def test_the_same_text_gives_the_same_bytes(made: dict[str, Letter]) -> None:
    letter = made["黄志强"]
    assert letter.digest == digest_of(letter.content)
    assert letter_files.unsigned_pdf(letter) == letter_files.unsigned_pdf(letter)
    assert letter_files.docx_of(letter)[:2] == b"PK"
    letter.content = letter.content.replace("黄志强", "黄志刚")
    with pytest.raises(letter_files.Damaged):
        letter_files.unsigned_pdf(letter)


def test_a_draft_paper_gives_no_letters(world: World, act: Act) -> None:
    draft = make_tasks(world, 2, year=YEAR, state="draft")
    with pytest.raises(WrongState, match="下发"):
        letters.make_letters(by=act(OFFICE), paper=draft.paper)


def test_lists_may_take_the_letters_place(paper: MadePaper, act: Act, world: World) -> None:
    letter_settings.choose(by=act(OFFICE), county=world.county, form="list", lowest="unit")
    with pytest.raises(WrongState, match="责任清单"):
        letters.make_letters(by=act(OFFICE), paper=paper.paper)
    letter_settings.choose(by=act(OFFICE), county=world.county, form="letter", lowest="leader")
    made = letters.make_letters(by=act(OFFICE), paper=paper.paper)
    assert {row.level for row in made} == {LetterLevel.LEADER}


def test_only_the_office_of_the_county_makes_them(paper: MadePaper, act: Act) -> None:
    with pytest.raises(NotAllowed):
        letters.make_letters(by=act("xianzhang"), paper=paper.paper)
    with acting(by=Actor.system("test")) as door:
        door.unchanged()
        away = build(name="乙县", code="990012", suffix="_b")
    other = Actor(key="user:1", name="乙", user=away.users[OFFICE], county=away.county)
    with pytest.raises(NotFound):
        letters.make_letters(by=other, paper=paper.paper)
    assert not Letter.objects.exists()


def test_nothing_is_made_when_the_events_fail(
    paper: MadePaper, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no event")

    monkeypatch.setattr("accountability.services.audit.record_many", fail)
    with pytest.raises(RuntimeError):
        letters.make_letters(by=act(OFFICE), paper=paper.paper)
    assert not Letter.objects.exists()


def test_each_letter_has_its_event(made: dict[str, Letter]) -> None:
    events = AuditEvent.objects.filter(action="letter.make")
    assert set(events.values_list("target_id", flat=True)) == {row.pk for row in made.values()}


def test_copies_are_found_and_own_clauses_count(made: dict[str, Letter], act: Act) -> None:
    towns = [made[name] for name in ("曾立", "解放", "任喆")]
    before = own_text(list(made.values()))
    assert all(before[row.pk].same == 2 and before[row.pk].is_copied for row in towns)
    letters.revise(
        by=act(OFFICE), letter=towns[0], clauses=["河道采砂收入每月公示。" * 20], revision=1
    )
    rows = list(Letter.objects.filter(pk__in=[row.pk for row in made.values()]))
    after = own_text(rows)
    assert after[towns[0].pk].same == 0
    assert after[towns[0].pk].percent > before[towns[0].pk].percent
    assert after[towns[1].pk].same == 1
    towns[0].refresh_from_db()
    assert "河道采砂" in towns[0].content
    assert towns[0].revision == 2


def test_a_county_rewords_in_versions(made: dict[str, Letter], act: Act, world: World) -> None:
    county = world.county
    kept = letter_wording.reword(
        by=act(OFFICE), county=county, layer="dual", text="{乙方}每月检查一次。", seen_version=0
    )
    assert kept is not None
    assert kept.version == 1
    with pytest.raises(Conflict):
        letter_wording.reword(
            by=act(OFFICE), county=county, layer="dual", text="别的", seen_version=0
        )
    letter = made["李明华"]
    letters.revise(by=act(OFFICE), letter=letter, clauses=[], revision=1)
    letter.refresh_from_db()
    assert "李明华每月检查一次" in letter.content
    with pytest.raises(Invalid, match="填写处"):
        letter_wording.checked("dual", "{口令}")
    with pytest.raises(Invalid, match="职责"):
        letter_wording.checked("frame", "没有插入处")


def test_the_check_code_is_of_the_public_pages_signs() -> None:
    assert CODE_SIGNS == CODE_ALPHABET
    assert Letter(digest="f" * 64).check_code.count("-") == 2


def test_a_value_is_never_read_as_a_place() -> None:
    assert letter_wording.filled("{乙方}", {"乙方": "{甲方}", "甲方": "某"}) == "{甲方}"


def test_letters_expire_after_their_year(effective: Letter, act: Act, world: World) -> None:
    with pytest.raises(WrongState, match="还没有结束"):
        letters.expire(by=act(OFFICE), year=YEAR, county=world.county)
    with acting(by=Actor.system("test")) as door:
        door.unchanged()
        effective.year = YEAR - 1
        effective.save()
    assert letters.expire(by=act(OFFICE), year=YEAR - 1, county=world.county) == 1
    effective.refresh_from_db()
    assert effective.state == LetterState.EXPIRED

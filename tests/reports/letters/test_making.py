"""Letters are made from what was handed out, level by level (M07)."""

from __future__ import annotations

from datetime import date

import pytest

from accountability.door import Actor, acting
from accountability.models import AuditEvent, County, Post, Tenure, Unit, UnitKind
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from accountability.services import rights
from reports.models import DocumentNumber, Letter, LetterLevel, LetterState, NumberKind
from reports.models.check_code import CODE_SIGNS
from reports.selectors.letters import own_text
from reports.selectors.numbers import void_numbers
from reports.services import (
    letter_files,
    letter_making,
    letter_settings,
    letter_text,
    letters,
    numbers,
    wordings,
)
from reports.services.letter_content import digest_of, read
from reports.services.letter_issuer import issuer_of, keeper_of
from reports.services.sealing import CODE_ALPHABET
from tests.reports.letters.conftest import OFFICE, YEAR, Act
from tests.task_factory import MadePaper, make_tasks
from tests.world import START, World, build

pytestmark = pytest.mark.django_db


def test_the_cascade_follows_posts_and_portfolios(made: dict[str, Letter], world: World) -> None:
    pairs = {(row.level, row.person_a.name, name) for name, row in made.items() if row.person_a}
    assert (LetterLevel.LEADER, "陈志远", "周建平") in pairs
    assert (LetterLevel.LEADER, "陈志远", "李明华") in pairs
    assert (LetterLevel.UNIT, "周建平", "黄志强") in pairs  # 县财政局 is in his portfolio
    assert (LetterLevel.UNIT, "陈志远", "曾立") in pairs  # nobody is in charge of 柳河镇
    assert all(row.state == LetterState.DRAFT for row in made.values())
    assert not {name for _, _, name in pairs} & {"陈志远", "许静"}  # 县审计局 has no task


def test_the_party_committees_first_seat_signs_with_the_countys(
    paper: MadePaper, act: Act, world: World
) -> None:
    with acting(by=Actor.system("test")) as door:
        door.unchanged()
        unit = world.units["县审计局"]
        unit.name, unit.kind = "县委", UnitKind.LEADING_ORGAN
        unit.save()
        seat = world.posts["许静"]
        seat.title = "书记"
        seat.save()
    made = letter_making.make(by=act(OFFICE), paper=paper.paper)
    top = made[0]
    assert (top.level, top.person_a, top.person_b) == (
        LetterLevel.COUNTY, world.persons["许静"], world.persons["陈志远"],
    )  # fmt: skip
    assert "县委书记许静与县长陈志远" in top.content
    assert read(top.content)["issuer"] == "中共试县委员会"
    assert "中共试县委员会办公室留存一份" in top.content
    assert {read(row.content)["issuer"] for row in made[1:]} == {"试县人民政府"}


def test_sections_sign_with_their_units_head_where_the_county_wants_it(
    paper: MadePaper, act: Act, world: World
) -> None:
    with acting(by=Actor.system("test")) as door:
        door.unchanged()
        world.units["预算股"] = unit = Unit(
            county=world.county, name="县财政局预算股", kind=UnitKind.SECTION,
            parent=world.units["县财政局"], valid_from=START,
        )  # fmt: skip
        unit.save()
        seat = Post(
            county=world.county, unit=unit, title="股长", layer="section_head", valid_from=START
        )
        seat.save()
        Tenure(person=world.persons["刘芳"], post=seat, valid_from=START).save()
        rights.ensure_groups(units=[unit], posts=[seat])
    assert LetterLevel.SECTION not in {
        row.level for row in letter_making.make(by=act(OFFICE), paper=paper.paper)
    }
    letter_settings.choose(by=act(OFFICE), county=world.county, form="letter", lowest="section")
    (letter,) = letter_making.make(by=act(OFFICE), paper=paper.paper)
    assert (letter.level, letter.person_a, letter.person_b, letter.above) == (
        LetterLevel.SECTION, world.persons["黄志强"], world.persons["刘芳"], world.posts["周建平"],
    )  # fmt: skip
    content = read(letter.content)
    assert (content["issuer"], content["title"]) == (
        "试县财政局", f"{YEAR}年度科室党风廉政建设责任书",
    )  # fmt: skip
    assert "对本科室工作人员的廉洁从政负责" in letter.content
    assert "双方各执一份，试县财政局留存一份。" in letter.content
    assert "本年度没有单独列明的责任事项" in letter.content  # no task names the section
    assert letter_files.unsigned_pdf(letter).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("level", "giver", "told"),
    [
        ("leader", "县政府", "安和县人民政府"),
        ("unit", "县政府", "安和县人民政府"),
        ("county", "县委", "中共安和县委员会"),
        ("county", "县政府", "安和县人民政府"),
        ("section", "县财政局", "安和县财政局"),
        ("section", "县政府办公室", "安和县人民政府办公室"),
        ("section", "柳河镇", "安和县柳河镇"),
        ("section", "安和经济开发区管理委员会", "安和经济开发区管理委员会"),
    ],
)
def test_a_red_head_has_the_full_name_of_the_first_partys_organ(
    level: str, giver: str, told: str
) -> None:
    county = County(name="安和县", issuer="安和县人民政府")
    assert issuer_of(county, level, Unit(name=giver)) == told


def test_a_towns_own_letters_are_its_governments() -> None:
    county = County(name="安和县", issuer="安和县人民政府")
    town = Unit(name="柳河镇", kind=UnitKind.TOWN)
    assert issuer_of(county, LetterLevel.SECTION, town) == "安和县柳河镇人民政府"


@pytest.mark.parametrize(
    ("issuer", "keeper"),
    [
        ("安和县人民政府", "安和县人民政府办公室"),
        ("中共安和县委员会", "中共安和县委员会办公室"),
        ("安和县财政局", "安和县财政局"),
        ("安和县人民政府办公室", "安和县人民政府办公室"),
        ("安和县柳河镇人民政府", "安和县柳河镇人民政府"),
        ("安和经济开发区管理委员会", "安和经济开发区管理委员会"),
    ],
)
def test_a_letter_says_who_keeps_the_third_copy(issuer: str, keeper: str) -> None:
    assert keeper_of(issuer) == keeper


def test_the_third_copy_is_kept_by_the_organ_in_whose_name_it_is_given(
    made: dict[str, Letter],
) -> None:
    for row in made.values():
        assert "双方各执一份，试县人民政府办公室留存一份。" in row.content


def test_organs_beside_the_government_sign_no_letter_with_it(
    paper: MadePaper, act: Act, world: World
) -> None:
    with acting(by=Actor.system("test")) as door:
        door.unchanged()
        unit = world.units["县财政局"]
        unit.kind = UnitKind.SUPERVISION
        unit.save()
    rows = letter_making.make(by=act(OFFICE), paper=paper.paper)
    assert rows
    assert unit.pk not in {row.unit_id for row in rows}


def test_numbers_are_of_the_countys_series_and_never_used_twice(
    made: dict[str, Letter], paper: MadePaper, act: Act, world: World
) -> None:
    given = DocumentNumber.objects.filter(series__kind=NumberKind.RESPONSIBILITY)
    assert sorted(row.number for row in made.values()) == sorted(n.text for n in given)
    assert [n.ordinal for n in given] == list(range(1, len(made) + 1))
    last = max(made.values(), key=lambda row: row.serial)
    number = given.get(text=last.number)
    assert last.number == f"〔{YEAR}〕责-{last.serial:03d}"
    assert "责任书" in number.for_label
    assert last.person_b is not None
    assert last.person_b.name in number.for_label
    with pytest.raises(WrongState, match="到“责任书”页作废"):
        numbers.void(by=act(OFFICE), number_id=number.pk, reason="重复")
    letters.void(by=act(OFFICE), letter=last, reason="重复")
    number.refresh_from_db()
    assert number.void_reason == "重复"
    assert void_numbers(world.users[OFFICE], year=YEAR) == [number]
    again = letter_making.make(by=act(OFFICE), paper=paper.paper)
    assert [row.serial for row in again] == [last.serial + 1]
    assert letter_making.make(by=act(OFFICE), paper=paper.paper) == []


def test_the_office_chooses_how_numbers_are_written(
    world: World, paper: MadePaper, act: Act
) -> None:
    numbers.set_pattern(
        by=act(OFFICE), kind=NumberKind.RESPONSIBILITY, year=YEAR, pattern="试责〔{年}〕{号}号"
    )
    rows = letter_making.make(by=act(OFFICE), paper=paper.paper)
    assert rows[0].number == f"试责〔{YEAR}〕1号"
    assert read(rows[0].content)["number"] == rows[0].number


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
        letter_making.make(by=act(OFFICE), paper=draft.paper)


def test_lists_may_take_the_letters_place(paper: MadePaper, act: Act, world: World) -> None:
    letter_settings.choose(by=act(OFFICE), county=world.county, form="list", lowest="unit")
    with pytest.raises(WrongState, match="责任清单"):
        letter_making.make(by=act(OFFICE), paper=paper.paper)
    letter_settings.choose(by=act(OFFICE), county=world.county, form="letter", lowest="leader")
    made = letter_making.make(by=act(OFFICE), paper=paper.paper)
    assert {row.level for row in made} == {LetterLevel.LEADER}


def test_only_the_office_of_the_county_makes_them(paper: MadePaper, act: Act) -> None:
    with pytest.raises(NotAllowed):
        letter_making.make(by=act("xianzhang"), paper=paper.paper)
    with acting(by=Actor.system("test")) as door:
        door.unchanged()
        away = build(name="乙县", code="990012", suffix="_b")
    other = Actor(key="user:1", name="乙", user=away.users[OFFICE], county=away.county)
    with pytest.raises(NotFound):
        letter_making.make(by=other, paper=paper.paper)
    assert not Letter.objects.exists()


def test_nothing_is_made_when_the_events_fail(
    paper: MadePaper, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no event")

    monkeypatch.setattr("accountability.services.audit.record_many", fail)
    with pytest.raises(RuntimeError):
        letter_making.make(by=act(OFFICE), paper=paper.paper)
    assert not Letter.objects.exists()


def test_each_letter_has_its_event(made: dict[str, Letter]) -> None:
    events = AuditEvent.objects.filter(action="letter.make")
    assert set(events.values_list("target_id", flat=True)) == {row.pk for row in made.values()}


def test_copies_are_found_and_own_clauses_count(made: dict[str, Letter], act: Act) -> None:
    towns = [made[name] for name in ("曾立", "解放", "任喆")]
    before = own_text(list(made.values()))
    assert all(before[row.pk].same == 2 and before[row.pk].is_copied for row in towns)
    letter_text.revise(
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
    kept = wordings.reword(
        by=act(OFFICE),
        county=county,
        paper="letter",
        part="dual",
        text="{乙方}每月检查一次。",
        seen_version=0,
    )
    assert kept is not None
    assert kept.version == 1
    with pytest.raises(Conflict):
        wordings.reword(
            by=act(OFFICE), county=county, paper="letter", part="dual", text="别的", seen_version=0
        )
    letter = made["李明华"]
    letter_text.revise(by=act(OFFICE), letter=letter, clauses=[], revision=1)
    letter.refresh_from_db()
    assert "李明华每月检查一次" in letter.content
    with pytest.raises(Invalid, match="填写处"):
        wordings.checked("letter", "dual", "{口令}")
    with pytest.raises(Invalid, match="职责"):
        wordings.checked("letter", "frame", "没有插入处")


def test_the_check_code_is_of_the_public_pages_signs() -> None:
    assert CODE_SIGNS == CODE_ALPHABET
    assert Letter(digest="f" * 64).check_code.count("-") == 2


def test_a_value_is_never_read_as_a_place() -> None:
    assert wordings.filled("{乙方}", {"乙方": "{甲方}", "甲方": "某"}) == "{甲方}"


def test_letters_expire_after_their_year_once(effective: Letter, act: Act, world: World) -> None:
    county, by = world.county, Actor.system("worker")
    assert letters.expire(county=county, on=date(YEAR, 12, 31), by=by) == 0
    assert letters.expire(county=county, on=date(YEAR + 1, 1, 1), by=by) == 1
    assert letters.expire(county=county, on=date(YEAR + 1, 1, 2), by=by) == 0
    effective.refresh_from_db()
    assert effective.state == LetterState.EXPIRED
    with pytest.raises(NotAllowed):
        letters.expire(county=county, on=date(YEAR + 2, 1, 1), by=act("xianzhang"))

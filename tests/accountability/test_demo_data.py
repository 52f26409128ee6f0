"""The demo counties: complete, consistent in every working year, and nobody else's words."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import zipfile
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document

from accountability.demo import DemoCounty, DemoDataError, load, resolve_date
from accountability.demo.data import DemoGroup, DemoPerson, DemoUnit, Layer, Role, UnitKind
from accountability.demo.make_opinion import SLOT_LABELS, Opinion, opinion_docx, opinion_text
from accountability.demo.reading import DIRECTORY

pytestmark = pytest.mark.nodb

YEARS = (2025, 2026, 2027, 2031)
SEEDS = Path(os.environ.get("PORTAL_SEEDS_DIR", Path(__file__).parents[3] / "shared" / "seeds"))

# Wordings that every such paper has; they say nothing of their own.
STOCK_PHRASES = (
    "以习近平新时代中国特色社会主义思想为指导",
    "落实党风廉政建设主体责任",
    "党的二十大和二十届历次全会精神",
)
OF_COUNTY = {
    UnitKind.GOV_DEPARTMENT,
    UnitKind.INSTITUTION,
    UnitKind.PARTY_ORGAN,
    UnitKind.MASS_ORG,
    UnitKind.VERTICAL,
}


@pytest.fixture(params=YEARS)
def anhe(request: pytest.FixtureRequest) -> DemoCounty:
    return load("anhe", year=request.param)


def days(county: DemoCounty) -> tuple[dt.date, ...]:
    """The first and last day of the closed and of the working year, and one in summer."""
    return tuple(
        dt.date(year, month, day)
        for year in (county.year - 1, county.year)
        for month, day in ((1, 1), (7, 20), (12, 31))
    )


def today(county: DemoCounty) -> dt.date:
    return dt.date(county.year, 1, 1)


def current(county: DemoCounty, *kinds: UnitKind) -> list[DemoUnit]:
    return [u for u in county.units if u.kind in kinds and u.covers(today(county))]


def slots(text: str) -> list[tuple[str, list[str]]]:
    found = []
    for line in text.splitlines():
        label, colon, value = line.partition("：")
        if colon and label in SLOT_LABELS:
            found.append((label, [part for part in value.split("、") if part]))
    return found


# The county


def test_county_is_complete_enough_to_look_real(anhe: DemoCounty) -> None:
    assert len(anhe.units) >= 90
    assert len(current(anhe, UnitKind.TOWN)) == 12
    assert len(current(anhe, UnitKind.GOV_DEPARTMENT)) >= 35
    assert len(current(anhe, *OF_COUNTY)) >= 40
    assert len(current(anhe, UnitKind.COMMUNITY)) >= 8
    assert set(UnitKind) == {unit.kind for unit in anhe.units}
    sections = Counter(unit.parent for unit in current(anhe, UnitKind.SECTION))
    assert set(sections) == {"县政府办公室", "县财政局"}
    assert min(sections.values()) >= 5


def test_units_hang_where_they_belong(anhe: DemoCounty) -> None:
    kinds = {unit.name: unit.kind for unit in anhe.units}
    for unit in current(anhe, UnitKind.COMMUNITY):
        assert unit.parent is not None
        assert kinds[unit.parent] is UnitKind.TOWN
    orders = [unit.order for unit in anhe.units]
    assert orders == sorted(set(orders))


def test_merged_units_have_successors(anhe: DemoCounty) -> None:
    merged = {unit.name: unit.successor for unit in anhe.units if unit.valid_to}
    assert merged == {"县招商局": "县商务局", "县粮食和物资储备局": "县发展和改革局"}


def test_leading_group_is_one_head_and_seven_members_on_every_day(anhe: DemoCounty) -> None:
    assert [post.layer for post in anhe.leaders] == [Layer.FIRST_RESPONSIBLE] + [
        Layer.DUAL_DUTY
    ] * 7
    for post in anhe.leaders:
        assert post.portfolios
        for day in (today(anhe), dt.date(anhe.year, 12, 31)):
            assert len(post.holders(day)) == 1
            assert len([p for p in post.portfolios if p.covers(day)]) == 1
    names = [post.holders(today(anhe))[0].person for post in anhe.leaders]
    assert names[:2] == ["陈志远", "周建平"]
    assert len(set(names)) == 8


@pytest.mark.parametrize("name", ["anhe", "ningchuan"])
@pytest.mark.parametrize("year", YEARS)
def test_heads_and_liaison_officers_everywhere_but_one_vacant_seat(name: str, year: int) -> None:
    county = load(name, year=year)
    vacant = []
    for unit in county.units:
        if unit.kind is UnitKind.LEADING_ORGAN or not unit.covers(today(county)):
            continue
        posts = county.posts_of(unit.name)
        layer = Layer.SECTION_HEAD if unit.kind is UnitKind.SECTION else Layer.FIRST_RESPONSIBLE
        (head,) = [post for post in posts if post.layer is layer and "监督室" not in post.title]
        if not head.holders(today(county)):
            vacant.append(unit.name)
        if unit.kind is not UnitKind.SECTION:
            (liaison,) = [post for post in posts if post.liaison]
            assert len(liaison.holders(today(county))) == 1, unit.name
    assert vacant == (["县融媒体中心"] if name == "anhe" else [])


def test_tenures_overlap_only_where_somebody_is_acting(anhe: DemoCounty) -> None:
    doubled = {
        post.unit: sorted((tenure.acting, tenure.person) for tenure in post.holders(day))
        for day in days(anhe)
        for post in anhe.posts
        if len(post.holders(day)) > 1
    }
    assert doubled == {"县水利局": [(False, "宋长河"), (True, "单喆")]}
    ended = [t for post in anhe.posts for t in post.tenures if t.valid_to]
    assert "仇学明" in {tenure.person for tenure in ended}


def test_every_department_and_town_is_in_exactly_one_portfolio_on_every_day(
    anhe: DemoCounty,
) -> None:
    for day in days(anhe):
        held = Counter(
            unit
            for post in anhe.leaders
            for portfolio in post.portfolios
            if portfolio.covers(day)
            for unit in portfolio.units
        )
        wanted = {
            unit.name
            for unit in anhe.units
            if unit.kind in (UnitKind.GOV_DEPARTMENT, UnitKind.TOWN) and unit.covers(day)
        }
        assert {name: held[name] for name in wanted} == dict.fromkeys(wanted, 1)


def test_groups_follow_their_units(anhe: DemoCounty) -> None:
    counts = {group.name: len(group.units(today(anhe))) for group in anhe.groups}
    assert counts["各乡镇"] == 12
    assert counts["各社区"] == len(current(anhe, UnitKind.COMMUNITY))
    assert counts["县政府各部门"] == len(current(anhe, UnitKind.GOV_DEPARTMENT))
    assert counts["县直各部门"] >= 46
    departments = next(group for group in anhe.groups if group.name == "县政府各部门")
    closed_year = dt.date(anhe.year - 1, 12, 31)
    assert set(departments.units(closed_year)) - set(departments.units(today(anhe))) == {"县招商局"}


def test_one_account_a_role_and_administrators_do_no_business(anhe: DemoCounty) -> None:
    assert {account.username: account.role for account in anhe.accounts} == {
        "bangong": Role.OFFICE_CLERK,
        "zhuren": Role.OFFICE_HEAD,
        "caizheng": Role.LIAISON_OFFICER,
        "caizhengju": Role.UNIT_HEAD,
        "xianzhang": Role.LEADER,
        "fuxianzhang": Role.LEADER,
        "fuxianzhang_li": Role.LEADER,  # they sign letters with the county's head
        "fuxianzhang_wang": Role.LEADER,
        "jiwei": Role.INSPECTOR,
        "xitong": Role.SYSTEM_ADMIN,
        "anquan": Role.SECURITY_ADMIN,
        "shenji": Role.AUDIT_ADMIN,
    }
    seats = {
        (tenure.person, post.unit.removesuffix("督查室")): post
        for post in anhe.posts
        for tenure in post.holders(today(anhe))
    }
    for account in anhe.accounts:
        post = seats[account.person, account.unit]
        assert account.covers(today(anhe))
        if account.role is Role.LIAISON_OFFICER:
            assert post.liaison
        if account.role in (Role.LEADER, Role.UNIT_HEAD, Role.OFFICE_HEAD):
            assert post.layer in (Layer.FIRST_RESPONSIBLE, Layer.DUAL_DUTY)
    persons = [account.person for account in anhe.accounts]
    assert len(set(persons)) == len(persons)


def test_names_try_the_readings_and_the_fonts(anhe: DemoCounty) -> None:
    names = [person.name for person in anhe.persons]
    assert len(names) >= 200
    assert {name[0] for name in names} >= set("单曾解仇查区任")
    assert any(name.startswith(("欧阳", "上官")) for name in names)
    assert any(len(name) == 2 for name in names)
    assert any(character in name for name in names for character in "喆珺")
    pinyin = {unit.name: unit.pinyin for unit in anhe.units if unit.pinyin}
    assert pinyin["单家集镇"] == "shan jia ji zhen"
    assert pinyin["长岭乡"] == "chang ling xiang"
    assert pinyin["重山镇"] == "chong shan zhen"


def test_second_county_shares_names_but_no_account_or_code() -> None:
    anhe, ningchuan = load("anhe", year=2026), load("ningchuan", year=2026)
    assert len(ningchuan.units) >= 6
    assert len(ningchuan.persons) >= 8
    assert anhe.code != ningchuan.code
    accounts = [account.username for county in (anhe, ningchuan) for account in county.accounts]
    assert len(set(accounts)) == len(accounts)
    assert {u.name for u in anhe.units} & {u.name for u in ningchuan.units}


# Reading


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Y-03-28", dt.date(2026, 3, 28)),
        ("Y1-12-31", dt.date(2025, 12, 31)),
        ("Y10-01-01", dt.date(2016, 1, 1)),
        ("2019-03-01", dt.date(2019, 3, 1)),
    ],
)
def test_dates_count_from_the_working_year(text: str, date: dt.date) -> None:
    assert resolve_date(text, 2026) == date


@pytest.mark.parametrize("text", ["Y-02-29", "Y-13-01", "今年", "", "Y--1-01-01"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the caller adds the row to the message
        resolve_date(text, 2028)


def test_working_year_is_the_clocks_by_default() -> None:
    assert load("ningchuan").year == dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).year


@pytest.mark.parametrize("name", ["wuming", "../anhe", "anhe_units"])
def test_unknown_county_is_refused(name: str) -> None:
    with pytest.raises(DemoDataError, match="没有名为"):
        load(name)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('by = "查晓岚"', 'by = "查无此人"', r"职务（县财政局 局长）：没有这个人员：查无此人"),
        (
            'unit = "双柏乡", title = "乡长"',
            'unit = "双柳乡", title = "乡长"',
            "没有这个单位：双柳乡",
        ),
        ('parent = "宁城镇"', 'parent = "南门社区"', "绕成了圈"),
        ('"Y3-11-03"', '"Y3-31-03"', r"第16条职务（双柏乡 乡长）第1段任职：日期“Y3-31-03”不对"),
        ('"Y3-11-03"', '"2009-12-31"', "尹向东任职超出单位存续期"),
        ('aliases = ["教育局"]', 'aliases = ["财政局"]', "“财政局”同时指"),
        ('"赖春红", "温志成"', '"赖春红", "赖春红"', "“赖春红”有2条"),
        ('kind = "institution"', 'kind = "school"', "kind 没有“school”这一种"),
        ('layer = "dual_duty"', 'layer = "dual_duty", rank = 2', "不认识的字段 rank"),
        ('post = "常务副县长"', 'post = "副县长"', "没有这个职务：副县长"),
        ('kinds = ["community"]', 'kinds = ["enterprise"]', "各社区）：一个成员也没有"),
        ('role = "inspector"', 'role = "inspector"\nto = "Y9-01-01"', "止于起始之前"),
        ('code = "990127"', "code = 990127", "code 的类型不对"),
        ('person = "唐启山"\n', "", "缺少 person"),
        (
            'held = [{ by = "崔明义", from = "Y2-06-28" }]',
            'held = [{ by = "崔明义", from = "Y2-06-28" }, { by = "查晓岚", from = "Y1-01-01" }]',
            "崔明义和查晓岚的任职重叠",
        ),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (DIRECTORY / "ningchuan.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "ningchuan.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DemoDataError, match=message):
        load("ningchuan", year=2026, directory=tmp_path)


def test_a_key_stands_in_one_file_only(tmp_path: Path) -> None:
    shutil.copy(DIRECTORY / "ningchuan.toml", tmp_path)
    (tmp_path / "ningchuan_more.toml").write_text("units = []\n", encoding="utf-8")
    with pytest.raises(DemoDataError, match="units 在别的文件里已有"):
        load("ningchuan", year=2026, directory=tmp_path)


# The opinions


def test_opinion_is_partly_filled() -> None:
    found = slots(opinion_text(2026))
    count = Counter(label for label, _ in found)
    assert count["责任领导"] == count["牵头单位"] == count["责任单位"] == 23
    assert count["责任人员"] == 22
    filled = sum(bool(values) for _, values in found) / len(found)
    assert 0.6 <= filled <= 0.72


def test_previous_opinion_is_wholly_filled() -> None:
    found = slots(opinion_text(2025, Opinion.PREVIOUS))
    count = Counter(label for label, _ in found)
    assert count["责任领导"] == 20
    assert count["责任人员"] == 19
    assert all(values for _, values in found)


@pytest.mark.parametrize("opinion", Opinion)
def test_opinion_is_laid_out_like_a_real_one(opinion: Opinion) -> None:
    text = opinion_text(2026, opinion)
    lines = text.splitlines()
    assert "{" not in text
    assert lines[0] == "安和县人民政府关于2026年度落实党风廉政建设主体责任的实施意见"
    assert re.fullmatch(r"安政发〔2026〕\d号", lines[1])
    assert lines[2].endswith("：")
    chapters = [line for line in lines if re.match(r"[一二三四五]、", line)]
    assert [chapter[:6] for chapter in chapters] == [
        "一、指导思想",
        "二、明确责任",
        "三、重点任务",
        "四、保障措施",
    ]
    sections = [line[:3] for line in lines if line.startswith("（")]
    assert sections == [f"（{number}）" for number in "一二三四五六七八"]
    items = [lines[at - 1] for at, line in enumerate(lines) if line.startswith("责任领导：")]
    assert all(100 <= len(item) <= 200 for item in items)
    assert len([item for item in items if re.search(r"\d+月(底|\d+日)前|每季度末", item)]) >= 10
    measures = text[text.index("四、保障措施") :]
    for demand in ("每季度", "每半年", "每年至少召开2次", "每年1月底前"):
        assert demand in measures


@pytest.mark.parametrize(("opinion", "back"), [(Opinion.CURRENT, 0), (Opinion.PREVIOUS, 1)])
def test_every_slot_value_is_known_and_in_office(
    anhe: DemoCounty, opinion: Opinion, back: int
) -> None:
    """A typist names who is there on the day of the paper."""
    day = dt.date(anhe.year - back, 1, 20)
    seated = {t.person for post in anhe.posts for t in post.holders(day)}
    led = {t.person for post in anhe.leaders for t in post.holders(day)}
    for label, values in slots(opinion_text(anhe.year - back, opinion)):
        for value in values:
            row = anhe.resolve(value)
            assert row is not None, value
            if isinstance(row, DemoPerson):
                assert row.name in (led if label == "责任领导" else seated), value
                assert label in ("责任领导", "责任人员"), value
            else:
                assert row.covers(day), value
                assert label in ("牵头单位", "责任单位") or isinstance(row, DemoGroup), value


def test_previous_opinion_differs_a_little() -> None:
    def headings(opinion: Opinion) -> set[str]:
        return {
            re.split(r"[。\n]", line)[0]
            for line in opinion_text(2026, opinion).splitlines()
            if re.match(r"\d\.|（", line)
        }

    new, old = headings(Opinion.CURRENT), headings(Opinion.PREVIOUS)
    assert len(new & old) >= 20
    assert new - old
    assert "县招商局" in opinion_text(2025, Opinion.PREVIOUS)


@pytest.mark.parametrize("opinion", Opinion)
def test_docx_carries_the_text_in_official_styles_and_repeats_its_bytes(opinion: Opinion) -> None:
    made = opinion_docx(2026, opinion)
    assert made == opinion_docx(2026, opinion)
    assert zipfile.ZipFile(BytesIO(made)).namelist()[0] == "[Content_Types].xml"
    paragraphs = Document(BytesIO(made)).paragraphs
    assert [p.text for p in paragraphs] == opinion_text(2026, opinion).splitlines()
    styles = {p.style.name: p.style.font.name for p in paragraphs if p.style is not None}
    assert styles["公文正文"] == "仿宋_GB2312"
    assert styles["一级标题"] == "黑体"
    assert styles["二级标题"] == "楷体_GB2312"
    assert styles["公文标题"] == "方正小标宋简体"
    assert [p.style.name for p in paragraphs[-2:] if p.style] == ["署名日期"] * 2


@pytest.mark.parametrize("opinion", Opinion)
def test_no_sentence_is_taken_from_a_real_paper(opinion: Opinion) -> None:
    if not SEEDS.is_dir() and not os.environ.get("CI"):
        pytest.skip("the seed papers are not here")

    def words(text: str) -> str:
        """Chinese characters alone, so that punctuation hides nothing; slot lines are names."""
        kept = [line for line in text.splitlines() if line.partition("：")[0] not in SLOT_LABELS]
        joined = "\n".join(kept)
        for phrase in STOCK_PHRASES:
            joined = joined.replace(phrase, "|")
        return re.sub(r"[^一-鿿|]", "", joined)

    seeds = "|".join(words(path.read_text(encoding="utf-8")) for path in SEEDS.glob("*.txt"))
    assert len(seeds) > 20_000
    own = words(opinion_text(2026, opinion))
    runs = {own[at : at + 12] for at in range(len(own) - 11)}
    assert [run for run in runs if "|" not in run and run in seeds] == []

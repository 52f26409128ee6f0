"""以往情况: what is kept in a form of its own (JSON) is told in words."""

from __future__ import annotations

import pytest
from django.db.models import JSONField

from accountability.models import DutyRule
from accountability.selectors import row_past
from reports.models import Ballot, LetterAnnex, Scheme, Score, Sheet
from reports.selectors import past_words
from tasks.models import Campaign, Return
from tests.world import World


@pytest.mark.nodb
def test_what_is_kept_in_a_form_of_its_own_is_told_in_words() -> None:
    basis = {"kind": "finding", "id": 7, "label": "问题 2026-007（整改中）", "short": "2026-007"}
    assert past_words.bases("team_bases")(Score(team_bases=[basis])) == "问题 2026-007（整改中）"
    assert past_words.bases("team_bases")(Score()) == "--"
    sheet = Sheet(vetoes={"9.1": {"reason": "发生案件", "bases": [basis]}})
    assert past_words.vetoes(sheet) == "9.1：发生案件（依据：问题 2026-007（整改中））"
    annex = LetterAnnex(values={"due": "2026-12-31", "heading": "严格控制支出"})
    assert past_words.annex(annex) == "任务 严格控制支出，完成时限 2026-12-31"
    bands = [{"name": "优秀", "low": "95"}, {"name": "不合格", "low": None}]
    assert past_words.bands(Scheme(bands=bands)) == "优秀 95 分起、不合格 不设下限"
    options = [{"name": "满意", "weight": "100"}, {"name": "不了解", "weight": None}]
    assert past_words.options(Ballot(options=options)) == "满意（100 分）、不了解（不计分）"
    line = {"item": 3, "number": "二（1）", "heading": "公开", "text": "已公开", "share": "50%"}
    words = row_past._SHAPES["return"].shown or {}
    assert words["content"](Return(content=[line])) == "二（1） 公开：已公开（完成 50%）"
    rule = row_past._SHAPES["duty_rule"].shown or {}
    assert rule["layers"](DutyRule(layers=["dual_duty"])) == "一岗双责"
    assert rule["unit_kinds"](DutyRule(unit_kinds=["town"])) == "乡镇"


@pytest.mark.nodb
def test_no_form_of_its_own_is_shown_raw_where_it_holds_more_than_words() -> None:
    """A new JSON field on a page of the past is a list of words, or has words of its own."""
    plain = {"aliases", "hand_in", "send_to", "aspects"}
    for code, shape in row_past._SHAPES.items():
        for of in (shape, *shape.parts):
            for field in of.model._meta.concrete_fields:
                if isinstance(field, JSONField) and field.name not in of.without | row_past.NEVER:
                    assert field.name in plain | set(of.shown or {}), (code, field.name)


@pytest.mark.django_db
def test_a_rounds_plan_names_its_units_and_its_draw(world: World) -> None:
    unit, group = world.units["县财政局"], world.groups["各乡镇"]
    words = row_past._SHAPES["campaign"].shown or {}
    row = Campaign(
        chosen={"units": [unit.pk], "groups": [group.pk]},
        draw={
            "day": "2026-04-01", "seed": "abc", "units": [["u1", "县财政局"], ["u2", "柳河镇"]],
            "inspectors": [["p1", "罗文涛", []]], "drawn": [["u2", ["p1"]]],
        },
    )  # fmt: skip
    assert words["chosen"](row) == "县财政局；各乡镇"
    assert words["draw"](row) == "2026-04-01 从 2 个单位中抽取 1 个：柳河镇（罗文涛）；种子 abc"
    assert words["draw"](Campaign()) == words["chosen"](Campaign()) == "--"

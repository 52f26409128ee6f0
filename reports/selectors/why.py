"""Why an account sees a letter or a score sheet, or does not: the rules of their `visible_to`.

A test holds them together with `visible_to` for every account and object.
"""

from __future__ import annotations

from accountability.access import Action, Scope
from accountability.access.why import (
    Part,
    Rules,
    explainer,
    of_seat,
    of_unit,
    register,
    whole_county,
)
from accountability.models import User
from reports.models import Letter, Sheet
from reports.models.letter import DESK_STATES
from reports.models.score import leads_the_county


def _letter(letter: Letter, scope: Scope, account: User) -> Rules:
    is_out = letter.sent_at is not None and letter.state not in DESK_STATES
    return Rules(
        label=f"责任书 #{letter.pk}（{letter.number}）",
        needed=(
            Part(
                "责任书已送签，或由政府办拟制",
                is_out or scope.sees_drafts,
                letter.get_state_display(),
            ),
        ),
        ways=(
            whole_county(scope),
            *of_seat(scope, letter.party_a, "甲方职务"),
            *of_seat(scope, letter.party_b, "乙方职务"),
            *of_seat(scope, letter.above, "甲方的上级职务"),
            *of_unit(scope, letter.unit, "责任书所属单位"),
        ),
    )


def _sheet(sheet: Sheet, scope: Scope, account: User) -> Rules:
    post = sheet.post
    in_team = sheet.team is not None and (
        sheet.team.members.filter(user_id=account.pk, is_out=False).exists()
    )
    of_post = of_unit(scope, post.unit if post else None, "考核职务所在单位")
    return Rules(
        label=f"评分表 #{sheet.pk}（{sheet.assessment.year} 年）",
        needed=(
            Part(
                "考核已启动，或由政府办准备",
                sheet.assessment.opened_at is not None or scope.sees_drafts,
                sheet.assessment.get_state_display(),
            ),
        ),
        ways=(
            whole_county(scope),
            Part("本人任县里第一责任人职务", leads_the_county(scope)),
            *of_unit(scope, sheet.unit, "考核单位"),
            *of_seat(scope, post, "考核职务"),
            *of_post[1:],
            Part("本人在评分的考核组", in_team),
        ),
    )


register("letter", "责任书", explainer(Letter, Action.LETTER_READ, "责任书", _letter))
register("sheet", "评分表", explainer(Sheet, Action.ASSESS_READ, "评分表", _sheet))

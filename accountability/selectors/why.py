"""Why an account sees a duty or a talk, or does not: the rules of their `visible_to`.

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
    roles_of,
    whole_county,
)
from accountability.models import Duty, Talk, User
from accountability.models.duty import answered_units


def _duty(duty: Duty, scope: Scope, account: User) -> Rules:
    post = duty.post
    owner = duty.unit_id
    answers = owner is not None and owner in set(answered_units(scope.post_ids))
    return Rules(
        label=f"履责事项 #{duty.pk}（{duty.year} 年 {duty.get_kind_display()}）",
        ways=(
            whole_county(scope),
            *of_unit(scope, duty.unit, "履责单位"),
            Part("履责单位由本人职务负责", answers, str(duty.unit) if answers else ""),
            *of_seat(scope, post, "履责职务"),
            *of_unit(scope, post.unit if post else None, "履责职务所在单位"),
        ),
    )


def _talk(talk: Talk, scope: Scope, account: User) -> Rules:
    """Without a name: who talked with whom is not for who asks here."""
    person = account.person_id
    return Rules(
        label=f"廉政谈话 #{talk.pk}（{talk.year} 年）",
        ways=(
            Part("不限单位的监督检查人员", scope.inspects_whole_county, roles_of(scope)),
            Part("由本账号登记", talk.recorded_by_id == account.pk),
            Part("本人是谈话人", person is not None and talk.talker_id == person),
            Part("本人是谈话对象", person is not None and talk.talked_id == person),
        ),
    )


register("duty", "履责事项", explainer(Duty, Action.DUTY_READ, "履责事项", _duty))
register("talk", "廉政谈话", explainer(Talk, Action.DUTY_READ, "廉政谈话", _talk))

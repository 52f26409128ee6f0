"""轨迹 of duties and of their rules."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.urls import reverse

from ..access import Action, scope_for
from ..models import AuditEvent, Duty, DutyKind, DutyRule, Talk, User
from ..models.duty import DutyQuerySet
from ..models.duty_rule import DutyRuleQuerySet
from ..models.talk import TalkQuerySet
from . import object_trail
from .duties import events_of


def _duties(user: User) -> DutyQuerySet:
    return Duty.objects.visible_to(user).select_related("rule", "unit", "post__unit")


def _duty(user: User, duty: Duty) -> object_trail.Subject:
    return object_trail.Subject(str(duty), reverse("duty", args=[duty.pk]), events_of(duty))


def _rules(user: User) -> DutyRuleQuerySet:
    rows = DutyRule.objects.visible_to(user)
    return rows if scope_for(user).may(Action.DUTY_MANAGE) else rows.none()


def _rule(user: User, rule: DutyRule) -> object_trail.Subject:
    events = AuditEvent.objects.filter(target_type="accountability.dutyrule", target_id=rule.pk)
    return object_trail.Subject(str(rule), reverse("duty_rule", args=[rule.pk]), events)


def _talks(user: User) -> TalkQuerySet:
    return Talk.objects.visible_to(user).select_related("talked", "talker_post")


def _talk(user: User, talk: Talk) -> object_trail.Subject:
    owed = Duty.objects.filter(
        post_id=talk.talker_post_id, year=talk.year, kind=DutyKind.TALK
    ).first()
    url = reverse("duty_talks", args=[owed.pk]) if owed else reverse("duties_latest")
    return object_trail.Subject(
        f"{talk.held_on:%Y-%m-%d} {talk.talked.name}", url, events_of_talks([talk])
    )


def events_of_talks(talks: Iterable[Talk]) -> QuerySet[AuditEvent]:
    """What was done to talks that the asker may see."""
    return AuditEvent.objects.filter(
        target_type="accountability.talk", target_id__in=[talk.pk for talk in talks]
    )


object_trail.register("duty", "履责事项", Duty, visible=_duties, subject=_duty)
object_trail.register("duty_rule", "履责规则", DutyRule, visible=_rules, subject=_rule)
object_trail.register("talk", "廉政谈话", Talk, visible=_talks, subject=_talk)

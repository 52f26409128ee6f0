"""计划任务: the registry of what comes round by the schedule, and how it is called.

Apps register their rules in `AppConfig.ready()`. A rule's `make(county, on, by)`
makes everything that is due on or before `on` since the county's start date and
is not there yet, whatever was missed meanwhile, each thing under a unique
constraint of the database; it counts what it made and what was there already.
The schedule asks for every rule once a day; `manage.py run_due` asks at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db import connection, transaction

from .door import Actor
from .models import County
from .refusals import Refusal

logger = logging.getLogger(__name__)
# The class of our advisory locks on PostgreSQL; the other half is county and rule.
LOCK_CLASS = 0x52485931


@dataclass(frozen=True, slots=True)
class Made:
    """What one run of a rule made, and what it found made already."""

    created: int = 0
    existing: int = 0


Make = Callable[[County, date, Actor], Made]


@dataclass(frozen=True, slots=True)
class Rule:
    """What comes round: `kind` names it in `run_due`, `label` and `when` on the page.

    `when` is a phrase for the person, such as "每季度首个工作日".
    """

    kind: str
    label: str
    when: str
    make: Make


@dataclass(slots=True)
class Tally:
    """What a run of all rules made, found, and could not do, by kind."""

    created: dict[str, int] = field(default_factory=dict)
    existing: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, kind: str, made: Made) -> None:
        self.created[kind] = self.created.get(kind, 0) + made.created
        self.existing[kind] = self.existing.get(kind, 0) + made.existing


_rules: dict[str, Rule] = {}


def register(rule: Rule) -> None:
    """Add a rule. Raises ValueError for a kind that another rule has."""
    if _rules.get(rule.kind, rule) != rule:
        raise ValueError(f"two rules of kind {rule.kind}")
    _rules[rule.kind] = rule


def rules() -> list[Rule]:
    """Every rule in the order of its registration."""
    return list(_rules.values())


def rule_of(kind: str) -> Rule | None:
    return _rules.get(kind)


def run(rule: Rule, *, county: County, on: date, by: Actor) -> Made:
    """One rule for one county, in one transaction; two at once go one after the other.

    Before the county's start date nothing is due.
    """
    if on < county.started_on:
        return Made()
    with transaction.atomic():
        _one_at_a_time(rule, county)
        return rule.make(county, on, by)


def run_all(*, on: date, part: str, counties: Iterable[County] | None = None) -> Tally:
    """Every rule for every county. One that fails leaves the others to go on.

    `part` is the part of the system that acts, as `Actor.system` has it.
    """
    tally = Tally()
    for rule in rules():
        tally.add(rule.kind, Made())
    for county in County.objects.order_by("id") if counties is None else counties:
        by = Actor.system(part, county=county)
        for rule in rules():
            try:
                tally.add(rule.kind, run(rule, county=county, on=on, by=by))
            except Refusal as refusal:
                tally.failed[rule.kind] = f"{county.name}：{refusal.sentence}"
            except Exception:
                logger.exception("rule failed", extra={"rule": rule.kind, "county": county.code})
                tally.failed[rule.kind] = f"{county.name}：系统暂时无法处理，原因见运行日志。"
    return tally


def _one_at_a_time(rule: Rule, county: County) -> None:
    """Let nobody else run the rule for the county until this transaction ends.

    SQLite's transactions are one at a time anyway. The unique constraints of
    what is made hold without this; with it, the second counts what it finds.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))",
            [LOCK_CLASS, f"{county.pk}:{rule.kind}"],
        )

"""The registry of rules, and of the sources whose cases scores rest on.

A source lists what lies on subjects (their tasks, their letters …) with a
bounded number of queries, however many subjects. A rule judges a source's
cases: which of them count by a day, and which of these were kept. A part of
the portal that wants to be counted registers its source and its rules when
it is ready; schemes name rules by their code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is counted: a unit or a seat, `key` as in the frozen package."""

    key: str
    unit_id: int | None = None
    post_id: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that lies on a subject: a task, a letter, a notice.

    `label` is for who may open it; `short` (its number) for everybody else. `told`
    says how it stands, in words; `facts` are what rules judge by.
    """

    kind: str
    id: int
    label: str
    short: str
    told: str
    facts: Mapping[str, Any]

    @property
    def key(self) -> str:
        """task:12, as forms send it."""
        return f"{self.kind}:{self.id}"


# (county, year, subjects, until) → cases by the subject's key.
Lister = Callable[[int, int, "list[Subject]", date], dict[str, list[Case]]]
# (case, until) → True kept, False not kept, None: does not count (yet).
Judge = Callable[[Case, date], bool | None]


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of things that scores may rest on; `route` shows one of them by its id.

    `visible` gives the ids of those that a user may open.
    """

    kind: str
    label: str
    cases: Lister
    route: str
    visible: Callable[[Any, Iterable[int]], set[int]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule: `formula` is what people read, `judge` what is done."""

    code: str
    label: str
    formula: str
    source: str
    judge: Judge


_SOURCES: dict[str, Source] = {}
_RULES: dict[str, Rule] = {}


def source(found: Source) -> None:
    """Make things of a kind countable; called when an app is ready."""
    _SOURCES[found.kind] = found


def register(rule: Rule) -> None:
    """Add a rule to those that schemes may name; its source comes first."""
    if rule.source not in _SOURCES:
        raise ValueError(f"{rule.code}: no source {rule.source}")
    _RULES[rule.code] = rule


def sources() -> list[Source]:
    """All sources in the order of their registration."""
    return list(_SOURCES.values())


def rules() -> dict[str, Rule]:
    """All rules by code."""
    return dict(_RULES)


def rule_names() -> dict[str, str]:
    """Labels by code, for choices and checks."""
    return {code: rule.label for code, rule in _RULES.items()}

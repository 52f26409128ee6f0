"""搜索: units, people, tasks and papers, within what the asker may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from accountability.access import Action, scope_for
from accountability.models import User
from accountability.selectors.finding import Words, find_people, find_units
from tasks.models import Paper, TaskItem, TaskState
from tasks.selectors.ledger import says

GROUP_SIZE = 20
SUGGESTED = 4
LONGEST = 60
BEFORE, AFTER = 24, 60


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: a name with what matched marked, a note, perhaps a line of the text."""

    url: str
    name: SafeString
    plain: str
    note: str
    excerpt: SafeString | str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The results of one kind; `count` ends in + when there are more than are shown."""

    label: str
    count: str
    hits: list[Hit]
    all_url: str = ""


def search(user: User, text: str, *, on: date, limit: int = GROUP_SIZE) -> list[Group]:
    """Results by kind, those without any left out; seven queries at most."""
    scope = scope_for(user)
    words = Words.of(text[:LONGEST])
    if not words or scope.county_id is None or not scope.may(Action.SEARCH):
        return []
    groups = [_tasks(user, words, text, on=on, limit=limit), _papers(user, words, limit=limit)]
    if scope.may(Action.DIRECTORY_READ):
        groups.insert(0, _units(scope.county_id, words, on=on, limit=limit))
        groups.insert(1, _people(scope.county_id, words, on=on, limit=limit))
    return [group for group in groups if group.hits]


def _counted(found: list[Any], limit: int) -> str:
    return f"{limit}+" if len(found) > limit else str(len(found))


def _units(county_id: int, words: Words, *, on: date, limit: int) -> Group:
    found = find_units(county_id, words, on=on, limit=limit + 1)
    hits = [
        Hit(_list(on.year, unit=unit.id), marked(unit.name, words), unit.name, unit.note)
        for unit in found[:limit]
    ]
    return Group("单位", _counted(found, limit), hits)


def _people(county_id: int, words: Words, *, on: date, limit: int) -> Group:
    found = find_people(county_id, words, on=on, limit=limit + 1)
    hits = []
    for person in found[:limit]:
        # The list offers the seats of the leading group; others lead to their unit's tasks.
        if person.post_id:
            url = _list(on.year, post=person.post_id)
        else:
            url = _list(on.year, unit=person.unit_id) if person.unit_id else _list(on.year)
        hits.append(Hit(url, marked(person.name, words), person.name, person.note))
    return Group("人员", _counted(found, limit), hits)


def _tasks(user: User, words: Words, text: str, *, on: date, limit: int) -> Group:
    rows: QuerySet[TaskItem] = TaskItem.objects.visible_to(user).exclude(state=TaskState.VOID)
    in_head = Q()
    for word, key in zip(words.typed, words.keys, strict=True):
        rows = rows.filter(says(word))
        head = Q(heading__contains=word) | Q(number=word)
        if len(key) > 1:
            head |= Q(heading_pinyin__contains=key) | Q(heading_initials__contains=key)
        in_head &= head
    rank = Case(
        When(Q(number=words.typed[0]), then=Value(0)),
        When(in_head, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    found = list(
        rows.annotate(rank=rank)
        .order_by("rank", "-year", "paper_id", "order")
        .values_list("id", "number", "heading", "text", "year", "state")[: limit + 1]
    )
    labels = dict(TaskState.choices)
    hits = [
        Hit(
            reverse("task_detail", args=[pk]),
            marked(f"{number} {heading}", words),
            f"{number} {heading}",
            f"{year}年度，{labels[state]}",
            excerpt(body, words, beside=heading),
        )
        for pk, number, heading, body, year, state in found[:limit]
    ]
    year = found[0][4] if found else on.year
    return Group("任务", _counted(found, limit), hits, _list(year, q=text.strip()))


def _papers(user: User, words: Words, *, limit: int) -> Group:
    rows = Paper.objects.visible_to(user)
    for word, key in zip(words.typed, words.keys, strict=True):
        condition = Q(title__contains=word) | Q(number__contains=word)
        if len(key) > 1:
            condition |= Q(title_pinyin__contains=key) | Q(title_initials__contains=key)
        rows = rows.filter(condition)
    found = list(
        rows.order_by("-year", "-id").values_list("id", "title", "number", "year")[: limit + 1]
    )
    hits = [
        Hit(_list(year), marked(title, words), title, number or f"{year}年度")
        for _, title, number, year in found[:limit]
    ]
    return Group("文件", _counted(found, limit), hits)


def _list(year: int, **filters: Any) -> str:
    address = reverse("task_list", args=[year])
    return f"{address}?{urlencode(filters)}" if filters else address


def marked(text: str, words: Words) -> SafeString:
    """`text`, escaped, with every word that was typed in it between <mark> tags."""
    spans = _spans(text, words)
    if not spans:
        return conditional_escape(text)
    parts: list[SafeString] = []
    at = 0
    for start, end in spans:
        parts.append(conditional_escape(text[at:start]))
        parts.append(format_html("<mark>{}</mark>", text[start:end]))
        at = end
    parts.append(conditional_escape(text[at:]))
    return format_html_join(mark_safe(""), "{}", ((part,) for part in parts))


def _spans(text: str, words: Words) -> list[tuple[int, int]]:
    """Where the words stand in `text`, merged where they overlap."""
    lower = text.lower()
    # Lower case may be longer than the text in rare scripts; then it is not searched in.
    if len(lower) != len(text):
        lower = text
    found: list[tuple[int, int]] = []
    for word in words.typed:
        at = lower.find(word.lower())
        while at >= 0 and len(found) < 40:
            found.append((at, at + len(word)))
            at = lower.find(word.lower(), at + len(word))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def excerpt(text: str, words: Words, *, beside: str) -> SafeString | str:
    """The stretch of the item's text around the first word; "" where the heading says it all."""
    body = text.removeprefix(beside).lstrip("。．. \n")
    spans = _spans(body, words)
    if not spans:
        return ""
    start = max(0, spans[0][0] - BEFORE)
    end = min(len(body), spans[0][1] + AFTER)
    stretch = " ".join(body[start:end].split())
    return format_html(
        "{}{}{}",
        "…" if start else "",
        marked(stretch, words),
        "…" if end < len(body) else "",
    )

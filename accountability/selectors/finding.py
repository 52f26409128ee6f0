"""Finds units and people by Chinese text, full pinyin or initials."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, IntegerField, Q, Value, When

from ..models import Person, Tenure, Unit
from ..models.dated import holds_on
from ..models.unit import UnitKind


@dataclass(frozen=True, slots=True)
class Words:
    """What was asked for: the words as typed, and each as a pinyin key ("" where it is none)."""

    typed: tuple[str, ...]
    keys: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Words:
        """The words of a query; apostrophes and signs inside pinyin do not count."""
        typed = tuple(dict.fromkeys(text.split()))[:6]
        return cls(typed, tuple(pinyin_key(word) for word in typed))

    def __bool__(self) -> bool:
        return bool(self.typed)


def pinyin_key(word: str) -> str:
    """A word as a key of pinyin or initials; "" where it is not written in letters."""
    return "".join(c for c in word.lower() if c.isalnum()) if word.isascii() else ""


@dataclass(frozen=True, slots=True)
class FoundUnit:
    """A unit of today, or one that was: `note` says so."""

    id: int
    name: str
    note: str


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A person with the seats held today; `post_id` is the first in the leading group."""

    id: int
    name: str
    note: str
    post_id: int | None
    unit_id: int | None


def key_match(key: str) -> Q:
    """The condition on search keys: several letters anywhere, one letter at the beginning."""
    if len(key) == 1:
        return Q(initials__startswith=key)
    return Q(pinyin__contains=key) | Q(initials__contains=key)


def _begins(keys: Iterable[str], typed: Iterable[str], fields: tuple[str, ...]) -> Case:
    """0 for rows whose name or key begins with the first word, 1 for others."""
    word, key = next(iter(typed)), next(iter(keys))
    condition = Q(**{f"{fields[0]}__startswith": word})
    if key:
        condition |= Q(initials__startswith=key) | Q(pinyin__startswith=key)
    return Case(When(condition, then=Value(0)), default=Value(1), output_field=IntegerField())


def find_units(county_id: int, words: Words, *, on: date, limit: int) -> list[FoundUnit]:
    """Units whose name, short name, alias or key says all words; two queries."""
    rows = Unit.objects.filter(county_id=county_id)
    # The databases keep a list of texts in different spellings; few units have aliases.
    aliased = list(rows.exclude(aliases=[]).values_list("id", "aliases"))
    for word, key in zip(words.typed, words.keys, strict=True):
        condition = Q(name__contains=word) | Q(short_name__contains=word)
        if key:
            condition |= key_match(key)
        elif aliased:
            condition |= Q(pk__in=[pk for pk, names in aliased if any(word in n for n in names)])
        rows = rows.filter(condition)
    found = rows.annotate(rank=_begins(words.keys, words.typed, ("name",))).order_by(
        "rank", "precedence", "id"
    )
    kinds = dict(UnitKind.choices)
    return [
        FoundUnit(
            pk,
            f"{parent}{name}" if kind == UnitKind.SECTION and parent else name,
            str(kinds[kind]) if valid_to is None or valid_to > on else "已撤并",
        )
        for pk, name, kind, parent, valid_to in found.values_list(
            "id", "name", "kind", "parent__name", "valid_to"
        )[:limit]
    ]


def find_people(county_id: int, words: Words, *, on: date, limit: int) -> list[FoundPerson]:
    """People whose name or key says all words, with their seats of the day; two queries."""
    rows = Person.objects.filter(county_id=county_id)
    for word, key in zip(words.typed, words.keys, strict=True):
        rows = rows.filter(Q(name__contains=word) | (key_match(key) if key else Q(pk__in=[])))
    people = list(
        rows.annotate(rank=_begins(words.keys, words.typed, ("name",)))
        .order_by("rank", "id")
        .values_list("id", "name", "retired_on")[:limit]
    )
    seats: dict[int, list[tuple[int | None, int, str]]] = {}
    for person_id, post_id, is_leadership, unit_id, unit, title in (
        Tenure.objects.filter(holds_on(on), person_id__in=[pk for pk, _, _ in people])
        .order_by("post__precedence", "id")
        .values_list(
            "person_id",
            "post_id",
            "post__is_leadership",
            "post__unit_id",
            "post__unit__name",
            "post__title",
        )
    ):
        seats.setdefault(person_id, []).append(
            (post_id if is_leadership else None, unit_id, f"{unit}{title}")
        )
    return [
        FoundPerson(
            pk,
            name,
            "、".join(seat for _, _, seat in seats.get(pk, []))
            or ("已离任" if retired_on else "没有登记职务"),
            next((post_id for post_id, _, _ in seats.get(pk, []) if post_id), None),
            seats[pk][0][1] if pk in seats else None,
        )
        for pk, name, retired_on in people
    ]

"""What the pages of posts, persons and portfolios show."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from ..models import Person, Portfolio, Post, Tenure, Unit, User
from ..models.dated import holds_on
from ..refusals import Invalid
from .directory import squeezed
from .matching import named

PAGE = 100
SEATS = {"all": "全部席位", "vacant": "空缺", "leaders": "县领导", "retired": "已撤销"}


@dataclass(slots=True)
class Page:
    """Rows in their order, and the row after which the next page begins."""

    rows: list[Any] = field(default_factory=list)
    next: int | None = None


def _holders(on: date) -> Prefetch[Any]:
    return Prefetch(
        "tenures",
        queryset=Tenure.objects.filter(holds_on(on))
        .select_related("person")
        .order_by("is_acting", "id"),
        to_attr="held_now",
    )


def seats(
    user: User,
    *,
    on: date,
    q: str = "",
    unit: int | None = None,
    layer: str = "",
    state: str = "all",
    after: int = 0,
) -> Page:
    """Seats by unit and precedence with who holds them on a day; three queries at most."""
    posts = Post.objects.visible_to(user)
    posts = posts.exclude(holds_on(on)) if state == "retired" else posts.on(on)
    held = Tenure.objects.filter(holds_on(on), post_id=OuterRef("pk"))
    if state == "vacant":
        posts = posts.filter(~Exists(held))
    elif state == "leaders":
        posts = posts.filter(is_leadership=True)
    if unit:
        posts = posts.filter(unit_id=unit)
    if layer:
        posts = posts.filter(layer=layer)
    if q:
        by_person = held.filter(named(q, "person__name", keyed="person__"))
        posts = posts.filter(
            named(q, "title", "unit__name", "unit__short_name", keyed="unit__") | Exists(by_person)
        )
    order = ("-is_leadership", "unit__precedence", "unit_id", "precedence", "id")
    return _page(
        posts.select_related("unit").prefetch_related(_holders(on)),
        order,
        after,
        Post.objects.visible_to(user),
    )


def persons(user: User, *, on: date, q: str = "", state: str = "now", after: int = 0) -> Page:
    """Persons with the posts they hold on a day; three queries at most."""
    people = Person.objects.visible_to(user)
    gone = Q(retired_on__isnull=False, retired_on__lte=on)
    if state == "retired":
        people = people.filter(gone)
    elif state != "all":
        people = people.exclude(gone)
    if state == "free":
        people = people.filter(
            ~Exists(Tenure.objects.filter(holds_on(on), person_id=OuterRef("pk")))
        )
    if q:
        people = people.filter(named(q, "name", "note"))
    held = Prefetch(
        "tenures",
        queryset=Tenure.objects.filter(holds_on(on))
        .select_related("post__unit")
        .order_by("post__precedence", "id"),
        to_attr="held_now",
    )
    return _page(people.prefetch_related(held), ("id",), after, Person.objects.visible_to(user))


def _page(rows: QuerySet[Any], order: tuple[str, ...], after: int, known: QuerySet[Any]) -> Page:
    """The rows after the row `after` in `order`, by comparison with its own values."""
    if after:
        names = [name.lstrip("-") for name in order]
        values = known.filter(pk=after).values(*names).first()
        if values is None:
            return Page()
        later, same = Q(), Q()
        for name in order:
            plain = name.lstrip("-")
            if name.startswith("-"):
                beyond = Q(**{f"{plain}__lt": values[plain]})
            else:
                beyond = Q(**{f"{plain}__gt": values[plain]})
            later |= same & beyond
            same &= Q(**{plain: values[plain]})
        rows = rows.filter(later)
    found = list(rows.order_by(*order)[: PAGE + 1])
    return Page(rows=found[:PAGE], next=found[PAGE - 1].pk if len(found) > PAGE else None)


@dataclass(slots=True)
class Charge:
    """A leader's seat with its portfolio on a day."""

    post: Post
    units: list[Unit]
    fields: list[str]
    since: date | None


def portfolios(user: User, *, on: date, q: str = "") -> list[Charge]:
    """Leaders' seats in use with units and fields; three queries."""
    posts = (
        Post.objects.visible_to(user)
        .on(on)
        .filter(is_leadership=True)
        .select_related("unit")
        .prefetch_related(
            _holders(on),
            Prefetch(
                "portfolio",
                queryset=Portfolio.objects.filter(holds_on(on))
                .filter(Q(unit__isnull=True) | holds_on(on, "unit__"))
                .select_related("unit")
                .order_by("unit__precedence", "id"),
                to_attr="charge_now",
            ),
        )
        .order_by("precedence", "id")
    )
    if q:
        posts = posts.filter(
            named(q, "title")
            | Exists(
                Tenure.objects.filter(holds_on(on), post_id=OuterRef("pk")).filter(
                    named(q, "person__name", keyed="person__")
                )
            )
            | Exists(
                Portfolio.objects.filter(holds_on(on), post_id=OuterRef("pk")).filter(
                    named(q, "field", "unit__name", "unit__short_name", keyed="unit__")
                )
            )
        )
    found = []
    for post in posts:
        charge: list[Portfolio] = post.charge_now
        found.append(
            Charge(
                post=post,
                units=[p.unit for p in charge if p.unit],
                fields=[p.field for p in charge if p.field],
                since=max((p.valid_from for p in charge), default=None),
            )
        )
    return found


def tenures_of(post: Post) -> list[Tenure]:
    """Everybody who ever sat on a seat, the latest first."""
    return list(post.tenures.select_related("person").order_by("-valid_from", "-id"))


def career(person: Person) -> list[Tenure]:
    """Every seat of a person, the latest first."""
    return list(person.tenures.select_related("post__unit").order_by("-valid_from", "-id"))


def person_names(user: User) -> list[str]:
    """Names for the appointment's list, as `labelled` writes them."""
    people = Person.objects.visible_to(user).filter(retired_on__isnull=True)
    return [labelled(p) for p in people.order_by("initials", "id")]


def labelled(person: Person) -> str:
    """张敏, or 张敏（教育局） where a note tells two apart."""
    return f"{person.name}（{person.note}）" if person.note else person.name


def person_named(user: User, text: str) -> Person:
    """The person that `text` (张敏, 张敏（教育局）) means; `Invalid` for none or several."""
    name = squeezed(text)
    people = [
        p
        for p in Person.objects.visible_to(user).filter(
            retired_on__isnull=True, name=name.partition("（")[0]
        )
        if name in (p.name, squeezed(labelled(p)))
    ]
    exact = [p for p in people if squeezed(labelled(p)) == name]
    found = exact if len(exact) == 1 else people
    if len(found) == 1:
        return found[0]
    if found:
        choices = "、".join(labelled(p) for p in found)
        sentence = f"“{name}”有 {len(found)} 名同名人员，请写明是哪一名：{choices}。"
    else:
        sentence = f"没有名为“{name}”的在任人员，请核对姓名，或先新增人员。"
    raise Invalid(sentence, details={"person": [sentence]})

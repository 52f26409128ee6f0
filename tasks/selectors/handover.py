"""What the page 批量移交 shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from accountability.models import County, Post, Tenure, Unit, UnitGroup
from accountability.models.dated import holds_on
from accountability.refusals import Invalid
from accountability.selectors.directory import Directory
from tasks.models import Assignment
from tasks.services.carried import OPEN_STATES


@dataclass(slots=True)
class Bearer:
    """Somebody with unfinished tasks. `why` says why handing over may be due."""

    key: str
    name: str
    detail: str
    tasks: int
    places: int
    why: str = ""


def bearers(county: County, *, on: date) -> list[Bearer]:
    """Whoever holds unfinished tasks, first those that are retired or vacant; seven queries."""
    held = Assignment.objects.filter(
        item__county=county, item__state__in=OPEN_STATES, valid_to__isnull=True
    ).exclude(slot__is_dropped=True)

    def counts(field: str) -> dict[int, tuple[int, int]]:
        rows = (
            held.filter(**{f"{field}__isnull": False})
            .values_list(field)
            .annotate(tasks=Count("item", distinct=True), places=Count("id"))
        )
        return {pk: (tasks, places) for pk, tasks, places in rows}

    found: list[Bearer] = []
    by_unit = counts("unit_id")
    for unit in Unit.objects.filter(pk__in=by_unit).order_by("precedence", "id"):
        why = "" if unit.holds_on(on) else "已停用"
        found.append(
            Bearer(f"u{unit.pk}", unit.name, unit.get_kind_display(), *by_unit[unit.pk], why)
        )
    by_post = counts("post_id")
    sitting = {
        t.post_id: t.person.name
        for t in Tenure.objects.filter(holds_on(on), post_id__in=by_post)
        .select_related("person")
        .order_by("-is_acting", "-id")
    }
    posts = Post.objects.filter(pk__in=by_post).select_related("unit")
    for post in posts.order_by("-is_leadership", "precedence", "id"):
        why = "" if post.holds_on(on) else "已撤销"
        why = why or ("" if post.pk in sitting else "空缺")
        found.append(
            Bearer(f"p{post.pk}", str(post), sitting.get(post.pk, ""), *by_post[post.pk], why)
        )
    by_group = counts("group_id")
    for group in UnitGroup.objects.filter(pk__in=by_group).order_by("precedence", "id"):
        why = "" if group.holds_on(on) else "已停用"
        found.append(Bearer(f"g{group.pk}", group.name, "单位集合", *by_group[group.pk], why))
    return sorted(found, key=lambda b: not b.why)


def targets(directory: Directory, kinds: set[str]) -> list[str]:
    """Texts for choosing who takes over; `target_named` reads them back."""
    fitting = [c for c in directory.candidates() if any(c.fits(kind) for kind in kinds)]
    return [
        f"{c.label}（{c.detail}）" if c.kind == "post" and c.label != c.detail else c.label
        for c in fitting
    ]


def target_named(directory: Directory, text: str, kinds: set[str]) -> str:
    """The wire key of whom `text` means in slots of `kinds`; `Invalid` for none or several."""
    found = {c.key: c for kind in kinds for c in directory.resolve(text, kind)}
    if len(found) == 1:
        return next(iter(found))
    if found:
        choices = "、".join(f"{c.label}（{c.detail}）" for c in found.values())
        sentence = f"“{text}”有 {len(found)} 种可能，请写明是哪一个：{choices}。"
    else:
        sentence = f"没有找到可以承接的“{text}”，请从名单中选择单位、职务或单位集合。"
    raise Invalid(sentence, details={"target": [sentence]})

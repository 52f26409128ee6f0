"""权限组 of units and posts, and who must derive rights anew when the directory changes.

The directory does not know what is laid on it. Whoever grants object rights
registers a callback; a change of a group's members or of a seat's unit calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from django.contrib.auth.models import Group

from ..door import require_act
from ..models import Post, RightsGroup, Unit

Rederive = Callable[[frozenset[int], frozenset[int]], None]
_listeners: dict[str, Rederive] = {}


def register(name: str, rederive: Rederive) -> None:
    """Let `rederive(unit group ids, post ids)` be called when these changed their meaning."""
    _listeners[name] = rederive


def changed(*, groups: Collection[int] = (), posts: Collection[int] = ()) -> None:
    """Members of these unit groups, or units of these posts, were changed in this act."""
    if groups or posts:
        for rederive in _listeners.values():
            rederive(frozenset(groups), frozenset(posts))


def ensure_groups(*, units: Iterable[Unit] = (), posts: Iterable[Post] = ()) -> int:
    """Make the groups that these units and posts lack, inside an open door; gives how many.

    A constant number of statements.
    """
    require_act()
    of_unit = {unit.pk: unit.county_id for unit in units}
    of_post = {post.pk: post.county_id for post in posts}
    for pk in known(RightsGroup.objects.filter(unit__in=of_unit).values_list("unit_id", flat=True)):
        del of_unit[pk]
    for pk in known(RightsGroup.objects.filter(post__in=of_post).values_list("post_id", flat=True)):
        del of_post[pk]
    return _make(of_unit, of_post)


def ensure_all() -> int:
    """The groups of all units and posts that lack one; gives how many were made."""
    require_act()
    return _make(
        dict(Unit.objects.filter(rights_group__isnull=True).values_list("id", "county_id")),
        dict(Post.objects.filter(rights_group__isnull=True).values_list("id", "county_id")),
    )


def name_of(county_id: int, kind: str, pk: int) -> str:
    """The name of a group; its first ten digits tell the ledger whose chain it is in."""
    return f"{county_id:010d}:{kind}:{pk}"


def known(ids: Iterable[int | None]) -> set[int]:
    return {pk for pk in ids if pk is not None}


def _make(of_unit: dict[int, int], of_post: dict[int, int]) -> int:
    wanted: list[tuple[str, dict[str, int]]] = [
        *(
            (name_of(county, "unit", pk), {"unit_id": pk, "county_id": county})
            for pk, county in sorted(of_unit.items())
        ),
        *(
            (name_of(county, "post", pk), {"post_id": pk, "county_id": county})
            for pk, county in sorted(of_post.items())
        ),
    ]
    if not wanted:
        return 0
    made = Group.objects.bulk_create([Group(name=name) for name, _ in wanted], batch_size=1000)
    # Derived from the unit or post, which has its history; so none of its own.
    rows = [RightsGroup(group=group, **of) for group, (_, of) in zip(made, wanted, strict=True)]
    RightsGroup.objects.recorded_bulk().bulk_create(rows, batch_size=500)
    return len(wanted)

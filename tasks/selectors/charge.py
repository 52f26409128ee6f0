"""Who is in charge of a unit on a day: the leader whose portfolio it is in, and its own head."""

from __future__ import annotations

from dataclasses import dataclass

from accountability.models import Layer, Portfolio
from accountability.models.dated import holds_on
from accountability.selectors.directory import Directory


@dataclass(frozen=True, slots=True)
class Charge:
    """Keys of posts by unit id: `leaders` in whose portfolio, `heads` first responsible."""

    leaders: dict[int, str]
    heads: dict[int, str]


def charge(directory: Directory) -> Charge:
    """One query beside the directory. With two leaders in charge the first in rank is named."""
    posts = {c.id: c for c in directory.by_key.values() if c.kind == "post"}
    leaders: dict[int, str] = {}
    rows = (
        Portfolio.objects.filter(
            holds_on(directory.day), unit__isnull=False, post__county_id=directory.county_id
        )
        .order_by("post__precedence", "post_id", "id")
        .values_list("unit_id", "post_id")
    )
    for unit_id, post_id in rows:
        if unit_id is not None and post_id in posts:
            leaders.setdefault(unit_id, f"p{post_id}")
    heads: dict[int, str] = {}
    for post in posts.values():
        if post.layer == Layer.FIRST_RESPONSIBLE and not post.is_leadership and post.unit_id:
            heads.setdefault(post.unit_id, post.key)
    return Charge(leaders, heads)

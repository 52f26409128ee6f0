"""Succession: the new holder of a post gets its open letters to sign (issue 4, §2)."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from accountability.access import Action
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import County, Person
from accountability.refusals import NotFound
from accountability.services import bulk
from accountability.services.audit import Note, change
from reports.models import SIGNED_STATES, Letter, LetterState
from reports.models.letter import LIVE_STATES
from reports.selectors.letter_plan import holders_of
from reports.services import letter_text, letters


def follow(*, by: Actor, county: County, year: int) -> int:
    """Bring a year's letters to who holds the posts today; gives how many changed.

    A letter that the former holder of a post signed lapses, and a new one is
    made in its place by `letter_making.make`; one that nobody signed is made anew
    with the new names. A post that is vacant now changes nothing: the letter
    waits for the successor.
    """
    with acting(by=by) as act:
        require(by, Action.LETTER_EDIT)
        user = by.user or by.on_behalf_of
        if user is not None and user.county_id != county.pk:
            raise NotFound
        rows = list(
            Letter.objects.select_for_update(of=("self",))
            .filter(county=county, year=year, state__in=LIVE_STATES - {LetterState.EXPIRED})
            .select_related("party_a__unit", "party_b__unit", "unit", "person_a", "person_b")
            .order_by("pk")
        )
        posts = {pk for row in rows for pk in (row.party_a_id, row.party_b_id)}
        today = timezone.localdate()
        now = holders_of(posts, on=today)
        told = {row.pk: said for row in rows if (said := _told(row, now))}
        moved = [row for row in rows if row.pk in told]
        for row in moved:
            if row.state in SIGNED_STATES:
                row.reason = f"职务变动：{told[row.pk]}"[:300]
                letters.move(
                    act,
                    row,
                    LetterState.STALE,
                    action="letter.stale",
                    summary=f"{row.number} 职务变动，已失效，需重签",
                )
        unsigned = [row for row in moved if row.state != LetterState.STALE]
        before = {row.pk: row.digest for row in unsigned}
        letter_text.refresh(unsigned, on=today)
        bulk.update(unsigned, letter_text.TEXT_FIELDS)
        act.record_many(
            [
                Note(
                    "letter.succession",
                    row,
                    f"{row.number} 随职务变动更新：{told[row.pk]}",
                    [change("digest", "正文摘要", before[row.pk], row.digest)],
                    letters.units_of(row),
                )
                for row in unsigned
            ]
        )
        if not moved:
            act.unchanged()
    return len(moved)


def behind(letters: Iterable[Letter]) -> int:
    """How many of these letters name somebody who no longer holds his post; one query."""
    rows = [row for row in letters if row.state in LIVE_STATES - {LetterState.EXPIRED}]
    posts = {pk for row in rows for pk in (row.party_a_id, row.party_b_id)}
    now = holders_of(posts, on=timezone.localdate())
    return sum(bool(_told(row, now)) for row in rows)


def _told(letter: Letter, now: dict[int, Person]) -> str:
    """Whose successions a letter must follow, as a sentence; "" where nobody changed."""
    return "；".join(
        f"{post}由{person.name if person else '空缺'}改为{now[post.pk].name}"
        for post, person in (
            (letter.party_a, letter.person_a),
            (letter.party_b, letter.person_b),
        )
        if post.pk in now and now[post.pk].pk != (person.pk if person else None)
    )

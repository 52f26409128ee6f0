"""Succession: the new holder of a post gets its open letters to sign (issue 4, §2)."""

from __future__ import annotations

from django.utils import timezone

from accountability.access import Action
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import County
from accountability.refusals import NotFound
from accountability.services.audit import change
from reports.models import SIGNED_STATES, Letter, LetterState
from reports.models.letter import LIVE_STATES
from reports.selectors.letter_plan import holders_of
from reports.services import letters


def follow(*, by: Actor, county: County, year: int) -> int:
    """Bring a year's letters to who holds the posts today; gives how many changed.

    A letter that the former holder of a post signed lapses, and a new one is
    made in its place by `make_letters`; one that nobody signed is made anew
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
        now = holders_of(posts, on=timezone.localdate())
        count = 0
        for row in rows:
            told = [
                f"{post}由{person.name if person else '空缺'}改为{now[post.pk].name}"
                for post, person in ((row.party_a, row.person_a), (row.party_b, row.person_b))
                if post.pk in now and now[post.pk].pk != (person.pk if person else None)
            ]
            if not told:
                continue
            count += 1
            if row.state in SIGNED_STATES:
                row.reason = f"职务变动：{'；'.join(told)}"[:300]
                letters.move(
                    act,
                    row,
                    LetterState.STALE,
                    action="letter.stale",
                    summary=f"{row.number} 职务变动，已失效，需重签",
                )
                continue
            before = row.digest
            letters.refresh_text(row)
            row.full_clean(exclude=["content"])
            row.save()
            act.record(
                "letter.succession",
                row,
                summary=f"{row.number} 随职务变动更新：{'；'.join(told)}",
                changes=[change("digest", "正文摘要", before, row.digest)],
                units=letters.units_of(row),
            )
        if not count:
            act.unchanged()
    return count

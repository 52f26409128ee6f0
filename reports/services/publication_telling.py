"""Telling people that an endorsement or a promise waits for them, or came back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse

from accountability.door import Act
from accountability.models import Tenure
from accountability.models.dated import holds_on
from accountability.services import outbox
from reports.models import Endorsement, EndorsementStep, Promise, PromiseKind
from reports.services.promise_content import TITLES, title_of


def tell_signer(act: Act, endorsement: Endorsement, step: EndorsementStep, *, on: date) -> int:
    """Tell the holder of the seat whose turn it is; how many were told."""
    return outbox.tell(
        act,
        people=holders(step.post_id, on=on),
        rule=f"endorsement.wait:{step.layer}",
        on=on,
        title=f"{matter(endorsement)}待签署意见",
        link=reverse("endorsement", args=[endorsement.pk]),
        about=endorsement,
        county=endorsement.county_id,
    )


def tell_asker(act: Act, endorsement: Endorsement, *, on: date, rule: str, said: str) -> int:
    """Tell who asked for the round that it is done, or was sent back."""
    asker = endorsement.asked_by.person_id
    return outbox.tell(
        act,
        people=[asker] if asker else [],
        rule=rule,
        on=on,
        title=f"{matter(endorsement)}{said}"[:200],
        link=reverse("endorsement", args=[endorsement.pk]),
        about=endorsement,
        county=endorsement.county_id,
    )


def tell_promisers(act: Act, promises: Iterable[Promise], *, on: date, rule: str, said: str) -> int:
    """Tell the persons of these promises in as many calls as there are years and kinds."""
    people: dict[tuple[int, int, str], list[int]] = {}
    for row in promises:
        people.setdefault((row.county_id, row.year, row.kind), []).append(row.person_id)
    return sum(
        outbox.tell(
            act,
            people=persons,
            rule=f"{rule}:{year}:{kind}",
            on=on,
            title=f"{year}年度{TITLES[PromiseKind(kind)]}{said}",
            link=f"{reverse('promises', args=[year])}?s=mine",
            county=county_id,
        )
        for (county_id, year, kind), persons in people.items()
    )


def tell_returned(act: Act, promise: Promise, *, on: date) -> int:
    """Tell the person that his promise came back, and why."""
    return outbox.tell(
        act,
        people=[promise.person_id],
        rule=f"promise.returned:{promise.version}",
        on=on,
        title=f"{title_of(promise)}退回修改",
        text=promise.reason,
        link=reverse("promise", args=[promise.pk]),
        about=promise,
        county=promise.county_id,
    )


def matter(endorsement: Endorsement) -> str:
    """《关于……的函》发文稿签字背书; a title too long for a message's is cut."""
    return f"《{endorsement.subject.title[:120]}》{endorsement.get_kind_display()}签字背书"


def holders(post_id: int, *, on: date) -> list[int]:
    """The persons who hold the seat, never those who only look after it: nobody signs for them."""
    held = Tenure.objects.filter(holds_on(on), post_id=post_id)
    return list(held.order_by("id").values_list("person_id", flat=True))

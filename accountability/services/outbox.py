"""发件箱: telling people, once for each person, rule, matter and date (DESIGN decision 3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Model, Q
from django.utils import timezone

from ..door import Act
from ..models import (
    Channel,
    Contact,
    County,
    DeliveryState,
    OutboxDelivery,
    OutboxMessage,
    Person,
)
from . import outbox_sending


def tell(
    act: Act,
    *,
    people: Iterable[Person | int],
    rule: str,
    on: date,
    title: str,
    text: str = "",
    link: str = "",
    about: Model | None = None,
    county: County | int | None = None,
) -> int:
    """Tell each of `people` (persons or their ids) once; how many were told by this call.

    To be called inside the open door of what it tells of: rolled back, nothing
    was said. The same rule, day and matter tell a person once, so a caller may
    ask again. Who left the county on or before `on` is told nothing. Channels
    are the person's own choice; what leaves the portal is sent by the outbox
    job after the commit. `county` is the actor's where it is not given.
    """
    if link and (not link.startswith("/") or link.startswith("//")):
        raise ValueError(f"a message leads within the portal, not to {link}")
    county_id = _county_id(act, county)
    wanted = dict.fromkeys(p if isinstance(p, int) else p.pk for p in people)
    about_type = about._meta.label_lower if about is not None else ""
    about_id = int(about.pk) if about is not None else 0
    same = Q(county_id=county_id, rule=rule, on=on, about_type=about_type, about_id=about_id)
    here = set(
        Person.objects.filter(county_id=county_id, pk__in=wanted)
        .filter(Q(retired_on__isnull=True) | Q(retired_on__gt=on))
        .values_list("pk", flat=True)
    )
    here -= set(
        OutboxMessage.objects.filter(same, person_id__in=here).values_list("person_id", flat=True)
    )
    if not here:
        return 0
    # Somebody else may be telling the same at this moment: what he told is left as it is,
    # and what is ours is found again by the act.
    OutboxMessage.objects.all().recorded_bulk().bulk_create(
        [
            OutboxMessage(
                county_id=county_id,
                person_id=person_id,
                rule=rule,
                on=on,
                about_type=about_type,
                about_id=about_id,
                title=title[:200],
                text=text,
                link=link,
                act_id=act.id,
                made_by=act.actor.name[:60],
            )
            for person_id in wanted
            if person_id in here
        ],
        batch_size=500,
        ignore_conflicts=True,
    )
    told = dict(
        OutboxMessage.objects.filter(same, act_id=act.id, person_id__in=here)
        .order_by("id")
        .values_list("person_id", "id")
    )
    if _hand_to_channels(told):
        outbox_sending.ask(key=f"{outbox_sending.KIND}:{act.id}")
    return len(told)


def _county_id(act: Act, county: County | int | None) -> int:
    given = county if county is not None else act.actor.county
    if given is None:
        raise ValueError("whom to tell is of a county: give it")
    return given if isinstance(given, int) else given.pk


def _hand_to_channels(told: dict[int, int]) -> bool:
    """A delivery for each message and channel that its person chose; whether any leaves."""
    now = timezone.now()
    choices = {c.person_id: c for c in Contact.objects.filter(person_id__in=told)}
    deliveries = []
    for person_id, message_id in told.items():
        choice = choices.get(person_id)
        for channel, is_wanted in (
            (Channel.PORTAL, True),
            (Channel.MAIL, choice is not None and choice.by_mail),
            (Channel.WEBHOOK, choice is not None and choice.by_webhook),
        ):
            if not is_wanted:
                continue
            is_there = channel == Channel.PORTAL
            deliveries.append(
                OutboxDelivery(
                    message_id=message_id,
                    person_id=person_id,
                    channel=channel,
                    state=DeliveryState.SENT if is_there else DeliveryState.WAITING,
                    run_after=now,
                    ended_at=now if is_there else None,
                )
            )
    OutboxDelivery.objects.bulk_create(deliveries, batch_size=500)
    return len(deliveries) > len(told)

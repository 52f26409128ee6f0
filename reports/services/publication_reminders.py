"""签字背书 and 承诺书 that go on waiting, by the schedule: at most two reminders each.

One on the third and one on the sixth working day after it began to wait. What
the schedule slept through is not made up for: then the second alone is sent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.db.models import DateTimeField, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from accountability import workdays
from accountability.door import Actor, acting
from accountability.models import AuditEvent, County, OutboxMessage, Tenure
from accountability.models.dated import holds_on
from accountability.models.recorded import RecordedModel
from accountability.rhythm import Made
from accountability.services import outbox
from reports.models import (
    Endorsement,
    EndorsementState,
    EndorsementStep,
    Promise,
    PromiseState,
)
from reports.models.promise import EDITED_STATES
from reports.selectors.endorsements import canonical_text, digest_of
from reports.services.promise_content import title_of
from reports.services.publication_telling import holders, matter

AFTER = (3, 6)  # working days
ENDORSEMENT, PROMISE = "endorsement.reminder", "promise.reminder"


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that waits since a day; `key` tells this wait from others of its object.

    `people` is asked for only where something is to be said, and may find nobody.
    """

    about: RecordedModel
    key: str
    since: date
    title: str
    link: str
    people: Callable[[], list[int]]


def remind_endorsements(county: County, on: date, by: Actor) -> Made:
    """The rule `endorsement.reminder`: to whose turn it is, while the text is as it was sent."""
    first_unsigned = EndorsementStep.objects.filter(
        endorsement=OuterRef("pk"), signed_at__isnull=True
    ).order_by("layer")
    rows = (
        Endorsement.objects.filter(county=county, state=EndorsementState.OPEN)
        .select_related("county", "paper__county", "dispatch__county")
        .annotate(
            turn=Subquery(first_unsigned.values("layer")[:1]),
            seat=Subquery(first_unsigned.values("post_id")[:1]),
            last_signed=Max("steps__signed_at"),
        )
        .order_by("id")
    )
    waits = [
        Wait(
            row,
            str(row.turn),
            _day(row.last_signed or row.asked_at),
            f"{matter(row)}仍待签署意见",
            reverse("endorsement", args=[row.pk]),
            partial(_signers, row, on=on),
        )
        for row in rows
    ]
    return _remind(county, waits, on, by, ENDORSEMENT)


def _signers(row: Endorsement, *, on: date) -> list[int]:
    text = canonical_text(row.subject, row.kind, on=on)
    if digest_of(text) != row.digest:
        return []  # changed since: it cannot be signed and is the office's to send anew
    return holders(row.seat, on=on)  # type: ignore[attr-defined]


def remind_promises(county: County, on: date, by: Actor) -> Made:
    """The rule `promise.reminder`: to its person, to reword and submit, or to sign."""
    waits = []
    for row in _waiting_promises(county, on):
        is_text = row.state in EDITED_STATES
        waits.append(
            Wait(
                row,
                f"{'text' if is_text else 'sign'}:{row.version}",
                _day(row.since),  # type: ignore[attr-defined]
                f"{title_of(row)}仍待{'修改后送审' if is_text else '本人签署'}",
                reverse("promise", args=[row.pk]),
                partial(list, [row.person_id]),
            )
        )
    return _remind(county, waits, on, by, PROMISE)


def _waiting_promises(county: County, on: date) -> QuerySet[Promise]:
    """What waits for a person who still sits on the post, `since` when. One query."""
    returned = (
        AuditEvent.objects.filter(
            target_type="reports.promise", target_id=OuterRef("pk"), action="promise.return"
        )
        .order_by("-id")
        .values("at")[:1]
    )
    seated = Tenure.objects.filter(
        holds_on(on), post_id=OuterRef("post_id"), person_id=OuterRef("person_id")
    )
    rows: QuerySet[Promise] = (
        Promise.objects.filter(
            Q(state__in=EDITED_STATES) | Q(state=PromiseState.APPROVED),
            county=county,
            year__gte=on.year - 1,  # a draft of long ago is nobody's errand any more
            pk__in=Promise.objects.annotate(seat=Subquery(seated.values("pk")[:1]))
            .filter(county=county, seat__isnull=False)
            .values("pk"),
        )
        .annotate(
            since=Coalesce(
                "approved_at", Subquery(returned), F("made_at"), output_field=DateTimeField()
            )
        )
        .order_by("id")
    )
    return rows


def _remind(county: County, waits: list[Wait], on: date, by: Actor, rule: str) -> Made:
    calendar = workdays.of(county.pk)
    due = []
    for wait in waits:
        stage = sum(calendar.add(wait.since, days) <= on for days in AFTER)
        if stage:
            due.append((wait, f"{rule}:{wait.key}:{stage}"))
    if not due:
        return Made()
    told = _told(county, [wait for wait, _ in due], rule)
    fresh = [(wait, key) for wait, key in due if key not in told[wait.about.pk]]
    created = 0
    if fresh:
        with acting(by=by) as act:
            for wait, key in fresh:
                reached = outbox.tell(
                    act, people=wait.people(), rule=key, on=on, title=wait.title,
                    link=wait.link, about=wait.about, county=county,
                )  # fmt: skip
                created += bool(reached)
            if created:
                act.record(rule, county, summary=f"提醒办理 {created} 件")
            else:
                act.unchanged()
    return Made(created, len(due) - len(fresh))


def _told(county: County, waits: list[Wait], rule: str) -> dict[int, set[str]]:
    """The reminders that were sent already, by the object; one query."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = OutboxMessage.objects.filter(
        county=county,
        about_type=waits[0].about._meta.label_lower,
        about_id__in=[wait.about.pk for wait in waits],
        rule__startswith=rule,
    )
    for about_id, key in rows.order_by().values_list("about_id", "rule").distinct():
        found[about_id].add(key)
    return found


def _day(moment: datetime) -> date:
    return timezone.localdate(moment)

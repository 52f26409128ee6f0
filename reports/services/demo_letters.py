"""The demo county's letters: made, sent, and a few of them signed by both parties.

The signers enrol with a PIN that is drawn when the demo is loaded and shown
once; nothing here knows it beforehand.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accountability.door import Actor
from accountability.models import County, Tenure, User
from accountability.models.dated import holds_on
from accountability.refusals import WrongState
from reports.models import Letter, LetterForm, LetterLevel
from reports.services import (
    enrolment,
    letter_making,
    letter_settings,
    letter_signing,
    letter_text,
    letters,
)
from tasks.models import Paper, PaperState
from tasks.selectors.reporters import part_of
from tasks.services import extensions

COUNTY = "安和县"
CLERK, HEAD = "bangong", "zhuren"
ASKING = "caizhengju"
EXTENDED = "上级配套办法尚未印发，须待印发后修订本县办法。"
# (first party, second party): whose letters are signed by both.
SIGNED = (
    ("xianzhang", "fuxianzhang"),
    ("xianzhang", "fuxianzhang_li"),
    ("xianzhang", "fuxianzhang_wang"),
    ("fuxianzhang", "caizhengju"),
    ("fuxianzhang", "zhuren"),
)
CLAUSES = {
    "caizhengju": (
        "国库集中支付大额资金实行双人复核，每月抽查一次支付凭证。",
        "政府采购项目的需求论证和履约验收分岗办理，不由同一人经手。",
    ),
    "zhuren": ("公务接待实行一事一单，接待清单每季度在机关内公开。",),
}


def load(*, pin: str, signed: int = len(SIGNED)) -> list[Letter]:
    """Make this year's letters of the demo county and send them; gives those signed by both.

    A signature takes about a second: `signed` says how many of `SIGNED` are.
    Nothing happens without the county, or where it has letters.
    """
    if not settings.DEMO:
        raise WrongState("本系统不是演示环境，不能装载演示数据。")
    county = County.objects.filter(name=COUNTY).first()
    states = [PaperState.PART_ISSUED, PaperState.ISSUED]
    papers = Paper.objects.filter(county=county, state__in=states).order_by("-year", "-id")
    paper = papers.defer("reading", "findings").first()
    if county is None or paper is None or Letter.objects.filter(county=county).exists():
        return []
    users = {user.username: user for user in User.objects.filter(county=county)}
    clerk = actor_of(users[CLERK])
    # All four steps of the cascade are shown; a county without a choice of its own stops at units.
    letter_settings.choose(
        by=clerk, county=county, form=LetterForm.LETTER, lowest=LetterLevel.SECTION
    )
    made = letter_making.make(by=clerk, paper=paper)
    by_person = {row.person_b_id: row for row in made}
    for name, clauses in CLAUSES.items():
        letter = by_person[users[name].person_id]
        letter_text.revise(by=clerk, letter=letter, clauses=clauses, revision=letter.revision)
    letters.submit(by=clerk, letters=made)
    letters.send(by=actor_of(users[HEAD]), letters=made)
    pairs = SIGNED[:signed]
    for name in sorted({name for pair in pairs for name in pair}):
        enrolment.enrol(by=actor_of(users[name]), pin=pin, again=pin)
    both = [
        _signed(by_person[users[second].person_id], (users[first], users[second]), pin)
        for first, second in pairs
    ]
    _extended([letter for letter in both if letter.person_b_id == users[ASKING].person_id], users)
    return both


def _extended(signed: list[Letter], users: dict[str, User]) -> None:
    """A deadline put off at a unit's request: 变更附页 of the letters that print the task."""
    today, by = timezone.localdate(), actor_of(users[ASKING])
    for letter in signed:
        unit = letter.party_b.unit
        rows = letter.items.filter(item__due_on__gte=today).select_related("item")
        own = (row.item for row in rows.order_by("item__due_on", "position"))
        item = next((i for i in own if part_of(i, unit.pk, on=today) is not None), None)
        if item is None or item.due_on is None:
            continue
        wanted = item.due_on + timedelta(days=20)
        asked = extensions.ask(
            by=by, item=item, unit=unit, due_wanted=wanted, reason=EXTENDED, on=today
        )
        extensions.decide(by=actor_of(users[HEAD]), extension_id=asked.pk, agree=True, on=today)


def _signed(letter: Letter, parties: tuple[User, User], pin: str) -> Letter:
    for user in parties:
        letter.refresh_from_db()
        letter = letter_signing.sign(
            by=actor_of(user), letter=letter, digest=letter.digest, pin=pin
        )
    return letter


def actor_of(user: User) -> Actor:
    """As if signed in: with the seat held today."""
    tenure = (
        Tenure.objects.filter(holds_on(timezone.localdate()), person_id=user.person_id)
        .select_related("post__unit")
        .order_by("post__precedence", "id")
        .first()
    )
    return Actor(
        key=f"user:{user.pk}",
        name=user.display_name,
        user=user,
        post=tenure.post.title if tenure else "",
        unit=tenure.post.unit.name if tenure else "",
        county=user.county,
    )

"""A county with an issued paper, its letters, and keys to sign with."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone

from accountability.door import Actor
from accountability.models import User
from reports.models import Letter
from reports.services import letter_making, letter_signing, letters
from tests.reports.letters.keyring import PIN, TestKeyring
from tests.task_factory import MadePaper, make_tasks
from tests.world import World

YEAR = timezone.localdate().year
OFFICE = "bangong"
Act = Callable[[str], Actor]


def actor_of(user: User) -> Actor:
    return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=user.county)


@pytest.fixture
def act(world: World) -> Act:
    """`act("bangong")` is that account as actor, its scope as of now."""
    return lambda name: actor_of(User.objects.get(pk=world.users[name].pk))


@pytest.fixture
def paper(world: World) -> MadePaper:
    """Six tasks that are handed out."""
    return make_tasks(world, 6, year=YEAR)


@pytest.fixture
def made(world: World, paper: MadePaper, act: Act) -> dict[str, Letter]:
    """The letters of the paper, by the second party's name."""
    rows = letter_making.make(by=act(OFFICE), paper=paper.paper)
    return {row.person_b.name: row for row in rows if row.person_b is not None}


@pytest.fixture
def sent(made: dict[str, Letter], act: Act) -> dict[str, Letter]:
    """The letters, sent to be signed."""
    letters.submit(by=act(OFFICE), letters=made.values())
    letters.send(by=act(OFFICE), letters=made.values())
    for row in made.values():
        row.refresh_from_db()
    return made


@pytest.fixture
def keyring() -> Iterator[TestKeyring]:
    """Keys for everybody; the former keyring comes back."""
    before = letter_signing._keyring
    ring = TestKeyring()
    letter_signing.use(ring)
    yield ring
    letter_signing.use(before)


Sign = Callable[[str, Letter], Letter]


@pytest.fixture
def sign(act: Act, keyring: TestKeyring) -> Sign:
    """`sign("xianzhang", letter)` signs it as that account, as shown now."""

    def signed(name: str, letter: Letter) -> Letter:
        letter.refresh_from_db()
        return letter_signing.sign(by=act(name), letter=letter, digest=letter.digest, pin=PIN)

    return signed


@pytest.fixture
def effective(sent: dict[str, Letter], sign: Sign) -> Letter:
    """黄志强's letter with 周建平, signed by both."""
    letter = sent["黄志强"]
    sign("fuxianzhang", letter)
    return sign("caizhengju", letter)

"""初始安装: the county and its three administrators, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone

from ..door import Actor, acting
from ..models import ADMINISTRATORS, County, Person, Role, User
from ..pinyin import keys
from ..refusals import WrongState
from . import accounts, grants


@dataclass(frozen=True, slots=True)
class Appointed:
    """One of the first three: an account's name, a person's (may be empty), the set-up code."""

    role: str
    username: str
    person: str
    code: str = ""


def bootstrap(
    *, county: County, administrators: Mapping[str, tuple[str, str]], document: str
) -> list[Appointed]:
    """Make `county` and the accounts {role: (username, person's name)} with set-up codes.

    Refused as soon as any account exists: who has rights makes the next.
    """
    by = Actor.system("bootstrap")
    made: list[Appointed] = []
    with acting(by=by, reason=document) as act:
        if User.objects.exists() or County.objects.exists():
            raise WrongState("系统中已有账号或县，初始安装只能进行一次。")
        if set(administrators) != ADMINISTRATORS:
            raise WrongState("须同时指定系统、安全、审计三名管理员。")
        county.full_clean()
        county.save()
        for role, (username, name) in sorted(administrators.items()):
            person = _person(county, name) if name else None
            user, code = accounts.create_with_code(
                by=by, username=username, county=county, person=person
            )
            grants.grant(
                by=by, user=user, role=role, valid_from=timezone.localdate(), reason=document
            )
            made.append(Appointed(role=role, username=username, person=name, code=code))
        act.record(
            "account.bootstrap",
            county,
            summary=f"初始安装 {county.name}："
            + "、".join(f"{Role(m.role).label} {m.username}" for m in made),
            county=county,
        )
    return made


def _person(county: County, name: str) -> Person:
    full, initials = keys([name], is_person=True)
    person = Person(county=county, name=name, pinyin=full, initials=initials)
    person.full_clean()
    person.save()
    return person

"""The password rules (security.md 3.3, 等保三级 身份鉴别 a), as Django validators.

The sentences say what to change. A rule that needs to know whose password it
is looks at `user`; without one it judges the text alone.
"""

from __future__ import annotations

import re
from typing import Any

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils import timezone

from . import pinyin
from .models import ADMINISTRATORS, PasswordHistory, RoleGrant, Unit

LEAST, LEAST_ADMINISTRATOR, PASSPHRASE, MOST = 12, 14, 20, 128
LEAST_CLASSES, LEAST_DISTINCT = 3, 6
FRAGMENT = 3
KEPT = 5
CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]")
CONTEXT_WORDS = (
    "lianzheng", "dangfeng", "zhutizeren", "zerenzhi", "zerenshu", "zhengfu", "jiwei", "jianwei",
    "xianwei", "xianzhang", "bangongshi", "password", "passw0rd", "qwerty", "asdfgh", "zxcvbn",
    "admin", "welcome", "woaini", "123456", "abc123", "廉政", "党风", "主体责任", "密码",
)  # fmt: skip
HELP = (
    "至少 12 位（管理员 14 位），大写字母、小写字母、数字、符号中至少 3 种；或 20 位以上的长口令。"
    "不含用户名、姓名拼音、县名、单位名和当前年份。"
)


def plain(text: str) -> str:
    """Letters, digits and characters alone, lower case: signs between do not hide a word."""
    return re.sub(r"[^0-9a-z\u4e00-\u9fff]", "", text.lower())


def is_administrator(user: Any) -> bool:
    """Whether `user` holds, or will hold, one of the three administrators' roles."""
    if user is None or user.pk is None:
        return False
    today = timezone.localdate()
    return (
        RoleGrant.objects.filter(user=user, role__in=ADMINISTRATORS)
        .exclude(valid_to__lte=today)
        .exists()
    )


UNDISGUISED = str.maketrans({"@": "a", "$": "s", "0": "o", "1": "i", "3": "e", "!": "i"})


def undisguised(text: str) -> str:
    """`plain`, with the usual stand-ins (p@ssw0rd) read as the letters they stand for."""
    return plain(text.lower().translate(UNDISGUISED))


class _Rule:
    def get_help_text(self) -> str:
        return HELP


class LengthAndClasses(_Rule):
    """Long enough, of enough kinds of characters; a passphrase needs no kinds."""

    def validate(self, password: str, user: Any = None) -> None:
        least = LEAST_ADMINISTRATOR if is_administrator(user) else LEAST
        if len(password) > MOST:
            raise ValidationError(f"密码超过 {MOST} 位，请缩短。")
        if len(password) < least:
            raise ValidationError(f"密码只有 {len(password)} 位，至少 {least} 位，请加长。")
        if len(set(password)) < LEAST_DISTINCT:
            raise ValidationError("密码中相同的字符过多，请换用不同的字符。")
        kinds = sum(bool(re.search(kind, password)) for kind in CLASSES)
        if kinds < LEAST_CLASSES and len(password) < PASSPHRASE:
            raise ValidationError(
                "密码须含大写字母、小写字母、数字、符号中的 3 种，或改用 20 位以上的长口令。"
            )


class NoNames(_Rule):
    """No part (≥ 3) of the account's name, no syllable (≥ 3) or character run of the person's."""

    def validate(self, password: str, user: Any = None) -> None:
        if user is None:
            return
        text = plain(password)
        name = plain(user.username)
        if any(name[i : i + FRAGMENT] in text for i in range(len(name) - FRAGMENT + 1)):
            raise ValidationError("密码含有用户名中连续的 3 个字符，请避开用户名。")
        person = getattr(user, "person", None)
        if person is None:
            return
        if person.name in password:
            raise ValidationError("密码含有本人姓名，请避开姓名。")
        for syllables in pinyin.person_readings(person.name):
            if any(len(s) >= FRAGMENT and s in text for s in (*syllables, "".join(syllables))):
                raise ValidationError("密码含有本人姓名的拼音，请避开姓名。")


class NoContextWords(_Rule):
    """No word that somebody of this county would try first."""

    def validate(self, password: str, user: Any = None) -> None:
        text = plain(password)
        bare = undisguised(password)
        year = timezone.localdate().year
        for word in (*CONTEXT_WORDS, *(str(y) for y in (year - 1, year, year + 1))):
            if word in text or word in bare:
                raise ValidationError(f"密码含有容易猜到的“{word}”，请换用其他内容。")
        county = getattr(user, "county", None)
        if county is not None and any(
            name in text for name in county_names(county.pk, county.name, county.short_name)
        ):
            raise ValidationError("密码含有县名或单位名（含拼音），请换用其他内容。")


def county_names(county_id: int, *names: str) -> set[str]:
    """The names of a county and its units, as written and in pinyin, long enough to matter."""
    found = {plain(name) for name in names}
    for key in pinyin.keys(names)[0].split():
        found.add(key)
        found.add(key.removesuffix("xian"))
    for name, short, keys in Unit.objects.filter(county_id=county_id).values_list(
        "name", "short_name", "pinyin"
    ):
        found |= {plain(name), plain(short), *keys.split()}
    return {word for word in found if len(word) >= (4 if word.isascii() else 2)}


class NotCommon(CommonPasswordValidator):
    """Not one of Django's 20,000 most common passwords, whatever signs stand between."""

    def validate(self, password: str, user: Any = None) -> None:
        common = {password.lower().strip(), plain(password)}
        if common & set(self.passwords):
            raise ValidationError("这个密码过于常见，请另设。")

    def get_help_text(self) -> str:
        return HELP


class NotReused(_Rule):
    """None of the account's last five."""

    def validate(self, password: str, user: Any = None) -> None:
        if user is None or user.pk is None:
            return
        former = PasswordHistory.objects.filter(user=user).order_by("-id")[:KEPT]
        hashes = {row.encoded for row in former} | {user.password}
        if any(check_password(password, encoded) for encoded in hashes if encoded):
            raise ValidationError(f"新密码与最近 {KEPT} 次用过的密码相同，请另设。")


def days_left(user: Any, *, most: int) -> int | None:
    """Days until the password must be changed; None where no change is recorded."""
    if user.password_changed_at is None:
        return None
    return most - int((timezone.now() - user.password_changed_at).days)

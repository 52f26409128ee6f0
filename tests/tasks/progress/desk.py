"""A county whose 县财政局 leads tasks and whose towns answer for them, on fixed days of 2026."""

from __future__ import annotations

import io
import zipfile
from datetime import date

from PIL import Image
from pypdf import PdfWriter

from accountability.door import Actor, acting
from accountability.models import Person, Role, RoleGrant, Unit, UnitKind, User
from accountability.services import rights
from tasks.models import Progress, TaskItem
from tasks.periods import Period
from tasks.services import progress
from tasks.services.progress import Entry, Place
from tests.world import START, World

Q1 = Period(2026, 1)
APRIL = date(2026, 4, 8)


def actor(world: World, username: str) -> Actor:
    user = world.users[username]
    return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=world.county)


def place(world: World, item: TaskItem, unit: str = "县财政局", period: Period = Q1) -> Place:
    return Place(item, world.units[unit], period)


def submitted(
    world: World,
    item: TaskItem,
    *,
    who: str = "caizheng",
    unit: str = "县财政局",
    text: str = "已压减一成",
    percent: int | None = 40,
    period: Period = Q1,
    on: date = APRIL,
) -> Progress:
    return progress.submit(
        by=actor(world, who),
        place=place(world, item, unit, period),
        entry=Entry(text, percent),
        version=0,
        on=on,
    )


def account(world: World, username: str, role: Role, unit: str | None, person: str = "") -> User:
    """One more account of the county."""
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        row = None
        if person:
            row = world.persons.get(person) or Person(county=world.county, name=person)
            row.save()
            world.persons[person] = row
        user = User(username=username, county=world.county, person=row, must_change_password=False)
        user.set_unusable_password()
        user.save()
        RoleGrant(
            user=user, role=role, unit=world.units[unit] if unit else None,
            valid_from=START, granted_by="测试",
        ).save()  # fmt: skip
    world.users[username] = user
    return user


def section(world: World, name: str = "综合股", of: str = "县财政局") -> Unit:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        unit = Unit(
            county=world.county, parent=world.units[of], name=name, kind=UnitKind.SECTION,
            precedence=90, valid_from=START,
        )  # fmt: skip
        unit.save()
        rights.ensure_groups(units=[unit], posts=[])
    world.units[name] = unit
    return unit


def docx(text: str = "正文", **more: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        lines = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in text.splitlines())
        book.writestr("word/document.xml", f"<w:document><w:body>{lines}</w:body></w:document>")
        for name, content in more.items():
            book.writestr(name.replace("__", "/") + ".xml", content)
    return stream.getvalue()


def png() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), "#1a4c8b").save(stream, "PNG")
    return stream.getvalue()


def pdf(*, title: str = "", password: str = "") -> bytes:
    writer, stream = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    if title:
        writer.add_metadata({"/Title": title})
    if password:
        writer.encrypt(password)
    writer.write(stream)
    return stream.getvalue()

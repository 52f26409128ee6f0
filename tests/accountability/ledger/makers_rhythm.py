"""The makers of messages, channels, the gateway and the working calendar."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accountability import models as who
from tests.world import START

from .makers import MAKERS, Book, Maker


def a_person(book: Book) -> Any:
    person = who.Person(county=book.world.county, name=f"测试人{book.next()}")
    person.save()
    return person


def a_message(book: Book) -> Any:
    return who.OutboxMessage(
        county=book.world.county, person=a_person(book), rule="test", on=START,
        title=f"消息{book.next()}", act_id="0" * 32, made_by="测试",
    )  # fmt: skip


def a_contact(book: Book) -> Any:
    return who.Contact(county=book.world.county, person=a_person(book), mail="a@example.cn")


def a_gateway(book: Book) -> Any:
    county = MAKERS["accountability.County"].make(book)
    county.save()
    return who.Gateway(
        county=county, form="plain", origin="https://gateway.example.cn", address="密文"
    )


def a_closing(book: Book) -> Any:
    return who.ClosedYear(
        county=book.world.county,
        year=2000 + book.next() % 100,
        reason="已审定",
        prepared_at=timezone.now(),
        prepared_by=book.world.users["bangong"],
    )


def a_year(book: Book) -> Any:
    return who.WorkYear(county=book.world.county, year=2000 + book.next() % 100)


MAKERS.update(
    {
        "accountability.OutboxMessage": Maker(a_message, "title"),
        "accountability.Contact": Maker(a_contact, "webhook_account"),
        "accountability.Gateway": Maker(a_gateway, "origin"),
        "accountability.ClosedYear": Maker(a_closing, "reason"),
        "accountability.WorkYear": Maker(a_year, "basis"),
    }
)

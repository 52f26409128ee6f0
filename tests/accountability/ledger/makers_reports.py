"""The makers of `reports`: a valid row of everything that is handed out."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from reports import models as out

from .makers import MAKERS, Book, Maker


def a_letter(book: Book) -> Any:
    n = book.next()
    world = book.world
    return out.Letter(
        county=world.county, paper=book.made.paper, year=2026, serial=1000 + n,
        number=f"〔2026〕责-{1000 + n}", level="unit", layer="group",
        party_a=world.posts["周建平"], party_b=world.posts["黄志强"],
        person_a=world.persons["周建平"], person_b=world.persons["黄志强"],
        unit=world.units["县财政局"], state="void", basis="依据", title=f"责任书{n}",
        content="正文", digest=f"{n:064d}", made_by="测试", reason="作废",
    )  # fmt: skip


def a_saved_letter(book: Book) -> Any:
    letter = a_letter(book)
    letter.save()
    return letter


def a_series(book: Book) -> Any:
    return out.NumberSeries(
        county=book.world.county, kind=out.NumberKind.values[0], year=3000 + book.next(),
        pattern="试政函〔{年}〕{号}号",
    )  # fmt: skip


def a_number(book: Book) -> Any:
    series = a_series(book)
    series.save()
    n = book.next()
    return out.DocumentNumber(
        county=book.world.county, series=series, ordinal=n, text=f"试{n}号", for_label="通知",
        taken_by=book.world.users["bangong"],
    )  # fmt: skip


def a_key(book: Book) -> Any:
    n = book.next()
    now = timezone.now()
    return out.SignatureKey(
        county=book.world.county, user=book.world.users["xianzhang"], certificate="证书",
        certificate_sha256=f"{n:064d}", serial=str(n), state="retired", valid_from=now,
        valid_to=now, enrolled_by="陈志远", ended_at=now, ended_by="陈志远",
    )  # fmt: skip


def a_signed_file(book: Book) -> Any:
    n = book.next()
    file = MAKERS["accountability.StoredFile"].make(book)
    file.save()
    return out.SignedFile(
        county=book.world.county, file=file, kind="letter", object_id=n, sha256=f"{n:064d}",
        sm3=f"{n:064d}", code=f"M{n}", fields=["甲方"],
        signers=[{"field": "甲方", "name": "陈志远"}],
        noted_by="测试",
    )  # fmt: skip


def an_endorsement(book: Book) -> Any:
    return out.Endorsement(
        county=book.world.county, paper=book.made.paper, kind=out.EndorsedKind.values[0],
        round=100 + book.next(), state="void", content="分工", digest="0" * 64,
        ended_at=timezone.now(), ended_by=book.world.users["bangong"], end_reason="已修改",
        asked_by=book.world.users["bangong"],
    )  # fmt: skip


def a_step(book: Book) -> Any:
    endorsement = an_endorsement(book)
    endorsement.save()
    return out.EndorsementStep(
        endorsement=endorsement, layer=1, post=book.world.posts["张敏"],
        opinion="同意", signed_at=timezone.now(), signed_by=book.world.users["bangong"],
    )  # fmt: skip


MAKERS.update(
    {
        "reports.Letter": Maker(a_letter, "reason"),
        "reports.LetterItem": Maker(
            lambda b: out.LetterItem(
                letter=a_saved_letter(b), item=b.made.items[0], position=1, part="牵头"
            ),
            "part",
        ),
        "reports.LetterClause": Maker(
            lambda b: out.LetterClause(letter=a_saved_letter(b), position=1, text="条款"), "text"
        ),
        "reports.LetterAnnex": Maker(
            lambda b: out.LetterAnnex(
                letter=a_saved_letter(b),
                item=b.made.items[0],
                serial=1,
                text="变更",
                basis="纪要",
                made_by="测试",
            ),
            "basis",
        ),
        "reports.LetterSetting": Maker(
            lambda b: out.LetterSetting(county=a_new_county(b)), "form", lambda b: "list"
        ),
        "reports.NumberSeries": Maker(
            a_series, "pattern", lambda b: f"第{b.next()}〔{{年}}〕{{号}}号"
        ),
        "reports.DocumentNumber": Maker(a_number, "for_label"),
        "reports.SignatureKey": Maker(a_key, "ended_by"),
        "reports.SignedFile": Maker(a_signed_file, "code"),
        "reports.Endorsement": Maker(an_endorsement, "end_reason"),
        "reports.EndorsementStep": Maker(a_step, "opinion"),
    }
)


def a_new_county(book: Book) -> Any:
    """A county that has no settings yet."""
    county = MAKERS["accountability.County"].make(book)
    county.save()
    return county

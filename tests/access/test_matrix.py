"""The permission matrix: every route × method × principal × relation, against tables by hand.

`expected_matrix.csv` says what each role gets of each route where the object
is in its scope, `expected_visible.csv` who has which object in scope. Neither
is made from ROUTE_POLICY or the code; a wrong rule must be wrong twice.

What is asked of every cell:
- the outcome: ok (let in, whatever the form says), 403, 404, 405, login, password;
- a refused POST leaves the ledger as it was but for one denial event (403 and
  404 alike; a redirect to the login page and 405 leave nothing at all);
- a GET writes nothing but the denial event of a 403;
- no canary of an invisible object on any page.

The suite tries each route and method as some principals, each on one object
within scope and one outside, drawn by a printed seed (PORTAL_SEED repeats it);
`make assurance` tries all of them.
"""

from __future__ import annotations

import csv
import io
import os
import random
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.models import AuditEvent, DirectoryDraft, Job, LedgerRow
from accountability.services.signing_in import CONFIRMED
from tasks.models import ImportDraft, SaveReceipt
from tests.access import supervision
from tests.access.people import COUNTY_B, YEAR, Scene, canary, scene
from tests.architecture.test_routes import PUBLIC, routes
from tests.assurance import results

pytestmark = [pytest.mark.campaign, pytest.mark.django_db]

HERE = Path(__file__).parent
# Objects of a kind that a route is tried on when the campaign is whole; all of them elsewhere.
TRIED = {
    "task": ["unit", "group", "seat", "portfolio", "draft", "past", "other_county"],
}
KINDS = {
    "paper_export": "docx",
    "paper_issued_file": "pdf",
    "letter_export": "docx",
    "bulletin_file": "pdf",
    "dispatch_export": "pdf",
    "year_report_file": "pdf",
    "notice_paper": "pdf",
    "sheet_notice_file": "pdf",
}
# Whose column of the role table a principal takes.
COLUMN = {
    "liaison_town": "liaison", "leader_first": "leader", "inspector_part": "inspector",
    "b_clerk": "clerk", "b_liaison": "liaison", "inactive": "anonymous", "lapsed": "roleless",
}  # fmt: skip
# Whose row says who reads the object, where the route's own says who may act on it.
READ_BY = {
    "account_factor_anew": "account_edit",
    "endorsement_sign": "paper_endorsements",
    "endorsement_return": "paper_endorsements",
    "campaign_judge": "campaign",
    "sheet_self": "sheet",
    "sheet_score": "sheet",
    "appeal_make": "sheet",
    "ballot_tally": "ballot",
}
NOBODY = ("anonymous", "inactive")
SOME = 5  # principals of a route and method that the suite tries
FEWEST_CELLS = 20_000 if results.IS_WHOLE else 2_000


@pytest.fixture(autouse=True)
def patient(settings: Any) -> None:
    """However slow the machine: sessions stay open, a factor shown once stays shown."""
    settings.SESSION_IDLE = settings.SESSION_IDLE_ADMINISTRATOR = timedelta(days=1)
    settings.RECENT_FACTOR = timedelta(days=1)


def table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def expected() -> dict[tuple[str, str], dict[str, str]]:
    return {(row["route"], row["method"]): row for row in table("expected_matrix.csv")}


@cache
def visible() -> dict[tuple[str, str], set[str]]:
    """(kind, name) → principals that have it in scope."""
    return {
        (row["object"], row["name"]): {k for k, v in row.items() if v == "yes"}
        for row in table("expected_visible.csv")
    }


@pytest.mark.nodb
def test_the_tables_name_every_route_and_every_column() -> None:
    known = {name for name, _ in routes()}
    table_routes = {route for route, _ in expected()}
    assert table_routes == known
    assert {method for _, method in expected()} == {"GET", "POST"}
    assert len(expected()) == 2 * len(known)
    for row in expected().values():
        assert set(row.values()) - {row["route"], row["object"], row["method"]} <= {
            "ok", "403", "404", "405", "login", "password",
        }  # fmt: skip


class Visitor:
    """A client that is signed in anew for each request, as its principal."""

    def __init__(self, made: Scene) -> None:
        self.made = made
        self.cookies: dict[str, str] = {}
        self.client = Client(raise_request_exception=True)
        for name, user in made.users.items():
            if user is not None:
                client = Client()
                client.force_login(user)
                session = client.session
                # Ahead of the clock: step-up has tests of its own, and a busy machine may
                # need longer for all cells than one lasts.
                session[CONFIRMED] = (timezone.now() + timedelta(days=1)).isoformat()
                session.save()
                self.cookies[name] = client.cookies["sessionid"].value

    def ask(self, principal: str, method: str, url: str, *, htmx: bool = False, **data: Any) -> Any:
        """The answer to one request; `data` is its query or its form."""
        self.client.cookies.clear()
        if principal in self.cookies:
            self.client.cookies["sessionid"] = self.cookies[principal]
        headers = {"HX-Request": "true"} if htmx else {}
        return getattr(self.client, method.lower())(url, data, headers=headers)


def body_of(response: Any) -> str:
    """All text that an answer holds; the sheets of a workbook too."""
    data = b"".join(response.streaming_content) if response.streaming else response.content
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return "".join(book.read(n).decode("utf-8", "replace") for n in book.namelist())
    return str(data.decode("utf-8", "replace"))


def outcome(response: Any, *, is_nobody: bool = False) -> str:
    """What an answer amounts to; nobody's form is not kept for after the login."""
    if response.status_code == 302:
        where = response["Location"]
        if where.startswith(reverse("login") + "?next=") or (
            is_nobody and where == reverse("login")
        ):
            return "login"
        return "password" if where == reverse("password") else "ok"
    if response.status_code in (403, 404, 405):
        return str(response.status_code)
    assert response.status_code in (200, 409, 422), response.status_code
    return "ok"


def cells(made: Scene, draw: random.Random) -> Iterator[tuple[str, str, str, str, str]]:
    """(route, kind, name, method, principal)."""
    for (route, method), row in expected().items():
        kind = row["object"]
        names = tried(made, kind)
        everybody = sorted(made.users)
        for principal in everybody if results.IS_WHOLE else draw.sample(everybody, SOME):
            for name in names if results.IS_WHOLE else drawn(kind, names, principal, draw):
                yield route, kind, name, method, principal


def tried(made: Scene, kind: str) -> list[str]:
    """The objects of a kind; of what has a trail those that expected_visible.csv names."""
    if kind == "trail":
        return [name for of, name in visible() if of == kind]
    return TRIED.get(kind, list(made.kwargs[kind]))


def drawn(kind: str, names: list[str], principal: str, draw: random.Random) -> list[str]:
    """One of the objects that the principal has in scope, and one that he has not."""
    within = [n for n in names if kind == "none" or principal in visible()[kind, n]]
    outside = [n for n in names if n not in within]
    return [draw.choice(some) for some in (within, outside) if some]


def address(made: Scene, route: str, kind: str, name: str) -> str:
    kwargs = dict(made.kwargs[kind][name])
    wanted = dict(routes())[route]
    if "<int:year>" in wanted:
        kwargs["year"] = YEAR
    if route == "duty_coverage" or route.startswith("duty_coverage_"):
        kwargs["part"] = "owing"
    fixed = {"paper": "letter", "part": "frame", "form": "letter", "code": made.home.county.code}
    kwargs |= {k: v for k, v in fixed.items() if f"<slug:{k}>" in wanted and k not in kwargs}
    if route in KINDS:
        kwargs["kind"] = KINDS[route]
    return reverse(route, kwargs=kwargs)


def wanted_of(route: str, method: str, kind: str, name: str, who: str) -> str:
    """What the tables say: the role's right to the route, the method, the scope, the act.

    Who may read a route but not change by it is told 404 of what is outside
    his scope and 403 of what is in it.
    """
    column = COLUMN.get(who, who)
    of_role = expected()[route, method][column]
    reads = expected()[READ_BY.get(route, route), "GET"][column] == "ok"
    is_let_in = of_role == "ok" or (of_role == "403" and reads)
    if is_let_in and kind != "none" and who not in visible()[kind, name]:
        return "404"
    return of_role


def is_public(what: tuple[str, str]) -> set[str]:
    """Whoever may read it without being signed in."""
    kind, name = what
    return visible().get((f"public_{kind.removeprefix('power_')}", name), set())


def desks() -> tuple[int, ...]:
    """What the ledger does not tell of: drafts, receipts, background work."""
    tables = (Job, ImportDraft, DirectoryDraft, SaveReceipt)
    sql = " UNION ALL ".join(f'SELECT count(*) FROM "{m._meta.db_table}"' for m in tables)
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return tuple(row[0] for row in cursor.fetchall())


def written_since(last: int) -> list[str]:
    return list(
        LedgerRow.objects.filter(id__gt=last).order_by("id").values_list("table", flat=True)
    )


DENIAL = [AuditEvent._meta.db_table]
HANDED_OUT = {
    "task_xlsx", "assign_xlsx", "notice_xlsx", "finding_xlsx", "campaign_xlsx", "letters_xlsx",
    "duty_coverage_xlsx", "assessment_xlsx", "publication_package", "result_uses_xlsx",
}  # fmt: skip


def test_every_cell(capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("PORTAL_SEED", random.randrange(10**9)))
    made = scene()
    visitor, seen = Visitor(made), visible()
    hidden = {
        who: [canary(name) for name in made.tasks if who not in seen["task", name]]
        + [
            canary(f"paper_{name}")
            for name in ("draft", "other_county")
            if who not in seen["paper", name]
        ]
        + [canary(f"letter_{name}") for name in made.letters if who not in seen["letter", name]]
        + [
            canary(f"duty_{name}")
            for name in made.duties
            if who not in seen["duty", name] and name != "other_county"
        ]
        + ([] if who in seen["talk", "first"] else [canary("talk")])
        + supervision.hidden_from(who, seen)
        + [word for what, word in made.texts.items() if who not in seen[what] | is_public(what)]
        + [canary(f"sheet_{n}") for n in made.kwargs["sheet"] if who not in seen["sheet", n]]
        + ([] if who in seen["scheme", "draft"] else [canary("schemedraft")])
        + [
            canary(f"{kind}_{name}")
            for kind in ("notice", "finding")
            for name in made.kwargs[kind]
            if who not in seen[kind, name]
        ]
        + ([] if who.startswith("b_") else [COUNTY_B])
        + ([] if who == "clerk" else [canary("message")])
        for who in made.users
    }
    wrong: list[str] = []
    counts: dict[str, int] = defaultdict(int)
    last = LedgerRow.objects.order_by("-id").values_list("id", flat=True).first() or 0
    before = desks()
    for route, kind, name, method, who in cells(made, random.Random(seed)):
        url = address(made, route, kind, name)
        wanted = wanted_of(route, method, kind, name, who)
        told = f"{method} {route}({kind} {name}) as {who}"
        with transaction.atomic():
            response = visitor.ask(who, method, url)
            got = outcome(response, is_nobody=who in NOBODY and route not in PUBLIC)
            counts[got] += 1
            if got != wanted:
                wrong.append(f"{told}: {got}, not {wanted} [{response.status_code}]")
            if any(word in (body := body_of(response)) for word in hidden[who]):
                leaked = [word for word in hidden[who] if word in body]
                wrong.append(f"{told}: shows {leaked}")
            written = written_since(last)
            refused = got in ("403", "404")
            due = DENIAL if got == "403" or (refused and method == "POST") else []
            if (route, method) == ("duty_talks", "GET") and written:
                due = [AuditEvent._meta.db_table]  # talks of others that were shown
            if (route, method, got) in {(told_of, "GET", "ok") for told_of in HANDED_OUT}:
                due = [AuditEvent._meta.db_table]  # a table that leaves the portal is an event
            if (method == "GET" or got != "ok") and (written != due or desks() != before):
                wrong.append(f"{told}: {got} wrote {written}")
            transaction.set_rollback(True)
    total = sum(counts.values())
    with capsys.disabled():
        print(f"\npermission matrix: {total} cells, seed {seed}, {dict(sorted(counts.items()))}")
    results.save(
        f"matrix-{connection.vendor}",
        database=connection.vendor,
        routes=len({route for route, _ in expected()}),
        principals=len(made.users),
        outcomes=dict(sorted(counts.items())),
        wrong=len(wrong),
    )
    assert not wrong, f"{len(wrong)} of {total} cells:\n" + "\n".join(wrong[:60])
    assert total >= FEWEST_CELLS

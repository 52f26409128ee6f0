"""A county's letters: made, rendered, sealed, 64 signed through the page; a long report.

PORTAL_BENCH_LETTERS (300) letters are made, PORTAL_BENCH_RENDERED (60) of them
rendered by their jobs and sealed, PORTAL_BENCH_SIGNED (64) signed by one signer
and checked; the whole is 3000, 3000 and 64. Seconds are processor time of this process.

python -m tests.bench.bench_letters
"""

from __future__ import annotations

import io
import os
import resource
from collections.abc import Callable
from datetime import timedelta
from time import process_time
from typing import Any

from tests.bench.portal import portal

PIN = "qian-ming-8848"
SIGNED = int(os.environ.get("PORTAL_BENCH_SIGNED", "64"))


def seconds(do: Callable[[], Any]) -> tuple[float, Any]:
    """How long it took, and what came of it."""
    start = process_time()
    made = do()
    return process_time() - start, made


def more_units(loaded: Any, count: int) -> None:
    """`count` units with a head each, in every group of the county's departments."""
    from accountability.door import Actor, acting
    from accountability.models import GroupMembership, Person, Post, Tenure, Unit, UnitKind
    from accountability.services import bulk, rights

    county, day = loaded.county, loaded.county.started_on
    with acting(by=Actor.system("demo")) as act:
        act.unchanged()
        units = bulk.create(
            [
                Unit(
                    county=county, name=f"第{n}单位", kind=UnitKind.INSTITUTION,
                    precedence=100_000 + n, valid_from=day,
                )
                for n in range(count)
            ]
        )  # fmt: skip
        posts = bulk.create(
            [
                Post(
                    county=county, unit=unit, title="主任", layer="first_responsible",
                    precedence=100_000 + n, valid_from=day,
                )
                for n, unit in enumerate(units)
            ]
        )  # fmt: skip
        people = bulk.create([Person(county=county, name=f"甲{n}") for n in range(count)])
        bulk.create(
            [
                Tenure(person=person, post=post, valid_from=day)
                for person, post in zip(people, posts, strict=True)
            ]
        )
        group = loaded.groups["县直各部门"]
        bulk.create([GroupMembership(group=group, unit=u, valid_from=day) for u in units])
        rights.ensure_groups(units=units, posts=posts)


def signing(loaded: Any) -> None:
    """The county head signs 64 letters in one sitting, as the page posts them."""
    from django.test import Client
    from django.urls import reverse
    from django.utils import timezone

    from accountability.services import files
    from accountability.services.signing_in import CONFIRMED
    from reports.models import Letter, SignedFile
    from reports.services import enrolment
    from reports.services.demo_letters import actor_of
    from reports.services.sealing import expected_of
    from reports.signing.validate import check

    user = loaded.users["xianzhang"]
    enrolment.enrol(by=actor_of(user), pin=PIN, again=PIN)
    client = Client()
    client.force_login(user)
    session = client.session
    # Ahead of the clock: a busy machine may need longer than one step-up lasts.
    session[CONFIRMED] = (timezone.now() + timedelta(hours=1)).isoformat()
    session.save()
    rows = list(Letter.objects.waiting_for(user).order_by("serial")[:SIGNED])

    def batch() -> None:
        for row in rows:
            answer = client.post(
                reverse("letter_sign", args=[row.pk]),
                {"pin": PIN, "digest": row.digest},
                headers={"Accept": "application/json"},
            )
            assert answer.status_code == 200, answer.content

    spent, _ = seconds(batch)
    print(f"{len(rows)} signed through the page  {spent:8.1f} s   {spent / len(rows):6.2f} s each")
    noted = SignedFile.objects.filter(
        kind="letter", object_id__in=[row.pk for row in rows], state="valid"
    )
    signed = Letter.objects.in_bulk([row.pk for row in rows])
    data = [(files.read(signed[one.object_id].file), one) for one in noted]
    checked, found = seconds(lambda: [check(pdf, expected_of(one)) for pdf, one in data])
    assert len(found) == len(rows)
    assert all(verdict.accepted for verdict in found)
    print(
        f"{len(data)} checked                {checked:8.1f} s   {checked / len(data):6.2f} s each"
    )


def worked(clerk: Any, rows: list[Any]) -> None:
    """The jobs that render the letters, run as a worker runs them; then the seal on each file."""
    from accountability.services import files, jobs
    from reports.services import letter_exports, sealing
    from reports.services.letter_signing import PLACES
    from reports.signing.fields import prepare

    asked = [letter_exports.ask_file(by=clerk, letter=row, kind="pdf") for row in rows]
    spent, done = seconds(lambda: [jobs.run(job.pk) for job in asked])
    made = [job.result_file for job in done if job is not None and job.result_file is not None]
    assert len(made) == len(rows)
    print(f"{len(made)} rendered by the worker {spent:8.1f} s   {spent / len(made):6.2f} s each")
    sealed, _ = seconds(
        lambda: [sealing.seal(file=prepare(files.read(file), PLACES)) for file in made]
    )
    print(f"{len(made)} sealed                 {sealed:8.1f} s   {sealed / len(made):6.2f} s each")


def report() -> None:
    """An official paper with a 300-row table in its annex: more than 30 pages."""
    from pypdf import PdfReader

    from reports.documents.content import Annex
    from reports.documents.pdf import render_pdf
    from tests.reports.documents import samples

    table = Annex.of_table("重点任务分解表", samples.COLUMNS, samples.task_rows(300))
    paper = samples.letter(annexes=(table,))
    first, data = seconds(lambda: render_pdf(paper))
    warm, _ = seconds(lambda: render_pdf(paper))
    pages = len(PdfReader(io.BytesIO(data)).pages)
    print(f"report of {pages} pages   first {first:6.1f} s   warm {warm:6.1f} s")


def main() -> None:
    """Print a line for each step."""
    count = int(os.environ.get("PORTAL_BENCH_LETTERS", "300"))
    report()
    with portal() as loaded:
        from accountability.models import User
        from reports.models import Letter
        from reports.services import letter_making, letters
        from reports.services.demo_letters import actor_of
        from tasks.models import Paper
        from tasks.services import demo_papers

        demo_papers.load(loaded=loaded)
        more_units(loaded, max(0, count - 80))
        paper = Paper.objects.filter(county=loaded.county, state="part_issued").latest("year")
        clerk = actor_of(User.objects.get(username="bangong", county=loaded.county))
        spent, made = seconds(lambda: letter_making.make(by=clerk, paper=paper))
        print(f"{len(made)} letters made         {spent:8.1f} s")
        spent, _ = seconds(lambda: letters.submit(by=clerk, letters=made))
        also, _ = seconds(lambda: letters.send(by=clerk, letters=made))
        print(f"submitted and sent           {spent + also:8.1f} s")
        wanted = int(os.environ.get("PORTAL_BENCH_RENDERED", "60"))
        worked(clerk, list(Letter.objects.order_by("serial")[:wanted]))
        signing(loaded)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory                  {peak:8.0f} MB")


if __name__ == "__main__":
    main()

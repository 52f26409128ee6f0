"""Asks for one `test.echo`, as a service of the portal would."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accountability.door import Actor, acting
from accountability.services import jobs


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text")
        parser.add_argument("log")
        parser.add_argument("--seconds", default="0")

    def handle(self, *args: Any, **options: Any) -> None:
        by = Actor.system("command")
        with acting(by=by) as act:
            act.unchanged()
            job = jobs.ask(
                by=by,
                kind="test.echo",
                key=f"test.echo:{options['text']}",
                title="回声",
                county=None,
                parameters={k: options[k] for k in ("text", "log", "seconds")},
            )
        self.stdout.write(str(job.pk))

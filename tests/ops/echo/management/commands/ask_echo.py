"""Asks for `test.echo`, once or many times, as a service of the portal would."""

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
        parser.add_argument("--count", type=int, default=1)
        parser.add_argument("--last", default="", help="seconds of the last of them")

    def handle(self, *args: Any, **options: Any) -> None:
        by, count = Actor.system("command"), options["count"]
        with acting(by=by) as act:
            act.unchanged()
            asked = [
                jobs.ask(
                    by=by,
                    kind="test.echo",
                    key=f"test.echo:{options['text']}:{number}",
                    title="回声",
                    county=None,
                    parameters={
                        "text": options["text"],
                        "log": options["log"],
                        "seconds": (number == count and options["last"]) or options["seconds"],
                    },
                )
                for number in range(1, count + 1)
            ]
        self.stdout.write(str(asked[0].pk))

"""A Django app for the tests of background work alone: it brings the kind `test.echo`."""

from __future__ import annotations

from django.apps import AppConfig


class EchoConfig(AppConfig):
    name = "tests.ops.echo"

    def ready(self) -> None:
        from accountability import rhythm

        from . import work  # noqa: F401
        from .rhythm import RULE

        rhythm.register(RULE)

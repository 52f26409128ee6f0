#!/usr/bin/env python
"""Django's command line; settings default to the embedded (SQLite) profile."""

import os
import sys


def reads_only(arguments: list[str]) -> bool:
    """Whether the command reads a file and prints: it must work without any database."""
    return arguments[1:2] == ["import_opinion"] and not {"--json", "--dry-run"}.isdisjoint(
        arguments
    )


def main() -> None:
    if reads_only(sys.argv):
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.reading"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.embedded")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

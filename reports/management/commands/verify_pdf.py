"""`manage.py verify_pdf FILE`: whether a signed file is good, as JSON; exit 0 or 1."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from reports.selectors.verifying import UNKNOWN, Answer, of_file
from reports.signing.validate import LARGEST_FILE


class Command(BaseCommand):
    """Reads the file and the portal's own notes; fetches nothing, writes nothing."""

    help = "核对签署文件：有效时退出码为 0，否则为 1"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                answer = of_file(file.read(LARGEST_FILE + 1), from_start=True)
        except OSError as error:
            answer = Answer(UNKNOWN, (f"无法读取文件 {path}：{error.strerror}。",))
        self.stdout.write(
            json.dumps(
                {
                    "file": str(path),
                    "valid": answer.is_valid,
                    "state": answer.label,
                    "reasons": list(answer.reasons),
                    "sha256": answer.sha256,
                    "sm3": answer.sm3,
                    "signers": answer.signers,
                },
                ensure_ascii=False,
                indent=2,
            )
        )
        if not answer.is_valid:
            sys.exit(1)

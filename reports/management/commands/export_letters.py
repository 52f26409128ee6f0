"""`manage.py export_letters DIR --year YEAR`: the effective letters, one PDF each."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accountability.door import Actor, acting
from accountability.services import files
from reports.models import Letter, LetterState
from reports.services.letter_files import file_name


class Command(BaseCommand):
    """Writes the files as they were signed; scans of letters signed on paper too."""

    help = "导出一个年度生效的责任书，每份一个文件。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR", help="导出到哪个目录")
        parser.add_argument("--year", type=int, required=True, help="年度")
        parser.add_argument("--county", help="县（区）名称；不写则全部")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = Letter.objects.filter(
            year=options["year"], state__in=[LetterState.EFFECTIVE, LetterState.EXPIRED]
        )
        if options["county"]:
            rows = rows.filter(county__name=options["county"])
        letters = list(rows.select_related("file", "county").order_by("county_id", "serial"))
        if not letters:
            raise CommandError(f"{options['year']}年度没有生效的责任书。")
        target: Path = options["directory"]
        target.mkdir(parents=True, exist_ok=True)
        is_many = len({letter.county_id for letter in letters}) > 1
        for letter in letters:
            assert letter.file is not None  # held by a constraint
            kind = letter.file.name.rpartition(".")[2]
            name = file_name(letter, kind)
            path = target / (f"{letter.county.name} {name}" if is_many else name)
            path.write_bytes(files.read(letter.file))
        by_county: dict[int, list[Letter]] = {}
        for letter in letters:
            by_county.setdefault(letter.county_id, []).append(letter)
        for rows_of in by_county.values():
            county = rows_of[0].county
            with acting(by=Actor.system("command", county=county)) as act:
                act.record(
                    "letter.export",
                    summary=f"命令行导出 {options['year']}年度责任书 {len(rows_of)} 份",
                    county=county,
                )
        self.stdout.write(f"已导出 {len(letters)} 份责任书到 {target}")

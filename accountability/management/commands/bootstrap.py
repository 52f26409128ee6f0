"""manage.py bootstrap: a new installation's county and first three administrators."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accountability.models import County, Role
from accountability.refusals import Refusal
from accountability.services.bootstrap import bootstrap

ADMINISTRATORS = {
    "system": Role.SYSTEM_ADMIN,
    "security": Role.SECURITY_ADMIN,
    "audit": Role.AUDIT_ADMIN,
}


class Command(BaseCommand):
    help = "初始安装：建立县（区）和系统、安全、审计三名管理员，打印一次性设置码。只能运行一次。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--county", required=True, help="名称，如 安和县")
        parser.add_argument("--short", help="简称；默认为名称去掉末字")
        parser.add_argument("--code", required=True, help="行政区划代码")
        parser.add_argument("--prefix", required=True, help="发文机关代字，如 安政发")
        parser.add_argument("--issuer", help="发文机关；默认为名称加“人民政府”")
        parser.add_argument("--support", default="", help="技术支持电话")
        parser.add_argument("--started", type=date.fromisoformat, default=date.today())
        parser.add_argument("--document", required=True, help="管理员任命文件文号")
        for option, role in ADMINISTRATORS.items():
            parser.add_argument(
                f"--{option}",
                required=True,
                metavar="用户名[:姓名]",
                help=f"{role.label}，如 zhangsan:张三",
            )

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["county"]
        county = County(
            name=name,
            short_name=options["short"] or name[:-1] or name,
            code=options["code"],
            number_prefix=options["prefix"],
            issuer=options["issuer"] or f"{name}人民政府",
            support=options["support"],
            started_on=options["started"],
        )
        wanted = {}
        for option, role in ADMINISTRATORS.items():
            username, _, person = options[option].partition(":")
            wanted[str(role)] = (username.strip(), person.strip())
        try:
            made = bootstrap(county=county, administrators=wanted, document=options["document"])
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        except ValidationError as error:
            raise CommandError("；".join(error.messages)) from error
        self.stdout.write(
            f"已建立 {county.name}。设置码只显示这一次，24 小时内有效，请分别交本人："
        )
        for one in made:
            self.stdout.write(f"  {Role(one.role).label}  {one.username}  {one.code}")
        self.stdout.write("本人打开 /setup/ 凭用户名和设置码设置密码，登录后登记动态码。")

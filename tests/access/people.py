"""Two counties for the tests of access: every role, every relation, a canary in every text.

A canary is a word that stands in the texts of one object alone; a page that
shows it shows the object.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accountability.door import Actor, acting
from accountability.models import (
    AccountSession,
    Channel,
    Contact,
    Delegation,
    DeliveryState,
    Duty,
    Job,
    OutboxMessage,
    Person,
    Post,
    Role,
    RoleGrant,
    Tenure,
    Unit,
    User,
)
from accountability.services import directory_import, files, outbox, rights
from reports.models import Letter
from reports.services import endorsements, letter_content, numbers, wordings
from tasks.models import (
    Assignment,
    Finding,
    ItemSlot,
    Milestone,
    Notice,
    Paper,
    PaperSection,
    TaskItem,
)
from tasks.services import findings, grants, imports, notices
from tests.access import assessments, duties, registers, slot_answers, supervision
from tests.access.reports import progress_of
from tests.tasks.opinions import OPINION
from tests.world import START, World, build

YEAR = timezone.localdate().year
COUNTY_B = "CANARYCOUNTYB"
CANARY = "CANARY"


def canary(name: str) -> str:
    """The word that stands in the texts of the object called `name` alone."""
    return f"{CANARY}{name.upper()}X"


@dataclass
class Scene:
    """Who there is and what there is, by the names that the tables use."""

    home: World
    away: World
    users: dict[str, User | None] = field(default_factory=dict)
    tasks: dict[str, TaskItem] = field(default_factory=dict)
    papers: dict[str, Paper] = field(default_factory=dict)
    letters: dict[str, Letter] = field(default_factory=dict)
    duties: dict[str, Duty] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)  # of what else has a canary
    watched: dict[str, Notice | Finding] = field(default_factory=dict)
    kwargs: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)


def actor(user: User) -> Actor:
    return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=user.county)


def scene() -> Scene:
    """Build it; inside no door."""
    from tests.access import publications  # which knows this module

    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        home = build()
        away = build(name="乙县", code="990012", suffix="_b")
        made = Scene(home, away)
        _principals(made)
        _papers(made)
        _letters(made)
        _directory(made)
        _numbers(made)
        _endorsements(made)
        supervision.lay(made)
        _messages(made)
        progress_of(made)
        publications.lay(made)
        assessments.build(made, CANARY)
        _watching(made)
        registers.lay(made)
        _events(made)
    _desks(made)
    return made


def _principals(made: Scene) -> None:
    home, away = made.home.users, made.away.users
    made.users = {
        "anonymous": None,
        "clerk": home["bangong"],
        "head": home["zhuren"],
        "liaison": home["caizheng"],
        "liaison_town": home["liuhe"],
        "unit_head": home["caizhengju"],
        "leader": home["fuxianzhang"],
        "leader_first": home["xianzhang"],
        "inspector": home["jiwei"],
        "system_admin": home["xitong"],
        "security_admin": home["anquan"],
        "audit_admin": home["shenji"],
        "b_clerk": away["bangong"],
        "b_liaison": away["caizheng"],
    }
    for name, (role, unit, extra) in {
        "inspector_part": (Role.INSPECTOR, "县审计局", {}),
        "must_change": (Role.LIAISON, "县财政局", {"must_change_password": True}),
        "inactive": (Role.LIAISON, "县财政局", {"is_active": False}),
        "roleless": (None, None, {}),
        "lapsed": (Role.LIAISON, "县财政局", {}),
    }.items():
        user = User(
            username=name, county=made.home.county, **{"must_change_password": False, **extra}
        )
        user.set_unusable_password()
        user.save()
        if role is not None:
            RoleGrant(
                user=user,
                role=role,
                unit=made.home.units[unit] if unit else None,
                valid_from=START,
                valid_to=timezone.localdate() if name == "lapsed" else None,
                granted_by="测试",
            ).save()
        made.users[name] = user


def _papers(made: Scene) -> None:
    home = made.home
    for name, world, state in (
        ("draft", home, "draft"),
        ("issued", home, "issued"),
        ("other_county", made.away, "issued"),
    ):
        source = files.store(
            county=world.county, name="意见.txt", data=b"x", content_type="text/plain"
        )
        is_out = state == "issued"
        # The issued paper's own title is public within its county.
        title = "本年实施意见" if name == "issued" else f"实施意见{canary('paper_' + name)}"
        paper = Paper(
            county=world.county, year=YEAR, title=title, state=state, source=source,
            source_kind="text", imported_by="张敏", number="试政发〔2026〕3号" if is_out else "",
            issued_at=timezone.now() if is_out else None,
            issued_by=world.users["zhuren"] if is_out else None,
            issued_file=source if is_out else None,
        )  # fmt: skip
        paper.save()
        PaperSection(paper=paper, position=0, level=1, number="二", heading="明确职责").save()
        made.papers[name] = paper
    paper, away = made.papers["issued"], made.papers["other_county"]
    lay: tuple[tuple[str, Paper, str, World, dict[str, Any]], ...] = (
        ("unit", paper, "issued", home, {"unit": home.units["县财政局"]}),
        ("group", paper, "issued", home, {"group": home.groups["各乡镇"]}),
        ("seat", paper, "issued", home, {"post": home.posts["周建平"]}),
        ("portfolio", paper, "issued", home, {"unit": home.units["县审计局"]}),
        ("post", paper, "issued", home, {"post": home.posts["黄志强"]}),
        ("done", paper, "done", home, {"unit": home.units["县财政局"]}),
        ("draft", paper, "draft", home, {"unit": home.units["县财政局"]}),
        ("void_draft", paper, "void", home, {"unit": home.units["县财政局"]}),
        ("past", paper, "issued", home, {"unit": home.units["县财政局"]}),
        ("other_county", away, "issued", made.away, {"unit": made.away.units["县财政局"]}),
    )
    for order, (name, of, state, world, holder) in enumerate(lay, start=1):
        made.tasks[name] = _task(of, name, state, world, order * 10, None, holder)
    made.tasks["part"] = _task(
        paper, "part", "issued", home, 11, made.tasks["unit"], {"unit": home.units["柳河镇"]}
    )
    slot_answers.lay(made)
    grants.sync(made.tasks.values())


def _task(
    paper: Paper,
    name: str,
    state: str,
    world: World,
    order: int,
    parent: TaskItem | None,
    holder: dict[str, Any],
) -> TaskItem:
    word = canary(name)
    is_out = state in ("issued", "done")
    item = TaskItem(
        county=world.county, paper=paper, section=paper.sections.first(), parent=parent,
        year=YEAR, order=order, number=f"二（{order}）", heading=f"{word}标题", text=f"{word}正文",
        category=f"{word}类", measure=f"{word}标准", due_text=f"{word}时限", state=state,
        due_on=timezone.localdate() + timedelta(days=5),
        issued_at=timezone.now() if is_out else None,
        issued_by=world.users["zhuren"] if is_out else None,
        heading_pinyin=word.lower(), heading_initials=word.lower(),
    )  # fmt: skip
    item.save()
    slot = ItemSlot(item=item, kind="lead_unit", label="牵头单位")
    slot.save()
    ended = timezone.localdate() if name == "past" else None
    Assignment(item=item, slot=slot, valid_from=START, valid_to=ended, **holder).save()
    Milestone(item=item, text=f"{word}节点", due_on=item.due_on).save()
    return item


def _letters(made: Scene) -> None:
    """A letter of a unit with its leader, one of a town, one on the office's desk, one away."""
    home, away = made.home, made.away
    lay: tuple[tuple[str, World, str, str, str, str], ...] = (
        ("unit", home, "周建平", "黄志强", "县财政局", "wait_a"),
        ("town", home, "陈志远", "曾立", "柳河镇", "wait_b"),
        ("desk", home, "陈志远", "许静", "县审计局", "draft"),
        ("other_county", away, "周建平", "黄志强", "县财政局", "wait_a"),
    )
    for serial, (name, world, giver, taker, unit, state) in enumerate(lay, start=1):
        word = canary(f"letter_{name}")
        number = f"〔{YEAR}〕责-{serial:03d}"
        parties = [
            letter_content.Party(world.posts[p].title, world.persons[p].name, "县政府")
            for p in (giver, taker)
        ]
        content, digest = letter_content.canonical(
            letter_content.Draft(
                number=number, title=f"{word}责任书", issuer="试县人民政府", year=YEAR,
                basis=f"{word}依据", layer="group", party_a=parties[0], party_b=parties[1],
                items=(), clauses=(f"{word}条款",),
            ),
            wordings.shipped("letter"),
        )  # fmt: skip
        is_out = state != "draft"
        letter = Letter(
            county=world.county, paper=made.papers["issued" if world is home else "other_county"],
            year=YEAR, serial=serial, number=number, level="unit", layer="group",
            party_a=world.posts[giver], party_b=world.posts[taker],
            person_a=world.persons[giver], person_b=world.persons[taker],
            above=world.posts["陈志远"] if giver != "陈志远" else None, unit=world.units[unit],
            state=state, basis=f"{word}依据", title=f"{word}责任书", content=content,
            digest=digest, made_by="测试", reason=f"{word}原因",
            sent_at=timezone.now() if is_out else None, sent_by="测试" if is_out else "",
        )  # fmt: skip
        letter.save()
        made.letters[name] = letter
    made.kwargs["letter"] = {name: {"letter_id": row.pk} for name, row in made.letters.items()}


def _directory(made: Scene) -> None:
    """A person, seat and unit to edit here, and named by a canary over there."""
    for world in (made.home, made.away):
        where = "own" if world is made.home else "other_county"
        word = "" if where == "own" else COUNTY_B
        unit = Unit(
            county=world.county, name=f"{word}县林业局", kind="gov_department", valid_from=START,
            precedence=99,
        )  # fmt: skip
        unit.save()
        person = Person(county=world.county, name=f"{word}林森")
        person.save()
        post = Post(
            county=world.county, unit=unit, title=f"{word}局长", layer="first_responsible",
            valid_from=START,
        )  # fmt: skip
        post.save()
        rights.ensure_groups(units=[unit], posts=[post])
        tenure = Tenure(person=person, post=post, valid_from=START)
        tenure.save()
        made.kwargs.setdefault("unit", {})[where] = {"unit_id": unit.pk}
        made.kwargs.setdefault("person", {})[where] = {"person_id": person.pk}
        made.kwargs.setdefault("post", {})[where] = {"post_id": post.pk}
        made.kwargs.setdefault("tenure", {})[where] = {"tenure_id": tenure.pk}
        made.kwargs.setdefault("group", {})[where] = {"group_id": world.groups["各乡镇"].pk}
        made.kwargs.setdefault("leader_post", {})[where] = {"post_id": world.posts["周建平"].pk}


def _numbers(made: Scene) -> None:
    """A document number here and over there."""
    for where, world in (("own", made.home), ("other_county", made.away)):
        label = "样张" if where == "own" else f"{COUNTY_B}样张"
        number = numbers.take(county=world.county, kind="notice", year=YEAR, for_=label)
        made.kwargs.setdefault("number", {})[where] = {"number_id": number.pk}


def _endorsements(made: Scene) -> None:
    """A paper's division on its way here and over there."""
    for where, world, paper in (
        ("own", made.home, made.papers["issued"]),
        ("other_county", made.away, made.papers["other_county"]),
    ):
        row = endorsements.ask(
            by=actor(world.users["bangong"]),
            paper=paper,
            kind="division",
            post_ids=[world.posts[n].pk for n in ("许静", "单明", "曾立", "解放")],
        )
        made.kwargs.setdefault("endorsement", {})[where] = {"endorsement_id": row.pk}
    made.kwargs["endorsement_text"] = made.kwargs["endorsement"]


def _messages(made: Scene) -> None:
    """A message of the clerk's, an e-mail 待核实, here and over there."""
    for where, world in (("own", made.home), ("other_county", made.away)):
        person = world.persons["张敏"]
        word = canary("message") if where == "own" else COUNTY_B
        Contact(county=world.county, person=person, by_mail=True, mail="z@example.cn").save()
        with acting(by=actor(world.users["zhuren"])) as act:
            act.unchanged()
            outbox.tell(
                act, people=[person], rule="access", on=timezone.localdate(), title=f"{word}消息"
            )
        message = OutboxMessage.objects.get(person=person)
        mail = message.deliveries.get(channel=Channel.MAIL)
        mail.state = DeliveryState.UNSURE
        mail.ended_at = timezone.now()
        mail.save()
        name = "clerks" if where == "own" else where
        made.kwargs.setdefault("message", {})[name] = {"message_id": message.pk}
        made.kwargs.setdefault("delivery", {})[where] = {"delivery_id": mail.pk}
    made.kwargs["rule"] = {"letters": {"rule": "letter.expire"}}


def _watching(made: Scene) -> None:
    """Notices and findings of a unit in a portfolio, of a town, on the desk, over there."""
    home, away = made.home, made.away
    lay = (
        ("unit", home, "县财政局", True), ("town", home, "柳河镇", True),
        ("audit", home, "县审计局", True), ("desk", home, "县财政局", False),
        ("other_county", away, "县财政局", True),
    )  # fmt: skip
    for name, world, unit, is_out in lay:
        clerk, head = actor(world.users["bangong"]), actor(world.users["zhuren"])
        pk, word = world.units[unit].pk, canary(f"notice_{name}")
        text = notices.Content("urging", f"{word}事项", f"{word}要求", "task", f"{word}来源")
        if is_out:
            notice = notices.draft(by=clerk, content=text, unit_ids=[pk])[0]
        else:  # no event tells of it: inspectors read the trail, and not what lies on the desk
            notice = Notice(
                county=world.county, year=YEAR, unit=world.units[unit], made_by=clerk.user,
                **asdict(text),
            )  # fmt: skip
            notice.save()
        word, day = canary(f"finding_{name}"), timezone.localdate()
        found = findings.draft(
            by=clerk, unit_id=pk,
            content=findings.Content(
                f"{word}问题", f"{word}事实", f"{word}依据", day + timedelta(days=30), "tour",
                f"{word}来源", source_on=day,
            ),
        )  # fmt: skip
        if is_out:
            notices.issue(by=head, notice_ids=[notice.pk])
            findings.establish(by=clerk, finding_id=found.pk)
        made.watched[f"notice_{name}"], made.watched[f"finding_{name}"] = notice, found
        made.kwargs.setdefault("notice", {})[name] = {"notice_id": notice.pk}
        made.kwargs.setdefault("finding", {})[name] = {"finding_id": found.pk}


def _events(made: Scene) -> None:
    """One event of a task, one of a login, one over there; a finished job of the clerk."""
    clerk, b_clerk = made.users["clerk"], made.users["b_clerk"]
    assert clerk is not None
    assert b_clerk is not None
    with acting(by=actor(clerk)) as act:
        task = act.record(
            "task.due", made.tasks["unit"], summary=f"{canary('unit')}调整",
            units=[made.home.units["县财政局"]],
        )  # fmt: skip
        audit = act.record(
            "task.due", made.tasks["portfolio"], summary=f"{canary('portfolio')}调整",
            units=[made.home.units["县审计局"]],
        )  # fmt: skip
        login = act.record("login", clerk, summary="登录", county=made.home.county)
        job = Job(
            county=made.home.county, kind="paper_docx", key="access:1", title="导出文件",
            asked_by=clerk, state="done", run_after=timezone.now(),
            result_file=made.papers["issued"].source,
            parameters={"paper_id": made.papers["issued"].pk},
        )  # fmt: skip
        job.save()
    with acting(by=actor(b_clerk)) as act:
        away = act.record(
            "task.due", made.tasks["other_county"], summary=f"{canary('other_county')}调整",
            units=[made.away.units["县财政局"]],
        )  # fmt: skip
    made.kwargs["event"] = {
        "task": {"event_id": task.pk}, "mandate": {"event_id": audit.pk},
        "login": {"event_id": login.pk}, "other_county": {"event_id": away.pk},
    }  # fmt: skip
    _accounts(made)
    made.kwargs["job"] = {"clerks": {"job_id": job.pk}}
    made.kwargs["task"] = {name: {"task_id": item.pk} for name, item in made.tasks.items()}
    made.kwargs["paper"] = {name: {"paper_id": p.pk} for name, p in made.papers.items()}
    made.kwargs["issued_file"] = made.kwargs["paper"]
    made.kwargs["none"] = {"": {}}
    duties.lay(made)
    made.kwargs["trail"] = {
        f"{kind}_{name}": {"kind": kind, "object_id": next(iter(keys.values()))}
        for kind in (
            "task",
            "paper",
            "unit",
            "post",
            "person",
            "group",
            "account",
            "letter",
            "duty",
            "talk",
            "campaign",
            "return",
            "bulletin",
            "progress",
            "promise",
            "power_list",
            "dispatch",
            "scheme",
            "assessment",
            "sheet",
            "ballot",
            "year_report",
            "result_use",
            "notice",
            "finding",
        )
        for name, keys in made.kwargs[kind].items()
    } | {"nonsense": {"kind": "nonsense", "object_id": 1}}


def _accounts(made: Scene) -> None:
    """An account, a grant, a delegation here and over there; a session of the clerk's."""
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        for where, world in (("own", made.home), ("other_county", made.away)):
            user = world.users["liuhe"]
            grant = RoleGrant.objects.get(user=user)
            today = timezone.localdate()
            delegation = Delegation(
                county=world.county, post=world.posts["曾立"], delegator=world.persons["曾立"],
                delegate=world.persons["许静"], valid_from=today,
                valid_to=today + timedelta(days=5), order_number="1号", reason="外出",
            )  # fmt: skip
            delegation.save()
            made.kwargs.setdefault("account", {})[where] = {"account_id": user.pk}
            made.kwargs.setdefault("grant", {})[where] = {"grant_id": grant.pk}
            made.kwargs.setdefault("delegation", {})[where] = {"delegation_id": delegation.pk}
    session = AccountSession.objects.create(
        user=made.users["clerk"], session_key="another-place", started_at=timezone.now(),
        last_seen_at=timezone.now(), ended_at=timezone.now(), ended_because="ended",
    )  # fmt: skip
    made.kwargs["session"] = {"clerks": {"session_id": session.pk}}


def _desks(made: Scene) -> None:
    """The clerk's two drafts: a paper's import and a directory's."""
    clerk = made.users["clerk"]
    assert clerk is not None
    assert clerk.county is not None
    draft = imports.start(
        by=actor(clerk), county=clerk.county, year=YEAR, name="意见.txt", data=OPINION.encode()
    )
    workbook = directory_import.stash(
        by=actor(clerk), county=clerk.county, name="名录.xlsx",
        data=directory_import.export(clerk.county),
    )  # fmt: skip
    made.kwargs["draft"] = {"clerks": {"draft_id": draft.pk}}
    made.kwargs["workbook"] = {"clerks": {"draft_id": workbook.pk}}

"""What leaves the portal: marked before it is sent, never sent twice by itself."""

from __future__ import annotations

import json
import smtplib
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core import mail as outgoing
from django.utils import timezone

from accountability.channels import Away, Envelope, NotNow, Refused, webhook
from accountability.door import Actor, acting
from accountability.models import (
    AuditEvent,
    Channel,
    Contact,
    DeliveryState,
    Gateway,
    GatewayForm,
    Job,
    LedgerRow,
    OutboxDelivery,
)
from accountability.models.outbox_message import TRANSITIONS
from accountability.refusals import Invalid, NotAllowed, NotFound, WrongState
from accountability.services import gateways, jobs, outbox, outbox_sending
from tests.world import World

ON = date(2026, 3, 31)


def actor(world: World, name: str) -> Actor:
    user = world.users[name]
    return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=world.county)


@pytest.fixture
def told(world: World, settings: Any) -> Callable[..., OutboxDelivery]:
    """Tells 刘芳 by `channel`; the delivery that waits."""
    settings.MAIL_IS_SET = True

    def tell(channel: Channel = Channel.MAIL, rule: str = "test") -> OutboxDelivery:
        person = world.persons["刘芳"]
        with acting(by=Actor.system("test", county=world.county)) as act:
            act.unchanged()
            if not Contact.objects.filter(person=person).exists():
                Contact(
                    county=world.county,
                    person=person,
                    by_mail=channel == Channel.MAIL,
                    mail="liu@example.cn",
                    by_webhook=channel == Channel.WEBHOOK,
                    webhook_account="liufang",
                ).save()
            outbox.tell(
                act, people=[person], rule=rule, on=ON, title="一季度填报", text="4月5日前报送。"
            )
        return OutboxDelivery.objects.get(message__rule=rule, channel=channel)

    return tell


def run_outbox() -> dict[str, int]:
    job = Job.objects.filter(kind=outbox_sending.KIND, state="waiting").earliest("id")
    done = jobs.run(job.pk)
    assert done is not None
    assert done.state == "done", done.error
    return dict(done.result)


def test_an_email_goes_once(told: Any) -> None:
    row = told()
    assert run_outbox() == {"sent": 1}
    assert [m.to for m in outgoing.outbox] == [["liu@example.cn"]]
    message = outgoing.outbox[0]
    assert "一季度填报" in message.subject
    assert "4月5日前报送" in message.body
    assert message.extra_headers["Message-ID"].startswith(f"<outbox-{row.message_id}-mail@")
    assert outbox_sending.claim(now=timezone.now()) is None
    row.refresh_from_db()
    assert (row.state, row.attempts) == (DeliveryState.SENT, 1)


def test_it_is_marked_before_it_is_sent(told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    row = told()
    seen: list[str] = []

    def look(envelope: Any) -> None:
        seen.append(OutboxDelivery.objects.get(pk=row.pk).state)

    monkeypatch.setattr(outbox_sending, "SEND", {Channel.MAIL: look})
    run_outbox()
    assert seen == ["sending"]


def test_what_lost_its_worker_is_to_be_verified_and_not_sent_again(told: Any) -> None:
    row = told()
    now = timezone.now()
    assert outbox_sending.claim(now=now) is not None  # and the worker died
    assert outbox_sending.keep_going(now=now + timedelta(minutes=1)) == 0
    assert outbox_sending.keep_going(now=now + timedelta(minutes=4)) == 1
    row.refresh_from_db()
    assert (row.state, row.get_state_display()) == ("unsure", "待核实")
    assert run_outbox() == {}
    assert outbox_sending.claim(now=now + timedelta(days=9)) is None
    assert outgoing.outbox == []


def test_a_clock_that_was_set_back_strands_no_message(told: Any) -> None:
    """Told, or marked by a worker that died, while the clock was a year ahead (F16)."""
    now, row = timezone.now(), told()
    ahead = now + timedelta(days=365)
    OutboxDelivery.objects.filter(pk=row.pk).update(run_after=ahead)
    claimed = outbox_sending.claim(now=now)
    assert claimed is not None
    assert claimed[0].pk == row.pk
    OutboxDelivery.objects.filter(pk=row.pk).update(marked_at=ahead)
    assert outbox_sending.keep_going(now=now) == 1
    row.refresh_from_db()
    assert row.state == "unsure"


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (NotNow("邮件服务器连接不上，稍后自动重试。"), "waiting"),
        (Refused("邮件服务器拒收（550），请核对电子邮箱。"), "failed"),
        (TimeoutError("no answer"), "unsure"),
    ],
)
def test_how_it_went_decides_what_comes_next(
    told: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, state: str
) -> None:
    row = told()

    def fail(envelope: Any) -> None:
        raise error

    monkeypatch.setattr(outbox_sending, "SEND", {Channel.MAIL: fail})
    assert run_outbox() == {state: 1}
    row.refresh_from_db()
    assert row.error
    assert (row.ended_at is None) == (state == "waiting")
    if state == "waiting":
        assert row.run_after > timezone.now() + outbox_sending.BACK_OFF[0] - timedelta(seconds=9)


def test_while_the_other_end_is_away_the_rest_waits_untried(
    told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = told(rule="a"), told(rule="b")
    tried: list[str] = []

    def away(envelope: Any) -> None:
        tried.append(envelope.key)
        raise Away("邮件服务器连接不上，稍后自动重试。")

    monkeypatch.setattr(outbox_sending, "SEND", {Channel.MAIL: away})
    assert run_outbox() == {"waiting": 1}
    assert tried == [f"outbox-{first.message_id}-mail"]
    second.refresh_from_db()
    assert (second.state, second.attempts) == ("waiting", 0)
    assert second.run_after > timezone.now()


def test_back_off_grows_and_ends(told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    row = told()

    def away(envelope: Any) -> None:
        raise NotNow("网关连接不上，稍后自动重试。")

    monkeypatch.setattr(outbox_sending, "SEND", {Channel.MAIL: away})
    now = timezone.now()
    for _ in outbox_sending.BACK_OFF:
        claimed = outbox_sending.claim(now=now + timedelta(days=1))
        assert claimed is not None
        assert outbox_sending._send(*claimed) == "waiting"
    claimed = outbox_sending.claim(now=now + timedelta(days=1))
    assert claimed is not None
    assert outbox_sending._send(*claimed) == "failed"
    row.refresh_from_db()
    assert row.attempts == len(outbox_sending.BACK_OFF) + 1


def test_who_left_or_changed_his_mind_gets_nothing(world: World, told: Any, door: Any) -> None:
    first, second = told(rule="a"), told(rule="b")
    choice = Contact.objects.get()
    choice.by_mail = False
    choice.save()
    assert outbox_sending.claim(now=timezone.now()) is None
    first.refresh_from_db()
    assert (first.state, first.error) == ("withheld", "收件人不再选用这个渠道。")
    OutboxDelivery.objects.filter(pk=second.pk).update(state="waiting")
    choice.by_mail = True
    choice.save()
    person = world.persons["刘芳"]
    person.retired_on = timezone.localdate()
    person.save()
    assert outbox_sending.claim(now=timezone.now()) is None
    second.refresh_from_db()
    assert (second.state, second.error) == ("withheld", "收件人已离任。")


def test_the_reconciler_finds_what_is_due(told: Any) -> None:
    told()
    Job.objects.filter(kind=outbox_sending.KIND).update(state="done")
    now = timezone.now()
    outbox_sending.keep_going(now=now)
    outbox_sending.keep_going(now=now)
    assert Job.objects.filter(kind=outbox_sending.KIND, state="waiting").count() == 1
    assert run_outbox() == {"sent": 1}


# --- by hand -----------------------------------------------------------------


def test_a_person_sends_again_or_says_that_it_arrived(world: World, told: Any) -> None:
    row = told()
    admin = actor(world, "xitong")
    with pytest.raises(WrongState, match="不能重新发送"):
        gateways.send_again(by=admin, delivery_id=row.pk)
    OutboxDelivery.objects.filter(pk=row.pk).update(state="unsure", attempts=3)
    with pytest.raises(NotAllowed):
        gateways.send_again(by=actor(world, "bangong"), delivery_id=row.pk)
    with pytest.raises(NotFound):
        gateways.send_again(by=admin, delivery_id=row.pk + 99)
    again = gateways.send_again(by=admin, delivery_id=row.pk)
    assert (again.state, again.attempts) == ("waiting", 0)
    event = AuditEvent.objects.get(action="outbox.resend")
    assert "一季度填报" not in event.target_label + event.summary
    OutboxDelivery.objects.filter(pk=row.pk).update(state="unsure")
    assert gateways.call_sent(by=admin, delivery_id=row.pk).state == "sent"
    OutboxDelivery.objects.filter(pk=row.pk).update(state="failed")
    with pytest.raises(WrongState):
        gateways.call_sent(by=admin, delivery_id=row.pk)


@pytest.mark.nodb
def test_nothing_goes_from_unsure_to_sending_by_itself() -> None:
    assert set(TRANSITIONS) == set(DeliveryState.values)
    assert DeliveryState.SENDING not in TRANSITIONS[DeliveryState.UNSURE]
    assert TRANSITIONS[DeliveryState.SENT] == frozenset()


# --- e-mail ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(), NotNow),
        (smtplib.SMTPAuthenticationError(535, b"no"), Refused),
    ],
)
def test_a_mail_server_that_does_not_open(
    told: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception]
) -> None:
    told()

    def open_(self: Any) -> None:
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.open", open_)
    assert run_outbox() == {"waiting" if kind is NotNow else "failed": 1}


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (smtplib.SMTPRecipientsRefused({"a": (450, b"busy")}), "waiting"),
        (smtplib.SMTPRecipientsRefused({"a": (550, b"unknown")}), "failed"),
        (smtplib.SMTPDataError(554, b"no"), "failed"),
        (smtplib.SMTPServerDisconnected("gone"), "unsure"),
    ],
)
def test_what_the_mail_server_answers(
    told: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, state: str
) -> None:
    told()

    def send(self: Any, messages: Any) -> None:
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", send)
    assert run_outbox() == {state: 1}


def test_without_a_mail_server_it_says_so(told: Any, settings: Any) -> None:
    row = told()
    settings.MAIL_IS_SET = False
    assert run_outbox() == {"failed": 1}
    row.refresh_from_db()
    assert "EMAIL_URL" in row.error


# --- the gateway -------------------------------------------------------------


class Desk:
    """A gateway on this machine: what was posted to it, and what it answers."""

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []
        self.status, self.answer = 200, b'{"errcode": 0}'
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                desk.posted.append(json.loads(body) | {"idem": self.headers["Idempotency-Key"]})
                self.send_response(desk.status)
                if desk.status == 302:
                    self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.send_header("Content-Length", str(len(desk.answer)))
                self.end_headers()
                self.wfile.write(desk.answer)

            def log_message(self, *_: Any) -> None:
                """Nothing on the test's output."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)


@pytest.fixture
def desk(world: World, settings: Any) -> Iterator[Desk]:
    """The county's gateway is this one."""
    desk = Desk()
    desk.thread.start()
    settings.WEBHOOK_ORIGINS = frozenset({desk.origin})
    gateways.set_gateway(
        by=actor(world, "xitong"), form="wecom", address=f"{desk.origin}/send?key=tajny", is_on=True
    )
    yield desk
    desk.server.shutdown()
    desk.server.server_close()
    desk.thread.join()


def test_a_gateway_gets_the_title_and_no_more(told: Any, desk: Desk) -> None:
    row = told(Channel.WEBHOOK)
    assert run_outbox() == {"sent": 1}
    (posted,) = desk.posted
    assert posted["text"]["mentioned_list"] == ["liufang"]
    assert "一季度填报" in posted["text"]["content"]
    assert "4月5日" not in json.dumps(posted, ensure_ascii=False)
    assert posted["idem"] == f"outbox-{row.message_id}-webhook"


@pytest.mark.parametrize(
    ("status", "answer", "state"),
    [
        (200, b'{"errcode": 93000}', "failed"),
        (200, b"<html>", "unsure"),
        (404, b"", "failed"),
        (302, b"", "failed"),
        (429, b"", "waiting"),
        (503, b"", "waiting"),
        (500, b"", "unsure"),
    ],
)
def test_what_the_gateway_answers(
    told: Any, desk: Desk, status: int, answer: bytes, state: str
) -> None:
    desk.status, desk.answer = status, answer
    told(Channel.WEBHOOK)
    assert run_outbox() == {state: 1}
    assert len(desk.posted) == 1


def test_a_gateway_that_is_away_is_asked_later(world: World, told: Any, settings: Any) -> None:
    settings.WEBHOOK_ORIGINS = frozenset({"http://127.0.0.1:1"})
    gateways.set_gateway(
        by=actor(world, "xitong"), form="plain", address="http://127.0.0.1:1/", is_on=True
    )
    told(Channel.WEBHOOK)
    assert run_outbox() == {"waiting": 1}


def test_the_address_is_a_secret_and_of_an_allowed_origin(world: World, desk: Desk) -> None:
    row = Gateway.objects.get()
    assert row.origin == desk.origin
    told = "".join(LedgerRow.objects.values_list("image", flat=True))
    told += str(list(AuditEvent.objects.values_list("summary", "changes")))
    assert "tajny" not in row.address + told
    assert row.address not in told
    admin = actor(world, "xitong")
    for wrong in (
        "http://10.0.0.1/x",
        "https://u:p@127.0.0.1/",
        "ftp://a/",
        "x",
        f"{desk.origin}0/",
    ):
        with pytest.raises(Invalid, match="不在允许范围"):
            gateways.set_gateway(by=admin, form="plain", address=wrong, is_on=True)
    with pytest.raises(NotAllowed):
        gateways.set_gateway(
            by=actor(world, "bangong"), form="plain", address=desk.origin, is_on=True
        )
    kept = gateways.set_gateway(by=admin, form="dingtalk", address="", is_on=False)
    assert (kept.address, kept.form, kept.is_on) == (row.address, "dingtalk", False)


def test_a_gateway_is_asked_before_each_message_whether_it_is_allowed(
    told: Any, settings: Any, desk: Desk
) -> None:
    told(Channel.WEBHOOK)
    settings.WEBHOOK_ORIGINS = frozenset()
    assert run_outbox() == {"failed": 1}
    assert desk.posted == []


def test_a_new_gateway_needs_an_address(world: World) -> None:
    with pytest.raises(Invalid, match="请填写网关的完整地址"):
        gateways.set_gateway(by=actor(world, "xitong"), form="plain", address=" ", is_on=True)
    assert not Gateway.objects.exists()


@pytest.mark.nodb
@pytest.mark.parametrize("form", GatewayForm.values)
def test_each_form_names_the_person_and_the_title(form: str) -> None:
    envelope = Envelope("outbox-1-webhook", 1, "刘芳", "liufang", "一季度填报", "4月5日前报送。")
    said = json.dumps(webhook.body_of(form, envelope), ensure_ascii=False)
    assert "liufang" in said
    assert "刘芳：一季度填报。" in said
    assert "4月5日" not in said

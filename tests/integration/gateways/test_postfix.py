"""The gateway against a real mail server, and a bounce that one wrote."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any

import pytest
from attrs import evolve

from adapters.gateways.bounce_reader import BounceReader
from adapters.gateways.mime import Mailbox
from adapters.gateways.smtp import SmtpSender
from adapters.gateways.smtp_settings import SmtpSettings, Tls
from adapters.system_clock import SystemClock
from application.ports.clock import Deadline
from application.ports.sender import OutboundMessage
from domain.channel import Channel
from domain.content import Attachment, Content
from domain.errors import Forged
from domain.outcome import Accepted, Cause, Deferred, GatewayDown, Outcome, Rejected, Unreachable, reason_of
from domain.receipt import HARD, ReceiptKind
from domain.return_path import ReturnPath
from entrypoints.testing.sender_contract import outbound
from tests.servers.login_server import LoginServer
from tests.servers.postfix import SIZE_MAX, Postfix
from tests.servers.smtp_scripted import ScriptedSmtpServer

AT = datetime(2026, 11, 22, 10, 20, tzinfo=UTC)
RETURN_PATH = ReturnPath("bounces@example.com", "the store's own")


@pytest.fixture(scope="module")
def far_away() -> Iterator[ScriptedSmtpServer]:
    with ScriptedSmtpServer() as server:
        server.refuse("gone@faraway.example.com")
        yield server


@pytest.fixture(scope="module")
def postfix(far_away: ScriptedSmtpServer) -> Iterator[Postfix]:
    with (
        LoginServer("tocsin", "hunter2") as logins,
        Postfix(login_port=logins.port, next_port=far_away.port) as postfix,
    ):
        yield postfix


def settings(postfix: Postfix, **changes: Any) -> SmtpSettings:
    usual: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": postfix.port,
        "tls": Tls.STARTTLS,
        "sender": Mailbox("news@example.com", "Example"),
        "username": "tocsin",
        "password": "hunter2",
        "ca_file": postfix.authority.ca_file,
        "timeout_s": 20.0,
    }
    return SmtpSettings(**(usual | changes))


def message(address: str, number: int = 1, **content: Any) -> OutboundMessage:
    return evolve(
        outbound(Channel.EMAIL, number), address=address, content=Content(**({"subject": "s", "body": "b"} | content))
    )


def send(settings: SmtpSettings, *messages: OutboundMessage) -> list[Outcome]:
    sender = SmtpSender(settings, SystemClock())
    try:
        return list(sender.send(messages, Deadline.after(60, SystemClock())))
    finally:
        sender.close()


class TestARealServer:
    @pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.TLS])
    def test_takes_mail_encrypted_and_from_who_logged_in(self, tls: Tls, postfix: Postfix) -> None:
        port = postfix.port if tls is Tls.STARTTLS else postfix.tls_port
        address = f"ada-{tls}@example.com"

        (outcome,) = send(settings(postfix, tls=tls, port=port), message(address))

        assert isinstance(outcome, Accepted)
        arrived = message_from_bytes(postfix.mail_for(address))
        received = str(arrived["Received"])
        assert "ESMTPSA" in received
        assert f"id {outcome.provider_id}\n" in received.replace("\r", "").replace(";", "\n")
        assert arrived["Return-Path"] == "<news@example.com>"

    def test_takes_many_in_a_row(self, postfix: Postfix) -> None:
        outcomes = send(settings(postfix), *[message(f"person{n}@example.com", n) for n in range(20)])

        assert len({outcome.provider_id for outcome in outcomes if isinstance(outcome, Accepted)}) == 20

    def test_knows_a_wrong_password(self, postfix: Postfix) -> None:
        (outcome,) = send(settings(postfix, password="wrong"), message("ada@example.com"))

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.CONFIGURATION
        assert "password" in outcome.reason

    def test_is_not_used_where_its_certificate_is_not_trusted(self, postfix: Postfix) -> None:
        (outcome,) = send(settings(postfix, ca_file=None), message("ada@example.com"))

        assert isinstance(outcome, GatewayDown)
        assert "certificate" in outcome.reason

    def test_does_not_relay_without_a_login(self, postfix: Postfix) -> None:
        (outcome,) = send(settings(postfix, username=None, password=None), message("ada@example.com"))

        assert not isinstance(outcome, Accepted | Unreachable)

    @pytest.mark.parametrize(
        ("address", "kind"),
        [
            ("unknown@example.com", Unreachable),
            ("greylisted@example.com", Deferred),
            ("full@example.com", Deferred),
            ("policy@example.com", Rejected),
        ],
    )
    def test_refuses_one_and_takes_the_next(self, address: str, kind: type[Outcome], postfix: Postfix) -> None:
        before, outcome, after = send(
            settings(postfix), *[message(one, n) for n, one in enumerate(("a@example.com", address, "b@example.com"))]
        )

        assert isinstance(outcome, kind), outcome
        assert address not in str(reason_of(outcome))
        assert isinstance(before, Accepted)
        assert isinstance(after, Accepted)

    def test_refuses_a_sender(self, postfix: Postfix) -> None:
        (outcome,) = send(settings(postfix, sender=Mailbox("banned@example.com")), message("ada@example.com"))

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.CONFIGURATION

    def test_is_not_asked_to_take_what_is_too_large(self, postfix: Postfix) -> None:
        file = Attachment(filename="big.bin", media_type="application/octet-stream", data=bytes(SIZE_MAX))

        large, small = send(
            settings(postfix),
            message("large@example.com", 1, attachments=(file,)),
            message("small@example.com", 2, attachments=(evolve(file, data=b"small"),)),
        )

        assert isinstance(large, Rejected)
        assert str(SIZE_MAX) in large.reason
        assert isinstance(small, Accepted)
        arrived = message_from_bytes(postfix.mail_for("small@example.com"))
        assert [part.get_payload(decode=True) for part in arrived.walk() if part.get_filename()] == [b"small"]


class TestABounce:
    def test_of_a_real_server_finds_its_hand_over(self, postfix: Postfix, far_away: ScriptedSmtpServer) -> None:
        gone = message("gone@faraway.example.com", 5)
        path = RETURN_PATH.of(gone.notification_id, gone.fence)

        (outcome,) = send(settings(postfix, return_path=RETURN_PATH), gone)
        report = postfix.mail_for(path)
        (receipt,) = BounceReader(gateway="mail", secret=RETURN_PATH.secret, store_id="s")(report, AT)

        assert isinstance(outcome, Accepted)
        assert receipt.kind is ReceiptKind.BOUNCED
        assert receipt.strikes == HARD
        assert receipt.echo == f"{gone.notification_id}.{gone.fence}.s"
        assert "gone@" not in str(receipt.reason)
        with pytest.raises(Forged):
            BounceReader(gateway="mail", secret="another", store_id="s")(report, AT)

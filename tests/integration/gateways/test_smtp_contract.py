from collections.abc import Iterator
from typing import ClassVar

import pytest

from adapters.gateways.mime import Mailbox
from adapters.gateways.smtp import SmtpSender
from adapters.gateways.smtp_settings import SmtpSettings, Tls
from application.ports.clock import Clock
from application.ports.sender import Check
from domain.channel import Channel
from domain.outcome import Deferred, GatewayDown, Rejected, Unknown
from entrypoints.testing.sender_contract import Behaviour, RemoteSenderContract
from tests.servers.smtp_scripted import ScriptedSmtpServer


class TestSmtpSender(RemoteSenderContract):
    channel = Channel.EMAIL
    timeout_s = 0.5
    troubles: ClassVar = {
        Behaviour.REFUSES_CONNECTIONS: (GatewayDown,),
        Behaviour.HANGS: (Unknown,),
        Behaviour.RESETS_BEFORE_READING: (GatewayDown,),
        Behaviour.RESETS_AFTER_READING: (Unknown,),
        Behaviour.ANSWERS_GARBAGE: (GatewayDown,),
        Behaviour.REJECTS: (Rejected,),
        Behaviour.FAILS: (Deferred,),
        Behaviour.THROTTLES: (Deferred,),
    }

    takes_groups: ClassVar = False

    @pytest.fixture
    def provider(self) -> Iterator[ScriptedSmtpServer]:
        with ScriptedSmtpServer(takes_groups=self.takes_groups) as server:
            yield server
            assert server.ledger.breaches == []

    @pytest.fixture
    def sender(self, provider: ScriptedSmtpServer, clock: Clock) -> Iterator[SmtpSender]:
        sender = SmtpSender(
            SmtpSettings(
                host="127.0.0.1",
                port=provider.port,
                tls=Tls.NONE,
                sender=Mailbox("news@example.com", "Example"),
                connections=3,
                timeout_s=self.timeout_s,
            ),
            clock,
        )
        yield sender
        sender.close()

    @pytest.fixture
    def check(self, sender: SmtpSender) -> Check:
        return sender.check


class TestSmtpSenderInGroups(TestSmtpSender):
    takes_groups: ClassVar = True

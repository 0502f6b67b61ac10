import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.gateways.fcm_sender import FcmSender
from adapters.gateways.in_app import InAppSender
from adapters.gateways.outbox import OutboxSender
from adapters.gateways.smtp import SmtpSender
from adapters.gateways.twilio_sender import TwilioSender
from adapters.memory.memory_sender import MemorySender
from adapters.memory.store import MemoryStore
from adapters.system_clock import SystemClock
from application.ports.clock import Deadline
from application.ports.inbox_repository import InboxRepository
from application.ports.sender import Gateway
from domain.channel import Channel
from domain.errors import Misconfigured
from domain.outcome import Accepted, GatewayDown
from entrypoints.gateways.factory import GatewayFactory
from entrypoints.settings import GatewaySettings, load
from tests.contracts.sender import outbound
from tests.servers.fcm_server import FcmServer

LEASE = timedelta(seconds=120)


def no_inbox() -> InboxRepository:
    raise AssertionError("this gateway needs no inbox")


def factory(folder: Path, inbox: Callable[[], InboxRepository] = no_inbox, lease: timedelta = LEASE) -> GatewayFactory:
    return GatewayFactory(lease=lease, beside=folder, clock=SystemClock(), inbox=inbox)


def configured(folder: Path, text: str, **environ: str) -> GatewaySettings:
    """Return the first gateway of a configuration."""
    (folder / "tocsin.toml").write_text(text, encoding="utf-8")
    return next(iter(load(None, environ, folder).gateways.values()))


def made(folder: Path, text: str, **environ: str) -> Gateway:
    return factory(folder)(configured(folder, text, **environ))


SMTP = '[gateways.mail]\nkind = "smtp"\nhost = "127.0.0.1"\nfrom = "Example <news@example.com>"\n'
TWILIO = '[gateways.sms]\nkind = "twilio"\naccount_sid = "AC1"\nauth_token = { env = "TOKEN" }\nfrom = "+14155550100"\n'


class TestEachKind:
    def test_smtp(self, tmp_path: Path) -> None:
        text = f'{SMTP}port = 1\ntls = "none"\nusername = "u"\npassword = "p"\nconnections = 3\nrate = "2/s"'
        gateway = made(tmp_path, text)
        assert isinstance(gateway.sender, SmtpSender)
        assert (gateway.name, gateway.kind, gateway.slots, gateway.rate) == ("mail", "smtp", 3, 2.0)
        assert not gateway.repeats_are_harmless
        assert gateway.check is not None
        down = gateway.check(Deadline.after(5, SystemClock()))
        assert isinstance(down, GatewayDown)
        assert "127.0.0.1:1" in down.reason
        gateway.close()

    def test_twilio(self, tmp_path: Path) -> None:
        gateway = made(tmp_path, TWILIO, TOKEN="t")
        assert isinstance(gateway.sender, TwilioSender)
        assert (gateway.slots, gateway.rate, gateway.repeats_are_harmless) == (8, None, False)
        assert gateway.check is not None
        gateway.close()

    def test_fcm(self, tmp_path: Path) -> None:
        with closing(FcmServer()) as server:
            key = server.write_credentials(tmp_path)
            text = f'[gateways.push]\nkind = "fcm"\ncredentials = {{ file = "{key.name}" }}\nbase_url = "{server.url}"'
            gateway = made(tmp_path, text)
            assert isinstance(gateway.sender, FcmSender)
            assert (gateway.slots, gateway.repeats_are_harmless) == (8, True)
            assert gateway.check is not None
            assert gateway.check(Deadline.after(10, SystemClock())) == Accepted()
            gateway.close()

    def test_outbox(self, tmp_path: Path) -> None:
        gateway = made(tmp_path, '[gateways.outbox]\nfolder = "mails"')
        assert isinstance(gateway.sender, OutboxSender)
        assert gateway.repeats_are_harmless
        deadline = Deadline.after(5, SystemClock())
        (outcome,) = gateway.sender.send([outbound(Channel.EMAIL, 1)], deadline)
        assert isinstance(outcome, Accepted)
        (file,) = (tmp_path / "mails").glob("*.eml")
        assert b"@outbox.invalid" in file.read_bytes()
        assert gateway.check is not None
        assert gateway.check(deadline) == Accepted()

    def test_in_app(self, tmp_path: Path) -> None:
        store = MemoryStore(new_id=lambda: "store")
        gateway = factory(tmp_path, inbox=lambda: store.inbox)(GatewaySettings(name="in_app", kind="in_app"))
        assert isinstance(gateway.sender, InAppSender)
        assert gateway.repeats_are_harmless
        gateway.sender.send([outbound(Channel.IN_APP, 1)], Deadline.after(5, SystemClock()))
        assert len(store.inbox.find("person1", 0)) == 1

    def test_memory(self, tmp_path: Path) -> None:
        gateway = factory(tmp_path)(GatewaySettings(name="memory", kind="memory"))
        assert isinstance(gateway.sender, MemorySender)
        assert gateway.check is None
        gateway.close()


class TestTheTimeout:
    @pytest.mark.parametrize(
        ("text", "lease", "expected_s"),
        [
            (SMTP, timedelta(seconds=120), 10.0),
            (SMTP, timedelta(seconds=4), 2.0),
            (f'{SMTP}timeout = "30s"', timedelta(seconds=120), 30.0),
            (f'{SMTP}timeout = "10m"', timedelta(seconds=120), 60.0),
            ('[gateways.own]\nkind = "m:f"', timedelta(seconds=10), 5.0),
        ],
    )
    def test_is_the_gateways_own_but_at_most_half_of_the_lease(
        self, tmp_path: Path, text: str, lease: timedelta, expected_s: float
    ) -> None:
        assert factory(tmp_path, lease=lease).timeout_s(configured(tmp_path, text)) == expected_s


class TestWhatCannotWork:
    @pytest.mark.parametrize(
        ("module", "sdk", "text", "extra"),
        [
            ("adapters.gateways.twilio_sender", "twilio.rest", TWILIO, "twilio"),
            (
                "adapters.gateways.fcm_sender",
                "firebase_admin",
                '[gateways.sms]\nkind = "fcm"\ncredentials = "tocsin.toml"',
                "fcm",
            ),
        ],
    )
    def test_a_missing_extra_is_one_sentence(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, sdk: str, text: str, extra: str
    ) -> None:
        settings = configured(tmp_path, text, TOKEN="t")
        monkeypatch.delitem(sys.modules, module)
        monkeypatch.setitem(sys.modules, sdk, None)  # as if it were not installed
        with pytest.raises(Misconfigured) as caught:
            factory(tmp_path)(settings)
        (problem,) = caught.value.problems
        assert problem.startswith(f"gateway sms needs the extra: pip install 'tocsin[{extra}]' (")

    def test_what_the_sender_refuses_is_said_of_the_gateway(self, tmp_path: Path) -> None:
        (tmp_path / "key.json").write_text("{}", encoding="utf-8")
        with pytest.raises(Misconfigured, match=r"^gateway p: credentials: .* is not the key of a service account"):
            made(tmp_path, '[gateways.p]\nkind = "fcm"\ncredentials = "key.json"')

    def test_what_the_settings_of_a_sender_refuse_is_said_of_the_gateway(self, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured, match=r"^gateway mail: username and password cannot contain a NUL"):
            made(tmp_path, f'{SMTP}username = "u"\npassword = "a\\u0000b"')

import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

from adapters.gateways.fcm_sender import FcmSender
from adapters.gateways.in_app import InAppSender
from adapters.gateways.outbox import OutboxSender
from adapters.gateways.sendgrid_sender import SendGridSender
from adapters.gateways.sendgrid_webhook import SendGridWebhook
from adapters.gateways.smtp import SmtpSender
from adapters.gateways.twilio_sender import TwilioSender
from adapters.gateways.web_push_sender import WebPushSender
from adapters.memory.memory_sender import MemorySender
from adapters.memory.store import MemoryStore
from adapters.system_clock import SystemClock
from application.ports.clock import Deadline
from application.ports.inbox_repository import InboxQuery, InboxRepository
from application.ports.sender import Gateway
from application.ports.webhook import WebhookRequest
from domain.channel import Channel
from domain.errors import Forged, Misconfigured
from domain.outcome import Accepted, GatewayDown
from domain.recipient import Recipient
from entrypoints.gateways.factory import GatewayFactory
from entrypoints.gateways.vapid import new_key_pair
from entrypoints.settings import GatewaySettings, load
from entrypoints.testing.sender_contract import outbound
from tests.servers.fcm_server import FcmServer
from tests.servers.sendgrid_server import API_KEY as SENDGRID_KEY
from tests.servers.sendgrid_server import SendGridServer
from tests.servers.twilio_caller import TwilioCaller
from tests.servers.twilio_server import ACCOUNT_SID, AUTH_TOKEN, TwilioServer
from tests.servers.web_push_server import WebPushServer

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

SENDGRID = '[gateways.sms]\nkind = "sendgrid"\napi_key = { env = "KEY" }\nfrom = "Example <news@example.com>"\n'
WEB_PUSH = """[gateways.web]
kind = "web_push"
private_key = { file = "vapid.pem" }
contact = "mailto:ops@example.com"
"""


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

    def test_smtp_seals_return_paths_with_the_secret_of_the_store(self, tmp_path: Path) -> None:
        asked: list[str] = []

        def secret() -> str:
            asked.append("secret")
            return "the store's own"

        plain, returning = (
            configured(tmp_path, f"{SMTP}tls = 'none'\n{more}") for more in ("", 'return_path = "bounces@example.com"')
        )
        make = evolve(factory(tmp_path), secret=secret)

        make(plain).close()
        assert asked == []
        make(returning).close()
        assert asked == ["secret"]

    def test_twilio(self, tmp_path: Path) -> None:
        gateway = made(tmp_path, TWILIO, TOKEN="t")
        assert isinstance(gateway.sender, TwilioSender)
        assert (gateway.slots, gateway.rate, gateway.repeats_are_harmless) == (8, None, False)
        assert gateway.check is not None
        gateway.close()

    def test_twilio_is_asked_for_receipts_at_an_address_that_reads_them(self, tmp_path: Path) -> None:
        with closing(TwilioServer()) as server:
            text = TWILIO.replace('"AC1"', f'"{ACCOUNT_SID}"') + f'base_url = "{server.url}"'
            here = evolve(factory(tmp_path), public_url="https://notify.example.com")
            gateway = here(configured(tmp_path, text, TOKEN=AUTH_TOKEN))
            message = outbound(Channel.SMS, 1)
            gateway.sender.send([message], Deadline.after(10, SystemClock()))
            gateway.close()
            (callback,) = server.callbacks
        assert callback == f"https://notify.example.com/webhooks/twilio/sms?echo={message.echo}"
        assert gateway.read_webhook is not None
        called = TwilioCaller(url=callback).status("delivered", query="")
        assert [receipt.echo for receipt in gateway.read_webhook(called)] == [message.echo]

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

    def test_sendgrid(self, tmp_path: Path) -> None:
        with closing(SendGridServer()) as server:
            gateway = made(tmp_path, f'{SENDGRID}base_url = "{server.url}"\nconnections = 3', KEY=SENDGRID_KEY)
            assert isinstance(gateway.sender, SendGridSender)
            assert (gateway.slots, gateway.repeats_are_harmless) == (3, False)
            assert gateway.check is not None
            assert gateway.check(Deadline.after(10, SystemClock())) == Accepted()
            gateway.close()

    def test_sendgrid_believes_no_event_without_a_public_key(self, tmp_path: Path) -> None:
        gateway = made(tmp_path, SENDGRID, KEY=SENDGRID_KEY)
        request = WebhookRequest(url="https://x.example/", headers={}, body=b"[]", at=SystemClock().now())
        assert isinstance(gateway.read_webhook, SendGridWebhook)
        with pytest.raises(Forged, match=r"^gateway sms: set webhook_public_key"):
            gateway.read_webhook(request)
        gateway.close()

    def test_web_push(self, tmp_path: Path) -> None:
        with closing(WebPushServer()) as server:
            (tmp_path / "vapid.pem").write_text(new_key_pair().private, encoding="ascii")
            gateway = made(tmp_path, f'{WEB_PUSH}base_url = "{server.url}"\nhosts = ["push.example.com"]')
            assert isinstance(gateway.sender, WebPushSender)
            assert (gateway.slots, gateway.repeats_are_harmless) == (8, True)
            assert gateway.scope_of is not None
            assert gateway.scope_of("https://push.example.com/1") == "push.example.com"
            assert gateway.check is not None
            deadline = Deadline.after(10, SystemClock())
            assert gateway.check(deadline) == Accepted()
            (outcome,) = gateway.sender.send([outbound(Channel.WEB_PUSH, 1)], deadline)
            assert isinstance(outcome, Accepted)
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
        store.recipients.put([Recipient(id="person1")])
        gateway = factory(tmp_path, inbox=lambda: store.inbox)(GatewaySettings(name="in_app", kind="in_app"))
        assert isinstance(gateway.sender, InAppSender)
        assert gateway.repeats_are_harmless
        gateway.sender.send([outbound(Channel.IN_APP, 1)], Deadline.after(5, SystemClock()))
        assert len(store.inbox.find(InboxQuery(recipient_id="person1"))) == 1

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
            (
                "adapters.gateways.sendgrid_webhook",
                "cryptography.exceptions",
                f'{SENDGRID}webhook_public_key = "k"',
                "sendgrid",
            ),
        ],
    )
    def test_a_missing_extra_is_one_sentence(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, sdk: str, text: str, extra: str
    ) -> None:
        settings = configured(tmp_path, text, TOKEN="t", KEY="k")
        monkeypatch.delitem(sys.modules, module)
        monkeypatch.setitem(sys.modules, sdk, None)  # as if it were not installed
        with pytest.raises(Misconfigured) as caught:
            factory(tmp_path)(settings)
        (problem,) = caught.value.problems
        assert problem.startswith(f"gateway sms needs the extra: pip install 'tocsin[{extra}]' (")

    def test_a_wrong_vapid_key_is_one_sentence_that_does_not_repeat_it(self, tmp_path: Path) -> None:
        (tmp_path / "vapid.pem").write_text("secret-nonsense", encoding="utf-8")
        with pytest.raises(Misconfigured) as caught:
            made(tmp_path, WEB_PUSH)
        (problem,) = caught.value.problems
        assert problem.startswith(
            "gateway web: private_key: is no VAPID key in PEM; make one with: tocsin gateways vapid"
        )
        assert "secret-nonsense" not in problem

    def test_what_the_sender_refuses_is_said_of_the_gateway(self, tmp_path: Path) -> None:
        (tmp_path / "key.json").write_text("{}", encoding="utf-8")
        with pytest.raises(Misconfigured, match=r"^gateway p: credentials: .* is not the key of a service account"):
            made(tmp_path, '[gateways.p]\nkind = "fcm"\ncredentials = "key.json"')

    @pytest.mark.parametrize(
        ("more", "key"), [('webhook_public_key = "MFkwEw"', "webhook_public_key"), ("", "api_key")]
    )
    def test_what_sendgrid_refuses_is_said_of_the_gateway(self, tmp_path: Path, more: str, key: str) -> None:
        with pytest.raises(Misconfigured, match=rf"^gateway sms: {key}: "):
            made(tmp_path, SENDGRID + more, KEY="two words")

    def test_what_the_settings_of_a_sender_refuse_is_said_of_the_gateway(self, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured, match=r"^gateway mail: username and password cannot contain a NUL"):
            made(tmp_path, f'{SMTP}username = "u"\npassword = "a\\u0000b"')

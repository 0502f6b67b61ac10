"""A test key, from HTTP to every documented end: nothing reaches a provider, and what is real goes on beside it."""

import json
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from adapters.gateways.simulator import MAGIC_PHONES
from domain.channel import Channel
from domain.notification_type import NotificationType
from tests.integration.cli.process import PATIENCE_S, Running, ok
from tests.integration.house import until
from tests.integration.http_api.connection import Answer, Connection
from tests.servers.smtp_server import SmtpServer

ENDS = {"delivered": "delivered", "bounced": "failed", "deferred": "failed", "unknown": "unknown"}
"""How what is for each magic recipient ends, once its two attempts are used up."""

ATTEMPTS = {"delivered": 1, "bounced": 1, "deferred": 2, "unknown": 2}
KEYS = {  # those of the example in RFC 8291 section 5
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}
CONFIGURATION = """
[gateways.mail]
kind = "smtp"
host = "127.0.0.1"
port = {port}
tls = "none"
from = "Shop <news@example.com>"

[routes]
email = ["mail"]
sms = ["outbox"]
push = ["outbox"]
web_push = ["outbox"]

[retry]
base = "10ms"
cap = "10ms"
attempts = 2
"""


@frozen
class Shop:
    """A Tocsin that serves, and a key of each kind."""

    folder: Path
    port: int
    keys: Mapping[bool, str]

    def ask(self, method: str, path: str, content: Any = None, *, test: bool) -> Answer:
        with Connection(self.port, self.keys[test]) as connection:
            return connection.ask(method, path, content)

    def send(self, to: str, channel: Channel, type_: NotificationType, *, test: bool) -> int:
        wanted = {"to": to, "channel": channel, "type": type_, "body": "Hello"}
        subject = {"subject": "Hi"} if channel is Channel.EMAIL else {}
        answer = self.ask("POST", "/v1/notifications", {**wanted, **subject}, test=test)
        assert answer.status == 202, answer.json
        return int(answer.json["id"])

    def settled(self, *, test: bool) -> dict[int, dict[str, Any]]:
        """Wait until nothing of one kind has an attempt ahead, and return all of it by id."""
        until(lambda: not {one["status"] for one in self.all(test=test)} & {"pending", "sending"})
        return {one["id"]: one for one in self.all(test=test)}

    def all(self, *, test: bool) -> list[dict[str, Any]]:
        """Return every notification of one kind."""
        answer = self.ask("GET", "/v1/notifications?limit=500", test=test)
        assert answer.status == 200, answer.json
        return list(answer.json["items"])


@contextmanager
def a_shop(folder: Path, port: int) -> Iterator[Shop]:
    (folder / "tocsin.toml").write_text(CONFIGURATION.format(port=port))
    keys = {
        False: ok(folder, "keys", "create", "--scope", "manage").strip(),
        True: ok(folder, "keys", "create", "--scope", "manage", "--test").strip(),
    }
    with Running(folder, ("serve", "--port", "0")) as running:
        assert running.process.stdout is not None
        yield Shop(folder, int(running.process.stdout.readline().rpartition(":")[2]), keys)
        assert running.end_by(signal.SIGTERM, PATIENCE_S)[0] == 0


@pytest.fixture
def mail() -> Iterator[SmtpServer]:
    with SmtpServer(login=False) as server:
        yield server


@pytest.fixture
def shop(tmp_path: Path, mail: SmtpServer) -> Iterator[Shop]:
    with a_shop(tmp_path, mail.port) as shop:
        bring_in(shop)
        yield shop


def bring_in(shop: Shop) -> None:
    """Store the magic recipients, with an address on every channel, and Ada."""
    phones = {outcome.value: phone for phone, outcome in MAGIC_PHONES.items()}
    for word in ENDS:
        person = {
            "email": f"simulate-{word}+anything@example.com",
            "phone": phones[word],
            "push_tokens": [f"simulate-{word}:device"],
            "web_push": [{"endpoint": f"https://fcm.googleapis.com/fcm/send/simulate-{word}", "keys": KEYS}],
        }
        assert shop.ask("PUT", f"/v1/recipients/simulate-{word}", person, test=True).status == 201
    assert shop.ask("PUT", "/v1/recipients/ada", {"email": "ada@example.com"}, test=False).status == 201


def test_every_magic_recipient_ends_as_documented_and_no_provider_hears_of_it(shop: Shop, mail: SmtpServer) -> None:
    report = shop.ask("GET", "/v1/reports/summary", test=False).json
    wanted = {
        shop.send(f"simulate-{word}", channel, type_, test=True): word
        for word in ENDS
        for channel in Channel
        for type_ in (NotificationType.TRANSACTIONAL, NotificationType.INFORMATIONAL)
    }
    plain = shop.send("ada", Channel.EMAIL, NotificationType.TRANSACTIONAL, test=True)

    found = shop.settled(test=True)

    assert {one: found[one]["status"] for one in wanted} == {one: ENDS[word] for one, word in wanted.items()}
    assert {one: found[one]["attempts"] for one in wanted} == {one: ATTEMPTS[word] for one, word in wanted.items()}
    assert found[plain]["status"] == "sent"
    assert mail.received == []
    assert list((shop.folder / "outbox").rglob("*.json")) == []
    assert shop.ask("GET", "/v1/recipients/simulate-delivered/inbox", test=False).json["items"] == []
    assert shop.ask("GET", "/v1/reports/summary", test=False).json == report
    assert shop.ask("GET", "/v1/notifications", test=False).json["items"] == []


def test_what_holds_is_held_after_a_lost_answer(shop: Shop) -> None:
    for channel in Channel:
        shop.send("simulate-unknown", channel, NotificationType.PROMOTIONAL, test=True)

    found = shop.settled(test=True).values()

    assert [(one["status"], one["attempts"]) for one in found] == [("unknown", 1)] * len(Channel)


def test_why_tells_of_the_receipt(shop: Shop) -> None:
    test = shop.send("simulate-bounced", Channel.SMS, NotificationType.TRANSACTIONAL, test=True)
    shop.settled(test=True)

    explained = shop.ask("GET", f"/v1/notifications/{test}/why", test=True).json

    assert [(one["gateway"], one["outcome"]) for one in explained["attempts"]] == [("simulator", "accepted")]
    assert [(one["gateway"], one["kind"]) for one in explained["receipts"]] == [("simulator", "bounced")]
    assert explained["suppressions"] == []


def test_what_is_real_goes_on_beside_tests(shop: Shop, mail: SmtpServer) -> None:
    tests = [shop.send("simulate-unknown", Channel.EMAIL, NotificationType.TRANSACTIONAL, test=True) for _ in range(20)]
    real = shop.send("simulate-bounced", Channel.EMAIL, NotificationType.TRANSACTIONAL, test=False)

    assert {one["status"] for one in shop.settled(test=True).values()} == {"unknown"}
    assert len(tests) == len(shop.settled(test=True))
    assert shop.settled(test=False)[real]["status"] == "sent"
    assert [one.recipients for one in mail.received] == [("simulate-bounced+anything@example.com",)]
    (row,) = shop.ask("GET", "/v1/reports/summary", test=False).json["items"]
    assert (row["created"], row["sent"]) == (1, 1)


def test_a_test_campaign_reaches_everybody_and_nobody(shop: Shop, mail: SmtpServer) -> None:
    campaign = {"audience": "all", "channels": ["email", "in_app"], "type": "informational", "subject": "News"}
    started = shop.ask("POST", "/v1/campaigns", {**campaign, "body": "Hello"}, test=True).json

    path = f"/v1/campaigns/{started['id']}"
    until(lambda: bool(shop.ask("GET", path, test=True).json["status"] == "finished"))
    found = shop.settled(test=True).values()

    by_person = {(one["to"], one["channel"]): one["status"] for one in found}
    expected = {(f"simulate-{word}", channel): end for word, end in ENDS.items() for channel in ("email", "in_app")}
    assert by_person == {**expected, ("ada", "email"): "sent", ("ada", "in_app"): "sent"}
    assert mail.received == []
    assert json.loads(ok(shop.folder, "campaigns", "show", str(started["id"]), "--json"))["test"] is True

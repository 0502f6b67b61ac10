"""What providers say later, from their call to the status that a person sees: a real server, real signatures."""

import base64
import http.client
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from attrs import define, field
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from twilio.request_validator import RequestValidator

from tests.integration.cli.process import PATIENCE_S, Running, ok
from tests.integration.house import until
from tests.servers.http_loopback import LoopbackServer, Reply, Request, Trouble, json_reply
from tests.servers.twilio_server import ACCOUNT_SID, AUTH_TOKEN, FROM

PUBLIC_URL = "https://notify.example.com"
SIGNING_KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC_KEY = base64.b64encode(
    SIGNING_KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()
SECRETS = {"TEXTS_TOKEN": AUTH_TOKEN, "SENDGRID_KEY": "SG.key"}
PHONE = "+14155552671"


@define(eq=False)
class Providers:
    """Twilio and SendGrid as they answer sends; ``before_answer`` is called while a send waits for its answer."""

    twilio: LoopbackServer = field(init=False)
    sendgrid: LoopbackServer = field(init=False)
    texts: list[dict[str, str]] = field(factory=list)
    mails: list[dict[str, Any]] = field(factory=list)
    trouble: Trouble | None = None
    before_answer: Callable[[dict[str, str]], None] = lambda _: None

    def __attrs_post_init__(self) -> None:
        self.twilio = LoopbackServer(self._take_text)
        self.sendgrid = LoopbackServer(self._take_mail)

    def close(self) -> None:
        self.twilio.close()
        self.sendgrid.close()

    def _take_text(self, request: Request) -> Reply | Trouble:
        self.texts.append(request.form)
        self.before_answer(request.form)
        return self.trouble or json_reply(201, {"sid": f"SM{len(self.texts):032}", "status": "queued"})

    def _take_mail(self, request: Request) -> Reply | Trouble:
        self.mails.append(request.json)
        return Reply(202, headers={"X-Message-Id": f"mail-{len(self.mails)}"})


@define(eq=False)
class Desk:
    """A folder with a store, its server, and those who call it."""

    folder: Path
    providers: Providers
    port: int = 0

    def tocsin(self, *args: str) -> str:
        return ok(self.folder, *args, **SECRETS)

    def send(self, channel: str, type_: str = "transactional", to: str = "ada") -> int:
        subject = ("--subject", "News") if channel == "email" else ()
        return int(
            self.tocsin("send", "--to", to, "--channel", channel, "--type", type_, *subject, "--body", "Hello Ada")
        )

    def status(self, number: int) -> str:
        return str(json.loads(self.tocsin("show", str(number), "--json"))["status"])

    def sent(self, channel: str, type_: str = "transactional") -> int:
        number = self.send(channel, type_)
        until(lambda: self.status(number) == "sent")
        return number

    def receipts(self, number: int) -> list[str]:
        return [one["kind"] for one in json.loads(self.tocsin("why", str(number), "--json"))["receipts"]]

    def counted(self, what: str) -> int:
        (row,) = [json.loads(line) for line in self.tocsin("report", "--json").splitlines()]
        return int(row[what])

    def suppressed(self, channel: str) -> list[str]:
        lines = self.tocsin("suppressions", "list", "--channel", channel, "--json").splitlines()
        return [json.loads(line)["reason"] for line in lines]

    def post(self, target: str, body: str, headers: dict[str, str]) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("POST", target, body.encode(), headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def twilio_calls(self, url: str, form: dict[str, str], token: str = AUTH_TOKEN, **changed: str) -> int:
        """Call as Twilio does; *changed* is altered after it was signed."""
        signature = RequestValidator(token).compute_signature(url, form)
        parts = urlsplit(url)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
        return self.post(
            f"{parts.path}?{parts.query}" if parts.query else parts.path, urlencode({**form, **changed}), headers
        )

    def text_status(self, status: str, text: int = -1, **more: str) -> int:
        """Let Twilio call with the status of one of the texts, the last one by default."""
        return self.twilio_calls(self.providers.texts[text]["StatusCallback"], self.status_form(status, text, **more))

    def status_form(self, status: str, text: int = -1, **more: str) -> dict[str, str]:
        number = text % len(self.providers.texts) + 1
        return {
            "MessageSid": f"SM{number:032}",
            "MessageStatus": status,
            "To": PHONE,
            "From": FROM,
            "AccountSid": ACCOUNT_SID,
            **more,
        }

    def sendgrid_calls(self, events: list[dict[str, Any]], *, key: Any = SIGNING_KEY, suffix: str = "") -> int:
        """Call as SendGrid does; *suffix* is added after it was signed."""
        body, timestamp = json.dumps(events), str(int(time()))
        signature = key.sign(f"{timestamp}{body}".encode(), ec.ECDSA(hashes.SHA256()))
        headers = {
            "Content-Type": "application/json",
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        }
        return self.post("/webhooks/sendgrid/mails", body + suffix, headers)

    def event(self, kind: str, mail: int = -1, **more: Any) -> dict[str, Any]:
        """Return an event of one of the mails, the last one by default."""
        (person,) = self.providers.mails[mail]["personalizations"]
        return {
            "event": kind,
            "email": person["to"][0]["email"],
            "timestamp": int(time()),
            "sg_event_id": f"{kind}-{mail}",
            "sg_message_id": f"mail-{mail}.filter0001",
            **person["custom_args"],
            **more,
        }


CONFIGURATION = """
public_url = "{public_url}"

[gateways.texts]
kind = "twilio"
account_sid = "{account}"
auth_token = {{ env = "TEXTS_TOKEN" }}
from = "{sender}"
base_url = "{twilio}"
timeout = "2s"

[gateways.relay]
kind = "smtp"
host = "127.0.0.1"
port = {closed_port}
tls = "none"
from = "Shop <news@example.com>"

[gateways.mails]
kind = "sendgrid"
api_key = {{ env = "SENDGRID_KEY" }}
from = "Shop <news@example.com>"
webhook_public_key = "{public_key}"
base_url = "{sendgrid}"

[routes]
sms = ["texts"]
email = ["relay", "mails"]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    providers = Providers()
    closed = LoopbackServer(lambda _: Trouble.RESET)
    closed.refuse()
    (tmp_path / "tocsin.toml").write_text(
        CONFIGURATION.format(
            public_url=PUBLIC_URL,
            account=ACCOUNT_SID,
            sender=FROM,
            twilio=providers.twilio.url,
            sendgrid=providers.sendgrid.url,
            closed_port=urlsplit(closed.url).port,
            public_key=PUBLIC_KEY,
        )
    )
    desk = Desk(tmp_path, providers)
    desk.tocsin("recipients", "set", "ada", "--email", "ada@example.com", "--phone", PHONE)
    with Running(tmp_path, ("serve", "--port", "0"), SECRETS) as running:
        assert running.process.stdout is not None
        desk.port = int(running.process.stdout.readline().rpartition(":")[2])
        yield desk
    providers.close()
    closed.close()


class TestTwilio:
    def test_is_told_where_to_report_and_its_reports_count_once_in_any_order(self, desk: Desk) -> None:
        text = desk.sent("sms")
        url = urlsplit(desk.providers.texts[-1]["StatusCallback"])
        assert f"{url.scheme}://{url.netloc}{url.path}" == f"{PUBLIC_URL}/webhooks/twilio/texts"
        assert dict(parse_qsl(url.query))["echo"].startswith(f"{text}.1.")

        for status in ("delivered", "sending", "sent", "delivered", "sent", "queued", "delivered", "delivered"):
            assert desk.text_status(status) == 204
            assert desk.status(text) == "delivered"

        assert sorted(desk.receipts(text)) == ["accepted"] * 3 + ["delivered"]
        assert desk.counted("delivered") == 1

    def test_a_forged_report_changes_nothing(self, desk: Desk) -> None:
        text = desk.sent("sms")
        url, form = desk.providers.texts[-1]["StatusCallback"], desk.status_form("delivered")

        assert desk.twilio_calls(url, form, token="f" * 32) == 403
        assert desk.twilio_calls(url, desk.status_form("failed"), MessageStatus="delivered") == 403
        assert desk.twilio_calls(url.replace("?", "?x=1&"), form) == 204  # signed as it was called, so it is Twilio's
        assert (
            desk.post(urlsplit(url).path, urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"}) == 403
        )

        other = desk.sent("sms")
        assert desk.twilio_calls(f"{PUBLIC_URL}/webhooks/twilio/nobody", form) == 404
        assert desk.twilio_calls(f"{PUBLIC_URL}/webhooks/sendgrid/texts", form) == 404
        assert (desk.status(text), desk.status(other)) == ("delivered", "sent")

    def test_a_report_that_is_faster_than_the_answer_counts(self, desk: Desk) -> None:
        def report_first(form: dict[str, str]) -> None:
            told = {"MessageSid": f"SM{len(desk.providers.texts):032}", "MessageStatus": "delivered", "To": PHONE}
            assert desk.twilio_calls(form["StatusCallback"], told) == 204

        desk.providers.before_answer = report_first
        text = desk.send("sms")
        until(lambda: desk.status(text) == "delivered")
        until(lambda: json.loads(desk.tocsin("why", str(text), "--json"))["attempts"] != [])

        assert desk.status(text) == "delivered"
        assert len(desk.providers.texts) == 1

    def test_a_bounce_that_is_faster_than_the_answer_counts_once_it_was_accepted(self, desk: Desk) -> None:
        def bounce_first(form: dict[str, str]) -> None:
            told = {"MessageSid": f"SM{len(desk.providers.texts):032}", "MessageStatus": "undelivered", "To": PHONE}
            assert desk.twilio_calls(form["StatusCallback"], {**told, "ErrorCode": "30004"}) == 204

        desk.providers.before_answer = bounce_first
        text = desk.send("sms")
        until(lambda: desk.status(text) == "failed")

        assert len(desk.providers.texts) == 1
        assert desk.suppressed("sms") == []

    @pytest.mark.parametrize(
        ("status", "becomes"), [("delivered", "delivered"), ("sent", "sent"), ("failed", "failed")]
    )
    def test_a_lost_answer_is_resolved_by_a_report(self, desk: Desk, status: str, becomes: str) -> None:
        desk.providers.trouble = Trouble.RESET
        text = desk.send("sms", "promotional")
        until(lambda: desk.status(text) == "unknown")

        assert desk.text_status(status) == 204

        assert desk.status(text) == becomes
        assert len(desk.providers.texts) == 1

    def test_a_dead_number_is_not_used_again(self, desk: Desk) -> None:
        text = desk.sent("sms")
        assert desk.text_status("undelivered", ErrorCode="30006") == 204

        assert desk.status(text) == "failed"
        assert desk.suppressed("sms") == ["unreachable"]
        again = desk.send("sms")
        until(lambda: desk.status(again) == "suppressed")

    def test_stop_and_start_are_obeyed_in_the_order_they_were_said(self, desk: Desk) -> None:
        def person_says(word: str, sid: str) -> int:
            form = {"MessageSid": sid, "Body": word, "From": PHONE, "To": FROM, "OptOutType": word}
            return desk.twilio_calls(f"{PUBLIC_URL}/webhooks/twilio/texts", form)

        assert person_says("STOP", "SM" + "1" * 32) == 204
        assert desk.suppressed("sms") == ["stop"]
        stopped = desk.send("sms")
        until(lambda: desk.status(stopped) == "suppressed")

        assert person_says("START", "SM" + "2" * 32) == 204
        for _ in range(5):  # the first one, played back
            assert person_says("STOP", "SM" + "1" * 32) == 204
        assert desk.suppressed("sms") == []
        desk.sent("sms")


class TestSendGrid:
    def test_takes_over_where_the_relay_is_down_and_its_reports_count(self, desk: Desk) -> None:
        mail = desk.sent("email")
        attempts = json.loads(desk.tocsin("why", str(mail), "--json"))["attempts"]
        assert [(one["gateway"], one["outcome"]) for one in attempts] == [
            ("relay", "gateway_down"),
            ("mails", "accepted"),
        ]
        assert {one["fence"] for one in attempts} == {1}

        events = [desk.event("open"), desk.event("delivered"), desk.event("processed"), desk.event("click")]
        for _ in range(5):
            assert desk.sendgrid_calls(events) == 204
        assert desk.sendgrid_calls([desk.event("open", sg_event_id="scan", sg_machine_open=True)]) == 204

        assert desk.status(mail) == "delivered"
        assert sorted(desk.receipts(mail)) == ["accepted", "clicked", "delivered", "opened", "opened"]
        assert (desk.counted("delivered"), desk.counted("opened"), desk.counted("clicked")) == (1, 1, 1)

    def test_forged_events_change_nothing(self, desk: Desk) -> None:
        mail = desk.sent("email")
        other_key = ec.generate_private_key(ec.SECP256R1())

        assert desk.sendgrid_calls([desk.event("delivered")], key=other_key) == 403
        assert desk.sendgrid_calls([desk.event("delivered")], suffix=" ") == 403
        assert desk.post("/webhooks/sendgrid/mails", "[]", {"Content-Type": "application/json"}) == 403

        assert (desk.status(mail), desk.receipts(mail)) == ("sent", [])

    def test_a_hard_bounce_fails_the_mail_and_spares_the_address_from_more(self, desk: Desk) -> None:
        mail = desk.sent("email")

        assert desk.sendgrid_calls([desk.event("bounce", type="bounce", status="5.1.1", reason="no such user")]) == 204

        assert desk.status(mail) == "failed"
        assert desk.suppressed("email") == ["unreachable"]

    def test_a_complaint_stops_promotions_and_not_what_was_ordered(self, desk: Desk) -> None:
        desk.sent("email", "promotional")
        assert desk.sendgrid_calls([desk.event("spamreport")]) == 204

        assert desk.suppressed("email") == ["complaint"]
        promotion = desk.send("email", "promotional")
        until(lambda: desk.status(promotion) == "suppressed")
        desk.sent("email", "transactional")

    def test_events_of_other_systems_are_taken_and_dropped(self, desk: Desk) -> None:
        mail = desk.sent("email")
        foreign = {**desk.event("bounce", type="bounce"), "sg_event_id": "x"}
        echo = next(name for name, value in foreign.items() if str(value).startswith(f"{mail}."))

        assert desk.sendgrid_calls([{**foreign, echo: f"{mail}.1.another-store"}]) == 204
        del foreign[echo]
        assert desk.sendgrid_calls([foreign]) == 204

        assert (desk.status(mail), desk.suppressed("email")) == ("sent", [])

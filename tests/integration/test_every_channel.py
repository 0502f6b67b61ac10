"""Messages over each channel, from the command line to a provider's server and back, through the real SDKs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from tests.integration.cli.process import Running, ok, run
from tests.servers.fcm_server import FcmServer
from tests.servers.twilio_server import ACCOUNT_SID, AUTH_TOKEN, FROM, TwilioServer, error_reply

PHONE = "+14155552671"
SECRETS = {"TEXTS_TOKEN": AUTH_TOKEN}


@frozen
class Desk:
    """A folder whose configuration names both providers' servers, with one person in its store."""

    folder: Path
    twilio: TwilioServer
    fcm: FcmServer

    def tocsin(self, *args: str) -> str:
        return ok(self.folder, *args, **SECRETS)

    def send(self, channel: str, *more: str) -> int:
        """Accept one transactional notification for Ada and return its id."""
        what = ("--to", "ada", "--channel", channel, "--type", "transactional", "--body", "Hello Ada")
        return int(self.tocsin("send", *what, *more))

    def show(self, notification: int) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self.tocsin("show", str(notification), "--json"))
        return shown


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    twilio, fcm = TwilioServer(), FcmServer()
    (tmp_path / "tocsin.toml").write_text(
        f"""
        [gateways.texts]
        kind = "twilio"
        account_sid = "{ACCOUNT_SID}"
        auth_token = {{ env = "TEXTS_TOKEN" }}
        from = "{FROM}"
        base_url = "{twilio.url}"

        [gateways.pushes]
        kind = "fcm"
        credentials = {{ file = "{fcm.write_credentials(tmp_path).name}" }}
        base_url = "{fcm.url}"

        [routes]
        sms = ["texts"]
        push = ["pushes"]
        """
    )
    desk = Desk(tmp_path, twilio, fcm)
    desk.tocsin("recipients", "set", "ada", "--name", "Ada", "--phone", PHONE, "--push-token", "device-1")
    yield desk
    twilio.close()
    fcm.close()


def test_a_text_goes_through_the_real_twilio_sdk(desk: Desk) -> None:
    text = desk.send("sms")
    desk.tocsin("dispatch")

    (request,) = desk.twilio.messages
    assert (request.form["To"], request.form["From"], request.form["Body"]) == (PHONE, FROM, "Hello Ada")
    assert desk.show(text)["status"] == "sent"
    assert desk.show(text)["provider_id"].startswith("SM")


def test_a_push_goes_through_the_real_firebase_sdk(desk: Desk) -> None:
    push = desk.send("push", "--subject", "News")
    desk.tocsin("dispatch")

    (request,) = desk.fcm.messages
    message = request.json["message"]
    assert message["token"] == "device-1"
    assert message["notification"] == {"title": "News", "body": "Hello Ada"}
    assert desk.show(push)["provider_id"].startswith("projects/")


def test_an_in_app_message_is_read_in_the_inbox_exactly_once(desk: Desk) -> None:
    note = desk.send("in_app", "--subject", "Welcome")
    for _ in range(2):
        desk.tocsin("dispatch")

    (line,) = desk.tocsin("inbox", "ada", "--json").splitlines()
    item = json.loads(line)
    assert (item["id"], item["subject"], item["body"]) == (note, "Welcome", "Hello Ada")


def test_both_gateways_pass_their_check_and_a_wrong_token_is_named(desk: Desk) -> None:
    for gateway in ("texts", "pushes"):
        desk.tocsin("gateways", "check", gateway)

    wrong = run(desk.folder, "gateways", "check", "texts", TEXTS_TOKEN="0" * 32)
    assert wrong.returncode == 1
    assert "auth_token" in wrong.stderr + wrong.stdout


def test_a_scheduled_one_goes_out_under_watch_and_a_cancelled_one_does_not(desk: Desk) -> None:
    scheduled = desk.send("in_app", "--at", "+2s")
    cancelled = desk.send("in_app", "--at", "+2s")
    assert desk.show(scheduled)["scheduled"] is True
    desk.tocsin("cancel", str(cancelled))

    with Running(desk.folder, ("dispatch", "--watch"), SECRETS) as watcher:
        watcher.read_log_until("concluded")

    assert desk.show(scheduled)["status"] == "sent"
    assert desk.show(cancelled)["status"] == "cancelled"
    assert len(desk.tocsin("inbox", "ada", "--json").splitlines()) == 1


def test_a_failed_one_is_brought_back_by_retry_and_sent(desk: Desk) -> None:
    desk.twilio.always(error_reply(400, 21612, "The From/To pair is not reachable via SMS"))
    text = desk.send("sms")
    desk.tocsin("dispatch")
    failed = desk.show(text)
    assert (failed["status"], failed["attempts"]) == ("failed", 1)
    assert "21612" in failed["reason"]

    desk.twilio.always(None)
    desk.tocsin("retry", str(text))
    desk.tocsin("dispatch")

    assert desk.show(text)["status"] == "sent"
    explained = json.loads(desk.tocsin("why", str(text), "--json"))
    assert [attempt["outcome"] for attempt in explained["attempts"]] == ["rejected", "accepted"]


def test_being_too_fast_spends_no_attempt_and_is_said(desk: Desk) -> None:
    desk.twilio.always(error_reply(429, 20429, "Too Many Requests"))
    text = desk.send("sms")

    throttled = run(desk.folder, "dispatch", **SECRETS)

    assert throttled.returncode == 1, "due work was left behind"
    assert "Too Many Requests" in throttled.stderr
    assert (desk.show(text)["status"], desk.show(text)["attempts"]) == ("pending", 0)


def test_a_dead_device_is_forgotten(desk: Desk) -> None:
    desk.fcm.refuse("device-1")
    push = desk.send("push")
    desk.tocsin("dispatch")

    assert desk.show(push)["status"] == "failed"
    ada = json.loads(desk.tocsin("recipients", "show", "ada", "--json"))
    assert ada["push_tokens"] == []

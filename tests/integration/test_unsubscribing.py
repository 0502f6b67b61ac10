"""The whole way out: from the header of a received mail to the gate that stops the next one."""

import http.client
import json
import re
import signal
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from attrs import frozen

from tests.integration.cli.process import PATIENCE_S, Running, ok
from tests.integration.house import until
from tests.servers.smtp_server import SmtpServer

PUBLIC_URL = "https://notify.example.com"
ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CONFIGURATION = """
public_url = "{url}"

[gateways.mail]
kind = "smtp"
host = "127.0.0.1"
port = {port}
tls = "none"
from = "Shop <news@example.com>"

[routes]
email = ["mail"]
"""


@frozen
class Shop:
    """A server with a dispatcher, and where its mails go."""

    folder: Path
    port: int
    mails: SmtpServer

    def send(self, type_: str, body: str) -> int:
        what = ("--to", "ada", "--channel", "email", "--type", type_, "--subject", "Hello", "--body", body)
        return int(json.loads(ok(self.folder, "send", *what, "--json"))["id"])

    def settled(self, notification_id: int) -> dict[str, Any]:
        """Return the notification once it is no longer on its way."""
        found: dict[str, Any] = {}

        def is_settled() -> bool:
            found.update(json.loads(ok(self.folder, "show", str(notification_id), "--json")))
            return found["status"] not in ("pending", "sending")

        until(is_settled)
        return found

    def mail(self, number: int) -> EmailMessage:
        found = message_from_bytes(self.mails.received[number].octets, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    def ask(self, method: str, url: str, body: str | None = None) -> tuple[int, str]:
        """Call *url* as if a proxy had led there."""
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" == PUBLIC_URL
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, target, body, {} if body is None else FORM)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with SmtpServer(login=False) as mails:
        (tmp_path / "tocsin.toml").write_text(CONFIGURATION.format(url=PUBLIC_URL, port=mails.port))
        ok(tmp_path, "recipients", "set", "ada", "--name", "Ada", "--email", "ada@example.com")
        with Running(tmp_path, ("serve", "--port", "0")) as server:
            port = int(server.read_output_until("listens on").rpartition(":")[2])
            yield Shop(tmp_path, port, mails)
            code, out, err = server.end_by(signal.SIGTERM, PATIENCE_S)
    assert code == 0
    assert ".ep." not in out + err  # no token in what it logs


def test_one_click_in_a_mail_program_ends_offers_and_nothing_else(shop: Shop) -> None:
    assert shop.settled(shop.send("promotional", "Buy"))["status"] == "sent"
    mail = shop.mail(0)
    assert mail["List-Unsubscribe-Post"] == ONE_CLICK
    (url,) = re.findall(r"<(.+)>", "".join(str(mail["List-Unsubscribe"]).split()))

    for method, tail in (("GET", ""), ("HEAD", ""), ("GET", f"?{ONE_CLICK}")):  # what a scanner of mail does
        assert shop.ask(method, url + tail)[0] == 200
    assert shop.settled(shop.send("promotional", "Buy more"))["status"] == "sent"

    status, page = shop.ask("POST", url, ONE_CLICK)
    assert (status, "You are unsubscribed" in page) == (200, True)

    stopped = shop.send("promotional", "Buy now")
    assert shop.settled(stopped)["status"] == "suppressed"
    assert "the recipient does not want email promotional" in ok(shop.folder, "why", str(stopped))
    assert shop.settled(shop.send("transactional", "Your order"))["status"] == "sent"
    assert [shop.mail(number).get_content().strip() for number in range(3)] == ["Buy", "Buy more", "Your order"]
    assert shop.mail(2)["List-Unsubscribe"] is None

    (before,) = re.findall(r'name="before" value="([^"]+)"', page)
    status, page = shop.ask("POST", url, urlencode({"undo": "yes", "before": before}))
    assert (status, "as before" in page) == (200, True)
    assert shop.settled(shop.send("promotional", "Buy again"))["status"] == "sent"

    ok(shop.folder, "links", "rotate", "--revoke", "--yes")
    assert shop.ask("POST", url, ONE_CLICK)[0] == 410
    link = ok(shop.folder, "links", "show", "ada").strip()
    assert "Your choices are saved" in shop.ask("POST", link, "quiet=none")[1]

"""From a template file to files in the outbox, in two locales."""

import email
import json
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from tests.integration.cli.process import ok

BRAND = """
name = "brand"
variables = ["shop"]
[layout]
html = "<style>b { color: red }</style><b>{{ shop }}</b>{{ content }}"
"""
SHIPPED = """
name = "shipped"
variables = ["order"]
layout = "brand"

[email]
subject = "Order {{ order }} is on its way"
html = "<p>Dear {{ recipient.name }}, {{ order }} left today.</p>"

[email.de]
subject = "Bestellung {{ order }} ist unterwegs"
html = "<p>Hallo {{ recipient.name }}, {{ order }} ist abgegangen.</p>"

[sms]
body = "{{ shop }}: order {{ order }} is on its way."
"""
GIVEN = ("--template", "shipped", "--var", "order=<17>", "--var", "shop=Tea & Co")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("brand.toml", BRAND), ("shipped.toml", SHIPPED)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        ok(tmp_path, "templates", "put", name)
    ok(tmp_path, "recipients", "set", "ada", "--name", "Ada", "--email", "ada@example.com", "--locale", "de-AT")
    ok(
        tmp_path,
        *("recipients", "set", "bob", "--name", "Bob <b>", "--email", "bob@example.com"),
        *("--phone", "+14155550100", "--locale", "fr"),
    )
    return tmp_path


def mails(folder: Path) -> dict[str, EmailMessage]:
    """Return the mails in the outbox by who gets them."""
    found = [email.message_from_bytes(path.read_bytes(), policy=default) for path in folder.glob("outbox/*.eml")]
    return {str(one["to"].addresses[0].addr_spec): one for one in found}


def text_of(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).strip()


def assert_each_got_theirs(folder: Path) -> None:
    found = mails(folder)
    assert {to: str(one["subject"]) for to, one in found.items()} == {
        "ada@example.com": "Bestellung <17> ist unterwegs",
        "bob@example.com": "Order <17> is on its way",
    }
    html = text_of(found["bob@example.com"], "html")
    assert '<b style="color: red;">Tea &amp; Co</b>' in html
    assert "<p>Dear Bob &lt;b&gt;, &lt;17&gt; left today.</p>" in html
    plain = text_of(found["ada@example.com"], "plain")
    assert "Tea & Co" in plain
    assert "Hallo Ada, <17> ist abgegangen." in plain


def test_single_notifications_reach_each_in_their_locale(folder: Path) -> None:
    for to in ("ada", "bob"):
        ok(folder, "send", "--to", to, "--channel", "email", "--type", "transactional", *GIVEN)
    # What was accepted stays as it was, whatever becomes of the template.
    (folder / "shipped.toml").write_text(SHIPPED.replace("Order", "Later").replace("Bestellung", "Später"))
    ok(folder, "templates", "put", "shipped.toml")
    ok(folder, "templates", "delete", "shipped")

    ok(folder, "dispatch")

    assert_each_got_theirs(folder)


def test_a_campaign_reaches_each_in_their_locale_on_every_channel(folder: Path) -> None:
    channels = ("--channel", "email", "--channel", "sms")
    ok(folder, "bulk", "--audience", "all", *channels, "--type", "promotional", *GIVEN)

    ok(folder, "dispatch")

    assert_each_got_theirs(folder)
    (sms,) = folder.glob("outbox/*-sms.json")
    assert json.loads(sms.read_text(encoding="utf-8"))["body"] == "Tea & Co: order <17> is on its way."

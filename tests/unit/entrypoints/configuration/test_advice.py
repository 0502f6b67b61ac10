"""What a configuration that works lacks all the same."""

from pathlib import Path

import pytest

from application.ports.store import Level
from entrypoints.configuration.advice import advice
from entrypoints.settings import load

GATEWAYS = f"""
[gateways.texts]
kind = "twilio"
account_sid = "AC{"a" * 32}"
api_key = "SK{"b" * 32}"
api_secret = "s"
from = "+14155550100"

[gateways.mails]
kind = "sendgrid"
api_key = "k"
from = "news@example.com"

[gateways.relay]
kind = "smtp"
host = "mail.example.com"
from = "news@example.com"

[gateways.unused]
kind = "sendgrid"
api_key = "k"
from = "news@example.com"

[routes]
sms = ["texts"]
email = ["mails", "relay"]
"""


def found(folder: Path, top: str = "", **more: str) -> dict[str, tuple[Level, str]]:
    text = top + GATEWAYS
    for name, line in more.items():
        text = text.replace(f"[gateways.{name}]", f"[gateways.{name}]\n{line}")
    (folder / "tocsin.toml").write_text(text)
    return {one.name: (one.level, one.message) for one in advice(load(None, {}, folder))}


def test_without_a_public_address_no_provider_can_report(tmp_path: Path) -> None:
    of = found(tmp_path)
    assert of["receipts of texts"] == of["receipts of mails"]
    assert of["receipts of texts"][0] is Level.WARNING
    assert "public_url" in of["receipts of texts"][1]
    assert of["receipts of relay"][0] is Level.OK
    assert len(of) == 4


def test_without_a_public_address_nobody_can_unsubscribe(tmp_path: Path) -> None:
    level, message = found(tmp_path)["unsubscribe"]
    assert level is Level.WARNING
    assert "informational and promotional" in message
    assert "public_url" in message
    assert "https" in found(tmp_path, 'public_url = "http://notify.example.com"\n')["unsubscribe"][1]
    (tmp_path / "tocsin.toml").write_text('[routes]\nsms = ["outbox"]\n')
    assert advice(load(None, {}, tmp_path)) == []


def test_with_one_what_checks_the_reports_is_asked_for(tmp_path: Path) -> None:
    of = found(tmp_path, 'public_url = "https://notify.example.com"\n')
    assert "auth_token" in of["receipts of texts"][1]
    assert "webhook_public_key" in of["receipts of mails"][1]


@pytest.mark.parametrize("key", ["MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE" + "A" * 88])
def test_with_everything_there_is_nothing_to_say(tmp_path: Path, key: str) -> None:
    of = found(
        tmp_path,
        'public_url = "https://notify.example.com"\n',
        texts='auth_token = "t"',
        mails=f'webhook_public_key = "{key}"',
        relay='return_path = "bounces@example.com"',
    )
    assert of == {}

"""Requests as Twilio makes them to a webhook: signed, with Twilio's own SDK, and in the shape that Twilio documents."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlencode

from attrs import frozen
from twilio.request_validator import RequestValidator

from application.ports.webhook import WebhookRequest
from tests.servers.twilio_server import ACCOUNT_SID, AUTH_TOKEN, FROM

AT = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
URL = "https://notify.example.com/webhooks/twilio/sms"
TO = "+14155550001"
SID = "SM" + "1" * 32

Pairs = Sequence[tuple[str, str]]


class _Form(dict[str, list[str]]):
    """What is sent, as the SDK wants it where a name comes more than once."""

    def getall(self, name: str) -> list[str]:
        return self[name]


@frozen(kw_only=True)
class TwilioCaller:
    """Twilio, as it calls *url* and signs with *token*; ``settings`` is its header about the signature."""

    url: str = URL
    token: str = AUTH_TOKEN
    settings: str | None = None

    def status(self, status: str, query: str = "?echo=1001.3.0f1e2d3c4b5a", **more: str) -> WebhookRequest:
        """Return the report that the message has *status*; ``To`` and whatever else may be given otherwise."""
        told = {
            "AccountSid": ACCOUNT_SID,
            "ApiVersion": "2010-04-01",
            "From": FROM,
            "MessageSid": SID,
            "MessageStatus": status,
            "SmsSid": SID,
            "SmsStatus": status,
            "To": TO,
            **more,
        }
        return self.form(told, query)

    def message(self, body: str, **more: str) -> WebhookRequest:
        """Return what Twilio says of a text message from a person."""
        told = {
            "AccountSid": ACCOUNT_SID,
            "ApiVersion": "2010-04-01",
            "Body": body,
            "From": TO,
            "FromCountry": "US",
            "MessageSid": SID,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsMessageSid": SID,
            "SmsSid": SID,
            "SmsStatus": "received",
            "To": FROM,
            **more,
        }
        return self.form(told)

    def form(self, told: Mapping[str, str] | Pairs, query: str = "") -> WebhookRequest:
        pairs = list(told.items()) if isinstance(told, Mapping) else list(told)
        sent = _Form()
        for name, value in pairs:
            sent.setdefault(name, []).append(value)
        url = self.url + query
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8", **self._signature(url, sent)}
        return WebhookRequest(url=url, headers=headers, body=urlencode(pairs).encode(), at=AT)

    def json(self, told: object, *, hashed: bool = True) -> WebhookRequest:
        """Return *told* as JSON, which Twilio signs by its hash in the query."""
        return self.text(json.dumps(told), hashed=hashed)

    def text(self, body: str, *, hashed: bool = True) -> WebhookRequest:
        url = f"{self.url}?bodySHA256={sha256(body.encode()).hexdigest()}" if hashed else self.url
        headers = {"content-type": "application/json", **self._signature(url, {})}
        return WebhookRequest(url=url, headers=headers, body=body.encode(), at=AT)

    def _signature(self, url: str, sent: Mapping[str, object]) -> dict[str, str]:
        algorithm = "HMAC_SHA256" if self.settings and "HMAC_SHA256" in self.settings else None
        headers = {"x-twilio-signature": RequestValidator(self.token).compute_signature(url, sent, algorithm)}
        return {**headers, "x-twilio-webhooks-signature-settings": self.settings} if self.settings else headers

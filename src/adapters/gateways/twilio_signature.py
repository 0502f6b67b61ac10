"""Twilio's signature over the address it called and all that it sent, checked with Twilio's own SDK."""

import json
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

from application.ports.webhook import WebhookRequest
from domain.errors import Forged, Unreadable

BODY_MAX_BYTES = 256 * 1024
"""Ten times the longest message to us with all that Twilio adds; longer is not Twilio's and not worth a hash."""

FIELDS_MAX = 1000
_ALGORITHMS = (HMAC_SHA1, HMAC_SHA256)
_WRONG = "the signature is not Twilio's for this address and this body; check auth_token and public_url"


class Parameters(dict[str, list[str]]):
    """What came with a request: each name once, with all of its values."""

    def getall(self, name: str) -> list[str]:
        """Return the values of *name*; the SDK asks by this name, and would else sign the last one alone."""
        return self[name]

    def first(self, name: str) -> str | None:
        """Return the first value of *name*, or None if there is none."""
        return next(iter(self.get(name, ())), None)


class TwilioSignature:
    """Checks requests with *secret*: the account's auth token, or the secret of the shared key that signs."""

    def __init__(self, secret: str) -> None:
        self._validator = RequestValidator(secret)

    def checked(self, request: WebhookRequest) -> Parameters:
        """Return the parameters of *request*, all of which Twilio signed, also those that are new to us.

        :raises Forged: the signature is missing or wrong.
        :raises Unreadable: it is right, but the body is no object of JSON.
        """
        if len(request.body) > BODY_MAX_BYTES:
            raise Forged(f"the request is longer than {BODY_MAX_BYTES} bytes, which none of Twilio's is")
        if "json" in request.headers.get("content-type", "").lower():
            return self._checked_json(request)
        parameters = _form(request.body)
        self._check(request, parameters)
        return parameters

    def _checked_json(self, request: WebhookRequest) -> Parameters:
        """Twilio signs JSON by its hash in the address; without that hash the signature would say nothing of it."""
        body = _text(request.body)
        self._check(request, body)
        try:
            told = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise Unreadable("Twilio's request is not JSON, although it says so") from error
        if not isinstance(told, dict):
            raise Unreadable("Twilio's request is JSON, but no object")
        return Parameters({name: [value] for name, value in told.items() if isinstance(value, str)})

    def _check(self, request: WebhookRequest, sent: Parameters | str) -> None:
        given = request.headers.get(SIGNATURE_HEADER.lower())
        if not given:
            raise Forged(f"the header {SIGNATURE_HEADER} is missing, so this is not Twilio")
        algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER.lower())).upper()
        # An algorithm that the SDK does not know it would log, whoever wrote it there.
        if algorithm not in _ALGORITHMS or not self._is_right(request.url, sent, given, algorithm):
            raise Forged(_WRONG)

    def _is_right(self, url: str, sent: Parameters | str, given: str, algorithm: str) -> bool:
        try:
            if isinstance(sent, str) and "bodySHA256" not in parse_qs(urlsplit(url).query):
                return False
            right: Any = self._validator.validate(url, sent, given, algorithm)
        except ValueError:  # the address has a port that is none, or half of a surrogate pair
            return False
        return right is True


def _form(body: bytes) -> Parameters:
    """Return the parameters of a form, the empty ones too: Twilio signs them all."""
    parameters = Parameters()
    try:
        pairs = parse_qsl(
            _text(body), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=FIELDS_MAX
        )
    except ValueError as error:
        raise Forged(_WRONG) from error
    for name, value in pairs:
        parameters.setdefault(name, []).append(value)
    return parameters


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Forged(_WRONG) from error

"""What SendGrid's event webhook tells.

Source: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event and, for the signature,
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from attrs import evolve

from adapters.gateways.reason import redact
from adapters.gateways.sendgrid_message import ECHO
from application.ports.webhook import WebhookRequest
from domain.address import is_email
from domain.channel import Channel
from domain.errors import Forged, Misconfigured, Unreadable
from domain.receipt import HARD, RAW_MAX, SOFT, Receipt, ReceiptKind
from domain.reference import Reference

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
BODY_MAX_BYTES = 16_000_000
"""A batch of events is far smaller; what is larger is not looked into."""

OLDEST = timedelta(days=30)
LATEST = timedelta(days=1)
"""How far from its coming an event may say that it happened; SendGrid tries for a day or so to be heard."""

_NAME_MAX = 200
_NAME = re.compile(rf"[!-~]{{1,{_NAME_MAX}}}\Z")
_ROUTE = re.compile(r"\.(?:filter|recv)")

_KINDS: Mapping[str, ReceiptKind] = MappingProxyType(
    {
        "processed": ReceiptKind.ACCEPTED,
        "deferred": ReceiptKind.DEFERRED,
        "delivered": ReceiptKind.DELIVERED,
        "bounce": ReceiptKind.BOUNCED,
        "dropped": ReceiptKind.BOUNCED,
        "open": ReceiptKind.OPENED,
        "click": ReceiptKind.CLICKED,
        "spamreport": ReceiptKind.COMPLAINED,
        "unsubscribe": ReceiptKind.UNSUBSCRIBED,
        "group_unsubscribe": ReceiptKind.UNSUBSCRIBED,
        "group_resubscribe": ReceiptKind.RESUBSCRIBED,
    }
)
"""The events that mean something here; others that may come are left out."""

_DEAD = frozenset({"bounced address", "invalid"})
"""The reasons of a drop that are the address's own: SendGrid keeps it on a list of its own."""

_WISHES: Mapping[str, ReceiptKind] = MappingProxyType(
    {
        "unsubscribed address": ReceiptKind.UNSUBSCRIBED,
        "spam reporting address": ReceiptKind.COMPLAINED,
    }
)
"""The reasons of a drop that tell what the person behind the address decided, now or long ago."""

_POLICY = re.compile(r"5\.7\.\d{1,3}")
"""RFC 3463 3.8: refused for security or policy, so the address is not to blame."""

_BLAMELESS = frozenset({"content", "reputation", "frequency or volume too high", "technical"})
"""The values of ``bounce_classification`` that say something of the sender or the message."""


class SendGridWebhook:
    """Reads the events of one gateway; fulfils :class:`application.ports.webhook.WebhookReader`.

    *public_key* is the one that SendGrid shows beside "Signed Event Webhook"; without it nothing is believed. It is not
    looked at how old a signature is: what comes twice has the ids of before.

    :raises Misconfigured: *public_key* is no such key.
    :raises ImportError: the package cryptography is not installed.
    """

    def __init__(self, gateway: str, public_key: str | None) -> None:
        self._gateway = gateway
        self._is_signed = None if public_key is None else _verifier(public_key)

    def __call__(self, request: WebhookRequest) -> Sequence[Receipt]:
        """Return the receipts of *request* in the order given; see the port."""
        if self._is_signed is None:
            raise Forged(f"gateway {self._gateway}: set webhook_public_key; without it no event can be believed")
        signature, timestamp = (request.headers.get(name, "") for name in (SIGNATURE, TIMESTAMP))
        if not self._is_signed(signature, timestamp.encode() + request.body):
            raise Forged(f"gateway {self._gateway}: the signature does not fit; compare webhook_public_key")
        return [receipt for event in _events(request.body) for receipt in self._receipts(event, request.at)]

    def _receipts(self, event: Mapping[str, Any], came: datetime) -> Iterator[Receipt]:
        """Yield what one *event* tells: nothing, one receipt, or two."""
        kind = _KINDS.get(_text(event, "event"))
        echo = _text(event, ECHO)
        if kind is None or Reference.parse(echo) is None:
            return
        raw = _spelled(event)
        if raw is None:
            return
        address = _text(event, "email").strip().lower()
        receipt = Receipt(
            gateway=self._gateway,
            event_id=_name(event, raw),
            kind=kind,
            channel=Channel.EMAIL,
            at=_at(event, came),
            echo=echo,
            address=address if is_email(address) else None,
            provider_id=_provider_id(_text(event, "sg_message_id")),
            reason=_reason(event, address),
            strikes=_strikes(event) if kind is ReceiptKind.BOUNCED else None,
            by_machine=event.get("sg_machine_open") is True,
            raw=raw[:RAW_MAX],
        )
        yield receipt
        wish = _WISHES.get(_text(event, "reason").lower()) if event["event"] == "dropped" else None
        if wish is not None and receipt.address is not None:
            # Of the address alone: a complaint over this message would say that it arrived.
            yield evolve(receipt, event_id=f"{receipt.event_id}:{wish}", kind=wish, of_address=True)


def _strikes(event: Mapping[str, Any]) -> int | None:
    """Return how many such bounces put the address out of use; None where it is not to blame."""
    if event["event"] == "dropped":
        return HARD if _text(event, "reason").lower() in _DEAD else None
    if _POLICY.match(_text(event, "status")) or _text(event, "bounce_classification").lower() in _BLAMELESS:
        return None  # whatever the type: some servers refuse a sender's reputation for good
    return HARD if _text(event, "type") == "bounce" else SOFT


def _events(body: bytes) -> list[dict[str, Any]]:
    """Return the events in *body*; what is none among others is left out.

    :raises Unreadable: it is not a JSON array of objects.
    """
    if len(body) > BODY_MAX_BYTES:
        raise Unreadable(f"the events are {len(body)} bytes; at most {BODY_MAX_BYTES} are read")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("the events are not JSON") from None
    events = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    if not events and found != []:
        raise Unreadable("the events are not a JSON array of objects")
    return events


def _text(event: Mapping[str, Any], key: str) -> str:
    value = event.get(key)
    return value if isinstance(value, str) else ""


def _spelled(event: Mapping[str, Any]) -> str | None:
    """Return *event* as ASCII, so that whatever it has can be stored; None if it is nested too deeply for that."""
    try:
        return json.dumps(event, separators=(",", ":"), sort_keys=True)
    except RecursionError:
        return None


def _name(event: Mapping[str, Any], raw: str) -> str:
    """Return the id of *event*, or one made of all that it says."""
    given = _text(event, "sg_event_id")
    if _NAME.match(given):
        return given
    return "sha256:" + hashlib.sha256(raw.encode()).hexdigest()


def _provider_id(message: str) -> str | None:
    """Return the X-Message-Id that the send was answered with: *message* without the servers it passed."""
    start, *route = _ROUTE.split(message, maxsplit=1)
    name = start if route else message.partition(".")[0]
    return name if _NAME.match(name) else None


def _at(event: Mapping[str, Any], came: datetime) -> datetime:
    """Return when *event* happened, or when it *came* where it does not say so credibly."""
    seconds = event.get("timestamp")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return came
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return came
    return at if came - OLDEST <= at <= came + LATEST else came


def _reason(event: Mapping[str, Any], address: str) -> str | None:
    """Return the words of the server or of SendGrid, with the status where it is apart."""
    words = _text(event, "reason") or (_text(event, "response") if event["event"] == "deferred" else "")
    status = _text(event, "status")
    return redact(f"{status} {words}" if status and status not in words else words, address) or None


def _verifier(public_key: str) -> Callable[[str, bytes], bool]:
    """Return what says whether a signature (base64 of DER) is that of some octets by the owner of *public_key*."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(base64.b64decode("".join(public_key.split()), validate=True))
    except Exception:  # noqa: BLE001  (what is no key fails in as many ways as there are formats)
        key = None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise Misconfigured(
            ["webhook_public_key: is not a key of SendGrid's event webhook; copy it from Settings, Mail Settings"]
        )

    def is_signed(signature: str, octets: bytes) -> bool:
        try:
            key.verify(base64.b64decode(signature, validate=True), octets, ECDSA(SHA256()))
        except (ValueError, InvalidSignature):
            return False
        return True

    return is_signed

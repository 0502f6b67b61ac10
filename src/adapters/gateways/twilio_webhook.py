"""What Twilio calls us with: the status of a message we sent, or a message that somebody sent us (STOP, START).

Sources: https://www.twilio.com/docs/usage/security (signatures),
https://www.twilio.com/docs/messaging/guides/track-outbound-message-status (status callbacks) and
https://www.twilio.com/docs/messaging/guides/webhook-request (messages to us).
"""

import json
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit

from attrs import evolve

from adapters.gateways.reason import redact, shorten
from adapters.gateways.twilio_delivery_codes import failure_of
from adapters.gateways.twilio_signature import Parameters, TwilioSignature
from application.ports.webhook import WebhookRequest
from domain.address import is_phone
from domain.channel import Channel
from domain.errors import Forged, Unreadable
from domain.receipt import RAW_MAX, Receipt, ReceiptKind

STATUSES: Mapping[str, ReceiptKind] = MappingProxyType(
    {
        "queued": ReceiptKind.ACCEPTED,
        "accepted": ReceiptKind.ACCEPTED,
        "scheduled": ReceiptKind.ACCEPTED,
        "sending": ReceiptKind.ACCEPTED,
        "sent": ReceiptKind.ACCEPTED,  # a carrier has it; often the last that is heard
        "delivered": ReceiptKind.DELIVERED,
        "read": ReceiptKind.OPENED,
        "undelivered": ReceiptKind.BOUNCED,
        "failed": ReceiptKind.BOUNCED,
        "canceled": ReceiptKind.BOUNCED,
    }
)
"""MessageStatus. One that is not listed is left out: Twilio adds to them without notice."""

_STOP, _START = "STOP", "START"

OPT_OUT_TYPES: Mapping[str, ReceiptKind] = MappingProxyType(
    {_STOP: ReceiptKind.UNSUBSCRIBED, _START: ReceiptKind.RESUBSCRIBED}
)
"""OptOutType, which Advanced Opt-Out adds to a message to us; HELP is not about being told."""

KEYWORDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"), _STOP),
        **dict.fromkeys(("START", "UNSTOP", "YES"), _START),
    }
)
"""The words that Twilio itself obeys where there is no Advanced Opt-Out; each counts only alone, in any case."""

_SID = re.compile(r"[A-Za-z0-9]{2,64}\Z")
_CODE = re.compile(r"[0-9]{1,9}\Z")


class TwilioWebhook:
    """Reads what Twilio calls the gateway *gateway* with; fulfils :class:`application.ports.webhook.WebhookReader`.

    Twilio signs with *auth_token*; an API key signs nothing. Whoever lets Twilio sign with a shared key of its own
    gives that one's secret instead, and sends with an API key. Nothing in a request says when it was made, so what
    protects from one that is played back are the event ids.
    """

    def __init__(self, gateway: str, auth_token: str | None) -> None:
        self._gateway = gateway
        self._signature = TwilioSignature(auth_token) if auth_token else None

    def __call__(self, request: WebhookRequest) -> Sequence[Receipt]:
        """Return what *request* tells: about one message, at most one receipt, or two where it shows a STOP.

        :raises Forged: the signature is missing or wrong, or there is no auth token to check it with.
        :raises Unreadable: it has no MessageSid.
        """
        if self._signature is None:
            raise Forged(
                f"gateway {self._gateway}: what Twilio reports cannot be checked without the auth token; "
                "configure auth_token, also beside an API key"
            )
        parameters = self._signature.checked(request)
        sid = parameters.first("MessageSid")
        if sid is None or not _SID.match(sid):
            raise Unreadable("Twilio's request is not about a message: it has no MessageSid")
        status = parameters.first("MessageStatus")
        if status is None:
            return self._from_a_person(request, parameters, sid)
        kind = STATUSES.get(status)
        return [] if kind is None else self._status(request, parameters, sid, status, kind)

    def _status(
        self, request: WebhookRequest, parameters: Parameters, sid: str, status: str, kind: ReceiptKind
    ) -> list[Receipt]:
        receipt = Receipt(
            gateway=self._gateway,
            event_id=f"{sid}:{status}",
            kind=kind,
            channel=Channel.SMS,
            at=request.at,  # what Twilio gives (RawDlrDoneDate) has no time zone
            echo=_echo(request.url),
            address=_phone(parameters.first("To")),
            provider_id=sid,
            raw=_raw(parameters),
        )
        if kind is not ReceiptKind.BOUNCED:
            return [receipt]
        if status == "canceled":
            return [evolve(receipt, reason="canceled at Twilio before it was sent")]
        return self._failed(receipt, parameters, status)

    @staticmethod
    def _failed(receipt: Receipt, parameters: Parameters, status: str) -> list[Receipt]:
        given = parameters.first("ErrorCode") or ""
        code = int(given) if _CODE.match(given) else None
        failure = failure_of(code)
        said = redact(parameters.first("ErrorMessage") or "", receipt.address or "")
        label = f"Twilio {status}" if code is None else f"Twilio {code}"
        reason = shorten(f"{label}: {failure.meaning} ({said})" if said else f"{label}: {failure.meaning}")
        bounced = evolve(receipt, reason=reason, strikes=failure.strikes)
        if not failure.opted_out:
            return [bounced]
        stopped = evolve(
            bounced, event_id=f"{receipt.provider_id}:{_STOP}", kind=ReceiptKind.UNSUBSCRIBED, strikes=None
        )
        return [bounced, stopped]

    def _from_a_person(self, request: WebhookRequest, parameters: Parameters, sid: str) -> list[Receipt]:
        word = _wish(parameters)
        sender = _phone(parameters.first("From"))
        if word is None or sender is None:  # a short code or a name is nobody whom we tell anything
            return []
        return [
            Receipt(
                gateway=self._gateway,
                event_id=f"{sid}:{word}",
                kind=OPT_OUT_TYPES[word],
                channel=Channel.SMS,
                at=request.at,
                address=sender,
                provider_id=sid,
                reason=f"replied {word}",
                raw=_raw(parameters),
            )
        ]


def _wish(parameters: Parameters) -> str | None:
    """Return STOP or START where a message to us means it, else None."""
    said = (parameters.first("Body") or "").strip().upper()
    word = (parameters.first("OptOutType") or KEYWORDS.get(said, "")).upper()
    return word if word in OPT_OUT_TYPES else None


def _echo(url: str) -> str | None:
    return parse_qs(urlsplit(url).query).get("echo", [None])[0]


def _phone(text: str | None) -> str | None:
    return text if text is not None and is_phone(text) else None


def _raw(parameters: Parameters) -> str:
    plain = {name: values[0] if len(values) == 1 else values for name, values in parameters.items()}
    return json.dumps(plain, ensure_ascii=False)[:RAW_MAX].encode(errors="replace").decode()

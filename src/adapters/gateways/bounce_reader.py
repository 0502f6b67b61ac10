"""What comes back to the return path: reports of bounces (RFC 3464) and complaints (RFC 5965)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from email.message import Message

from attrs import field, frozen

from adapters.gateways.bounce_codes import ACTIONS, rule_of, status_code
from adapters.gateways.bounce_report import (
    Fields,
    delivery_blocks,
    feedback_fields,
    parse,
    returned_headers,
    text_of,
)
from adapters.gateways.reason import redact, shorten
from domain.channel import Channel
from domain.errors import Forged, Unreadable
from domain.receipt import RAW_MAX, Receipt, ReceiptKind
from domain.reference import Reference
from domain.return_path import hand_overs_in
from domain.sealing import seal

_ENVELOPE_HEADERS = (
    *("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To"),
    *("Original-Recipient", "X-RCPT-To", "To", "Resent-To", "Received"),
)
"""Where servers leave the address that a mail was delivered to: Postfix, qmail, Exim, others; and RFC 5321's "for"."""

_RETURNED_HEADERS = ("Return-Path", "X-Postfix-Sender", "Original-Mail-From", "X-Envelope-From", "X-Sender")
"""Where a report names the return path of what it is about."""

_COMPLAINT = "abuse"
_FIELD_MAX = 2000


@frozen(kw_only=True)
class BounceReader:
    """Reads mail that was delivered to a return path of ours; see :mod:`domain.return_path`.

    ``secret`` is that of the store with the id ``store_id``; ``gateway`` is the one that the mails went through.
    """

    gateway: str
    secret: str = field(repr=False)
    store_id: str

    def __call__(self, message: bytes, at: datetime) -> Sequence[Receipt]:
        """Return what *message*, which came *at*, tells of one of our mails; read again it has the same event ids.

        A receipt names no address: whoever got a mail knows its return path, and could report of anybody's.

        :raises Forged: the return path was not given out by this store.
        :raises Unreadable: it is no such report, or none about a mail of ours; the message says what it is.
        """
        mail = parse(message)
        try:
            return self._receipts(mail, _kept(message), at)
        except (Forged, Unreadable):
            raise
        except (
            Exception
        ) as error:  # headers are read by the standard library, which promises nothing about hostile ones
            raise Unreadable("the mail has headers that cannot be read") from error

    def _receipts(self, mail: Message, raw: str, at: datetime) -> Sequence[Receipt]:
        hand_over = self._hand_over(mail)
        blocks, complaint = delivery_blocks(mail), feedback_fields(mail)
        if blocks is None and complaint is None:
            raise Unreadable(_what_else(mail))
        if hand_over is None:
            raise Unreadable("the report names no return path of this store; was the mail sent with return_path set?")

        def receipt(kind: ReceiptKind, event: str, reason: str, strikes: int | None = None) -> Receipt:
            reference = Reference(*hand_over, self.store_id)
            return Receipt(
                gateway=self.gateway,
                event_id=seal(self.secret, "bounce", f"{reference}\0{kind}\0{event}"),
                kind=kind,
                channel=Channel.EMAIL,
                at=at,
                echo=str(reference),
                reason=reason,
                strikes=strikes,
                raw=raw,
            )

        if complaint is not None:
            kind = text_of(complaint, "Feedback-Type").lower()
            said = redact(text_of(complaint, "User-Agent")[:_FIELD_MAX])
            return [receipt(ReceiptKind.COMPLAINED, kind, said)] if kind == _COMPLAINT else []
        found = [one for block in blocks or () if (one := _delivery(block, receipt)) is not None]
        if not found:
            raise Unreadable("the report says of no recipient what became of the mail")
        return list({one.event_id: one for one in found}.values())

    def _hand_over(self, mail: Message) -> tuple[int, int] | None:
        """Return the notification and fence that the mail is about, or None where it names none.

        :raises Forged: what it names was not given out by this store.
        """
        places = [text_of(mail, name) for name in _ENVELOPE_HEADERS]
        places += [text_of(fields, name) for fields in returned_headers(mail) for name in _RETURNED_HEADERS]
        found = [one for text in places for one in hand_overs_in(text, self.secret)]
        ours = next((one for one in found if one is not None), None)
        if found and ours is None:
            raise Forged("the return path has a wrong seal: it was not given out by this store")
        return ours


def _delivery(block: Fields, receipt: Callable[[ReceiptKind, str, str, int | None], Receipt]) -> Receipt | None:
    """Return the receipt for one recipient, or None where no action of RFC 3464 is named."""
    action = text_of(block, "Action").partition("(")[0].strip().lower()
    kind = ACTIONS.get(action)
    if kind is None:
        return None
    diagnostic = text_of(block, "Diagnostic-Code")[:_FIELD_MAX]
    recipient = text_of(block, "Final-Recipient").rpartition(";")[2].strip()[:_FIELD_MAX]
    code = status_code(text_of(block, "Status"), diagnostic)
    if kind is not ReceiptKind.BOUNCED:
        return receipt(kind, f"{recipient}\0{code}", redact(f"{code} {diagnostic}", recipient), None)
    rule = rule_of(code)
    said = redact(diagnostic, recipient)
    reason = shorten(f"{rule.meaning} ({code or 'no status'}: {said})")
    return receipt(kind, f"{recipient}\0{code}", reason, rule.strikes)


def _what_else(mail: Message) -> str:
    """Return what a mail is that is no report, as a sentence."""
    automatic = text_of(mail, "Auto-Submitted").lower().startswith("auto-replied")
    if automatic or any(name in mail for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress")):
        return "the mail is somebody's automatic reply and no report of a delivery (RFC 3464); nothing follows from it"
    if str(mail.get_param("report-type", "")).lower() == "disposition-notification":
        return "the mail is a receipt of reading and no report of a delivery (RFC 3464); nothing follows from it"
    return "the mail is no report of a delivery (RFC 3464) and no complaint (RFC 5965); read it yourself"


def _kept(message: bytes) -> str:
    return message[: 4 * RAW_MAX].decode(errors="replace").replace("\0", "\ufffd")[:RAW_MAX]

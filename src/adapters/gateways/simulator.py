"""The gateway of test keys: it reaches nobody, and magic recipients let it give each outcome.

| channel | the magic recipient of ``delivered``; likewise of ``bounced``, ``deferred`` and ``unknown`` |
|---|---|
| email | ``simulate-delivered@`` any domain, also ``simulate-delivered+anything@`` |
| sms | ``+15005550101``; bounced ``+15005550102``, deferred ``+15005550103``, unknown ``+15005550104`` |
| push | a token that begins with ``simulate-delivered`` |
| web_push | an endpoint whose path ends in ``/simulate-delivered`` |
| in_app | a recipient whose id begins with ``simulate-delivered`` |

``delivered`` is accepted and a receipt says that it arrived; ``bounced`` is accepted and a receipt says that it did
not; ``deferred`` is put off at each attempt; of ``unknown`` the answer is lost each time. Whoever else it is for, a
message is accepted, and no receipt follows. The numbers lie in the exchange of Twilio's own magic numbers
(https://www.twilio.com/docs/iam/test-credentials), where no phone is.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from application.ports.clock import Clock, Deadline
from application.ports.receipt_repository import Addressed, ReceiptRepository
from application.ports.sender import SIMULATOR, OutboundMessage
from domain.channel import Channel
from domain.errors import StoreUnavailable
from domain.outcome import Accepted, Deferred, GatewayDown, NotStarted, Outcome, Unknown
from domain.receipt import Receipt, ReceiptKind
from domain.reference import Reference

BATCH_SIZE: Final = 500
_ADDRESS_DIGITS: Final = 16


class Simulated(StrEnum):
    """What is to become of a message; the value is the word in its magic recipient."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"


MAGIC_PHONES: Final[Mapping[str, Simulated]] = MappingProxyType(
    {
        "+15005550101": Simulated.DELIVERED,
        "+15005550102": Simulated.BOUNCED,
        "+15005550103": Simulated.DEFERRED,
        "+15005550104": Simulated.UNKNOWN,
    }
)

_MAGIC_WORDS: Final[Mapping[str, Simulated]] = MappingProxyType({f"simulate-{one}": one for one in Simulated})


def _by_mailbox(address: str) -> Simulated | None:
    return _MAGIC_WORDS.get(address.partition("@")[0].partition("+")[0].lower())


def _by_beginning(address: str) -> Simulated | None:
    given = address.lower()
    return next((one for word, one in _MAGIC_WORDS.items() if given.startswith(word)), None)


def _by_end_of_path(address: str) -> Simulated | None:
    return _MAGIC_WORDS.get(address.partition("?")[0].rpartition("/")[2].lower())


_READ_ADDRESS: Final[Mapping[Channel, Callable[[str], Simulated | None]]] = MappingProxyType(
    {
        Channel.EMAIL: _by_mailbox,
        Channel.SMS: MAGIC_PHONES.get,
        Channel.PUSH: _by_beginning,
        Channel.WEB_PUSH: _by_end_of_path,
        Channel.IN_APP: _by_beginning,
    }
)

_OUTCOMES: Final[Mapping[Simulated | None, Outcome]] = MappingProxyType(
    {
        None: Accepted(),
        Simulated.DELIVERED: Accepted(),
        Simulated.BOUNCED: Accepted(),
        Simulated.DEFERRED: Deferred("simulated: the provider cannot take it now"),
        Simulated.UNKNOWN: Unknown("simulated: the answer was lost"),
    }
)

_RECEIPTS: Final[Mapping[Simulated, tuple[ReceiptKind, str | None]]] = MappingProxyType(
    {
        Simulated.DELIVERED: (ReceiptKind.DELIVERED, None),
        Simulated.BOUNCED: (ReceiptKind.BOUNCED, "simulated: no such recipient"),
    }
)


def simulated(channel: Channel, address: str) -> Simulated | None:
    """Return what is to become of a message to *address*, or None where it is no magic one."""
    return _READ_ADDRESS[channel](address)


class SimulatorSender:
    """Answers by address and reaches nobody; fulfils :class:`application.ports.sender.Sender`.

    The receipts of a call are recorded in one transaction, before it returns: a provider's can be as early.
    """

    def __init__(self, receipts: ReceiptRepository, clock: Clock) -> None:
        self._receipts = receipts
        self._clock = clock

    @property
    def batch_size(self) -> int:
        """The most messages that one call takes."""
        return BATCH_SIZE

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        """Return the outcome of each address; see the port."""
        if deadline.has_passed:
            return [NotStarted()] * len(messages)
        found = [simulated(message.channel, message.address) for message in messages]
        receipts = [
            self._receipt(message, one)
            for message, one in zip(messages, found, strict=True)
            if one is not None and one in _RECEIPTS
        ]
        try:
            if receipts:
                self._receipts.record(receipts, self._clock.now())
        except StoreUnavailable as error:
            down = GatewayDown(f"the receipts of the simulator cannot be written: {error}")
            return [down, *[NotStarted("the receipts of the simulator cannot be written")] * (len(messages) - 1)]
        return [_OUTCOMES[one] for one in found]

    def _receipt(self, message: OutboundMessage, one: Simulated) -> Addressed:
        kind, reason = _RECEIPTS[one]
        receipt = Receipt(
            gateway=SIMULATOR,
            event_id=f"{message.echo}.{_digest(message.address)}.{kind}",
            kind=kind,
            channel=message.channel,
            at=self._clock.now(),
            echo=message.echo,
            address=message.address,
            reason=reason,
            strikes=None,  # or the magic address could be used once only
        )
        return Addressed(receipt, Reference.parse(message.echo))


def _digest(address: str) -> str:
    """Return what tells the addresses of one notification apart, and none of them."""
    return hashlib.sha256(address.encode()).hexdigest()[:_ADDRESS_DIGITS]

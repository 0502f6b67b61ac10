"""What a gateway says of one message: a closed union, one value a message."""

from datetime import timedelta
from enum import StrEnum
from typing import TypeAlias

from attrs import frozen


class Cause(StrEnum):
    """Why a gateway is down: it may pass by itself, or somebody has to mend the configuration."""

    TRANSIENT = "transient"
    CONFIGURATION = "configuration"


@frozen
class Accepted:
    """The provider has it. ``provider_id`` is the provider's name for the message, if it gave one."""

    provider_id: str | None = None


@frozen
class Deferred:
    """The provider could not take it now; the same message may succeed later."""

    reason: str
    retry_after: timedelta | None = None  # the provider's own hint, if it gave one


@frozen
class Throttled:
    """Too fast for this account: the gateway rests, and the rest of the call was not tried."""

    reason: str
    retry_after: timedelta | None = None


@frozen
class Rejected:
    """The provider will never take this message."""

    reason: str


@frozen
class Unreachable:
    """This address will never work again: the provider says so of the address, not of the message.

    ``opted_out`` where its owner told the provider so (a STOP); who starts again may be told again.
    """

    reason: str
    opted_out: bool = False


@frozen
class GatewayDown:
    """Nothing was sent, and it is the gateway's fault; the next gateway of the route may try."""

    reason: str
    cause: Cause = Cause.TRANSIENT


@frozen
class Unknown:
    """The request left and the answer was lost; nobody knows whether the message went out."""

    reason: str


@frozen
class NotStarted:
    """It did not have its turn in this call, for its deadline or for another reason; nothing was sent."""

    reason: str = "the deadline came before its turn"


Outcome: TypeAlias = Accepted | Deferred | Throttled | Rejected | Unreachable | GatewayDown | Unknown | NotStarted

NAMES: dict[type[Outcome], str] = {
    Accepted: "accepted",
    Deferred: "deferred",
    Throttled: "throttled",
    Rejected: "rejected",
    Unreachable: "unreachable",
    GatewayDown: "gateway_down",
    Unknown: "unknown",
    NotStarted: "not_started",
}
"""The words for outcomes in the store and in output."""


def name_of(outcome: Outcome) -> str:
    """Return the word for *outcome* that the store and every output use."""
    return NAMES[type(outcome)]


def reason_of(outcome: Outcome) -> str | None:
    """Return the provider's words, or None where it accepted."""
    return None if isinstance(outcome, Accepted) else outcome.reason

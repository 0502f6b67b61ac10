"""Gateways of our own for measuring: one that does nothing, one that keeps a log, one that is slow."""

import os
import time
from collections.abc import Mapping, Sequence

from attrs import field, frozen

from application.ports.clock import Deadline
from application.ports.sender import OutboundMessage
from domain.notification_type import NotificationType
from domain.outcome import Accepted, Outcome

BATCH = 500

arrivals: dict[int, float] = {}
"""When this process had a transactional notification in hand: seconds of the monotonic clock, by id."""


@frozen
class Silent:
    """Takes everything and does nothing."""

    batch_size: int = BATCH

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:  # noqa: ARG002  (the port's)
        """Accept all."""
        return [Accepted("none")] * len(messages)


@frozen
class Logging:
    """Takes everything and appends who took what when to a log, in one write a call.

    A line is the process id, the notification's id, the fence and the nanoseconds of the monotonic clock.
    """

    descriptor: int
    batch_size: int = BATCH

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:  # noqa: ARG002  (the port's)
        """Accept all, once they are in the log."""
        now_ns, pid = time.monotonic_ns(), os.getpid()
        lines = "".join(f"{pid} {one.notification_id} {one.fence} {now_ns}\n" for one in messages).encode()
        written = os.write(self.descriptor, lines)
        assert written == len(lines)
        return [Accepted("logged")] * len(messages)


@frozen
class Slow:
    """Takes one message a call and needs a while for it; remembers when each transactional one arrived."""

    takes_s: float
    arrivals: dict[int, float] = field(factory=lambda: arrivals)
    batch_size: int = 1

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:  # noqa: ARG002  (the port's)
        """Accept, after the time it takes."""
        now_s = time.monotonic()
        self.arrivals.update(
            {one.notification_id: now_s for one in messages if one.type is NotificationType.TRANSACTIONAL}
        )
        if self.takes_s:
            time.sleep(self.takes_s)  # stands for the provider's answer; nobody waits for luck here
        return [Accepted("slow")] * len(messages)


def silent(settings: Mapping[str, object]) -> Silent:  # noqa: ARG001  (as a factory is called)
    """Return the gateway that does nothing."""
    return Silent()


def logging(settings: Mapping[str, object]) -> Logging:
    """Return the gateway that appends to the file named under ``log``."""
    descriptor = os.open(str(settings["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return Logging(descriptor)


def slow(settings: Mapping[str, object]) -> Slow:
    """Return the gateway that takes ``takes_ms`` a message."""
    takes_ms = settings["takes_ms"]
    assert isinstance(takes_ms, int)
    return Slow(takes_ms / 1000)

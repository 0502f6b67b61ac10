"""A gateway of one's own that keeps a ledger of what it is handed, and takes as long for it as it is told.

Tests copy it beside their configuration, where a user's own gateway would be. Its settings: ``ledger`` is the file,
``message_s`` and ``call_s`` are seconds a message and a call, ``batch_size`` is the most messages a call takes,
``calls`` says whether the ledger has the begin and the end of each call. While a file ``refuse`` lies beside the
ledger it is down; while ``hang`` lies there, it answers nothing. A message that says so kills its process.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from application.ports.clock import Deadline
from application.ports.sender import OutboundMessage
from domain.outcome import Accepted, GatewayDown, NotStarted, Outcome

DEADLY = "this kills its worker"
LOOK_S = 0.01


@frozen
class LedgerSender:
    """Appends to its ledger before it answers, so that what it was handed is known whatever becomes of the process."""

    ledger: Path
    message_s: float
    call_s: float
    batch_size: int
    logs_calls: bool
    descriptor: int = field()

    @descriptor.default
    def _open(self) -> int:
        return os.open(self.ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        """Accept all, unless a switch says otherwise."""
        self._log_call("enter", messages)
        while self._switch("hang").exists():
            time.sleep(LOOK_S)
        if self.call_s:
            time.sleep(self.call_s)  # stands for the provider's work
        outcomes = self._refuse(messages) if self._switch("refuse").exists() else self._take(messages, deadline)
        self._log_call("leave", messages)
        return outcomes

    def _refuse(self, messages: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        self._log("refused", messages)
        return [GatewayDown("switched off")] * len(messages)

    def _take(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        if not self.message_s:
            self._accept(messages)
            return [Accepted("ledger")] * len(messages)
        return list(self._in_turn(messages, deadline))

    def _in_turn(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Iterator[Outcome]:
        for message in messages:
            if deadline.has_passed:
                yield NotStarted()
            else:
                self._accept([message])
                time.sleep(self.message_s)
                yield Accepted("ledger")

    def _accept(self, messages: Sequence[OutboundMessage]) -> None:
        self._log("taken", messages)
        if any(message.content.body == DEADLY for message in messages):
            os._exit(1)

    def _log_call(self, word: str, messages: Sequence[OutboundMessage]) -> None:
        if self.logs_calls:
            self._log(word, messages[:1])

    def _log(self, word: str, messages: Sequence[OutboundMessage]) -> None:
        """Append a line a message, in one write."""
        pid, at_ns = os.getpid(), time.monotonic_ns()
        lines = "".join(f"{word} {one.notification_id} {one.fence} {pid} {at_ns} {one.type}\n" for one in messages)
        assert os.write(self.descriptor, lines.encode()) == len(lines)

    def _switch(self, name: str) -> Path:
        return self.ledger.with_name(f"{self.ledger.name}.{name}")


def factory(settings: Mapping[str, object]) -> LedgerSender:
    """Return the gateway that *settings* describe."""
    return LedgerSender(
        ledger=Path(str(settings["ledger"])),
        message_s=_number(settings.get("message_s", 0.0)),
        call_s=_number(settings.get("call_s", 0.0)),
        batch_size=int(_number(settings.get("batch_size", 500))),
        logs_calls=settings.get("calls") is True,
    )


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)

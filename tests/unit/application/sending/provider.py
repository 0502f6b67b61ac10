"""A provider that misbehaves as a seed says, and the truth about what it was given: whatever it answered."""

from collections.abc import Sequence
from datetime import timedelta

from attrs import define, field

from application.ports.clock import Deadline
from application.ports.sender import OutboundMessage
from domain.notification_type import NotificationType
from domain.outcome import (
    Accepted,
    Deferred,
    GatewayDown,
    NotStarted,
    Outcome,
    Rejected,
    Throttled,
    Unknown,
    Unreachable,
)
from tests.unit.application.sending.interleaving import Interleaving

Answers = Sequence[tuple[int, Outcome]]

USUAL: Answers = (
    (60, Accepted("m-1")),
    (8, Deferred("451 later")),
    (8, Unknown("no answer")),
    (5, GatewayDown("connection refused")),
    (3, Throttled("429", timedelta(seconds=3))),
    (4, Rejected("554 no")),
    (3, Unreachable("550 gone")),
)
STORMY: Answers = (
    (30, Accepted("m-1")),
    (5, Deferred("451 later")),
    (30, Unknown("no answer")),
    (20, GatewayDown("connection refused")),
    (3, Throttled("429", timedelta(seconds=3))),
    (2, Rejected("554 no")),
    (10, Unreachable("550 gone")),
)


@define(eq=False)
class HandedOver:
    """One message that reached a provider: what it decided, whether it went out, and whether its answer came back."""

    message: OutboundMessage
    gateway: str
    outcome: Outcome
    is_out: bool
    at: int
    is_answered: bool = False

    @property
    def key(self) -> tuple[int, str, int]:
        return self.message.notification_id, self.message.address, self.message.fence

    @property
    def may_be_out(self) -> bool:
        """Say whether somebody who has only the answer must reckon with it that it went out."""
        return not self.is_answered or isinstance(self.outcome, Accepted | Unknown)


@define(eq=False)
class Truth:
    """Every hand-over in order, and what went before it; complains at once about one that must not be.

    ``revived_at`` has the fence at which a person last put something back, whatever became of it until then.
    """

    lines: list[HandedOver] = field(factory=list)
    revived_at: dict[int, int] = field(factory=dict)
    stopped_at: dict[int, int] = field(factory=dict)
    begun_at: dict[tuple[int, int], int] = field(factory=dict)
    offered: set[tuple[int, str, str, int]] = field(factory=set)
    holding: frozenset[NotificationType] = frozenset({NotificationType.PROMOTIONAL})
    harmless: frozenset[str] = frozenset()
    ticks: int = 0
    complaints: list[str] = field(factory=list)

    def tick(self) -> int:
        """Return the number of the next thing that happens."""
        self.ticks += 1
        return self.ticks

    def about(self, notification_id: int) -> list[HandedOver]:
        return [line for line in self.lines if line.message.notification_id == notification_id]

    def take(self, message: OutboundMessage, gateway: str, outcome: Outcome, *, is_out: bool) -> HandedOver:
        """Note one hand-over, after a look at what was known before it."""
        line = HandedOver(message, gateway, outcome, is_out, self.tick())
        number = message.notification_id
        before = [one for one in self.about(number) if one.message.address == message.address and one.may_be_out]
        if any(one.message.fence == message.fence for one in before):
            self.complaints.append(f"{line.key} was handed over again within one claim")
        since = [one for one in before if one.message.fence > self.revived_at.get(number, 0)]
        if since and message.type in self.holding and gateway not in self.harmless:
            self.complaints.append(f"{line.key} of a type that holds was handed over again after {since[-1].key}")
        begun_at = self.begun_at.get((number, message.fence), 0)
        if not begun_at:
            self.complaints.append(f"{line.key} was handed over without a begin")
        if self.stopped_at.get(number, line.at) < begun_at:
            self.complaints.append(f"{line.key} was begun after it was cancelled")
        self.lines.append(line)
        return line


@define(eq=False)
class Provider:
    """A sender that takes its time, hangs, loses answers, raises and counts wrongly; calm, it accepts everything."""

    name: str
    truth: Truth
    world: Interleaving
    batch_size: int = 3
    hang_s: float = 15.0
    answers: Answers = USUAL
    is_calm: bool = False

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        for message in messages:
            self.truth.offered.add((message.fence, self.name, message.address, message.notification_id))
        lines = []
        outcomes: list[Outcome] = []
        for message in messages:
            self._take_time()
            if deadline.has_passed:
                break
            if self._happens(0.02):
                self.world.pause(self.hang_s)  # stopped between the look at the clock and the hand-over
            outcome = self._decide()
            is_out = isinstance(outcome, Accepted) or (isinstance(outcome, Unknown) and self._happens(0.5))
            lines.append(self.truth.take(message, self.name, outcome, is_out=is_out))
            outcomes.append(outcome)
            if isinstance(outcome, GatewayDown | Throttled):
                break
        self._take_time()
        if self._happens(0.03):
            self.world.pause(self.hang_s)
        if self._happens(0.02):
            raise ZeroDivisionError("a bug of the sender")
        if self._happens(0.02):
            return outcomes[:-1]
        for line in lines:
            line.is_answered = True
        return outcomes + [NotStarted()] * (len(messages) - len(outcomes))

    def _decide(self) -> Outcome:
        if self.is_calm:
            return Accepted("calm")
        return self.world.random.choices(
            [answer for _, answer in self.answers], [weight for weight, _ in self.answers]
        )[0]

    def _take_time(self) -> None:
        self.world.pause(self.world.random.choice([0, 0, 0, 0.05, 0.5]))

    def _happens(self, probability: float) -> bool:
        return not self.is_calm and self.world.random.random() < probability

"""Mail through an SMTP server: a relay, a provider's submission port, one's own MTA."""

import base64
from collections.abc import Iterator, Sequence

from adapters.gateways.in_turn import in_turn
from adapters.gateways.mime import Frame, Mail
from adapters.gateways.reason import redact, shorten
from adapters.gateways.smtp_pool import SmtpPool, Turn
from adapters.gateways.smtp_replies import CLOSING, Lost, Phase, Refused, SmtpTrouble, outcome_of
from adapters.gateways.smtp_settings import SmtpSettings
from adapters.gateways.smtp_upcoming import Upcoming
from application.ports.clock import Clock, Deadline
from application.ports.sender import OutboundMessage
from domain.outcome import Accepted, Cause, Deferred, GatewayDown, NotStarted, Outcome, Rejected, reason_of

BATCH_SIZE = 100
"""More gains nothing that can be measured: a new call costs one round trip and one frame."""
BREAKS_MAX = 2
"""So many connections that end one after the other before they have a message mean that the server is down."""


class SmtpSender:
    """Sends mail, one recipient a transaction; fulfils :class:`application.ports.sender.Sender`.

    Connections are kept open between calls, at most ``settings.connections``; further calls wait for one.
    """

    def __init__(self, settings: SmtpSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._pool = SmtpPool(settings, clock)
        username, password = settings.username or "", settings.password or ""
        encoded = (base64.b64encode(text.encode()).decode() for text in (f"\0{username}\0{password}", password))
        self._secrets = (username, password, *encoded) if settings.username else ()

    @property
    def batch_size(self) -> int:
        """The most messages that one call takes."""
        return BATCH_SIZE

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        """Send *messages* over one connection, in order; see the port."""
        if not messages:
            return []
        with self._pool.turn(deadline) as turn:
            if turn is None:
                return [NotStarted("every connection was in use until the deadline")] * len(messages)
            upcoming = Upcoming(self._mails_of(messages))
            return in_turn(messages, deadline, lambda message: self._hand_over(message, upcoming, turn, deadline))

    def check(self, deadline: Deadline) -> Outcome:
        """Connect, encrypt, log in, ask for a sign of life and leave, as :class:`application.ports.sender.Check`."""
        try:
            session = self._pool.open(deadline)
            session.noop()
            session.leave()
        except SmtpTrouble as trouble:
            outcome = self._outcome(trouble, "")
            return outcome if isinstance(outcome, GatewayDown) else self._down(reason_of(outcome) or "")
        return Accepted()

    def close(self) -> None:
        """Close the connections; those in use when their call ends."""
        self._pool.close()

    def _mails_of(self, messages: Sequence[OutboundMessage]) -> Iterator[Mail | Rejected]:
        frame = Frame(self._settings.sender, self._settings.return_path)
        for message in messages:
            try:
                yield frame.fill(message, self._clock.now())
            except ValueError as error:
                yield Rejected(redact(f"no mail can be made of this message: {error}", message.address))

    def _hand_over(self, message: OutboundMessage, upcoming: Upcoming, turn: Turn, deadline: Deadline) -> Outcome:
        mail = upcoming.take()
        if isinstance(mail, Rejected):
            return mail
        try:
            provider_id = turn.deliver(mail, deadline, upcoming)
        except SmtpTrouble as trouble:
            return self._in_context(trouble, self._outcome(trouble, message.address), turn, deadline)
        turn.breaks = 0
        return Accepted(provider_id)

    def _in_context(self, trouble: SmtpTrouble, outcome: Outcome, turn: Turn, deadline: Deadline) -> Outcome:
        """Return what *outcome* is in view of the deadline and of what came just before in this call."""
        broken = isinstance(trouble, Lost) or (isinstance(trouble, Refused) and trouble.code == CLOSING)
        turn.breaks = turn.breaks + 1 if broken else 0
        if isinstance(trouble, Lost) and trouble.phase is not Phase.DOT and deadline.has_passed:
            if trouble.phase is Phase.TEXT and turn.mails == 1:
                return outcome  # it had all the time that a call has, and would not be faster another time
            return NotStarted("the deadline came before the server had the message")
        if isinstance(outcome, Deferred) and turn.breaks >= BREAKS_MAX:
            return self._down(outcome.reason)
        return outcome

    def _outcome(self, trouble: SmtpTrouble, address: str) -> Outcome:
        outcome = outcome_of(trouble, lambda words: redact(words, address, *self._secrets))
        return self._down(outcome.reason, outcome.cause) if isinstance(outcome, GatewayDown) else outcome

    def _down(self, reason: str, cause: Cause = Cause.TRANSIENT) -> GatewayDown:
        return GatewayDown(shorten(f"{self._settings.host}:{self._settings.port}: {reason}"), cause)

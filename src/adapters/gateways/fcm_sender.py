"""Push through Firebase Cloud Messaging, with Google's own SDK."""

from collections.abc import Callable, Sequence
from pathlib import Path

import requests
from attrs import frozen
from firebase_admin import messaging
from firebase_admin.exceptions import FirebaseError
from google.auth.exceptions import GoogleAuthError, RefreshError

from adapters.gateways.base_url import is_base_url
from adapters.gateways.fcm_codes import FcmRefusal
from adapters.gateways.fcm_connection import FcmConnection, NoTimeLeft
from adapters.gateways.fcm_message import fcm_message, problem_of
from adapters.gateways.in_turn import in_turn
from adapters.gateways.reason import redact
from adapters.gateways.retry_after import retry_after
from adapters.gateways.single_attempt import UNREADABLE, failure
from adapters.gateways.verdict import as_check
from application.ports.clock import Clock, Deadline
from application.ports.sender import OutboundMessage
from domain.address import PushAddress
from domain.errors import Misconfigured
from domain.outcome import Accepted, Cause, GatewayDown, Outcome, Rejected, Unknown, Unreachable

BATCH_SIZE = 20
"""FCM takes one message a request; a call of this size is over well within a lease."""

CHECK_TOPIC = "tocsin-check"
_OK = 200


@frozen(kw_only=True)
class FcmSettings:
    """What the gateway needs to know.

    ``credentials`` is the file with the key of a service account; ``project_id`` is another project than the key's own.
    ``base_url`` is another place that speaks FCM's API; ``timeout_s`` bounds all requests of
    one message together.
    """

    credentials: Path
    project_id: str | None = None
    base_url: str | None = None
    connections: int = 8
    timeout_s: float = 15.0

    def problems(self) -> list[str]:
        """Return what keeps these settings from working, each with its remedy; the file is read later."""
        found = []
        if self.base_url is not None and not is_base_url(self.base_url):
            found.append("base_url: is not an address such as https://fcm.googleapis.com")
        if self.connections < 1:
            found.append("connections: must be 1 or more")
        if self.timeout_s <= 0:
            found.append("timeout: must be longer than zero")
        return found


class FcmSender:
    """Hands push messages to FCM, one request each; fulfils :class:`application.ports.sender.Sender`.

    A device shows a notification that was sent twice once, because it collapses by our reference. Data alone shows
    nothing and reaches the app twice, which knows the repeat by its ``tocsin_id``.

    :raises Misconfigured: the settings or the credentials cannot work.
    """

    def __init__(self, settings: FcmSettings, clock: Clock) -> None:
        if problems := settings.problems():
            raise Misconfigured(problems)
        self._clock = clock
        self._connection = FcmConnection(
            Path(settings.credentials),
            settings.project_id,
            settings.base_url,
            settings.connections,
            settings.timeout_s,
            clock,
        )
        self._has_taken = False  # whether FCM took a message with our credentials

    @property
    def batch_size(self) -> int:
        """The most messages that one call takes."""
        return BATCH_SIZE

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        """Return one outcome a message, in the order given."""
        return in_turn(messages, deadline, self._hand_over)

    def check(self, deadline: Deadline) -> Outcome:
        """Get an access token, then let FCM validate a message to nobody without sending it."""
        for step in (self._get_token, self._validate):
            if deadline.has_passed:
                return GatewayDown("there was no time left to ask FCM")
            outcome = self._ask(step)
            # A message that FCM judged is one that it would have sent: project and credentials are right.
            if not isinstance(outcome, Accepted | Rejected | Unreachable):
                return as_check(outcome)
        return Accepted()

    def close(self) -> None:
        """Close the connections and delete the SDK's app; nothing may be sent afterwards."""
        self._connection.close()

    def _hand_over(self, message: OutboundMessage) -> Outcome:
        try:
            address = PushAddress.parse(message.address)
        except ValueError as error:
            return Unreachable(str(error))
        if problem := problem_of(message):
            return Rejected(problem)
        payload = fcm_message(message, address, self._clock.now())
        return self._ask(lambda: self._send(payload), message.address, address.value)

    def _send(self, payload: messaging.Message) -> Outcome:
        name = messaging.send(payload, app=self._connection.app)
        if not isinstance(name, str) or not name:
            return Unknown("FCM answered without the name of a message")
        self._has_taken = True
        return Accepted(name)

    def _get_token(self) -> Outcome:
        self._connection.refresh_token()
        return Accepted()

    def _validate(self) -> Outcome:
        messaging.send(messaging.Message(topic=CHECK_TOPIC), dry_run=True, app=self._connection.app)
        return Accepted()

    def _ask(self, question: Callable[[], Outcome], *private: str) -> Outcome:
        """Return what *question* gives, or what its failure means; *private* texts stay out of the reason."""
        self._connection.begin()
        try:
            return question()
        except FirebaseError as error:
            if isinstance(error.cause, NoTimeLeft):
                return GatewayDown(f"not sent: {error.cause}")
            if error.http_response is None:
                return failure(error.cause or error)
            return self._refusal(error.http_response, private)
        except GoogleAuthError as error:
            return self._no_token(error)
        except UNREADABLE as error:
            return self._unreadable(error)

    def _refusal(self, response: requests.Response, private: tuple[str, ...]) -> Outcome:
        try:
            body = response.json()
        except UNREADABLE:
            body = None
        refusal = FcmRefusal.parse(response.status_code, body)
        label = f"FCM {refusal.code}" if refusal.code else f"FCM HTTP {refusal.status}"
        wait = retry_after(response.headers.get("Retry-After"), self._clock.now())
        row = refusal.row(has_taken=self._has_taken)
        return row.outcome(label, redact(refusal.said, *private), wait)

    def _no_token(self, error: GoogleAuthError) -> Outcome:
        """No access token means that the message never left (or, after a 401, that it was not processed)."""
        cause = error.args[0] if error.args else None
        if isinstance(cause, requests.exceptions.RequestException):
            found = failure(cause)
            kind = found.cause if isinstance(found, GatewayDown) else Cause.TRANSIENT
            return GatewayDown(f"no access token: {found.reason}", kind)
        said = redact(str(cause or type(error).__name__))
        if isinstance(error, RefreshError) and not error.retryable:
            remedy = "the key may be revoked or the clock wrong; check credentials"
            return GatewayDown(f"no access token: {said}; {remedy}", Cause.CONFIGURATION)
        return GatewayDown(f"no access token: {said}")

    def _unreadable(self, error: Exception) -> Outcome:
        answer = self._connection.transport.answer
        if answer is None:
            if self._connection.token_transport.answer is None:
                raise error  # nothing was answered, so it is a bug of ours
            return GatewayDown("no access token: the answer of the token endpoint cannot be read")
        if answer.status == _OK:
            return Unknown("FCM's answer cannot be read")
        wait = retry_after(answer.headers.get("Retry-After"), self._clock.now())
        row = FcmRefusal(answer.status).row(has_taken=self._has_taken)
        return row.outcome(f"FCM HTTP {answer.status}", "", wait)

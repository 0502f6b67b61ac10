"""Mail through SendGrid's Web API v3."""

from collections.abc import Iterator, Sequence

import httpx2
from attrs import define, field, frozen

from adapters.gateways.base_url import is_base_url
from adapters.gateways.bounded_transport import AnswerLost, BoundedTransport, NotSent, failure
from adapters.gateways.in_turn import LOST_ANSWERS_MAX
from adapters.gateways.mime import Mailbox
from adapters.gateways.sendgrid_answers import outcome_of, said_by, scopes
from adapters.gateways.sendgrid_message import frame, is_too_large, personalization, request
from adapters.gateways.verdict import as_check
from application.ports.clock import Clock, Deadline
from application.ports.sender import OutboundMessage
from domain.content import Content
from domain.errors import Misconfigured
from domain.outcome import Accepted, Cause, GatewayDown, NotStarted, Outcome, Rejected, Throttled, Unknown, reason_of

BASE_URL = "https://api.sendgrid.com"
BATCH_SIZE = 500
"""SendGrid takes 1000; a lost answer is one for all messages of its request, so it had better not be as many."""

REQUESTS_MAX = 20
"""After so many requests a call begins no further content: where each message says something else, the rest had better
go through other slots beside this one. What was begun is gone through to its end, however often SendGrid refuses a part
of it: were that cut off, the next call would begin with the whole again and learn the same. What bounds it is that each
message costs two requests at most, and the deadline.
"""

_NEEDED_SCOPE = "mail.send"
_ENOUGH = "the call had requests enough; the rest is for the next"
_OK = 200


@frozen(kw_only=True)
class SendGridSettings:
    """What the gateway needs to know.

    ``sender`` is a verified sender of the account. ``base_url`` is another place that speaks SendGrid's API, such as
    that of the European region; ``timeout_s`` bounds one request as a whole.
    """

    api_key: str = field(repr=False)
    sender: Mailbox
    base_url: str | None = None
    connections: int = 8
    timeout_s: float = 15.0

    def problems(self) -> list[str]:
        """Return what keeps these settings from working, each with its remedy."""
        found = []
        if not self.api_key.isascii() or not self.api_key.isprintable() or " " in self.api_key or not self.api_key:
            found.append("api_key: has characters that no key has; copy it from SendGrid again")
        if not self.sender.address.rpartition("@")[0].isascii():
            found.append("from: SendGrid carries no address that is not ASCII before the @; take another one")
        if self.base_url is not None and not is_base_url(self.base_url):
            found.append("base_url: is not an address such as https://api.eu.sendgrid.com")
        if self.connections < 1:
            found.append("connections: must be 1 or more")
        if self.timeout_s <= 0:
            found.append("timeout: must be longer than zero")
        return found


class SendGridSender:
    """Hands mail to SendGrid; fulfils :class:`application.ports.sender.Sender`.

    Messages that say the same go together, in one request with a personalization each. A request that is refused sends
    nothing, so its halves are tried apart until it is known which messages are at fault.

    :raises Misconfigured: the settings cannot work.
    """

    def __init__(self, settings: SendGridSettings, clock: Clock) -> None:
        if problems := settings.problems():
            raise Misconfigured(problems)
        self._settings = settings
        self._clock = clock
        self._http = httpx2.Client(
            base_url=settings.base_url or BASE_URL,
            headers={
                "Authorization": f"Bearer {settings.api_key}",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "User-Agent": "tocsin",
            },
            transport=BoundedTransport(settings.connections, settings.timeout_s, clock),
            follow_redirects=False,
            trust_env=False,
        )

    @property
    def batch_size(self) -> int:
        """The most messages that one call takes."""
        return BATCH_SIZE

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        """Return one outcome a message, in the order given."""
        course = _Course(messages, deadline)
        for content, numbers in _by_content(messages):
            if course.is_over or course.has_requests_enough:
                break
            self._send_alike(content, numbers, course)
        return course.result()

    def check(self, deadline: Deadline) -> Outcome:
        """Ask SendGrid what the API key may do, without sending anything."""
        if deadline.has_passed:
            return GatewayDown("there was no time left to ask SendGrid")
        try:
            answer = self._http.get("/v3/scopes")
        except (NotSent, AnswerLost) as error:
            return as_check(failure(error))
        if answer.status_code != _OK:
            said = said_by(answer, [self._settings.api_key])
            refused = outcome_of(answer, said, self._clock.now())
            return GatewayDown(reason_of(refused) or "it did not answer as expected", _cause(refused))
        found = scopes(answer.content)
        if found is None:
            return GatewayDown("the answer is not that of SendGrid's API; check base_url", Cause.CONFIGURATION)
        if _NEEDED_SCOPE not in found:
            lacking = f"the API key lacks {_NEEDED_SCOPE}; give it the permission Mail Send at SendGrid"
            return GatewayDown(lacking, Cause.CONFIGURATION)
        return Accepted()

    def close(self) -> None:
        """Close the connections; nothing may be sent afterwards."""
        self._http.close()

    def _send_alike(self, content: Content, numbers: Sequence[int], course: "_Course") -> None:
        """Send the messages *numbers*, which say the same, in as few requests as it takes."""
        try:
            common = frame(content, self._settings.sender)
        except ValueError as error:
            course.conclude(numbers, Rejected(str(error)))
            return
        envelopes = {}
        for number in numbers:
            try:
                envelopes[number] = personalization(course.messages[number])
            except ValueError as error:
                course.conclude([number], Rejected(str(error)))
        to_do = [list(envelopes)] if envelopes else []
        while to_do and not course.is_over:
            part = to_do.pop()
            chosen = [envelopes[number] for number in part]
            if is_too_large(common, chosen):
                outcome: Outcome = Rejected("is larger than the 30 MB that SendGrid takes")
                is_shared = False
            else:
                private = [text for number in part for text in _private(course.messages[number])]
                outcome, is_shared = self._post(request(common, chosen), private)
                course.was_asked(outcome)
            if isinstance(outcome, Rejected) and len(part) > 1 and not is_shared:
                half = len(part) // 2
                to_do += [part[half:], part[:half]]  # the first half is the next
            else:
                course.conclude(part, outcome)

    def _post(self, body: bytes, private: Sequence[str]) -> tuple[Outcome, bool]:
        """Send one request; return its outcome, and whether a refusal holds for each of its messages alike."""
        try:
            answer = self._http.post("/v3/mail/send", content=body, headers={"Content-Type": "application/json"})
        except (NotSent, AnswerLost) as error:
            return failure(error), False
        said = said_by(answer, [self._settings.api_key, *private])
        return outcome_of(answer, said, self._clock.now()), said.is_shared


@define(eq=False)
class _Course:
    """One call: what became of its messages so far, and whether it goes on."""

    messages: Sequence[OutboundMessage]
    deadline: Deadline
    _outcomes: dict[int, Outcome] = field(factory=dict, init=False)
    _rest: NotStarted | None = field(default=None, init=False)
    _lost_answers: int = field(default=0, init=False)
    _requests: int = field(default=0, init=False)

    @property
    def is_over(self) -> bool:
        """Say whether nothing more may be tried."""
        return self._rest is not None or self.deadline.has_passed

    @property
    def has_requests_enough(self) -> bool:
        """Say whether no further content is to be begun."""
        return self._requests >= REQUESTS_MAX

    def was_asked(self, outcome: Outcome) -> None:
        """Take note of what one request led to."""
        self._requests += 1
        self._lost_answers = self._lost_answers + 1 if isinstance(outcome, Unknown) else 0
        if isinstance(outcome, GatewayDown | Throttled):
            self._rest = NotStarted("the gateway stopped before its turn")
        elif self._lost_answers >= LOST_ANSWERS_MAX:
            self._rest = NotStarted("the gateway lost several answers in a row")

    def conclude(self, numbers: Sequence[int], outcome: Outcome) -> None:
        """Keep *outcome* for the messages *numbers*; one that ends the call is the first one's alone."""
        ends = isinstance(outcome, GatewayDown | Throttled)
        self._outcomes.update(dict.fromkeys(numbers[:1] if ends else numbers, outcome))

    def result(self) -> list[Outcome]:
        """Return one outcome a message, in order."""
        rest = self._rest or (
            NotStarted(_ENOUGH) if self.has_requests_enough and not self.deadline.has_passed else NotStarted()
        )
        return [self._outcomes.get(number, rest) for number in range(len(self.messages))]


def _by_content(messages: Sequence[OutboundMessage]) -> Iterator[tuple[Content, Sequence[int]]]:
    """Yield each content with the numbers of the messages that have it, in the order of the first of them."""
    found: dict[object, list[int]] = {}
    for number, message in enumerate(messages):
        content = message.content
        key = (content.subject, content.body, content.html, content.attachments)
        found.setdefault(key, []).append(number)
    for numbers in found.values():
        yield messages[numbers[0]].content, numbers


def _private(message: OutboundMessage) -> Iterator[str]:
    """Yield what SendGrid might repeat of *message* and nobody should read in a reason."""
    yield from (message.address, message.recipient_name or "", message.content.subject or "", *message.headers.values())


def _cause(outcome: Outcome) -> Cause:
    return outcome.cause if isinstance(outcome, GatewayDown) else Cause.TRANSIENT

"""The in-app channel: a message becomes an item of the recipient's inbox."""

from collections.abc import Sequence

from application.ports.clock import Clock, Deadline
from application.ports.inbox_repository import InboxRepository
from application.ports.sender import OutboundMessage
from domain.errors import StoreUnavailable
from domain.inbox import InboxItem
from domain.outcome import Accepted, GatewayDown, NotStarted, Outcome

BATCH_SIZE = 500


class InAppSender:
    """Puts messages into the inbox, a call in one transaction; fulfils :class:`application.ports.sender.Sender`.

    A notification is shown once however often it is sent, so repeats are harmless.
    """

    def __init__(self, inbox: InboxRepository, clock: Clock) -> None:
        self._inbox = inbox
        self._clock = clock

    @property
    def batch_size(self) -> int:
        """The most messages that one call takes."""
        return BATCH_SIZE

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        """Store *messages* together: all are accepted, or none is."""
        if not messages:
            return []
        if deadline.has_passed:
            return [NotStarted()] * len(messages)
        now = self._clock.now()
        try:
            self._inbox.put(
                [
                    InboxItem(
                        notification_id=message.notification_id,
                        recipient_id=message.recipient_id,
                        type=message.type,
                        at=now,
                        subject=message.content.subject,
                        body=message.content.body,
                        topic=message.topic,
                        data=message.content.data,
                    )
                    for message in messages
                ]
            )
        except StoreUnavailable as error:
            down = GatewayDown(f"the inbox cannot be written: {error}")
            return [down, *[NotStarted("the inbox cannot be written")] * (len(messages) - 1)]
        return [Accepted()] * len(messages)

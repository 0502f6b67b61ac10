"""Following what happens in an inbox."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from attrs import frozen

from application.ports.inbox_repository import InboxRepository
from application.ports.recipient_repository import RecipientRepository
from domain.inbox import InboxCounts, InboxEvent

EVENTS_MAX: Final = 500
"""The most events that are told at once; whoever gets that many asks again."""


@frozen(kw_only=True)
class InboxNews:
    """What a follower is told next, and ``last``, the event after which to ask again.

    ``was_cut``: some of what happened is not known any more, so the follower has to fetch the list.
    """

    events: Sequence[InboxEvent]
    counts: InboxCounts
    last: int
    was_cut: bool = False


@frozen(kw_only=True)
class FollowInbox:
    """Tell what happened in one person's inbox."""

    recipients: RecipientRepository
    inbox: InboxRepository

    def __call__(self, recipient_id: str, after: int | None) -> InboxNews:
        """Return what happened after the event *after*; without it, where to begin.

        The counts are at least as new as the events.

        :raises NotFound: the recipient is not known.
        """
        self.recipients.get(recipient_id)
        last = self.inbox.last_event()  # before the events: whatever is not among them by now has a greater number
        if after is None:
            return InboxNews(events=(), counts=self.inbox.counts(recipient_id), last=last)
        events = self.inbox.events(recipient_id, after, EVENTS_MAX)
        counts = self.inbox.counts(recipient_id)
        if events is None:
            return InboxNews(events=(), counts=counts, last=last, was_cut=True)
        if not events:
            return InboxNews(events=(), counts=counts, last=max(after, last))
        reached = events[-1].seq
        return InboxNews(
            events=events, counts=counts, last=reached if len(events) == EVENTS_MAX else max(reached, last)
        )


@frozen(kw_only=True)
class WatchInboxes:
    """See in which of many inboxes something happened, at the price of one look."""

    inbox: InboxRepository

    def __call__(self, recipient_ids: Collection[str]) -> Mapping[str, int]:
        """Return the number of the last event in the inbox of each person; some have none."""
        return self.inbox.last_events(recipient_ids)

    def listen(self, heard: Callable[[], None]) -> Callable[[], None]:
        """Call *heard* when this process may have changed an inbox; what is returned ends that.

        It is called in the thread that did it and must return at once. What other processes do is not heard.
        """
        return self.inbox.listen(heard)

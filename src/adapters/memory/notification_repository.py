"""Notifications in memory."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import islice

from attrs import evolve, frozen

from adapters.memory.capping import Places
from adapters.memory.state import MemoryState, StoredKey, StoredNotification
from application.ports.notification_repository import Added, NotificationQuery
from domain.content import Content
from domain.errors import Conflict, InvalidInput, KeyReused, NotFound, TocsinError
from domain.hand_over import HandOver
from domain.lane import LaneState
from domain.lifecycle import Event, Status, sources
from domain.notification import IdempotencyKey, NewNotification, Notification
from domain.notification_type import NotificationType
from domain.recipient import no_address


@frozen
class MemoryNotificationRepository:
    """Keeps notifications in dicts (:class:`application.ports.notification_repository.NotificationRepository`)."""

    _state: MemoryState

    def add(self, batch: Sequence[NewNotification]) -> Sequence[Added | TocsinError]:
        """Store *batch* and return one answer each, in order."""
        with self._state.lock:
            content_ids: dict[Content, int] = {}
            answers = [self._add(new, content_ids) for new in batch]
            self._state.tell()
            return answers

    def find_by_key(self, key: IdempotencyKey) -> Notification | None:
        """Return the notification stored under *key*, as it stands now, or None."""
        with self._state.lock:
            known = self._known(key)
            if known is None or known.notification_id is None:
                return None
            return self._state.notifications[known.notification_id].notification

    def get(self, notification_id: int) -> Notification:
        """Return one notification."""
        with self._state.lock:
            stored = self._state.notifications.get(notification_id)
        if stored is None:
            raise NotFound("notification", notification_id)
        return stored.notification

    def find(self, query: NotificationQuery) -> Sequence[Notification]:
        """Return those that match, by falling id."""
        with self._state.lock:
            newest_first = (stored.notification for stored in reversed(self._state.notifications.values()))
            matching = (one for one in newest_first if _matches(one, query))
            return list(islice(matching, query.limit or None))

    def history(self, notification_id: int) -> Sequence[HandOver]:
        """Return the hand-overs of one notification, the earliest first."""
        with self._state.lock:
            return self._state.history(notification_id)

    def capped_days(
        self, recipient_id: str, type_: NotificationType, since: date, *, test: bool, but: int | None = None
    ) -> Sequence[date]:
        """Return the days since *since* on which a recipient's notifications took a place under a frequency cap."""
        with self._state.lock:
            return Places.of(self._state).days(recipient_id, type_, since, test=test, but=but)

    def cancel(self, ids: Sequence[int], now: datetime) -> Sequence[Notification | Conflict | None]:
        """Withdraw what is pending, mark what is being sent."""
        with self._state.lock:
            return [self._cancel(self._state.notifications.get(one), now) for one in ids]

    def revive(
        self, ids: Sequence[int], now: datetime, expires_at: datetime | None
    ) -> Sequence[Notification | Conflict | None]:
        """Put failed and unknown ones back with a new budget of attempts."""
        with self._state.lock:
            answers = {
                one: self._revive(self._state.notifications.get(one), now, expires_at) for one in dict.fromkeys(ids)
            }
            self._state.tell()
            return [answers[one] for one in ids]

    def reserve_key(self, key: IdempotencyKey, now: datetime) -> str | None:  # noqa: ARG002  (nothing is pruned)
        """Let *key* stand for a request that makes several notifications, and return its answer if there is one."""
        with self._state.lock:
            known = self._known(key)
            if known is None:
                known = self._state.keys[key.scope, key.key] = StoredKey(digest=key.digest)
            elif known.notification_id is not None:
                raise KeyReused(key.key)
            return known.answer

    def keep_answer(self, key: IdempotencyKey, answer: str) -> str:
        """Keep the answer of a request whose key was reserved, and return the one that is kept."""
        with self._state.lock:
            known = self._known(key)
            assert known is not None, "the key of an answer was not reserved"
            if known.answer is None:
                known.answer = answer
            return known.answer

    def _known(self, key: IdempotencyKey) -> StoredKey | None:
        known = self._state.keys.get((key.scope, key.key))
        if known is not None and known.digest != key.digest:
            raise KeyReused(key.key)
        return known

    def _add(self, new: NewNotification, content_ids: dict[Content, int]) -> Added | TocsinError:
        state = self._state
        if new.key and (known := state.keys.get((new.key.scope, new.key.key))):
            if known.digest != new.key.digest or known.notification_id is None:
                return KeyReused(new.key.key)
            return Added(state.notifications[known.notification_id].notification, is_new=False)
        recipient = state.recipients.get(new.recipient_id)
        if recipient is None:
            return NotFound("recipient", new.recipient_id)
        if not recipient.addresses(new.channel):
            return InvalidInput([no_address(new.recipient_id, new.channel)])
        content_id = new.content_id
        if content_id is None:
            if new.content not in content_ids:
                content_ids[new.content] = state.keep_content(new.content)
            content_id = content_ids[new.content]
        stored = StoredNotification(
            notification=_numbered(new, state.new_id("notification")),
            lane_id=state.standing_lane(new.channel, new.type, test=new.test).id,
            content_id=content_id,
        )
        state.insert(stored)
        if new.key:
            state.keys[new.key.scope, new.key.key] = StoredKey(
                digest=new.key.digest, notification_id=stored.notification.id
            )
        return Added(stored.notification, is_new=True)

    def _cancel(self, stored: StoredNotification | None, now: datetime) -> Notification | Conflict | None:
        if stored is None:
            return None
        status = stored.notification.status
        if status not in sources(Event.CANCEL) and status is not Status.CANCELLED:
            return stored.notification.too_late_to_cancel()
        self._state.cancel(stored, now)
        return stored.notification

    def _revive(
        self, stored: StoredNotification | None, now: datetime, expires_at: datetime | None
    ) -> Notification | Conflict | None:
        if stored is None:
            return None
        known = stored.notification
        is_closed = self._state.lanes[stored.lane_id].state is LaneState.CLOSED
        refusal = known.why_not_revived(now, expires_at, campaign_is_cancelled=is_closed)
        if refusal is not None:
            return refusal
        self._state.step(stored, Event.REVIVE, Status.PENDING, now)
        stored.losses = 0
        stored.budget_began_at = known.fence
        stored.notification = evolve(
            stored.notification,
            next_attempt_at=now,
            expires_at=expires_at or known.expires_at,
            attempts=0,
            reason=None,
            cancel_requested=False,
        )
        return stored.notification


def _numbered(new: NewNotification, number: int) -> Notification:
    return Notification(
        id=number,
        recipient_id=new.recipient_id,
        channel=new.channel,
        type=new.type,
        content=new.content.texts,
        attached=new.content.attached,
        status=Status.PENDING,
        send_at=new.send_at,
        next_attempt_at=new.send_at,
        expires_at=new.expires_at,
        created_at=new.created_at,
        topic=new.topic,
        key=new.key.key if new.key else None,
        test=new.test,
        template=new.template,
        variables=new.variables,
    )


def _matches(one: Notification, query: NotificationQuery) -> bool:
    return (
        (query.status is None or one.status is query.status)
        and (query.recipient_id is None or one.recipient_id == query.recipient_id)
        and (query.channel is None or one.channel is query.channel)
        and (query.campaign_id is None or one.campaign_id == query.campaign_id)
        and (query.reason_contains is None or query.reason_contains in (one.reason or ""))
        and (query.since is None or one.created_at >= query.since)
        and (query.test is None or one.test is query.test)
        and (query.after is None or one.id < query.after)
    )

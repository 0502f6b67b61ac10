"""One message to one recipient over one channel: the unit of sending and of retry."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import evolve, field, frozen

from domain.channel import Channel
from domain.content import AttachedFile, Content
from domain.errors import Conflict, FieldError
from domain.lifecycle import Event, Status, sources
from domain.notification_type import NotificationType, TypePolicy
from domain.recipient import is_erased
from domain.template import NO_VARIABLES, TemplateVersion

HORIZON = timedelta(days=366 * 5)
"""How far ahead a notification may be scheduled or may live; further is taken for a mistake."""


@frozen(kw_only=True)
class IdempotencyKey:
    """A caller's promise that the same key means the same request.

    ``scope`` is who promises (an API key's id, or the command line); ``digest`` stands for the content asked for.
    """

    scope: str
    key: str
    digest: bytes


@frozen(kw_only=True)
class NewNotification:
    """A notification that the store has not numbered yet.

    One that is made of a ``template`` has the ``content_id`` of its text, which the store has already, and a value for
    each of the ``variables``.
    """

    recipient_id: str
    channel: Channel
    type: NotificationType
    content: Content
    send_at: datetime
    expires_at: datetime
    created_at: datetime
    topic: str | None = None
    key: IdempotencyKey | None = None
    test: bool = False
    template: TemplateVersion | None = None
    content_id: int | None = None
    variables: Mapping[str, Any] = field(default=NO_VARIABLES, hash=False)


@frozen(kw_only=True)
class Notification:
    """A notification as the store knows it.

    ``send_at`` never changes, ``next_attempt_at`` does. ``attempts`` counts those of the present budget; ``fence``
    counts claims and is never reset. ``reason`` says why it did not go out, in the provider's words where it has some.
    The attachments of ``content`` are left out where it was read from a store; ``attached`` says which there are.
    """

    id: int
    recipient_id: str
    channel: Channel
    type: NotificationType
    content: Content
    status: Status
    send_at: datetime
    next_attempt_at: datetime
    expires_at: datetime
    created_at: datetime
    attempts: int = 0
    fence: int = 0
    topic: str | None = None
    key: str | None = None
    campaign_id: int | None = None
    provider_id: str | None = None
    reason: str | None = None
    cancel_requested: bool = False
    finished_at: datetime | None = None
    test: bool = False
    attached: tuple[AttachedFile, ...] = ()
    template: TemplateVersion | None = None
    variables: Mapping[str, Any] = field(default=NO_VARIABLES, hash=False)

    def is_scheduled(self, now: datetime) -> bool:
        """Say whether its time has not come yet."""
        return self.status is Status.PENDING and self.attempts == 0 and self.send_at > now

    def as_accepted(self) -> "Notification":
        """Return this notification as it was when it was accepted: the answer that its key gives again."""
        return evolve(
            self,
            status=Status.PENDING,
            next_attempt_at=self.send_at,
            attempts=0,
            fence=0,
            provider_id=None,
            reason=None,
            cancel_requested=False,
            finished_at=None,
        )

    def too_late_to_cancel(self) -> Conflict:
        """Return why this notification cannot be cancelled any more."""
        return Conflict(f"notification {self.id} is {self.status}; it is too late to cancel it")

    def why_not_revived(
        self, now: datetime, expires_at: datetime | None, *, campaign_is_cancelled: bool
    ) -> Conflict | None:
        """Return why this notification cannot be put back at *now*, or None if it can; *expires_at* is a new expiry."""
        if self.status not in sources(Event.REVIVE):
            return Conflict(f"notification {self.id} is {self.status}; only failed and unknown ones can be retried")
        if campaign_is_cancelled:
            return Conflict(f"the campaign of notification {self.id} was cancelled; send a new notification instead")
        if is_erased(self.recipient_id):
            return Conflict(f"the recipient of notification {self.id} was erased; there is nobody to tell")
        if (expires_at or self.expires_at) <= now:
            expired_at = f"{self.expires_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
            return Conflict(f"notification {self.id} expired at {expired_at}; give a new expiry")
        return None

    @property
    def is_retrying(self) -> bool:
        """Say whether attempts lie behind it and another one ahead."""
        return self.status is Status.PENDING and self.attempts > 0


def expiry(send_at: datetime, expires_at: datetime | None, policy: TypePolicy) -> datetime:
    """Return when a notification expires: as given, or by its type's time to live from *send_at*."""
    return send_at + policy.time_to_live if expires_at is None else expires_at


def timing_problems(now: datetime, send_at: datetime | None, expires_at: datetime | None) -> list[FieldError]:
    """Return what is wrong with the times of a request; a past *send_at* is due at once and not wrong."""
    found = []
    if send_at is not None and send_at > now + HORIZON:
        found.append(FieldError("send_at", "is more than five years ahead; give an earlier time"))
    if expires_at is not None:
        if expires_at <= now:
            found.append(FieldError("expires_at", "is in the past; give a later time, or leave it out"))
        elif send_at is not None and expires_at <= send_at:
            found.append(FieldError("expires_at", "is not after send_at; give a later time, or leave it out"))
        elif expires_at > now + 2 * HORIZON:
            found.append(FieldError("expires_at", "is more than ten years ahead; give an earlier time"))
    return found

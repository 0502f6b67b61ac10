"""What must hold of a request before a notification is stored; shared by everything that accepts one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from attrs import field, frozen

from application.ports.clock import Clock
from application.ports.notification_repository import NotificationRepository
from application.ports.recipient_repository import RecipientRepository
from application.ports.template_repository import TemplateRepository
from application.zones import Zones
from domain.address import is_recipient_id
from domain.channel import Channel
from domain.content import NO_CONTENT, Content, problems
from domain.errors import FieldError, InvalidInput, TocsinError
from domain.local_time import LocalTime
from domain.notification import IdempotencyKey, NewNotification, Notification, expiry, timing_problems
from domain.notification_type import NotificationType, TypePolicies
from domain.preferences import TOPIC_MAX, is_label
from domain.recipient import Recipient, no_address
from domain.template import NO_VARIABLES, Template, TemplateText, TemplateUse, is_template_name

KEY_MAX = 255
_NO_ID = FieldError("to", "is not a recipient id: 1 to 255 printable characters")


@frozen(kw_only=True)
class NotificationRequest:
    """One notification as it is asked for.

    A *send_at* that is past or None means now, and a local time the next such time of the recipient's own clock. A
    *test* reaches no gateway. With a *template*, it says what that says in the recipient's locale, and *content* is
    left empty.
    """

    to: str
    channel: Channel
    type: NotificationType
    content: Content = NO_CONTENT
    template: TemplateUse | None = None
    send_at: datetime | LocalTime | None = None
    expires_at: datetime | None = None
    topic: str | None = None
    key: IdempotencyKey | None = None
    test: bool = False


@frozen
class _Said:
    """What a request says, and what is wrong with that; of a template the text, and which one it is of."""

    errors: Sequence[FieldError]
    template: Template | None = None
    text: TemplateText | None = None


@frozen(kw_only=True)
class Admission:
    """Checks requests against their recipients, their channels, their templates and their times.

    ``timezone`` is that of those who have none; without it a local time means nothing for them.
    """

    recipients: RecipientRepository
    notifications: NotificationRepository
    templates: TemplateRepository
    channels: Collection[Channel]
    policies: TypePolicies
    clock: Clock
    timezone: str | None = None
    zones: Zones = field(factory=Zones)

    def admit(self, requests: Sequence[NotificationRequest]) -> list[NewNotification | Notification | TocsinError]:
        """Return one answer each, in order: what to store, why not, or what its key gave before.

        A request that was accepted once is never refused later, whatever became of its recipient meanwhile.
        """
        now = self.clock.now()
        said = self._said(requests)
        due = self._due(requests, now)
        asked = list(zip(requests, said, due, strict=True))
        found = [self._problems(request, one, at, now) for request, one, at in asked]
        wrong = [request.to for request, errors in zip(requests, found, strict=True) if errors]
        known = self.recipients.get_many(wrong) if wrong else {}
        return [
            self._refused(request, errors, known.get(request.to)) if errors else self._new(request, one, at, now)
            for (request, one, at), errors in zip(asked, found, strict=True)
        ]

    def _said(self, requests: Sequence[NotificationRequest]) -> list[_Said]:
        """Return what each request says; templates and locales are looked up once for all of them."""
        names = {one.template.name for one in requests if one.template is not None}
        if not names:  # most need no look at the store
            return [_Said(list(problems(request.content, request.channel))) for request in requests]
        templates = self.templates.find([name for name in names if is_template_name(name)])
        people = self.recipients.get_many(list({one.to for one in requests if one.template is not None}))
        return [_said_by(request, templates, people.get(request.to)) for request in requests]

    def _due(self, requests: Sequence[NotificationRequest], now: datetime) -> list[datetime | FieldError | None]:
        """Return when each is asked for; the people who get theirs by their own clock are looked up together."""
        local = {one.to for one in requests if isinstance(one.send_at, LocalTime)}
        people = self.recipients.get_many(list(local)) if local else {}
        return [
            self._next(one.send_at, people.get(one.to), now) if isinstance(one.send_at, LocalTime) else one.send_at
            for one in requests
        ]

    def _next(self, at: LocalTime, recipient: Recipient | None, now: datetime) -> datetime | FieldError | None:
        if recipient is None:
            return None  # what is said of that is that there is no such recipient
        zone = recipient.timezone or self.timezone
        if zone is None:
            return FieldError(
                "send_at",
                f"recipient {recipient.id} has no timezone, which a local time needs; give a time with offset, "
                "or set timezone in the configuration",
            )
        return at.next_at(now, self.zones(zone))

    def _problems(
        self, request: NotificationRequest, said: _Said, due: datetime | FieldError | None, now: datetime
    ) -> list[FieldError]:
        """Return what is wrong with a request by itself; the store says whether its recipient can be told."""
        return [
            *([] if is_recipient_id(request.to) else [_NO_ID]),
            *channel_problems(request.channel, self.channels),
            *said.errors,
            *([due] if isinstance(due, FieldError) else []),
            *timing_problems(now, due if isinstance(due, datetime) else None, request.expires_at),
            *_label_problems(request),
        ]

    def _new(
        self, request: NotificationRequest, said: _Said, due: datetime | FieldError | None, now: datetime
    ) -> NewNotification:
        send_at = due if isinstance(due, datetime) else now
        return NewNotification(
            recipient_id=request.to,
            channel=request.channel,
            type=request.type,
            content=request.content if said.text is None else said.text.content,
            content_id=None if said.text is None else said.text.content_id,
            template=None if said.template is None else said.template.named,
            variables=NO_VARIABLES if request.template is None else request.template.variables,
            send_at=send_at,
            expires_at=expiry(max(send_at, now), request.expires_at, self.policies[request.type]),
            created_at=now,
            topic=request.topic,
            key=request.key,
            test=request.test,
        )

    def _refused(
        self, request: NotificationRequest, found: Sequence[FieldError], recipient: Recipient | None
    ) -> Notification | TocsinError:
        """Return what the key of a request gave before, or every field that is wrong with it, its recipient too."""
        if request.key is not None:
            try:
                earlier = self.notifications.find_by_key(request.key)
            except TocsinError as error:
                return error
            if earlier is not None:
                return earlier
        if _NO_ID in found:
            return InvalidInput(found)
        if recipient is None:
            return InvalidInput([FieldError("to", f"no recipient has the id {request.to}"), *found])
        if not recipient.addresses(request.channel):
            return InvalidInput([no_address(recipient.id, request.channel), *found])
        return InvalidInput(found)


def _said_by(request: NotificationRequest, templates: Mapping[str, Template], recipient: Recipient | None) -> _Said:
    use = request.template
    if use is None:
        return _Said(list(problems(request.content, request.channel)))
    found = beside_template_problems(request.content)
    template = templates.get(use.name)
    if template is None:
        return _Said([no_template(use.name), *found])
    found += template.use_problems(use, [request.channel])
    return _Said(found, template, template.choose(request.channel, recipient.locale if recipient else None))


def no_template(name: str) -> FieldError:
    """Return the problem of a name that no template has."""
    if not name:
        return FieldError("template", "is missing; variables are for a template")
    shown = name if is_template_name(name) else ascii(name[:100])
    return FieldError("template", f"there is no template {shown}; tocsin templates list names those that there are")


def beside_template_problems(content: Content) -> list[FieldError]:
    """Return the problems of what is said beside a template, which says everything."""
    given = {
        "subject": content.subject is not None,
        "body": content.body is not None,
        "html": content.html is not None,
        "data": bool(content.data),
    }
    found = [FieldError(name, "cannot stand beside a template; leave one out") for name in given if given[name]]
    if content.attachments:
        found.append(FieldError("attachments", "cannot go with a template; send them with a subject and a body"))
    return found


def channel_problems(channel: Channel, channels: Collection[Channel]) -> list[FieldError]:
    """Return the problem of a channel that has no route."""
    if channel in channels:
        return []
    return [FieldError("channel", f"{channel} has no gateway; name one under [routes] in the configuration")]


def _label_problems(request: NotificationRequest) -> list[FieldError]:
    found = []
    if request.topic is not None and not is_label(request.topic, TOPIC_MAX):
        found.append(FieldError("topic", f"must have 1 to {TOPIC_MAX} printable characters"))
    if request.key is not None and not is_label(request.key.key, KEY_MAX):
        found.append(FieldError("key", f"must have 1 to {KEY_MAX} printable characters"))
    return found

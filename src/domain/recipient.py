"""Who is told, and where."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attrs import evolve, field, frozen

from domain.channel import Channel
from domain.errors import FieldError

ATTRIBUTES_MAX_BYTES = 16_384
"""The most bytes of JSON that the attributes of one recipient may take."""

TEST_PREFIX = "simulate-"
"""How the ids of recipients for tests begin; a test key stores, changes and sees no others."""


ERASED_PREFIX = " erased "
"""How the ids begin that stand for those who were erased; no caller can give one, they have no space at either end."""


@frozen(kw_only=True)
class WebPushSubscription:
    """A browser's push subscription (RFC 8030, RFC 8291): its endpoint and its two keys, base64url."""

    endpoint: str
    p256dh: str
    auth: str


@frozen(kw_only=True)
class Recipient:
    """A person as the caller knows them. ``id`` is the caller's own; addresses were checked when they were stored."""

    id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    push_tokens: tuple[str, ...] = ()
    web_push: tuple[WebPushSubscription, ...] = ()
    locale: str | None = None
    timezone: str | None = None
    attributes: Mapping[str, Any] = field(factory=lambda: MappingProxyType({}), hash=False)

    def addresses(self, channel: Channel) -> tuple[str, ...]:
        """Return where this person can be reached over *channel*, as text; empty where nowhere."""
        match channel:
            case Channel.EMAIL:
                return (self.email,) if self.email else ()
            case Channel.SMS:
                return (self.phone,) if self.phone else ()
            case Channel.PUSH:
                return self.push_tokens
            case Channel.WEB_PUSH:
                return tuple(subscription.endpoint for subscription in self.web_push)
            case Channel.IN_APP:
                return (self.id,)

    def subscription(self, endpoint: str) -> WebPushSubscription | None:
        """Return the web-push subscription with *endpoint*, if this person has it."""
        return next((one for one in self.web_push if one.endpoint == endpoint), None)

    def merged(self, given: "Recipient") -> "Recipient":
        """Return this recipient with what *given* says; what it leaves out (None, empty) stays.

        Attributes are merged by name, lists of devices are replaced whole.
        """
        return evolve(
            self,
            name=given.name or self.name,
            email=given.email or self.email,
            phone=given.phone or self.phone,
            push_tokens=given.push_tokens or self.push_tokens,
            web_push=given.web_push or self.web_push,
            locale=given.locale or self.locale,
            timezone=given.timezone or self.timezone,
            attributes=MappingProxyType({**self.attributes, **given.attributes}),
        )

    def without(self, channel: Channel, address: str) -> "Recipient":
        """Return this recipient without a dead device *address*; other channels keep theirs and are suppressed."""
        match channel:
            case Channel.PUSH:
                return evolve(self, push_tokens=tuple(token for token in self.push_tokens if token != address))
            case Channel.WEB_PUSH:
                return evolve(self, web_push=tuple(known for known in self.web_push if known.endpoint != address))
            case _:
                return self


FIELD_OF_CHANNEL: Mapping[Channel, str] = MappingProxyType(
    {
        Channel.EMAIL: "email",
        Channel.SMS: "phone",
        Channel.PUSH: "push_tokens",
        Channel.WEB_PUSH: "web_push",
        Channel.IN_APP: "id",
    }
)
"""The field of a recipient that holds the address of a channel, as callers spell it."""


def is_for_tests(recipient_id: str) -> bool:
    """Say whether a recipient is there for tests; no audience has one but those of tests, and lists of ids."""
    return recipient_id.startswith(TEST_PREFIX) and recipient_id != TEST_PREFIX


def erased_id(number: int) -> str:
    """Return the id that stands for somebody who was erased; *number* is the store's own of that person."""
    return f"{ERASED_PREFIX}{number}"


def is_erased(recipient_id: str) -> bool:
    """Say whether a recipient was erased."""
    return recipient_id.startswith(ERASED_PREFIX)


def no_address(recipient_id: str, channel: Channel) -> FieldError:
    """Return what is wrong with telling somebody over *channel* who has no address there."""
    return FieldError(
        "to", f"recipient {recipient_id} has no {FIELD_OF_CHANNEL[channel]}, which {channel} needs; add it first"
    )

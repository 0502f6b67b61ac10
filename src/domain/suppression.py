"""Addresses that must not be used any more, and why."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import frozen

from domain.channel import Channel
from domain.notification_type import NotificationType
from domain.preferences import is_topic
from domain.suppression_reason import SuppressionReason


@frozen(kw_only=True)
class SuppressionScope:
    """Which notifications an address is out of use for: those of a type, those of a topic, or, without either, all."""

    type: NotificationType | None = None
    topic: str | None = None

    def __attrs_post_init__(self) -> None:
        assert self.type is None or self.topic is None, "a scope is a type or a topic"

    @classmethod
    def parse(cls, text: str) -> "SuppressionScope":
        """Return the scope that *text* names: ``all``, ``type:promotional`` or ``topic:news``.

        :raises ValueError: it names none.
        """
        kind, _, name = text.partition(":")
        if text == "all":
            return EVERYTHING
        if kind == "type" and name in list(NotificationType):
            return cls(type=NotificationType(name))
        if kind == "topic" and is_topic(name):
            return cls(topic=name)
        raise ValueError("must be all, a type such as type:promotional, or a topic such as topic:news")

    def __str__(self) -> str:
        if self.type is not None:
            return f"type:{self.type}"
        return "all" if self.topic is None else f"topic:{self.topic}"

    def covers(self, type_: NotificationType, topic: str | None) -> bool:
        """Say whether a notification is one of those."""
        return (self.type is None or self.type is type_) and (self.topic is None or self.topic == topic)


EVERYTHING = SuppressionScope()


@frozen(kw_only=True)
class Suppression:
    """One address of one channel that must not be used, and one reason why; it may have others beside it.

    Of its ``scope`` alone it must not be used. ``detail`` has the provider's words.
    """

    channel: Channel
    address: str
    reason: SuppressionReason
    at: datetime
    detail: str | None = None
    scope: SuppressionScope = EVERYTHING

    @property
    def name(self) -> "SuppressionName":
        """Return what names it."""
        return SuppressionName(self.channel, suppression_key(self.channel, self.address), self.reason, self.scope)

    @property
    def label(self) -> str:
        """Return its reason as people read it, with the scope where it is not all: ``manual (topic:news)``."""
        return str(self.reason) if self.scope == EVERYTHING else f"{self.reason} ({self.scope})"


@frozen
class SuppressionName:
    """What names a suppression: its channel, the address as the list has it, its reason and its scope.

    As text ``email/ada@example.com/stop`` where the scope is all, else ``email/ada@example.com/stop/topic:news``. The
    address may have slashes; one of a topic is written ``~1``, and a tilde ``~0`` (as RFC 6901 section 3 does).
    """

    channel: Channel
    address: str
    reason: SuppressionReason
    scope: SuppressionScope = EVERYTHING

    @classmethod
    def parse(cls, text: str) -> "SuppressionName":
        """Return what *text* names.

        :raises ValueError: it does not begin with a channel and a slash, or does not end with a slash and a reason, or
            with these, a slash and a scope.
        """
        channel, _, rest = text.partition("/")
        address, slash, reason = rest.rpartition("/")
        scope = EVERYTHING
        if reason.startswith(("type:", "topic:")):
            scope = SuppressionScope.parse(reason.replace("~1", "/").replace("~0", "~"))
            address, slash, reason = address.rpartition("/")
        if not slash or channel not in list(Channel) or reason not in list(SuppressionReason):
            raise ValueError(
                "must be a channel, an address and a reason, such as email/ada@example.com/stop, and a scope if it has"
                " one, such as email/ada@example.com/stop/topic:news"
            )
        return cls(Channel(channel), address, SuppressionReason(reason), scope)

    def __str__(self) -> str:
        name = f"{self.channel}/{self.address}/{self.reason}"
        if self.scope == EVERYTHING:
            return name
        return f"{name}/{str(self.scope).replace('~', '~0').replace('/', '~1')}"


def suppression_key(channel: Channel, address: str) -> str:
    """Return *address* as the list of suppressions knows it: mail addresses without regard to case."""
    return address.lower() if channel is Channel.EMAIL else address


def suppressed_for(
    listed: Mapping[str, Sequence[Suppression]],
    stopped_by: frozenset[SuppressionReason],
    type_: NotificationType,
    topic: str | None,
) -> Mapping[str, Sequence[SuppressionReason]]:
    """Return which of the addresses *listed* must not be used for a notification, and why, each reason once."""
    counting = {
        address: (one.reason for one in known if one.reason in stopped_by and one.scope.covers(type_, topic))
        for address, known in listed.items()
    }
    found = {address: tuple(dict.fromkeys(reasons)) for address, reasons in counting.items()}
    return {address: reasons for address, reasons in found.items() if reasons}

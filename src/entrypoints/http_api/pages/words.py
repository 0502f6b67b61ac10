"""What the pages call things, for people who know no word of ours."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.channel import Channel
from domain.notification_type import NotificationType
from domain.preferences import Scope
from entrypoints.settings import TopicSettings

CHANNELS: Final[Mapping[Channel, str]] = MappingProxyType(
    {
        Channel.EMAIL: "Email",
        Channel.SMS: "Text messages",
        Channel.PUSH: "Notifications on your phone",
        Channel.WEB_PUSH: "Notifications in your browser",
        Channel.IN_APP: "Inbox in the app",
    }
)
TYPES: Final[Mapping[NotificationType, str]] = MappingProxyType(
    {
        NotificationType.TRANSACTIONAL: "Messages about what you did",
        NotificationType.INFORMATIONAL: "News and updates",
        NotificationType.PROMOTIONAL: "Offers",
    }
)
_BY: Final[Mapping[Channel, str]] = MappingProxyType(
    {
        Channel.EMAIL: "by email",
        Channel.SMS: "by text message",
        Channel.PUSH: "as notifications on your phone",
        Channel.WEB_PUSH: "as notifications in your browser",
        Channel.IN_APP: "in the inbox of the app",
    }
)


def said(scope: Scope, topics: Mapping[str, TopicSettings]) -> str:
    """Return what *scope* covers, as it goes on after "You will get"."""
    if scope.topic is not None:
        known = topics.get(scope.topic)
        return f"messages about “{scope.topic if known is None else known.title}”, by email or in any other way"
    what = "messages that can be turned off" if scope.type is None else TYPES[scope.type].lower()
    return what if scope.channel is None else f"{what} {_BY[scope.channel]}"

"""What the pages call things, for people who know no word of ours."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from application.links.unsubscribe import Undone
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
        NotificationType.PROMOTIONAL: "Offers and promotions",
    }
)
BY: Final[Mapping[Channel, str]] = MappingProxyType(
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
    return what if scope.channel is None else f"{what} {BY[scope.channel]}"


def undone(outcome: Undone, what: str, *, comes: bool) -> tuple[str, str]:
    """Return the heading and the text of the page that says what taking back a no led to.

    *what* is of :func:`said`; it may not come all the same.
    """
    if outcome is Undone.PARTLY:
        text = "This was taken back where nothing else was chosen meanwhile. What else you turned off stays so."
        return "Look at what you are told", text
    heading = "You are subscribed again"
    if outcome is Undone.RESTORED or not comes:
        return (
            heading,
            "Your choices are what they were." if outcome is not Undone.AGAIN else f"You chose to get {what}.",
        )
    return heading, f"You will get {what} as before." if outcome is Undone.AS_BEFORE else f"You will get {what}."

"""The tokens of links: whom one is for, what it is about, until when it is good, and a seal over all of that."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from attrs import frozen

from application.ports.clock import Clock
from application.ports.link_repository import LinkRepository
from domain.channel import Channel
from domain.errors import TocsinError
from domain.notification_type import NotificationType
from domain.preferences import Scope
from domain.sealing import is_sealed, seal

_PURPOSE: Final = "link"
_SEAL_LENGTH: Final = 32  # 128 bits; a link in a text message is to be short
_LAST_SECOND: Final = 253_402_300_799  # of the year 9999, where calendars end
_CHANNELS: Final[Mapping[Channel | None, str]] = {
    None: "0",
    Channel.EMAIL: "e",
    Channel.SMS: "s",
    Channel.PUSH: "p",
    Channel.WEB_PUSH: "w",
    Channel.IN_APP: "i",
}
_TYPES: Final[Mapping[NotificationType | None, str]] = {
    None: "0",
    NotificationType.TRANSACTIONAL: "t",
    NotificationType.INFORMATIONAL: "i",
    NotificationType.PROMOTIONAL: "p",
}
_CHANNEL_OF: Final = {letter: channel for channel, letter in _CHANNELS.items()}
_TYPE_OF: Final = {letter: type_ for type_, letter in _TYPES.items()}
_TEXT: Final = re.compile(
    r"(?P<head>(?P<generation>[1-9][0-9]{0,9})\.(?P<expires>[1-9][0-9]{0,11})\.(?P<about>[0-9a-z]{2})"
    rf"\.(?P<number>[1-9][0-9]{{0,18}})\.(?P<name>[A-Za-z0-9_-]+)\.(?P<topic>[A-Za-z0-9_-]*))\.(?P<seal>[0-9a-f]{{{_SEAL_LENGTH}}})\Z"
)


@frozen(kw_only=True)
class LinkToken:
    """Whom a link is for and what it is about, good until ``expires_at``, in whole seconds.

    ``number`` is the store's own of the person, so that it opens nothing of somebody who has the id after an erasure.

    ``about`` is what a notification was, so that the link says enough when that is kept no longer; of one that is not
    about a notification, parts are None.
    """

    recipient_id: str
    number: int
    about: Scope
    expires_at: datetime
    generation: int


class LinkOver(TocsinError):
    """This store gave the link out, and its time is over, it was revoked, or the person was erased."""


def token_text(recipient_id: str, number: int, about: Scope, expires_at: float, generation: int, secret: str) -> str:
    """Return a token as text that stands in a URL as it is; *expires_at* is in seconds since 1970.

    The seal is over the text itself, so there is no second spelling of it.
    """
    head = (
        f"{generation}.{min(int(expires_at), _LAST_SECOND)}.{_CHANNELS[about.channel]}{_TYPES[about.type]}"
        f".{number}.{_spelled(recipient_id)}.{_spelled(about.topic) if about.topic else ''}"
    )
    return f"{head}.{seal(secret, _PURPOSE, head, length=_SEAL_LENGTH)}"


@frozen(kw_only=True)
class CheckLink:
    """Tell whom a link is for and what it is about."""

    links: LinkRepository
    clock: Clock
    secret: str

    def __call__(self, text: str) -> LinkToken | None:
        """Return the token, or None for one that this store did not give out.

        How long that takes does not depend on how much of the seal is right.

        :raises LinkOver: it did, and its time is over, its generation was revoked, or somebody else has the id now.
        """
        match = _TEXT.match(text)
        if match is None or not is_sealed(self.secret, _PURPOSE, match["head"], match["seal"]):
            return None
        about = match["about"]
        token = LinkToken(
            recipient_id=_read(match["name"]),
            number=int(match["number"]),
            about=Scope(channel=_CHANNEL_OF[about[0]], type=_TYPE_OF[about[1]], topic=_read(match["topic"]) or None),
            expires_at=datetime.fromtimestamp(int(match["expires"]), UTC),
            generation=int(match["generation"]),
        )
        if self.clock.now() >= token.expires_at:
            raise LinkOver("the time of this link is over")
        if token.generation not in self.links.generations():
            raise LinkOver("this link was revoked")
        if self.links.number_of(token.recipient_id) not in (None, token.number):
            raise LinkOver("this link was for somebody who was erased")
        return token


def _spelled(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(spelled: str) -> str:
    return urlsafe_b64decode(spelled + "=" * (-len(spelled) % 4)).decode()

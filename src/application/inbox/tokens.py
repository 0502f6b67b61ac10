"""Tokens with which a person's browser reads that person's inbox."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Final

from attrs import frozen

from application.ports.clock import Clock
from application.ports.recipient_repository import RecipientRepository
from domain.errors import InvalidInput, TocsinError
from domain.sealing import is_sealed, seal

PREFIX: Final = "inbox."
"""How the text of every such token begins; no API key does."""

LIFETIME: Final = timedelta(hours=1)
"""How long a token is good for, unless said otherwise."""

LIFETIME_MAX: Final = timedelta(hours=24)

_PURPOSE = "inbox"
_SEAL_LENGTH = 64
_SECOND = timedelta(seconds=1)
_TEXT = re.compile(rf"inbox\.([A-Za-z0-9_-]+)\.([1-9][0-9]{{0,10}})\.([0-9a-f]{{{_SEAL_LENGTH}}})\Z")


@frozen(kw_only=True)
class InboxToken:
    """Whose inbox a token opens, and until when, in whole seconds. Nobody can take it back before."""

    recipient_id: str
    expires_at: datetime


class TokenExpired(TocsinError):
    """This store gave the token out, and its time is over."""


def token_text(token: InboxToken, secret: str) -> str:
    """Return *token* as text that stands in a URL as it is: the recipient, the end and a seal over both."""
    expires = int(token.expires_at.timestamp())
    name = urlsafe_b64encode(token.recipient_id.encode()).decode().rstrip("=")
    sealed = seal(secret, _PURPOSE, f"{token.recipient_id}.{expires}", length=_SEAL_LENGTH)
    return f"{PREFIX}{name}.{expires}.{sealed}"


@frozen
class MadeInboxToken:
    """A token just made, and its text."""

    token: InboxToken
    text: str


@frozen(kw_only=True)
class MakeInboxToken:
    """Give out a token for one person's inbox."""

    recipients: RecipientRepository
    clock: Clock
    secret: str

    def __call__(self, recipient_id: str, lifetime: timedelta = LIFETIME) -> MadeInboxToken:
        """Return a token that is good for *lifetime*.

        :raises NotFound: the recipient is not known.
        :raises InvalidInput: the lifetime is under a second or over a day.
        """
        if not _SECOND <= lifetime <= LIFETIME_MAX:
            raise InvalidInput.of("lifetime", f"must be between 1 and {LIFETIME_MAX // _SECOND} seconds")
        self.recipients.get(recipient_id)
        expires_at = (self.clock.now() + lifetime).replace(microsecond=0)
        token = InboxToken(recipient_id=recipient_id, expires_at=expires_at)
        return MadeInboxToken(token, token_text(token, self.secret))


@frozen(kw_only=True)
class CheckInboxToken:
    """Tell whose inbox a token opens."""

    clock: Clock
    secret: str

    def __call__(self, text: str) -> InboxToken | None:
        """Return the token, or None for one that this store did not give out.

        How long that takes does not depend on how much of the seal is right.

        :raises TokenExpired: it did, and its time is over.
        """
        match = _TEXT.match(text)
        if match is None:
            return None
        name, expires, sealed = match.groups()
        try:
            recipient_id = urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()
        except ValueError:
            return None
        if not is_sealed(self.secret, _PURPOSE, f"{recipient_id}.{expires}", sealed):
            return None
        token = InboxToken(recipient_id=recipient_id, expires_at=datetime.fromtimestamp(int(expires), UTC))
        if self.clock.now() >= token.expires_at:
            raise TokenExpired("the time of this token is over; ask for a new one")
        return token

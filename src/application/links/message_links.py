"""The links that one message carries."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from attrs import define, field, frozen

from application.links.tokens import token_text
from application.ports.clock import Clock
from application.ports.link_repository import LinkRepository
from domain.claim import Claim
from domain.errors import StoreUnavailable
from domain.preferences import Scope
from domain.template import NO_LINKS, PREFERENCES_URL, UNSUBSCRIBE_URL

LOOK_EVERY_S: Final = 1.0
"""How often a dispatcher looks whether somebody rotated the links."""

_EXAMPLE: Final = "1.4102444800.ep.1000.ZXhhbXBsZQ..example-example-example-example-"  # no seal is spelled so
_ONE_CLICK: Final = "List-Unsubscribe=One-Click"


@frozen
class Links:
    """Where somebody unsubscribes from what a message is about, and where all their preferences are."""

    unsubscribe: str
    preferences: str

    @classmethod
    def of(cls, public_url: str, token: str) -> "Links":
        """Return the links with *token*."""
        return cls(f"{public_url}/unsubscribe/{token}", f"{public_url}/preferences/{token}")

    @property
    def variables(self) -> Mapping[str, str]:
        """What templates call them."""
        return {UNSUBSCRIBE_URL: self.unsubscribe, PREFERENCES_URL: self.preferences}

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers by which mail programs show a way out (RFC 2369 section 3.2, RFC 8058 section 3.1).

        The second is for https alone.
        """
        way_out = {"List-Unsubscribe": f"<{self.unsubscribe}>"}
        return way_out | ({"List-Unsubscribe-Post": _ONE_CLICK} if self.unsubscribe.startswith("https:") else {})


_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


@frozen
class NoLinks:
    """What a message carries where nobody said how this server is called from outside: empty text, and no headers."""

    variables: Mapping[str, str] = NO_LINKS
    headers: Mapping[str, str] = _NO_HEADERS


NOWHERE: Final = NoLinks()


def no_links(_: Claim) -> NoLinks:
    """Return no links, for any claim."""
    return NOWHERE


def example_links(public_url: str | None) -> Links | NoLinks:
    """Return links that are as long as real ones and open nothing, for previews."""
    return NOWHERE if public_url is None else Links.of(public_url, _EXAMPLE)


@define(eq=False, kw_only=True)
class MessageLinks:
    """Makes links: the same text on every attempt of a notification, unless the links are rotated between two.

    Called from one thread at a time. ``lifetime`` counts from the end of the notification. Making one raises
    StoreUnavailable where the present generation cannot be read.
    """

    public_url: str | None
    lifetime: timedelta
    secret: str
    repository: LinkRepository
    clock: Clock
    _lifetime_s: float = field(init=False)
    _look_at_s: float = field(init=False)
    _generation: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._lifetime_s = self.lifetime.total_seconds()
        self._look_at_s = self.clock.elapsed_s() + LOOK_EVERY_S
        self._generation = self.repository.generations().present

    def __call__(self, claim: Claim) -> Links | NoLinks:
        """Return the links of the message that *claim* leads to."""
        if self.public_url is None:
            return NOWHERE
        if self.clock.elapsed_s() >= self._look_at_s:
            self._look()
        about = Scope(channel=claim.channel, type=claim.type, topic=claim.topic)
        expires_at = claim.expires_at.timestamp() + self._lifetime_s
        return Links.of(
            self.public_url,
            token_text(claim.recipient.id, claim.recipient_number, about, expires_at, self._generation, self.secret),
        )

    def _look(self) -> None:
        """Read the present generation; where the store cannot be read, a link of the last one known will do."""
        self._look_at_s = self.clock.elapsed_s() + LOOK_EVERY_S
        try:
            self._generation = self.repository.generations().present
        except StoreUnavailable:
            return

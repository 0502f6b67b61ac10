"""A link for somebody, without a message around it."""

from datetime import timedelta
from typing import Final

from attrs import frozen

from application.links.message_links import Links
from application.links.tokens import token_text
from application.ports.clock import Clock
from application.ports.link_repository import LinkRepository
from application.ports.recipient_repository import RecipientRepository
from domain.channel import Channel
from domain.errors import Misconfigured, NotFound
from domain.preferences import Scope

NO_PUBLIC_URL: Final = (
    "public_url is not set, so nobody knows how people reach this server; "
    'set it, as in public_url = "https://notify.example.com"'
)


@frozen(kw_only=True)
class MakeLinks:
    """Give out links for one person, such as for somebody who asks support."""

    public_url: str | None
    lifetime: timedelta
    secret: str
    recipients: RecipientRepository
    links: LinkRepository
    clock: Clock

    def __call__(self, recipient_id: str, channel: Channel | None = None) -> Links:
        """Return links that are good for the configured time from now; to unsubscribe from *channel*, or everything.

        :raises Misconfigured: nobody said how this server is called from outside.
        :raises NotFound: the recipient is not known.
        """
        if self.public_url is None:
            raise Misconfigured([NO_PUBLIC_URL])
        recipient = self.recipients.get(recipient_id)
        number = self.links.number_of(recipient.id)
        if number is None:
            raise NotFound("recipient", recipient_id)
        expires_at = self.clock.now().timestamp() + self.lifetime.total_seconds()
        generation = self.links.generations().present
        return Links.of(
            self.public_url,
            token_text(recipient.id, number, Scope(channel=channel), expires_at, generation, self.secret),
        )

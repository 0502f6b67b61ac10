"""Taking what a provider calls us with."""

from collections.abc import Callable, Mapping, Sequence

from attrs import field, frozen

from application.ports.sender import Gateway
from application.ports.webhook import WebhookRequest
from application.receiving.recording import Recording, Taken
from domain.errors import NotFound


@frozen(kw_only=True)
class TakeWebhook:
    """Check who calls, read what it says, record it.

    ``kinds`` has the configured gateways by name: nothing is made for a caller who only guesses.
    """

    kinds: Mapping[str, str] = field(hash=False)
    gateway: Callable[[str], Gateway]
    record: Recording

    def __call__(self, kind: str, name: str, request: WebhookRequest) -> Sequence[Taken]:
        """Record what *request* says to the gateway *name* of *kind*, and return what became of each receipt.

        :raises NotFound: no such gateway is configured, or its provider calls nobody.
        :raises Forged: the signature is missing or wrong; nothing was recorded.
        :raises Unreadable: what was signed cannot be read.
        """
        if self.kinds.get(name) != kind:
            raise NotFound("webhook", f"{kind}/{name}")
        gateway = self.gateway(name)
        if gateway.read_webhook is None:
            raise NotFound("webhook", f"{kind}/{name}")
        return self.record(gateway.read_webhook(request))

"""Taking what a provider calls us with."""

from collections.abc import Callable, Mapping

from attrs import frozen

from application.ports.receipt_repository import Reception
from application.ports.sender import Gateway
from application.ports.webhook import WebhookRequest
from application.receiving.record_receipts import RecordReceipts
from domain.errors import NotFound


@frozen(kw_only=True)
class TakeWebhook:
    """Check who calls, read what it says, record it."""

    gateway: Callable[[str], Gateway]
    record: RecordReceipts

    def __call__(self, kind: str, name: str, request: WebhookRequest) -> Mapping[Reception, int]:
        """Record what *request* says to the gateway *name* of *kind*, and return what became of how many receipts.

        :raises NotFound: no such gateway is configured, or its provider calls nobody.
        :raises Forged: the signature is missing or wrong; nothing was recorded.
        :raises Unreadable: what was signed cannot be read.
        """
        gateway = self.gateway(name)
        if gateway.kind != kind or gateway.read_webhook is None:
            raise NotFound("webhook", f"{kind}/{name}")
        return self.record(gateway.read_webhook(request))

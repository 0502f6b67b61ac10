"""Reading what providers call us with."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from attrs import field, frozen

from domain.receipt import Receipt


@frozen(kw_only=True)
class WebhookRequest:
    """One request as the provider made it.

    ``url`` is the whole address that the provider called, query included, as it is seen from outside. The names of
    ``headers`` are in lower case. ``at`` is when it came.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    at: datetime


class WebhookReader(Protocol):
    """Checks the signature of a request, over the raw body, and says what it tells. Called from several threads."""

    def __call__(self, request: WebhookRequest) -> Sequence[Receipt]:
        """Return the receipts in the order given; what is not about messages is left out.

        :raises Forged: the signature is missing or wrong.
        :raises Unreadable: what was signed cannot be read.
        """
        ...


class BounceReader(Protocol):
    """Reads the report of a mail server: RFC 3464 for what did not arrive, RFC 5965 for complaints."""

    def __call__(self, message: bytes, at: datetime) -> Sequence[Receipt]:
        """Return what the mail *message*, which came *at*, reports of mails of this store.

        :raises Forged: it is addressed to a return path that this store did not give out.
        :raises Unreadable: it is no report, or none about a mail of this store.
        """
        ...

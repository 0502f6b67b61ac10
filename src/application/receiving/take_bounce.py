"""Taking the report of a mail server that a mail did not arrive."""

from collections.abc import Sequence

from attrs import frozen

from application.ports.clock import Clock
from application.ports.webhook import BounceReader
from application.receiving.recording import Recording, Taken


@frozen(kw_only=True)
class TakeBounce:
    """Read a report as an MTA pipes it in, and record it."""

    read: BounceReader
    record: Recording
    clock: Clock

    def __call__(self, message: bytes) -> Sequence[Taken]:
        """Record what the mail *message* reports, and return what became of each receipt.

        :raises Forged: it is addressed to a return path that this store did not give out.
        :raises Unreadable: it is no report, or of no mail of this store.
        """
        return self.record(self.read(message, self.clock.now()))

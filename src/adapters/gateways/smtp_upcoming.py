"""The mails of one call, made while the wire is busy with those before them."""

from collections import deque
from collections.abc import Iterator
from itertools import islice

from adapters.gateways.mime import Mail
from domain.outcome import Rejected


class Upcoming:
    """The mails of one call in their order; Rejected stands for a message of which no mail can be made.

    After one was taken, the one *following* can be announced, and while the server works :meth:`prepare` makes the one
    after that.
    """

    def __init__(self, mails: Iterator[Mail | Rejected]) -> None:
        self._mails = mails
        self._made: deque[Mail | Rejected] = deque()

    def take(self) -> Mail | Rejected:
        """Return the next one."""
        self._make(1)
        return self._made.popleft()

    @property
    def following(self) -> Mail | None:
        """The mail to be taken next; None if that is none or there is nothing left."""
        self._make(1)
        return self._made[0] if self._made and isinstance(self._made[0], Mail) else None

    def prepare(self) -> None:
        """Make the one after the one that follows, if there is one."""
        self._make(2)

    def _make(self, ahead: int) -> None:
        if len(self._made) < ahead:
            self._made.extend(islice(self._mails, ahead - len(self._made)))

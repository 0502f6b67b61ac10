"""The messages that gateways without a provider left as files."""

from collections.abc import Collection
from typing import Protocol


class MessageFiles(Protocol):
    """Removes such files. Called from several threads at once."""

    def remove(self, notification_ids: Collection[int]) -> int:
        """Remove the files of some notifications and return how many there were; none is no fault.

        :raises OSError: one cannot be removed.
        """
        ...

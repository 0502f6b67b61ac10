"""The files that the outbox gateways of a configuration have written."""

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from attrs import frozen

from adapters.gateways.outbox import notification_of_file


@frozen
class OutboxFiles:
    """Removes messages from outbox folders (:class:`application.ports.message_files.MessageFiles`)."""

    _folders: Sequence[Path]

    def remove(self, notification_ids: Collection[int]) -> int:
        """Remove the files of some notifications, whatever address they were for."""
        wanted = frozenset(notification_ids)
        removed = 0
        for folder in self._folders if wanted else ():
            found = [path for path in _files(folder) if notification_of_file(path.name) in wanted]
            for path in found:
                path.unlink(missing_ok=True)
            removed += len(found)
        return removed


def _files(folder: Path) -> Iterator[Path]:
    try:
        entries = os.scandir(folder)
    except FileNotFoundError:
        return  # nothing was written yet
    with entries:
        for entry in entries:
            yield Path(entry.path)

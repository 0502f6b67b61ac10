"""What travels with a message where its provider echoes it, so that a later receipt finds its way home."""

import re

from attrs import frozen

_TEXT = re.compile(r"([1-9][0-9]{0,17})\.([1-9][0-9]{0,8})\.([A-Za-z0-9_-]{1,64})\Z")


@frozen
class Reference:
    """One hand-over: the notification, the fence of its claim, and the random id of the store that has it."""

    notification_id: int
    fence: int
    store_id: str

    @classmethod
    def parse(cls, text: str | None) -> "Reference | None":
        """Return the reference that *text* spells, or None: whoever calls a webhook may write anything there."""
        match = _TEXT.match(text or "")
        return cls(int(match[1]), int(match[2]), match[3]) if match else None

    def __str__(self) -> str:
        return f"{self.notification_id}.{self.fence}.{self.store_id}"

"""The last touch to the texts of an email."""

from typing import Protocol

from domain.content import Content


class EmailFinisher(Protocol):
    """Makes html fit for mail programs: styles moved to where all of them look, and a plain text beside it.

    Called from one thread at a time. Loads nothing and reads no file, whatever the html says. Takes a bounded time and
    raises nothing: what cannot be finished comes back as it was.
    """

    def __call__(self, content_id: int, filled: Content, *, is_same_for_all: bool) -> Content:
        """Return *filled*, the content *content_id* filled in for one recipient, finished; without html as it is.

        What *is_same_for_all* is finished once for an id, and what is returned then is the same object.
        """
        ...

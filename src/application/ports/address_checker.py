"""Checking addresses when they are stored."""

from typing import Protocol


class AddressChecker(Protocol):
    """Checks addresses by the standards, without asking the network. Called from several threads at once."""

    def email(self, text: str) -> str:
        """Return *text* as it is stored: one mailbox, its domain in lower case.

        :raises ValueError: it is none; the message says why, without repeating the address.
        """
        ...

    def phone(self, text: str) -> str:
        """Return *text* as an E.164 number such as ``+14155550100``.

        :raises ValueError: it is none; the message says why, without repeating the number.
        """
        ...

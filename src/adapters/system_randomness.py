"""The machine's own chance."""

import secrets

from domain.retry_policy import SPREAD_MAX, SPREAD_MIN

_SECRET_BYTES = 32
_STEPS = 1 << 53  # as many as a float between 0.5 and 1 can tell apart, and more


class SystemRandomness:
    """Draws from the operating system; fulfils :class:`application.ports.randomness.Randomness`."""

    def spread(self) -> float:
        """Return a number between 0.5 and 1, evenly."""
        return SPREAD_MIN + (SPREAD_MAX - SPREAD_MIN) * secrets.randbelow(_STEPS) / _STEPS

    def secret(self) -> str:
        """Return 256 unguessable bits as URL-safe text of 43 characters."""
        return secrets.token_urlsafe(_SECRET_BYTES)

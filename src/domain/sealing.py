"""Proof that a text was given out by this store: a keyed hash, cut to what the place has room for."""

import hmac
from hashlib import sha256


def seal(secret: str, purpose: str, text: str, *, length: int = 32) -> str:
    """Return the seal of *text*: *length* hexadecimal digits of HMAC-SHA-256 (RFC 2104).

    *purpose* keeps the seal of one thing from being used for another.
    """
    return hmac.new(secret.encode(), f"{purpose}\0{text}".encode(), sha256).hexdigest()[:length]


def is_sealed(secret: str, purpose: str, text: str, given: str) -> bool:
    """Say whether *given* is a seal of *text* of at least 16 digits; how long that takes does not depend on them."""
    right = seal(secret, purpose, text, length=len(given))
    return len(given) >= SEAL_MIN and hmac.compare_digest(given.encode(errors="replace"), right.encode())


SEAL_MIN = 16
"""Fewer digits could be guessed by trying: 64 bits take 2**63 requests."""

"""How a gateway over HTTP says that no answer came although the request may have arrived, whatever carried it."""

NOT_IN_TIME = "no answer within the timeout"


def broken_off(error: Exception) -> str:
    """Return what is said where *error* ended the connection; its own words may repeat an address."""
    return f"the connection broke before the answer was complete ({type(error).__name__})"

"""An account on a server of the loopback, as the gateway's settings have it."""

from typing import Any

from adapters.gateways.mime import Mailbox
from adapters.gateways.smtp_settings import SmtpSettings, Tls

TIMEOUT_S = 0.5


def account(port: int, **changes: Any) -> SmtpSettings:
    """Return settings for a server in clear and without login at *port*, with *changes*."""
    usual: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "tls": Tls.NONE,
        "sender": Mailbox("news@example.com", "Example"),
        "connections": 2,
        "timeout_s": TIMEOUT_S,
    }
    return SmtpSettings(**(usual | changes))

"""What one SMTP gateway needs to know."""

from enum import StrEnum
from pathlib import Path

from attrs import Attribute, field, frozen, validators

from adapters.gateways.mime import Mailbox
from domain.return_path import ReturnPath

TIMEOUT_DEFAULT_S = 10.0
CONNECTIONS_DEFAULT = 4
_PORT_MAX = 65_535


class Tls(StrEnum):
    """How the connection is encrypted."""

    STARTTLS = "starttls"  # in clear up to STARTTLS, then encrypted (RFC 3207), usually port 587
    TLS = "tls"  # encrypted from the first byte (RFC 8314), usually port 465
    NONE = "none"  # never encrypted: for a relay on the same machine or network


def _host_name(_: "SmtpSettings", attribute: "Attribute[str]", value: str) -> None:
    try:
        wire = value.encode("idna").decode()
    except UnicodeError:
        wire = ""
    if not wire or any(character.isspace() or not character.isprintable() for character in value):
        raise ValueError(f"{attribute.name} {value!r} is not a host name or an IP address")


@frozen(kw_only=True)
class SmtpSettings:
    """One server and one account on it.

    ``sender`` is what mail comes from, with the name shown beside it; it is the envelope's sender too, unless there
    is a ``return_path``. ``timeout_s`` bounds each of: connecting and logging in, the envelope, every 64 KiB of a text,
    and the wait for the answer to a whole message. ``connections`` are kept open at most. ``ca_file`` (PEM) is trusted
    besides the system's certificates.

    :raises ValueError: a value is out of its range, or a password comes without a username or the reverse.
    """

    host: str = field(validator=_host_name)
    sender: Mailbox
    return_path: ReturnPath | None = None
    port: int = field(default=587, validator=[validators.ge(1), validators.le(_PORT_MAX)])
    tls: Tls = field(default=Tls.STARTTLS, converter=Tls)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    connections: int = field(default=CONNECTIONS_DEFAULT, validator=validators.ge(1))
    timeout_s: float = field(default=TIMEOUT_DEFAULT_S, validator=validators.gt(0))
    ca_file: Path | None = None

    def __attrs_post_init__(self) -> None:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together; give both or neither")
        if "\0" in f"{self.username}{self.password}":
            raise ValueError("username and password cannot contain a NUL character")

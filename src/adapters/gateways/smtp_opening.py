"""From a connection to one on which mail can be handed over: greeting, encryption, login."""

import base64
import re
import socket
import ssl

from adapters.gateways.smtp_replies import Phase, Reply, Unfit, expect
from adapters.gateways.smtp_settings import SmtpSettings, Tls
from adapters.gateways.smtp_wire import SmtpWire


class Opening:
    """The opening of one connection. ``phase`` is how far it has come, ``offers`` what the server said of itself last.

    Its methods raise :class:`SmtpTrouble`, and OSError where the wire does.
    """

    def __init__(self, wire: SmtpWire, settings: SmtpSettings, tls: ssl.SSLContext | None) -> None:
        self.phase = Phase.CONNECT
        self.offers: dict[str, str] = {}
        self._wire = wire
        self._settings = settings
        self._tls = tls

    def run(self) -> None:
        """Connect, encrypt as the settings say, and log in."""
        self._wire.connect(self._settings.host, self._settings.port)
        if self._settings.tls is Tls.TLS:
            self._encrypt()
        self.phase = Phase.GREETING
        expect(2, self.phase, self._wire.reply())
        self._hello()
        if self._settings.tls is Tls.STARTTLS:
            self._start_tls()
        if self._settings.username is not None:
            self._log_in(self._settings.username, self._settings.password or "")

    def _encrypt(self) -> None:
        self.phase = Phase.TLS
        assert self._tls is not None
        self._wire.encrypt(self._tls, self._settings.host)

    def _start_tls(self) -> None:
        self.phase = Phase.TLS
        if "STARTTLS" not in self.offers:
            raise Unfit(Phase.TLS, "the server offers no STARTTLS, and we do not go on in clear; check port and tls")
        expect(2, self.phase, self._ask("STARTTLS"))
        if self._wire.has_unread:  # anything sent before TLS could come from somebody in between
            raise Unfit(Phase.TLS, "the server sent more than its answer before TLS began; nothing was sent")
        self._encrypt()
        self._hello()

    def _hello(self) -> None:
        """Introduce ourselves and learn what the server offers; what it offered before encryption does not count."""
        self.phase = Phase.HELLO
        self.offers = {}
        name = _own_name(self._wire.own_address())
        reply = self._ask(f"EHLO {name}")
        if reply.kind == 5:  # noqa: PLR2004  (a server of before 1995)
            expect(2, self.phase, self._ask(f"HELO {name}"))
        else:
            self.offers = _offers(expect(2, self.phase, reply))

    def _log_in(self, username: str, password: str) -> None:
        self.phase = Phase.AUTH
        ways = self.offers.get("AUTH", "").split()
        if "PLAIN" in ways:  # RFC 4616
            expect(2, self.phase, self._ask("AUTH PLAIN " + _base64(f"\0{username}\0{password}")))
        elif "LOGIN" in ways:
            expect(3, self.phase, self._ask("AUTH LOGIN"))
            expect(3, self.phase, self._ask(_base64(username)))
            expect(2, self.phase, self._ask(_base64(password)))
        else:
            offered = " ".join(ways) or "none"
            raise Unfit(
                Phase.AUTH, f"the server offers no login by PLAIN or LOGIN (offered: {offered}); check port and tls"
            )

    def _ask(self, command: str) -> Reply:
        self._wire.write(f"{command}\r\n".encode("ascii"))
        return self._wire.reply()


def _offers(text: str) -> dict[str, str]:
    """Return the extensions that a reply to EHLO names, each with its parameters; the first line is a greeting."""
    found: dict[str, str] = {}
    for line in text.split("\n")[1:]:
        keyword, _, parameters = line.replace("AUTH=", "AUTH ", 1).partition(
            " "
        )  # as servers of before RFC 2554 say it
        known = found.get(keyword.upper(), "")
        found[keyword.upper()] = f"{known} {parameters}".strip()
    return found


def _own_name(address: str) -> str:
    """Return how we introduce ourselves: the machine's full name, else *address* (RFC 5321 4.1.4); no DNS."""
    name = socket.gethostname()
    if "." in name and re.fullmatch(r"[A-Za-z0-9.-]+", name):
        return name
    return f"[IPv6:{address.partition('%')[0]}]" if ":" in address else f"[{address}]"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()

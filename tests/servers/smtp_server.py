"""A well-behaved SMTP server on the loopback, with STARTTLS and AUTH: an independent reading of the standards."""

import asyncio
import ssl
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from attrs import frozen

USERNAME = "tocsin"
PASSWORD = "correct horse"  # a made-up one


@frozen
class Received:
    """One mail as the server took it."""

    sender: str
    recipients: tuple[str, ...]
    options: tuple[str, ...]
    octets: bytes
    encrypted: bool
    logged_in: bool


class _OnAnyPort(Controller):
    """Listens where there is room, and then knows where."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # the library gives no types here


class SmtpServer:
    """Takes mail from whoever logged in; use as a context manager.

    ``tls`` is the certificate to show: after STARTTLS, or at once with *implicit*. Without it there is no encryption
    and the login goes in clear.
    """

    def __init__(
        self,
        tls: ssl.SSLContext | None = None,
        *,
        implicit: bool = False,
        login: bool = True,
        smtputf8: bool = True,
        size_max: int | None = None,
        without_mechanism: str | None = None,
    ) -> None:
        self.received: list[Received] = []
        self.usernames: list[str] = []
        starttls = tls is not None and not implicit
        self._controller = _OnAnyPort(
            self,
            hostname="127.0.0.1",
            port=0,
            ssl_context=tls if implicit else None,
            tls_context=tls if starttls else None,
            require_starttls=starttls,
            auth_require_tls=starttls,
            auth_exclude_mechanism=[without_mechanism] if without_mechanism else None,
            authenticator=self._authenticate,
            enable_SMTPUTF8=smtputf8,
            data_size_limit=size_max,
            server_hostname="loopback.example.com",
        )
        self._login = login

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._controller.port)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, login: LoginPassword
    ) -> AuthResult:
        self.usernames.append(login.login.decode())
        right = login == LoginPassword(USERNAME.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False, auth_data=f"{mechanism} {USERNAME}")

    async def handle_MAIL(  # noqa: N802  (the library's name for it)
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  (likewise)
        content: Any = envelope.content
        assert isinstance(content, bytes)
        self.received.append(
            Received(
                sender=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                options=tuple(envelope.mail_options),
                octets=content,
                encrypted=session.ssl is not None or self._controller.ssl_context is not None,
                logged_in=bool(session.authenticated),
            )
        )
        return f"250 2.0.0 Ok: queued as {len(self.received):08X}"

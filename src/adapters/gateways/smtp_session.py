"""One connection to an SMTP server, which knows how far it has come."""

import contextlib
import re
import ssl
from collections.abc import Callable, Iterable

from adapters.gateways.mime import Mail
from adapters.gateways.smtp_opening import Opening
from adapters.gateways.smtp_replies import CLOSING, Garbage, Lost, Phase, Refused, SmtpTrouble, Unfit, expect
from adapters.gateways.smtp_settings import SmtpSettings
from adapters.gateways.smtp_wire import SmtpWire
from application.ports.clock import Clock, Deadline

_PIECE_BYTES = 65_536
_GOODBYE_S = 0.5
_ENVELOPE = ((Phase.MAIL, 2), (Phase.RCPT, 2), (Phase.DATA, 3))
"""The commands before a message, and the kind of answer with which each goes on."""

_QUEUE_IDS = (
    re.compile(r"\bqueued as ([\w.-]{1,128})", re.IGNORECASE),  # Postfix, Amazon, many relays
    re.compile(r"\bid=([\w.-]{1,128})", re.IGNORECASE),  # Exim
    re.compile(r"(?:2\.\d+\.\d+ )?([\w.-]{1,128}) Message accepted", re.IGNORECASE),  # sendmail
    re.compile(r"(?:2\.\d+\.\d+ )?Ok:? ([0-9a-f]+(?:-[0-9a-f]+)+)\Z", re.IGNORECASE),  # Amazon SES
)


def _idle() -> None:
    """Do nothing while the server works."""


class SmtpSession:
    """A connection that is open and logged in, once :meth:`open` has returned. Used by one thread at a time.

    All methods raise :class:`SmtpTrouble`, which knows the phase in which something failed; what ends with
    :class:`Lost` or a 421 is closed.

    Where the server takes groups of commands (PIPELINING, RFC 2920), the end of one message and the envelope of the
    next go out in one write, and one read brings what the server says to both. That next mail is *announced*: its
    envelope is said, its text is not.
    """

    def __init__(self, settings: SmtpSettings, tls: ssl.SSLContext | None, clock: Clock) -> None:
        self.delivered = 0
        self.idle_since_s = 0.0
        self._settings = settings
        self._tls = tls
        self._clock = clock
        self._wire = SmtpWire(clock)
        self._offers: dict[str, str] = {}
        self._size_max: int | None = None
        self._phase = Phase.CONNECT
        self._announced: Mail | None = None

    @property
    def is_free(self) -> bool:
        """Say whether it is open and nothing of a mail is said yet."""
        return self.is_open and self._announced is None

    @property
    def is_open(self) -> bool:
        """Say whether the connection can be used further, as far as is known without asking."""
        return self._wire.is_open

    def open(self, deadline: Deadline) -> None:
        """Connect, encrypt as the settings say, and log in."""
        self._begin(deadline)
        opening = Opening(self._wire, self._settings, self._tls)
        try:
            opening.run()
        except OSError as error:
            self.close()
            raise Lost(opening.phase, error) from error
        except SmtpTrouble:
            self.leave()
            raise
        self._offers = opening.offers
        self._size_max = _size_max(opening.offers)

    def deliver(
        self, mail: Mail, deadline: Deadline, following: Mail | None = None, meanwhile: Callable[[], None] = _idle
    ) -> str | None:
        """Hand over one mail and return the server's name for it, if one is recognised.

        The envelope is bounded by the timeout and *deadline*. Of a long text every piece has the timeout and all of
        them have until *deadline*, so a slow line carries what it can by then. Once the last piece is on its way only
        the timeout counts: giving up a moment before the answer would lose it. The mail *following* may be announced;
        nothing else can be delivered after that. *meanwhile* is called once, while the server works on the text.
        """
        self._begin(deadline)
        try:
            self._say_envelope(mail)
            self._say_text(mail, following, deadline)
            meanwhile()
            answer = expect(2, self._phase, self._wire.reply())
        except OSError as error:
            self.close()
            raise Lost(self._phase, error) from error
        except Refused as refused:
            if refused.code == CLOSING:
                self.close()
            raise
        self.delivered += 1
        return _queue_id(answer)

    def noop(self) -> None:
        """Ask whether the server is still there."""
        self._phase = Phase.HELLO
        try:
            self._wire.write(b"NOOP\r\n")
            expect(2, self._phase, self._wire.reply())
        except OSError as error:
            self.close()
            raise Lost(self._phase, error) from error
        except Refused:
            self.leave()
            raise

    def is_silent(self) -> bool:
        """Say whether nothing has come since the last answer: an end or a 421 would lie there to be read."""
        return self._wire.is_silent()

    def leave(self) -> None:
        """Say goodbye, without much patience, and close. After an envelope no goodbye can be said."""
        if self.is_free:
            self._wire.limit(_GOODBYE_S)
            with contextlib.suppress(OSError):
                self._wire.write(b"QUIT\r\n")
                self._wire.reply()
        self.close()

    def close(self) -> None:
        """Close the connection at once; a server drops what it had of a message without its final dot."""
        self._wire.close()

    def _begin(self, deadline: Deadline) -> None:
        self._wire.limit(min(self._settings.timeout_s, deadline.remaining_s()))

    def _envelope(self, mail: Mail) -> bytes:
        """Return the commands before a message, a line each."""
        if self._is_too_large(mail):
            raise Unfit(
                Phase.MAIL, f"the message is too large: {mail.size} bytes as mail; the server takes {self._size_max}"
            )
        options = f" SIZE={mail.size}" if "SIZE" in self._offers else ""
        if mail.needs_smtputf8:
            if "SMTPUTF8" not in self._offers:
                raise Unfit(Phase.MAIL, "the server cannot carry an address beyond ASCII (no SMTPUTF8)")
            options += " SMTPUTF8 BODY=8BITMIME"
        return f"MAIL FROM:<{mail.sender}>{options}\r\nRCPT TO:<{mail.recipient}>\r\nDATA\r\n".encode()

    @property
    def _takes_groups(self) -> bool:
        return "PIPELINING" in self._offers

    def _can_carry(self, mail: Mail) -> bool:
        return ("SMTPUTF8" in self._offers or not mail.needs_smtputf8) and not self._is_too_large(mail)

    def _is_too_large(self, mail: Mail) -> bool:
        return self._size_max is not None and mail.size > self._size_max

    def _say_envelope(self, mail: Mail) -> None:
        """Say the envelope, as one group or step by step, unless it was announced, and hear the answers."""
        announced, self._announced = self._announced, None
        assert announced in (None, mail)
        commands: Iterable[bytes] = (b"", b"", b"")
        if announced is None:
            envelope = self._envelope(mail)
            commands = (envelope, b"", b"") if self._takes_groups else envelope.splitlines(keepends=True)
        for (phase, kind), command in zip(_ENVELOPE, commands, strict=True):
            self._phase = phase
            if command:
                self._wire.write(command)
            try:
                expect(kind, phase, self._wire.reply())
            except Refused as refused:
                self._recover(refused)
                raise

    def _recover(self, refused: Refused) -> None:
        """Make the connection ready for the next message. What goes wrong here costs it, and not the message."""
        if refused.code == CLOSING:
            return
        try:
            if self._takes_groups:
                self._hear_out(refused.phase)
            self._wire.write(b"RSET\r\n")
            expect(2, self._phase, self._wire.reply())
        except (OSError, Refused):
            self.close()

    def _hear_out(self, refused: Phase) -> None:
        """Hear the answers to the commands of a group that came after the one that was *refused*."""
        has_recipient = refused is Phase.DATA
        if refused is Phase.MAIL:
            has_recipient = self._wire.reply().kind == 2  # noqa: PLR2004  (the class of success)
        if refused is Phase.DATA or self._wire.reply().kind != 3:  # noqa: PLR2004  (go on)
            return
        # It wants the text although it refused the envelope: a lone dot ends that (RFC 2920 3.1).
        if has_recipient:
            raise Garbage("a text is asked for without a sender")  # and a lone dot would be mail for somebody
        self._wire.write(b".\r\n")
        self._wire.reply()

    def _say_text(self, mail: Mail, following: Mail | None, deadline: Deadline) -> None:
        """Send the text up to its dot, and with that the envelope of the mail *following* where the server takes it."""
        text = mail.octets.replace(b"\r\n.", b"\r\n..")
        if mail.attached:
            self._say_pieces(text, deadline)
            text = mail.attached  # no line of which begins with a dot
        if len(text) > _PIECE_BYTES:  # as long as the dot is not among what was sent, the server cannot have taken it
            self._say_pieces(memoryview(text)[:-_PIECE_BYTES], deadline)
            text = text[-_PIECE_BYTES:]
        text += b".\r\n"
        if following is not None and self._takes_groups and self._can_carry(following):
            self._announced = following
            text += self._envelope(following)
        self._wire.limit(self._settings.timeout_s)
        self._phase = Phase.DOT
        self._wire.write(text)

    def _say_pieces(self, text: bytes | memoryview, deadline: Deadline) -> None:
        """Send the beginning of a text, patient as long as it goes on."""
        self._phase = Phase.TEXT
        for start in range(0, len(text), _PIECE_BYTES):
            self._begin(deadline)
            self._wire.write(text[start : start + _PIECE_BYTES])


def _size_max(offers: dict[str, str]) -> int | None:
    """Return the most bytes that the server takes, or None where it sets no fixed limit (RFC 1870 3)."""
    said = offers.get("SIZE", "")
    return (int(said) or None) if re.fullmatch(r"[0-9]{1,20}", said) else None


def _queue_id(text: str) -> str | None:
    for pattern in _QUEUE_IDS:
        if match := pattern.search(text):
            return match[1].rstrip(".")
    return None

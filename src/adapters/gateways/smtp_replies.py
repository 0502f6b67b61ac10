"""What the answers of SMTP servers mean: one table for replies, one for lost connections.

Sources: RFC 5321 4.2 (reply codes), RFC 3463 and the IANA registry of enhanced status codes, RFC 4954 6 (AUTH),
RFC 3207 4 (STARTTLS), RFC 6531 3.5 (SMTPUTF8), RFC 7505 4.2 (null MX).
"""

import re
import socket
import ssl
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from attrs import frozen

from adapters.gateways.reason import shorten
from domain.outcome import Cause, Deferred, GatewayDown, Outcome, Rejected, Unknown, Unreachable


class Phase(StrEnum):
    """How far a connection has come; the value is how a reason calls it."""

    CONNECT = "connecting"
    GREETING = "the greeting"
    HELLO = "EHLO"
    TLS = "TLS"
    AUTH = "the login"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    TEXT = "the beginning of the message"
    DOT = "the whole message"


_OPENING = frozenset({Phase.CONNECT, Phase.GREETING, Phase.HELLO, Phase.TLS, Phase.AUTH})
_BEFORE_DOT = frozenset({Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.TEXT})
_TRANSACTION = _BEFORE_DOT | {Phase.DOT}

CLOSING = 421
"""The server closes the connection, at any point (RFC 5321 3.8)."""


class Garbage(OSError):
    """What came is no SMTP reply, or none that can stand here."""


class Reply(NamedTuple):
    """What a server says to one command: a code and the text of all its lines."""

    code: int
    text: str

    @property
    def kind(self) -> int:
        """The first digit: 2 done, 3 go on, 4 not now, 5 no (RFC 5321 4.2.1)."""
        return self.code // 100


class SmtpTrouble(Exception):
    """A message, or a connection, did not get through."""

    def __init__(self, phase: Phase, words: str) -> None:
        self.phase = phase
        self.words = words
        super().__init__(words)


class Refused(SmtpTrouble):
    """The server answered, and said no."""

    def __init__(self, phase: Phase, code: int, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(phase, f"{code} {text}".strip())


class Lost(SmtpTrouble):
    """The connection is gone, or what comes over it makes no sense; ``error`` says how."""

    def __init__(self, phase: Phase, error: OSError) -> None:
        self.error = error
        super().__init__(phase, str(error) or type(error).__name__)


class Unfit(SmtpTrouble):
    """The server lacks something without which we do not go on; nothing was sent."""


def expect(kind: int, phase: Phase, reply: Reply) -> str:
    """Return the text of a *reply* of the *kind* with which *phase* goes on.

    :raises Refused: the server says no.
    :raises Garbage: the reply makes no sense here.
    """
    if reply.kind == kind:
        return reply.text
    if reply.kind in (4, 5):
        raise Refused(phase, reply.code, reply.text)
    raise Garbage(f"{reply.code} {reply.text}")


Verdict: TypeAlias = Callable[[str], Outcome]


def _down(reason: str) -> Outcome:
    return GatewayDown(reason, Cause.TRANSIENT)


def _misconfigured(reason: str) -> Outcome:
    return GatewayDown(reason, Cause.CONFIGURATION)


def _later(minutes: int) -> Verdict:
    return lambda reason: Deferred(reason, retry_after=timedelta(minutes=minutes))


@frozen
class ReplyRule:
    """One row: in ``phases``, a reply whose "code enhanced-code" matches ``codes``, and whose text has ``text``.

    Both are regular expressions; where there is no enhanced code, ``-`` stands for it.
    """

    phases: frozenset[Phase]
    codes: str
    verdict: Verdict
    meaning: str
    text: str = ""

    def applies(self, phase: Phase, codes: str, text: str) -> bool:
        """Say whether this is the row for a reply."""
        return (
            phase in self.phases
            and re.fullmatch(self.codes, codes) is not None
            and re.search(self.text, text, re.IGNORECASE) is not None
        )


def _at(*phases: Phase) -> frozenset[Phase]:
    return frozenset(phases)


REPLY_RULES: tuple[ReplyRule, ...] = (
    # Before a message: the gateway's fault.
    ReplyRule(
        _at(Phase.GREETING),
        r"554 .*",
        _misconfigured,
        "the server turns this machine away; its IP address may be blocked: ask the server's operator",
    ),
    ReplyRule(
        _at(Phase.AUTH),
        r"535 .*|5\d\d 5\.7\.8",
        _misconfigured,
        "the server does not accept username and password; correct them",
    ),
    ReplyRule(
        _at(Phase.AUTH),
        r"5\d\d .*",
        _misconfigured,
        "the server does not let this account log in; check the account and the setting tls",
    ),
    ReplyRule(
        _at(Phase.TLS), r"5\d\d .*", _misconfigured, "the server refuses STARTTLS; check port and the setting tls"
    ),
    ReplyRule(_OPENING, r"5\d\d .*", _misconfigured, "the server does not serve us; check host and port"),
    ReplyRule(_OPENING, r"4\d\d .*", _down, "the server does not serve us now"),
    # Anywhere in a message.
    ReplyRule(_TRANSACTION, r"421 .*", Deferred, "the server closed the connection"),
    ReplyRule(
        _TRANSACTION,
        r"530 .*",
        _misconfigured,
        "the server wants a login or TLS first; set username and password, and check tls",
    ),
    ReplyRule(_TRANSACTION, r"5\d\d 5\.(3\.4|2\.3)", Rejected, "the message is too large"),
    ReplyRule(_TRANSACTION, r"5\d\d 5\.6\.7", Rejected, "the server cannot carry an address beyond ASCII"),
    ReplyRule(_TRANSACTION, r"[45]\d\d [45]\.2\.2", _later(15), "the mailbox is full"),
    # The sender's address.
    ReplyRule(_at(Phase.MAIL), r"552 -", Rejected, "the message is too large"),
    ReplyRule(
        _at(Phase.MAIL),
        r"5\d\d .*",
        _misconfigured,
        "the server does not take mail from our address; check from, and that this account may use it",
    ),
    ReplyRule(
        _at(Phase.RCPT),
        r"5\d\d 5\.1\.[78]",
        _misconfigured,
        "the server does not take mail from our address; check from, and its domain in the DNS",
    ),
    ReplyRule(  # Postfix waits with this until it knows the recipient (smtpd_delay_reject)
        _at(Phase.RCPT),
        r"5\d\d .*",
        _misconfigured,
        "the server does not take mail from our address; check from, and that this account may use it",
        text=r"\bsender (address )?(rejected|refused|denied|not allowed)\b",
    ),
    # The recipient's address. 5.1.10 is a domain that takes no mail.
    ReplyRule(_at(Phase.RCPT), r"5\d\d 5\.1\.(0|1|2|3|6|10)", Unreachable, "there is no such mailbox"),
    ReplyRule(_at(Phase.RCPT), r"5\d\d 5\.2\.1", Unreachable, "the mailbox is closed"),
    ReplyRule(
        _at(Phase.RCPT),
        r"55[014] (-|5\.7\.\d+)",
        _misconfigured,
        "the server does not relay for us; set username and password, or have this machine allowed",
        text=r"\brelay(ing)?\b.{0,40}\b(denied|prohibited|not (permitted|allowed))|(unable|not permitted) to relay",
    ),
    ReplyRule(  # without an enhanced code only the words tell a policy from a mailbox that is not there
        _at(Phase.RCPT),
        r"55\d -",
        Rejected,
        "the server's policy forbids it",
        text=r"\b(spam|policy|reputation|block(ed|list(ed)?)|black\W?list(ed)?|dns[bw]l|rbl|spf|dkim|dmarc|banned)\b",
    ),
    ReplyRule(_at(Phase.RCPT), r"55[013] -", Unreachable, "there is no such mailbox"),
    ReplyRule(_at(Phase.RCPT), r"552 -", _later(15), "the mailbox is full"),  # RFC 5321 4.5.3.1.10: as temporary
    ReplyRule(_at(Phase.RCPT), r"45[01] 4\.7\.1", _later(5), "the server asks to come back (greylisting)"),
    # The message itself.
    ReplyRule(_at(Phase.DATA, Phase.DOT), r"552 -", Rejected, "the message is too large"),
    ReplyRule(_TRANSACTION, r"5\d\d 5\.7\..*", Rejected, "the server's policy forbids it"),
    ReplyRule(_TRANSACTION, r"5\d\d .*", Rejected, "the server refuses it"),
    ReplyRule(_TRANSACTION, r"4\d\d .*", Deferred, "the server cannot take it now"),
)
"""The first row that applies counts. Only Unreachable says something of the address."""


@frozen
class LossRule:
    """One row: in ``phases``, a connection that ended with one of ``errors``."""

    phases: frozenset[Phase]
    errors: tuple[type[OSError], ...]
    verdict: Verdict
    meaning: str


LOSS_RULES: tuple[LossRule, ...] = (
    LossRule(_at(Phase.CONNECT), (socket.gaierror,), _down, "the name of the server is not found; check host"),
    LossRule(_at(Phase.CONNECT), (ConnectionRefusedError,), _down, "nothing answers there; check host and port"),
    LossRule(_at(Phase.CONNECT), (TimeoutError,), _down, "the server did not answer in time; check host and port"),
    LossRule(_at(Phase.CONNECT), (OSError,), _down, "the server cannot be reached"),
    LossRule(
        _at(Phase.TLS),
        (ssl.SSLCertVerificationError,),
        _misconfigured,
        "the server's certificate is not trusted; check host, or name the CA in ca_file",
    ),
    LossRule(_at(Phase.TLS), (ssl.SSLEOFError, ssl.SSLZeroReturnError), _down, "the connection broke off"),
    LossRule(
        _at(Phase.TLS), (ssl.SSLError,), _misconfigured, "no TLS can be agreed on; check port and the setting tls"
    ),
    LossRule(
        _at(Phase.GREETING),
        (TimeoutError,),
        _down,
        "the server sent no greeting in time; if the port expects TLS at once (465), set tls to tls",
    ),
    LossRule(
        _at(Phase.GREETING, Phase.HELLO),
        (Garbage,),
        _misconfigured,
        "what answers there is no SMTP server; check host, port and tls",
    ),
    LossRule(_OPENING, (TimeoutError,), _down, "the server did not answer in time"),
    LossRule(_OPENING, (Garbage,), _down, "the server's answer makes no sense"),
    LossRule(_OPENING, (OSError,), _down, "the connection broke off"),
    LossRule(_at(Phase.TEXT), (TimeoutError,), Deferred, "the line to the server is too slow for so long a message"),
    LossRule(_BEFORE_DOT, (TimeoutError,), Deferred, "the server did not answer in time, before it had the message"),
    LossRule(_BEFORE_DOT, (Garbage,), Deferred, "the server's answer makes no sense, before it had the message"),
    LossRule(_BEFORE_DOT, (OSError,), Deferred, "the connection broke off before the server had the message"),
    LossRule(_at(Phase.DOT), (TimeoutError,), Unknown, "the server did not answer in time, after it had the message"),
    LossRule(_at(Phase.DOT), (Garbage,), Unknown, "the server's answer makes no sense, after it had the message"),
    LossRule(_at(Phase.DOT), (OSError,), Unknown, "the connection broke off after the server had the message"),
)
"""The first row that applies counts; every phase ends with a row for OSError."""

_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?![.\d])")


def enhanced_code(code: int, text: str) -> str | None:
    """Return the enhanced status code at the start of *text* (RFC 2034), if its class agrees with *code*."""
    match = _ENHANCED.match(text)
    return match[0] if match and match[1] == str(code)[0] else None


def outcome_of(trouble: SmtpTrouble, redacted: Callable[[str], str]) -> Outcome:
    """Return what *trouble* means for the message at hand; the server's words go through *redacted*."""
    words = redacted(trouble.words)
    match trouble:
        case Refused(phase=phase, code=code, text=text):
            codes = f"{code} {enhanced_code(code, text) or '-'}"
            rule = next(rule for rule in REPLY_RULES if rule.applies(phase, codes, text))
            return rule.verdict(shorten(f"{rule.meaning} (answer to {phase}: {words})"))
        case Lost(phase=phase, error=error):
            loss = next(loss for loss in LOSS_RULES if phase in loss.phases and isinstance(error, loss.errors))
            return loss.verdict(shorten(f"{loss.meaning} ({phase}: {words})"))
        case _:
            verdict = Rejected if trouble.phase in _TRANSACTION else _misconfigured
            return verdict(shorten(words))

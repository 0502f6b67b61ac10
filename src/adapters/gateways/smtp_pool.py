"""Connections to one SMTP server that are kept open between calls."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock

from adapters.gateways.mime import Mail
from adapters.gateways.smtp_replies import Garbage, Lost, Phase, Unfit
from adapters.gateways.smtp_session import SmtpSession
from adapters.gateways.smtp_settings import SmtpSettings, Tls
from adapters.gateways.smtp_upcoming import Upcoming
from application.ports.clock import Clock, Deadline

IDLE_MAX_S = 30.0
"""A connection that rested longer is not used again; Postfix closes after 300 s, others sooner."""

MESSAGES_MAX = 1000
"""A connection that carried so many makes room for a new one, so that load spreads over a server's machines."""


class SmtpPool:
    """At most ``connections`` sessions at once, each used by one thread at a time, the last used first."""

    def __init__(self, settings: SmtpSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._slots = BoundedSemaphore(settings.connections)
        self._lock = Lock()
        self._idle: list[SmtpSession] = []
        self._tls: ssl.SSLContext | None = None
        self._closed = False

    @contextmanager
    def turn(self, deadline: Deadline) -> Iterator["Turn | None"]:
        """Lend a place in the pool, or None if all were taken until *deadline*."""
        if not self._slots.acquire(timeout=deadline.remaining_s()):
            yield None
            return
        turn = Turn(self)
        try:
            yield turn
        except BaseException:
            turn.abandon()
            raise
        else:
            turn.end()
        finally:
            self._slots.release()

    def open(self, deadline: Deadline) -> SmtpSession:
        """Return a new session, open and logged in.

        :raises SmtpTrouble: there is none to be had.
        """
        session = SmtpSession(self._settings, self._tls_context(), self._clock)
        session.open(deadline)
        return session

    def take_idle(self) -> SmtpSession | None:
        """Return a session that seems alive, or None."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                session = self._idle.pop()
            if self._clock.elapsed_s() - session.idle_since_s <= IDLE_MAX_S and session.is_silent():
                return session
            session.leave()

    def put_back(self, session: SmtpSession) -> None:
        """Keep *session* for the next turn, unless it is used up."""
        session.idle_since_s = self._clock.elapsed_s()
        with self._lock:
            keep = session.is_free and session.delivered < MESSAGES_MAX and not self._closed
            if keep:
                self._idle.append(session)
        if not keep:
            session.leave()

    def close(self) -> None:
        """Close what is idle; what is in use closes when its turn ends."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for session in idle:
            session.leave()

    def _tls_context(self) -> ssl.SSLContext | None:
        if self._settings.tls is Tls.NONE:
            return None
        with self._lock:
            if self._tls is None:
                context = ssl.create_default_context()
                if self._settings.ca_file is not None:
                    try:
                        context.load_verify_locations(self._settings.ca_file)
                    except OSError as error:
                        raise Unfit(
                            Phase.TLS, f"ca_file cannot be read ({error}); name a PEM file with the CA's certificate"
                        ) from error
                self._tls = context
            return self._tls


class Turn:
    """One call's place in the pool: a session, and a new one when it ends. ``breaks`` counts ends in a row.

    ``mails`` counts what was to be delivered.
    """

    def __init__(self, pool: SmtpPool) -> None:
        self._pool = pool
        self._session: SmtpSession | None = None
        self.breaks = 0
        self.mails = 0

    def deliver(self, mail: Mail, deadline: Deadline, upcoming: Upcoming) -> str | None:
        """Hand over one mail, and return the server's name for it, if one is recognised.

        A session that was used before may have ended unseen; if that shows at MAIL, nothing was said yet, and a new
        one takes its place. The text of a mail that was announced is not said, so that holds for it too.

        :raises SmtpTrouble: it did not get through.
        """
        self.mails += 1
        session = self._usable_session()
        if session is not None:
            try:
                return self._deliver(session, mail, deadline, upcoming)
            except Lost as lost:
                if lost.phase is not Phase.MAIL or isinstance(lost.error, TimeoutError | Garbage):
                    raise
        self._session = self._pool.open(deadline)
        return self._deliver(self._session, mail, deadline, upcoming)

    def end(self) -> None:
        """Give the session back."""
        if self._session is not None:
            self._pool.put_back(self._session)
            self._session = None

    def abandon(self) -> None:
        """Close the session at once: nobody knows how far it had come."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _deliver(self, session: SmtpSession, mail: Mail, deadline: Deadline, upcoming: Upcoming) -> str | None:
        is_last = session.delivered + 1 >= MESSAGES_MAX
        return session.deliver(mail, deadline, None if is_last else upcoming.following, upcoming.prepare)

    def _usable_session(self) -> SmtpSession | None:
        if self._session is not None and (not self._session.is_open or self._session.delivered >= MESSAGES_MAX):
            self._session.leave()
            self._session = None
        if self._session is None and self.breaks == 0:
            self._session = self._pool.take_idle()
        return self._session

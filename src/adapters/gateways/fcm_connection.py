"""Our own way into the Firebase SDK: credentials from a file, one attempt a request, one timeout for a hand-over.

The SDK has no option for its retries, its base URL or its session, so four of its private names are used here
(``_get_messaging_service``, ``_fcm_url``, ``_client``, ``_session``). That they are there is checked at the start.
"""

import itertools
import json
import threading
from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from typing import Any

import firebase_admin
import requests
from firebase_admin import messaging
from google.auth.exceptions import TransportError
from google.auth.transport import requests as google_requests
from google.oauth2 import service_account
from requests.adapters import HTTPAdapter
from urllib3 import Timeout

from adapters.gateways.base_url import is_base_url
from adapters.gateways.single_attempt import SingleAttempt
from application.ports.clock import Clock, Deadline
from domain.errors import Misconfigured

FCM_URL = "https://fcm.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_OK = 200
_OVERLOADED = frozenset({408, 429, 500, 502, 503, 504})
_OVERLOADED_WORDS = frozenset({"internal_failure", "server_error", "temporarily_unavailable"})  # RFC 6749 4.1.2.1
_numbers = itertools.count(1)  # of the apps in this process; the SDK wants a name for each


class _ServiceAccount(service_account.Credentials):
    """A service account that asks for access tokens and for nothing else."""

    def _after_refresh(self, *_: Any) -> None:
        """Do not look up regional restrictions: that is a thread of its own, without our timeouts, for no use here."""


class _TokenRequest(google_requests.Request):
    """Asks for an access token once, where the SDK would sleep and ask again while a thread of the pool waits."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        answer = super().__call__(*args, **kwargs)  # type: ignore[no-untyped-call]  # google-auth has types only in part
        if answer.status in _OVERLOADED or (answer.status != _OK and _says_overloaded(answer.data)):
            raise TransportError(f"the token endpoint answered {answer.status} and may work again later")  # type: ignore[no-untyped-call]  # google-auth has types only in part
        return answer


class NoTimeLeft(requests.exceptions.Timeout):
    """The requests before this one took all the time of their hand-over; this one was not made."""


class _HandOver(threading.local):
    """What the calling thread is about: the moment at which all requests of its hand-over end."""

    until: Deadline | None = None


class _InTime(HTTPAdapter):
    """Gives a request no more time than its hand-over has left."""

    hand_over: _HandOver

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        until = self.hand_over.until
        assert until is not None, "begin() comes before a request"
        left_s = until.remaining_s()
        if left_s <= 0:
            raise NoTimeLeft("the requests before it took all of its time", request=request)
        whole: Timeout = kwargs["timeout"]
        shorter = Timeout(total=left_s, connect=whole.connect_timeout)
        return super().send(request, *args, **{**kwargs, "timeout": shorter})


class _Transport(SingleAttempt, _InTime):
    """One attempt, with what is left of the time: this order of bases puts the shorter timeout behind the whole one."""

    def __init__(self, connections: int, timeout_s: float, clock: Clock, hand_over: _HandOver) -> None:
        self.hand_over = hand_over
        super().__init__(connections, timeout_s, clock)


class FcmConnection:
    """The SDK's app for one service account, and the session beneath it. Used by several threads at once.

    :raises Misconfigured: the credentials cannot be used, or this version of firebase-admin cannot.
    """

    def __init__(
        self,
        credentials: Path,
        project_id: str | None,
        base_url: str | None,
        connections: int,
        timeout_s: float,
        clock: Clock,
    ) -> None:
        key = read_key(credentials)
        project = project_id or key["project_id"]
        self._credential = _credential(key)
        self._timeout_s = timeout_s
        self._clock = clock
        self._hand_over = _HandOver()
        self.transport = _Transport(connections, timeout_s, clock, self._hand_over)
        self.token_transport = _Transport(connections, timeout_s, clock, self._hand_over)
        self._token_session = _session(requests.Session(), self.token_transport)
        self._token_request = _TokenRequest(self._token_session)
        # A 401 was not processed, so one more request with a fresh token repeats nothing.
        self._session = google_requests.AuthorizedSession(  # type: ignore[no-untyped-call]  # google-auth has types only in part
            self._credential, max_refresh_attempts=1, auth_request=self._token_request
        )
        _session(self._session, self.transport)
        self._session.max_redirects = 0
        self._session.auth = _leave_alone
        self.app = firebase_admin.initialize_app(
            self._credential, {"projectId": project, "httpTimeout": timeout_s}, name=f"tocsin-{next(_numbers)}"
        )
        try:
            self._take_over(f"{(base_url or FCM_URL).rstrip('/')}/v1/projects/{project}/messages:send")
        except Misconfigured:
            self.close()
            raise

    def refresh_token(self) -> None:
        """Get a new access token.

        :raises google.auth.exceptions.GoogleAuthError: the endpoint refused, or could not be reached.
        """
        self._credential.refresh(self._token_request)

    def begin(self) -> None:
        """Begin a hand-over of the calling thread: all its requests share one timeout; what was answered is forgotten.

        A message may take four: for an access token, to send it, and both again after a 401.
        """
        self._hand_over.until = Deadline.after(self._timeout_s, self._clock)
        self.transport.forget()
        self.token_transport.forget()

    def close(self) -> None:
        """Delete the app and close the connections; nothing may be sent afterwards."""
        self._session.close()  # type: ignore[no-untyped-call]  # google-auth has types only in part
        self._token_session.close()
        # The SDK runs an event loop to close its other client, which fails in a thread that has one already.
        closing = Thread(target=firebase_admin.delete_app, args=(self.app,), name="fcm-close")
        closing.start()
        closing.join()

    def _take_over(self, url: str) -> None:
        """Put our URL and our session in the place of the SDK's."""
        get_service = getattr(messaging, "_get_messaging_service", None)
        service: Any = get_service(self.app) if get_service else None
        if problems := strangeness(service):
            raise Misconfigured(problems)
        service._fcm_url = url  # noqa: SLF001  (no option of the SDK, see above)
        service._client.session.close()  # noqa: SLF001  (likewise)
        service._client._session = self._session  # noqa: SLF001  (likewise)


def _says_overloaded(body: bytes) -> bool:
    """Say whether *body*, of a refusal, has one of the words that make google-auth ask again."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return False
    words = (told.get("error"), told.get("error_description")) if isinstance(told, dict) else ()
    return any(word in _OVERLOADED_WORDS for word in words if isinstance(word, str))


def strangeness(service: object) -> list[str]:
    """Return why the SDK's messaging *service* is not one we know how to bound; empty for a known one."""
    client = getattr(service, "_client", None)
    if isinstance(getattr(service, "_fcm_url", None), str) and isinstance(
        getattr(client, "_session", None), requests.Session
    ):
        return []
    problem = (
        f"firebase-admin {firebase_admin.__version__} is built differently from what Tocsin can hold to one attempt"
    )
    return [f"{problem}; install firebase-admin>=7.7,<8, as the extra tocsin[fcm] does"]


def read_key(path: Path) -> Mapping[str, Any]:
    """Return the key of the service account in the file *path*.

    :raises Misconfigured: there is no such file, or it is not the key of a service account.
    """
    remedy = "download a key under Project settings, Service accounts, in the Firebase console"
    try:
        key = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Misconfigured([f"credentials: cannot read {path}: {error.strerror}; {remedy}"]) from error
    except (ValueError, RecursionError) as error:
        raise Misconfigured([f"credentials: {path} is not JSON; {remedy}"]) from error
    if not isinstance(key, dict) or key.get("type") != "service_account":
        raise Misconfigured([f"credentials: {path} is not the key of a service account; {remedy}"])
    needed = ("project_id", "private_key", "client_email", "token_uri")
    if missing := [name for name in needed if not (isinstance(key.get(name), str) and key[name].strip())]:
        raise Misconfigured([f"credentials: {path} lacks {', '.join(missing)}; {remedy}"])
    if not is_base_url(key["token_uri"]):
        raise Misconfigured([f"credentials: token_uri in {path} is not an address; {remedy}"])
    return key


def _credential(key: Mapping[str, Any]) -> Any:
    try:
        return _ServiceAccount.from_service_account_info(key, scopes=[_SCOPE])  # type: ignore[no-untyped-call]  # google-auth has types only in part
    except (ValueError, TypeError, AttributeError) as error:
        # What the library says of a key it cannot read might repeat a part of it.
        raise Misconfigured(["credentials: the private_key cannot be read; download a new key"]) from error


def _session(session: requests.Session, transport: SingleAttempt) -> requests.Session:
    for scheme in ("https://", "http://"):
        session.mount(scheme, transport)
    return session


def _leave_alone(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep the access token: without an auth of its own a session looks into ~/.netrc and would replace it."""
    return request

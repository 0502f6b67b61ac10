"""SMS through Twilio, with Twilio's own SDK."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from attrs import field, frozen
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from adapters.gateways.base_url import is_base_url
from adapters.gateways.in_turn import in_turn
from adapters.gateways.reason import redact
from adapters.gateways.retry_after import retry_after
from adapters.gateways.single_attempt import UNREADABLE, SingleAttempt, failure
from adapters.gateways.twilio_codes import refusal
from adapters.gateways.verdict import as_check
from application.ports.clock import Clock, Deadline
from application.ports.sender import OutboundMessage
from domain.errors import Misconfigured
from domain.outcome import Accepted, Cause, GatewayDown, Outcome, Unknown

BATCH_SIZE = 20
"""Twilio takes one message a request; a call of this size is over well within a lease."""

VALIDITY_MIN_S = 5
VALIDITY_MAX_S = 36_000
"""How long Twilio may keep a message queued (ValidityPeriod of the Messages resource)."""

_CREATED = range(200, 300)


@frozen(kw_only=True)
class TwilioSettings:
    """What the gateway needs to know; either ``from_number`` or ``messaging_service_sid`` is given.

    ``api_key`` and ``api_secret`` log in instead of the auth token, which then only signs webhooks. ``base_url`` is
    another place that speaks Twilio's API; ``callback_url`` is where Twilio reports what becomes of a message, None for
    nowhere; ``timeout_s`` bounds one request as a whole.
    """

    account_sid: str
    auth_token: str | None = field(default=None, repr=False)
    from_number: str | None = None
    messaging_service_sid: str | None = None
    api_key: str | None = None
    api_secret: str | None = field(default=None, repr=False)
    base_url: str | None = None
    callback_url: str | None = None
    connections: int = 8
    timeout_s: float = 10.0

    def problems(self) -> list[str]:
        """Return what keeps these settings from working, each with its remedy."""
        found = []
        if not self.account_sid.startswith("AC"):
            found.append("account_sid: does not start with AC; copy it from the Twilio Console")
        if (self.api_key is None) != (self.api_secret is None):
            found.append("api_key, api_secret: one is missing; give both, or neither and auth_token")
        elif not (self.auth_token or self.api_key):
            found.append("auth_token: is missing; give it, or api_key and api_secret")
        if bool(self.from_number) == bool(self.messaging_service_sid):
            found.append("from, messaging_service_sid: give exactly one of them")
        if self.base_url is not None and not is_base_url(self.base_url):
            found.append("base_url: is not an address such as https://api.dublin.ie1.twilio.com")
        if self.callback_url is not None and not is_base_url(self.callback_url):
            found.append("public_url: is not an address such as https://notify.example.com")
        if self.connections < 1:
            found.append("connections: must be 1 or more")
        if self.timeout_s <= 0:
            found.append("timeout: must be longer than zero")
        return found


class _BoundedHttpClient(HttpClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's way out: one attempt, bounded in time, to ``base_url`` where one is given."""

    def __init__(self, settings: TwilioSettings, transport: SingleAttempt) -> None:
        super().__init__(logging.getLogger("twilio.http_client"), is_async=False, timeout=settings.timeout_s)
        self._base_url = settings.base_url.rstrip("/") if settings.base_url else None
        self._session = requests.Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, transport)

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002  (the transport's own bound holds for all)
        allow_redirects: bool = False,
    ) -> Response:
        parts = urlsplit(uri)
        url = uri if self._base_url is None else self._base_url + parts._replace(scheme="", netloc="").geturl()
        answer = self._session.request(
            method,
            url,
            params=params,  # type: ignore[arg-type]  # the SDK gives texts and numbers, which requests spells out
            data=data,
            headers=headers,
            auth=auth,
            allow_redirects=allow_redirects,
        )
        return Response(answer.status_code, answer.text, answer.headers)

    def close(self) -> None:
        self._session.close()


class TwilioSender:
    """Hands text messages to Twilio, one request each; fulfils :class:`application.ports.sender.Sender`.

    :raises Misconfigured: the settings cannot work.
    """

    def __init__(self, settings: TwilioSettings, clock: Clock) -> None:
        if problems := settings.problems():
            raise Misconfigured(problems)
        self._settings = settings
        self._clock = clock
        self._transport = SingleAttempt(settings.connections, settings.timeout_s, clock)
        self._http = _BoundedHttpClient(settings, self._transport)
        client = Client(
            settings.api_key or settings.account_sid,
            settings.api_secret if settings.api_key else settings.auth_token,
            settings.account_sid,
            http_client=self._http,
        )
        self._account = client.api.v2010.accounts(settings.account_sid)
        self._messages = self._account.messages
        self._origin = (
            {"messaging_service_sid": settings.messaging_service_sid}
            if settings.messaging_service_sid
            else {"from_": settings.from_number}
        )

    @property
    def batch_size(self) -> int:
        """The most messages that one call takes."""
        return BATCH_SIZE

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        """Return one outcome a message, in the order given."""
        return in_turn(messages, deadline, self._hand_over)

    def check(self, deadline: Deadline) -> Outcome:
        """Ask Twilio about the account, or with an API key about its messages, without sending anything."""
        if deadline.has_passed:
            return GatewayDown("there was no time left to ask Twilio")
        # A standard API key may not read the account (page of error 20003), but it may read messages.
        question = self._see_messages if self._settings.api_key else self._see_account
        return as_check(self._ask(question))

    def close(self) -> None:
        """Close the connections; nothing may be sent afterwards."""
        self._http.close()

    def _hand_over(self, message: OutboundMessage) -> Outcome:
        return self._ask(lambda: self._create(message), message.address, message.content.body or "")

    def _create(self, message: OutboundMessage) -> Outcome:
        created = self._messages.create(
            to=message.address,
            body=message.content.body or "",
            validity_period=validity_s(message.expires_at, self._clock.now()),
            **self._origin,
            **self._callback(message),
        )
        if not isinstance(created.sid, str) or not created.sid:
            return Unknown("Twilio answered without the id of a message")
        return Accepted(created.sid)

    def _callback(self, message: OutboundMessage) -> dict[str, str]:
        """Return where Twilio is to report; the query brings our reference back, even where the answer was lost."""
        if self._settings.callback_url is None:
            return {}
        return {"status_callback": f"{self._settings.callback_url}?{urlencode({'echo': message.echo})}"}

    def _see_account(self) -> Outcome:
        status = self._account.fetch().status
        if status == "active":
            return Accepted()
        if status in ("suspended", "closed"):
            return GatewayDown(f"the account is {status}; see the Twilio Console", Cause.CONFIGURATION)
        return GatewayDown("the answer is not that of Twilio's API; check base_url", Cause.CONFIGURATION)

    def _see_messages(self) -> Outcome:
        self._messages.list(limit=1)
        return Accepted()

    def _ask(self, question: Callable[[], Outcome], *private: str) -> Outcome:
        """Return what *question* gives, or what its failure means; *private* texts stay out of the reason."""
        self._transport.forget()
        try:
            return question()
        except (TwilioRestException, TwilioServiceException) as error:
            return self._refusal(error, private)
        except requests.exceptions.RequestException as error:
            return failure(error)
        except UNREADABLE:
            answer = self._transport.answer
            if answer is None:
                raise  # nothing was answered, so it is a bug of ours
            if answer.status in _CREATED:
                return Unknown("Twilio's answer cannot be read")
            return refusal(answer.status, None, "", self._retry_after())

    def _refusal(self, error: Any, private: tuple[str, ...]) -> Outcome:
        answer = self._transport.answer
        assert answer is not None, "the SDK refused without an answer"
        said = error.msg if isinstance(error, TwilioRestException) else f"{error.title}: {error.detail or ''}"
        secrets = (self._settings.auth_token or "", self._settings.api_secret or "")
        code = error.code if isinstance(error.code, int) else None
        return refusal(answer.status, code, redact(str(said), *private, *secrets), self._retry_after())

    def _retry_after(self) -> timedelta | None:
        answer = self._transport.answer
        return retry_after(answer.headers.get("Retry-After") if answer else None, self._clock.now())


def validity_s(expires_at: datetime, now: datetime) -> int:
    """Return for how many seconds Twilio may keep a message that expires at *expires_at*."""
    return min(max(int((expires_at - now).total_seconds()), VALIDITY_MIN_S), VALIDITY_MAX_S)

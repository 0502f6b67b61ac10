"""A server on the loopback that speaks as Twilio's API does (Messages and Accounts of 2010-04-01)."""

import base64
import itertools
import ssl
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from entrypoints.testing.sender_contract import Behaviour
from tests.servers.http_loopback import Reply, Request, Trouble, json_reply
from tests.servers.scripted_provider import OneByOneProvider

ACCOUNT_SID = "AC" + "a1" * 16
AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
API_KEY = "SK" + "b2" * 16
API_SECRET = "a-standard-key-s-secret"
FROM = "+14155550100"
PREFIX = f"/2010-04-01/Accounts/{ACCOUNT_SID}"


def error_reply(status: int, code: int, message: str, **headers: str) -> Reply:
    """Return an error in the shape that Twilio documents."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return json_reply(status, {"code": code, "message": message, "more_info": more, "status": status}, **headers)


def problem_reply(status: int, code: int, title: str, detail: str) -> Reply:
    """Return an error in the newer shape, RFC 9457."""
    kind = f"https://www.twilio.com/docs/errors/{code}"
    return json_reply(status, {"type": kind, "title": title, "status": status, "code": code, "detail": detail})


SAYS: Mapping[Behaviour, Reply] = MappingProxyType(
    {
        Behaviour.REJECTS: error_reply(400, 21617, "The concatenated message body exceeds the 1600 character limit"),
        Behaviour.FAILS: error_reply(500, 20500, "An internal server error has occurred"),
        Behaviour.THROTTLES: error_reply(429, 20429, "Too Many Requests", Retry_After="2"),
    }
)


class TwilioServer(OneByOneProvider):
    """Takes messages of one account; ``status`` is the account's."""

    says: ClassVar[Mapping[Behaviour, Reply]] = SAYS

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.status = "active"
        self._sids = itertools.count(1)
        super().__init__(tls)

    @property
    def callbacks(self) -> list[str]:
        """Where the sender wants the status of each message reported, in the order they came."""
        return [request.form["StatusCallback"] for request in self.messages if "StatusCallback" in request.form]

    def _is_message(self, request: Request) -> bool:
        return request.method == "POST"

    def _refusal(self, address: str) -> Reply:
        return error_reply(400, 21211, f"The 'To' number {address} is not a valid phone number.")

    def _judge(self, request: Request) -> Reply | Trouble:
        user = _user(request)
        if user is None or not request.path.startswith(PREFIX):
            return error_reply(401, 20003, "Authenticate")
        match request.method, request.path.removeprefix(PREFIX):
            case "POST", "/Messages.json":
                return self._take(request.form.get("To", ""), json_reply(201, self._message(request.form)))
            case "GET", "/Messages.json":
                return json_reply(200, {"messages": [], "page": 0, "page_size": 1, "next_page_uri": None})
            case "GET", ".json" if user == API_KEY:  # a standard key may not read the account
                return error_reply(401, 20003, "Authentication Error - invalid username")
            case "GET", ".json":
                return json_reply(200, {"sid": ACCOUNT_SID, "status": self.status, "type": "Full"})
            case _:
                return error_reply(404, 20404, f"The requested resource {request.path} was not found")

    def _message(self, form: Mapping[str, str]) -> Mapping[str, object]:
        sid = f"SM{next(self._sids):032x}"
        return {
            "account_sid": ACCOUNT_SID,
            "api_version": "2010-04-01",
            "body": form.get("Body"),
            "date_created": "Thu, 24 Aug 2023 05:01:45 +0000",
            "date_sent": None,
            "date_updated": "Thu, 24 Aug 2023 05:01:45 +0000",
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "num_media": "0",
            "num_segments": "0" if "MessagingServiceSid" in form else "1",
            "price": None,
            "price_unit": None,
            "sid": sid,
            "status": "accepted" if "MessagingServiceSid" in form else "queued",
            "subresource_uris": {"media": f"{PREFIX}/Messages/{sid}/Media.json"},
            "to": form.get("To"),
            "uri": f"{PREFIX}/Messages/{sid}.json",
        }


def _user(request: Request) -> str | None:
    given = request.headers.get("authorization", "")
    for user, password in ((ACCOUNT_SID, AUTH_TOKEN), (API_KEY, API_SECRET)):
        if given == "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode():
            return user
    return None

"""From what a caller says of a person to a recipient that may be stored."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from attrs import field, frozen

from application.ports.address_checker import AddressChecker
from application.zones import is_timezone
from domain.address import PushAddress, is_recipient_id
from domain.channel import Channel
from domain.errors import FieldError, InvalidInput
from domain.recipient import ATTRIBUTES_MAX_BYTES, Recipient, WebPushSubscription
from domain.web_push import ENDPOINT_MAX, PUSH_HOSTS, is_auth_secret, is_public_key, push_service

NAME_MAX = 200
LOCALE_MAX = 35  # BCP 47 asks for room for 35 characters
PUSH_TOKENS_MAX = 20
WEB_PUSH_MAX = 20
_NO_ID = "must have 1 to 255 printable characters, with no space at either end"
_NO_ENDPOINT = f"must be an https URL of at most {ENDPOINT_MAX} visible ASCII characters"
_VISIBLE = re.compile(r"[\x21-\x7e]+\Z")
_NO_PUSH_SERVICE = f"{_NO_ENDPOINT} at a browser's push service; name further services under hosts of the gateway"
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # as JSON spells it; SQLite would end a text there


@frozen(kw_only=True)
class RecipientDraft:
    """A person as a caller describes them; nothing is checked yet. What is None was not said."""

    id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    push_tokens: Sequence[str] | None = None
    web_push: Sequence[WebPushSubscription] | None = None
    locale: str | None = None
    timezone: str | None = None
    attributes: Mapping[str, Any] | None = field(default=None, hash=False)


@frozen(kw_only=True)
class RecipientChecking:
    """Checks every field of a draft; addresses by the standards, once, here, so that sending need not.

    ``push_hosts`` are the hosts of push services: no message is ever posted anywhere else.
    """

    addresses: AddressChecker
    push_hosts: Sequence[str] = PUSH_HOSTS

    def __call__(self, draft: RecipientDraft) -> Recipient:
        """Return the recipient that *draft* describes.

        :raises InvalidInput: every wrong field is named.
        """
        found = [*_plain_problems(draft), *_subscription_problems(draft.web_push or (), self.push_hosts)]
        email = _checked("email", draft.email, self.addresses.email, found)
        phone = _checked("phone", draft.phone, self.addresses.phone, found)
        tokens = [_checked("push_tokens", token, _push_address, found) for token in draft.push_tokens or ()]
        if found:
            raise InvalidInput(found)
        return Recipient(
            id=draft.id,
            name=draft.name,
            email=email,
            phone=phone,
            push_tokens=tuple(dict.fromkeys(token for token in tokens if token)),
            web_push=tuple({one.endpoint: one for one in draft.web_push or ()}.values()),
            locale=draft.locale,
            timezone=draft.timezone,
            attributes=draft.attributes or {},
        )


def checked_address(channel: Channel, text: str, addresses: AddressChecker) -> str:
    """Return *text* as a recipient has the address where *channel* reaches them.

    :raises ValueError: it is none; the message says why, without repeating it.
    """
    match channel:
        case Channel.EMAIL:
            return addresses.email(text)
        case Channel.SMS:
            return addresses.phone(text)
        case Channel.PUSH:
            return _push_address(text)
        case Channel.WEB_PUSH if not _is_endpoint(text):
            raise ValueError(_NO_ENDPOINT)
        case Channel.IN_APP if not is_recipient_id(text):
            raise ValueError(f"is the id of a recipient here, which {_NO_ID}")
        case _:
            return text


def _checked(name: str, text: str | None, check: Callable[[str], str], found: list[FieldError]) -> str | None:
    if text is None:
        return None
    try:
        return check(text)
    except ValueError as error:
        found.append(FieldError(name, str(error)))
        return None


def _push_address(text: str) -> str:
    return str(PushAddress.parse(text))


def _plain_problems(draft: RecipientDraft) -> Iterator[FieldError]:
    if not is_recipient_id(draft.id):
        yield FieldError("id", _NO_ID)
    for name, text, longest in (("name", draft.name, NAME_MAX), ("locale", draft.locale, LOCALE_MAX)):
        if text is not None and not (text.isprintable() and text.strip() and len(text) <= longest):
            yield FieldError(name, f"must have 1 to {longest} printable characters on one line")
    if draft.timezone is not None and not is_timezone(draft.timezone):
        yield FieldError("timezone", "is not a name of the IANA time zone database, such as Europe/Vienna")
    if len(draft.push_tokens or ()) > PUSH_TOKENS_MAX:
        yield FieldError("push_tokens", f"has more than {PUSH_TOKENS_MAX} entries")
    yield from _attribute_problems(draft.attributes or {})


def _subscription_problems(subscriptions: Sequence[WebPushSubscription], hosts: Sequence[str]) -> Iterator[FieldError]:
    if len(subscriptions) > WEB_PUSH_MAX:
        yield FieldError("web_push", f"has more than {WEB_PUSH_MAX} entries")
    for subscription in subscriptions[:WEB_PUSH_MAX]:
        if push_service(subscription.endpoint, hosts) is None:
            yield FieldError("web_push", f"an endpoint {_NO_PUSH_SERVICE}")
        if not is_public_key(subscription.p256dh):
            yield FieldError("web_push", "p256dh must be the key that the browser gave: 65 octets in base64url")
        if not is_auth_secret(subscription.auth):
            yield FieldError("web_push", "auth must be the secret that the browser gave: 16 octets in base64url")


def _attribute_problems(attributes: Mapping[str, Any]) -> Iterator[FieldError]:
    if any(not name.strip() or not name.isprintable() for name in attributes):
        yield FieldError("attributes", "a name must have printable characters")
    try:
        text = json.dumps(attributes, ensure_ascii=False, allow_nan=False)
        size = len(text.encode())
    except (ValueError, TypeError, RecursionError):
        yield FieldError("attributes", "is not plain JSON text, numbers, truth values, lists and objects")
        return
    if _NUL.search(text):
        yield FieldError("attributes", "contains a NUL character; remove it")
    if size > ATTRIBUTES_MAX_BYTES:
        yield FieldError("attributes", f"takes {size} bytes of JSON; at most {ATTRIBUTES_MAX_BYTES} are kept")


def _is_endpoint(url: str) -> bool:
    """Say whether *url* can be where a push service listens (RFC 8030 section 4): a host, and nobody's password."""
    if len(url) > ENDPOINT_MAX or not _VISIBLE.match(url):
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and parts.username is None and port != 0
